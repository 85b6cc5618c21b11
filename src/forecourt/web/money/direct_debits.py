"""Direct debits: statements of payers with a mandate, chosen for a collection file; the files, and what the bank refused."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.flows.billing import (
    CollectionRequest,
    download_collection,
    make_collection_file,
    record_refused_debit,
    withdraw_collection_file,
)
from forecourt.flows.paying import settle_orphaned_mandates
from forecourt.kernel import BadInput, Conflict, DocumentId, Refused, parse_day
from forecourt.settlement import pain008_of
from forecourt.web.frame.amounts import parse_whole
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.field_errors import field_errors
from forecourt.web.frame.lists import pager, requested_page
from forecourt.web.frame.responses import WebRequest, file_response, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.money.manual_entries import parse_form_key
from forecourt.web.money.transfers import ticked_values
from forecourt.web.queries.direct_debits import direct_debits_page

Fields = dict[str, str]
_HOME = "/console/direct-debits"


class WithdrawForm(Struct):
    why: str = ""


class RefusedForm(Struct):
    """statement: its number. reason: the bank's code."""

    statement: str = ""
    reason: str = ""


class MandatesForm(Struct):
    """creditor: the identifier they name. seen: how many. wanted: what happens to them, "carry" or "end"."""

    creditor: str = ""
    seen: str = ""
    wanted: str = ""


@get("/direct-debits", sync_to_thread=True)
def direct_debits(request: WebRequest) -> Response[str]:
    return _page(request, {}, None)


@post("/direct-debits", sync_to_thread=True, status_code=200)
def make(request: WebRequest, data: URLEncodedBody[Fields]) -> Response[Any]:
    """Sent twice it makes one file. Each ticked statement is a field named by its id, with what the page showed of it."""
    by = staff_member(request)
    try:
        seen = {DocumentId(one): shown for one, shown in ticked_values(data, "collect-").items()}
        wanted = CollectionRequest(parse_form_key(data), parse_day(data.get("day", "")), seen)
        with ports_of(request).transactions.begin() as store:
            make_collection_file(store, by, wanted)
    except (BadInput, Conflict) as error:
        return _page(request, data, error)
    return redirect_to(request, _HOME, "collection_made")


@post("/direct-debits/{number:str}/file", sync_to_thread=True, status_code=200)
def download(request: WebRequest, number: FromPath[str]) -> Response[bytes]:
    """Only for staff who may collect, and logged each time: so it is requested like a change."""
    by = staff_member(request)
    with ports_of(request).transactions.begin() as store:
        file = download_collection(store, by, number)
    return file_response(f"{file.number}.xml", pain008_of(file))


@post("/direct-debits/{number:str}/withdraw", sync_to_thread=True, status_code=200)
def withdraw(request: WebRequest, number: FromPath[str], data: URLEncodedBody[WithdrawForm]) -> Response[Any]:
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store:
            withdraw_collection_file(store, by, number, data.why)
    except (BadInput, Conflict) as error:
        return _page(request, {"withdrawn": number, "why": data.why}, error)
    return redirect_to(request, _HOME, "collection_withdrawn")


@post("/direct-debits/{number:str}/refused", sync_to_thread=True, status_code=200)
def refuse(request: WebRequest, number: FromPath[str], data: URLEncodedBody[RefusedForm]) -> Response[Any]:
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store:
            record_refused_debit(store, by, number, data.statement, data.reason)
    except (BadInput, Conflict) as error:
        return _page(request, {"refused": number, "statement": data.statement, "reason": data.reason}, error)
    return redirect_to(request, _HOME, "collection_refused")


@post("/direct-debits/mandates", sync_to_thread=True, status_code=200)
def settle(request: WebRequest, data: URLEncodedBody[MandatesForm]) -> Response[Any]:
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store:
            settle_orphaned_mandates(store, by, data.creditor, parse_whole(data.seen, "mandates"), data.wanted)
    except (BadInput, Conflict) as error:
        return _page(request, {}, error)
    return redirect_to(request, _HOME, "mandates_settled")


def _page(request: WebRequest, typed: Fields, error: Refused | None) -> Response[str]:
    ports = ports_of(request)
    at = ports.clock.now()
    with ports.transactions.begin() as store:
        view = direct_debits_page(store, visitor_of(request).operator, requested_page(request), at)
    shown = {
        "view": view,
        "pages": pager(request, view.page, _HOME),
        "typed": typed,
        "error": error,
        "at": field_errors(error),
        "ids": {"day": "day"} | {name: f"{name[0]}-{typed.get(about)}" for name, about in (("why", "withdrawn"), ("statement", "refused"))},
        "query": request.url.query,
        "key": typed.get("key") or str(ports.ids.new(at)),
    }
    return page(request, "console/direct_debits.html", status_of(error) if error else 200, **shown, tab="ledger")


pages: list[Any] = [direct_debits, make, download, withdraw, refuse, settle]
