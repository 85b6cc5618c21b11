"""Payouts by transfer: chosen for a file for the bank, the files, and withdrawing one that was never sent."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.flows.billing import TransferRequest, download_transfers, make_transfer_file, withdraw_transfers
from forecourt.kernel import BadInput, Conflict, Refused, parse_day
from forecourt.settlement import pain001_of, transfer_obstacle
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.field_errors import field_errors
from forecourt.web.frame.lists import pager, requested_page
from forecourt.web.frame.responses import WebRequest, file_response, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.money.manual_entries import parse_form_key
from forecourt.web.queries.transfers import TransfersPage, transfers_page

Fields = dict[str, str]
_HOME = "/console/transfers"
_PAY, _IBAN = "pay-", "iban-"


class WithdrawForm(Struct):
    why: str = ""


@get("/transfers", sync_to_thread=True)
def transfers(request: WebRequest) -> Response[str]:
    return _page(request, {}, None)


@post("/transfers", sync_to_thread=True, status_code=200)
def make(request: WebRequest, data: URLEncodedBody[Fields]) -> Response[Any]:
    """Sent twice it makes one file. Each ticked payout is a field named by its id, with what the page showed of it."""
    by = staff_member(request)
    try:
        wanted = TransferRequest(
            parse_form_key(data), parse_day(data.get("day", "")), ticked_values(data, _PAY), ticked_values(data, _IBAN)
        )
        with ports_of(request).transactions.begin() as store:
            make_transfer_file(store, by, wanted)
    except (BadInput, Conflict) as error:
        return _page(request, data, error)
    return redirect_to(request, _HOME, "transfers_made")


@post("/transfers/{number:str}/file", sync_to_thread=True, status_code=200)
def download(request: WebRequest, number: FromPath[str]) -> Response[bytes]:
    """Only for staff who may pay out, and logged each time: so it is requested like a change."""
    by = staff_member(request)
    with ports_of(request).transactions.begin() as store:
        file = download_transfers(store, by, number)
    return file_response(f"{file.number}.xml", pain001_of(file))


@post("/transfers/{number:str}/withdraw", sync_to_thread=True, status_code=200)
def withdraw(request: WebRequest, number: FromPath[str], data: URLEncodedBody[WithdrawForm]) -> Response[Any]:
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store:
            withdraw_transfers(store, by, number, data.why)
    except (BadInput, Conflict) as error:
        return _page(request, {"withdrawn": number, "why": data.why}, error)
    return redirect_to(request, _HOME, "transfers_withdrawn")


def ticked_values(data: Fields, kind: str) -> dict[UUID, str]:
    """What a form says about each thing of a kind, by id. Raises BadInput."""
    try:
        return {UUID(name.removeprefix(kind)): value for name, value in data.items() if name.startswith(kind)}
    except ValueError as error:
        raise BadInput("dues", "This form is out of date.", "Open the page again.") from error


def _wrong_iban(view: TransfersPage, typed: Fields) -> UUID | None:
    """The first ticked payout whose account field has an account that no file can pay to."""
    wanted = [row.due for row in view.rows if row.can_type and f"{_PAY}{row.due.about}" in typed]
    filled = (replace(one, iban=typed.get(f"{_IBAN}{one.about}", one.iban).replace(" ", "").upper()) for one in wanted)
    return next((one.about for one in filled if transfer_obstacle(one)), None)


def _page(request: WebRequest, typed: Fields, error: Refused | None) -> Response[str]:
    ports = ports_of(request)
    at = ports.clock.now()
    with ports.transactions.begin() as store:
        view = transfers_page(store, visitor_of(request).operator, requested_page(request), at)
    wrong_about = _wrong_iban(view, typed) if error and error.code == "iban" else None
    shown = {
        "view": view,
        "pages": pager(request, view.page, _HOME),
        "typed": typed,
        "error": error,
        "at": field_errors(error, {"iban": f"{_IBAN}{wrong_about}"} if wrong_about else {}),
        "ids": {"day": "day", "why": f"w-{typed.get('withdrawn')}", f"{_IBAN}{wrong_about}": f"i-{wrong_about}"},
        "key": typed.get("key") or str(ports.ids.new(at)),
    }
    return page(request, "console/transfers.html", status_of(error) if error else 200, **shown, tab="ledger")


pages: list[Any] = [transfers, make, download, withdraw]
