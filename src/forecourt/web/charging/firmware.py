"""Firmware for a charger: signed by its maker, with a reason, and confirmed by re-authentication."""

import asyncio
from typing import Any
from urllib.parse import quote

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response

from forecourt.drivers import Account
from forecourt.flows.chargers import command, command_words
from forecourt.flows.ports import Store
from forecourt.kernel import BadInput, ChargerId, Conflict
from forecourt.stations import InstallFirmware
from forecourt.web.charging.commands import new_request_id, result_page, send_logged
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.responses import WebRequest, page
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.people.reauthentication import ProofForm, reauthenticate
from forecourt.web.queries.charger_page import charger_page

_MAX_REASON_CHARS = 200


class FirmwareForm(ProofForm):
    address: str = ""
    certificate: str = ""
    signature: str = ""
    reason: str = ""

    @property
    def why(self) -> str:
        """Raises BadInput if there is none."""
        reason = " ".join(self.reason.split())
        if not 1 <= len(reason) <= _MAX_REASON_CHARS or not reason.isprintable():
            raise BadInput("reason", "Enter a reason.", f"Use 1 to {_MAX_REASON_CHARS} characters. It is recorded in the log.")
        return reason


@get("/chargers/{charger_id:str}/firmware", sync_to_thread=True)
def firmware_page(request: WebRequest, charger_id: FromPath[str]) -> Response[Any]:
    return _page(request, charger_id, FirmwareForm())


@post("/chargers/{charger_id:str}/firmware", status_code=200)
async def install_firmware(request: WebRequest, charger_id: FromPath[str], data: URLEncodedBody[FirmwareForm]) -> Response[Any]:
    """The proof of identity is used up in the unit of work that records the order."""
    charger, at = ChargerId(charger_id), ports_of(request).clock.now()
    certificate = data.certificate.replace("\r\n", "\n").strip()
    wanted = InstallFirmware(new_request_id(at), data.address.strip(), certificate, data.signature.strip(), at)

    def begin(store: Store, _: Account) -> None:
        command(store, staff_member(request), charger, wanted, data.why)

    try:
        failure = await asyncio.to_thread(reauthenticate, request, data, begin)
    except (BadInput, Conflict) as error:
        return await asyncio.to_thread(_page, request, charger_id, data, {error.code: error.full_message}, status_of(error))
    if failure:
        return failure.with_retry_after(
            await asyncio.to_thread(_page, request, charger_id, data, {failure.field: failure.text}, failure.status)
        )
    result = await send_logged(request, charger, wanted)
    return await asyncio.to_thread(result_page, request, charger, command_words(wanted), result)


def _page(
    request: WebRequest, charger_id: str, form: FirmwareForm, errors: dict[str, str] | None = None, status: int = 200
) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        view = charger_page(store, visitor_of(request).operator, ChargerId(charger_id), ports_of(request).clock.now())
        factor = store.factors.factor(visitor_of(request).require_account().id) is not None
    shown: dict[str, Any] = {"view": view, "form": form, "errors": errors or {}, "factor": factor}
    back = f"/console/chargers/{quote(charger_id, safe='')}"
    return page(request, "console/charger_firmware.html", status, **shown, back=back, tab="chargers")


pages = [firmware_page, install_firmware]
