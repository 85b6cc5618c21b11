"""Limits that partners set for their customers' charges. The result goes later to the address they name."""

from litestar import delete, get, put
from litestar.params import FromPath, RawBody
from litestar.response import Response

from forecourt.flows.roaming import ProfileRequest, clear_profile, query_profile, set_profile
from forecourt.kernel import BadInput
from forecourt.ocpi import ProfileResponse, read_profile, read_url
from forecourt.roaming.authentication import PartnerContext, partner_context
from forecourt.roaming.envelope import OcpiRequest, json_in, ports_of, success

MODULE = ("chargingprofiles", "RECEIVER")
# Seconds after which the partner can stop waiting for a result: by then a plan was made, and its order answered or timed out.
_RESULT_WITHIN_S = 90
_PATH = "/{version:str}/chargingprofiles/{session_id:str}"


@get(_PATH, sync_to_thread=True)
def active(request: OcpiRequest, version: FromPath[str], session_id: FromPath[str]) -> Response[bytes]:
    with partner_context(request, version) as visit:
        seconds, url = _seconds(request), read_url(request.query_params.get("response_url", ""))
        answer = query_profile(visit.store, _by(request, visit, session_id, url), seconds)
    return _answer(request, answer)


@put(_PATH, sync_to_thread=True)
def wanted(request: OcpiRequest, version: FromPath[str], session_id: FromPath[str], body: RawBody) -> Response[bytes]:
    with partner_context(request, version) as visit:
        profile_request = read_profile(json_in(body))
        answer = set_profile(visit.store, _by(request, visit, session_id, profile_request.response_url), profile_request.charging_profile)
    return _answer(request, answer)


@delete(_PATH, sync_to_thread=True, status_code=200)
def cleared(request: OcpiRequest, version: FromPath[str], session_id: FromPath[str]) -> Response[bytes]:
    with partner_context(request, version) as visit:
        url = read_url(request.query_params.get("response_url", ""))
        answer = clear_profile(visit.store, _by(request, visit, session_id, url))
    return _answer(request, answer)


def _by(request: OcpiRequest, visit: PartnerContext, session_id: str, url: str) -> ProfileRequest:
    ports = ports_of(request)
    return ProfileRequest(visit.partner, session_id, url, ports.clock.now(), ports.ids)


def _seconds(request: OcpiRequest) -> int:
    text = request.query_params.get("duration", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0):
        raise BadInput("duration", f"duration: {text[:20]!r} is not a number of seconds.")
    return int(text)


def _answer(request: OcpiRequest, answer: ProfileResponse) -> Response[bytes]:
    return success(request, {"result": answer, "timeout": _RESULT_WITHIN_S})


routes = [active, wanted, cleared]
