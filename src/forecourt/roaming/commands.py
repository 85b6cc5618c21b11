"""Commands from partners for chargers. The charger's answer goes later to the address they name."""

from typing import Any

from litestar import post
from litestar.params import FromPath, RawBody
from litestar.response import Response

from forecourt.flows.charging import execute_command
from forecourt.ocpi import read_command
from forecourt.roaming.authentication import partner_context
from forecourt.roaming.envelope import OcpiRequest, json_in, ports_of, success, unknown_location

MODULE = ("commands", "RECEIVER")
# Seconds after which the partner can stop waiting for a result.
RESULT_WITHIN_S = 60


@post("/{version:str}/commands/{command:str}", sync_to_thread=True, status_code=200)
def command(request: OcpiRequest, version: FromPath[str], command: FromPath[str], body: RawBody) -> Response[bytes]:
    ports = ports_of(request)
    with partner_context(request, version) as visit:
        answer = execute_command(visit.store, visit.partner, read_command(command, json_in(body)), ports.clock.now(), ports.ids)
    response: dict[str, Any] = {"result": answer.response, "timeout": RESULT_WITHIN_S}
    if answer.text:
        response["message"] = [{"language": "en", "text": answer.text}]
    return unknown_location(request, response) if answer.unknown_place else success(request, response)


routes = [command]
