"""Bank statements: uploaded as a file, compared with the ledger, and manual decisions on lines that match nothing."""

from typing import Annotated, Any
from uuid import UUID

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.flows.billing import book_line, import_bank_statements, match_line, pay_with_line
from forecourt.kernel import BadInput, Conflict, Refused, parse_day
from forecourt.ledger import BANK, MANUAL_ACCOUNTS, manual_account
from forecourt.settlement import parse_camt
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.field_errors import field_errors
from forecourt.web.frame.lists import pager, requested_page
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.queries.bank import bank_page

_HOME = "/console/bank"
# Marks the upload form as the refused one.
_FILE = "file"
_MAX_BODY = 4 * 1024 * 1024


class StatementForm(Struct):
    file: UploadFile


class PaysForm(Struct):
    number: str = ""


class BookForm(Struct):
    account: str = ""
    day: str = ""
    reason: str = ""


@get("/bank", sync_to_thread=True)
def bank(request: WebRequest) -> Response[str]:
    return _page(request, "", {}, None)


@post("/bank", sync_to_thread=True, status_code=200, request_max_body_size=_MAX_BODY)
def send(request: WebRequest, data: Annotated[StatementForm, Body(media_type=RequestEncodingType.MULTI_PART)]) -> Response[Any]:
    """Uploading twice changes nothing."""
    by = staff_member(request)
    try:
        statements = parse_camt(data.file.file.read())
        with ports_of(request).transactions.begin() as store:
            imported = import_bank_statements(store, by, statements)
            unmatched, _ = store.bank.review_progress(by.operator_id)
    except (BadInput, Conflict) as error:
        return _page(request, _FILE, {}, error)
    return redirect_to(request, _HOME, "bank_kept" if unmatched else "bank_read" if imported else "bank_known")


@post("/bank/{line_id:uuid}/book", sync_to_thread=True, status_code=200)
def book(request: WebRequest, line_id: FromPath[UUID], data: URLEncodedBody[BookForm]) -> Response[Any]:
    by = staff_member(request)
    try:
        account, day = manual_account(data.account), parse_day(data.day)
        with ports_of(request).transactions.begin() as store:
            book_line(store, by, line_id, account, day, data.reason)
    except (BadInput, Conflict) as error:
        return _page(request, str(line_id), {"account": data.account, "day": data.day, "reason": data.reason}, error)
    return redirect_to(request, _HOME, "hand_posted")


@post("/bank/{line_id:uuid}/pays", sync_to_thread=True, status_code=200)
def pays(request: WebRequest, line_id: FromPath[UUID], data: URLEncodedBody[PaysForm]) -> Response[Any]:
    """If pressed twice, the second finds no waiting line."""
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store:
            pay_with_line(store, by, line_id, data.number)
    except (BadInput, Conflict) as error:
        return _page(request, str(line_id), {"number": data.number}, error)
    return redirect_to(request, _HOME, "kept")


@post("/bank/{line_id:uuid}/match", sync_to_thread=True, status_code=200)
def match(request: WebRequest, line_id: FromPath[UUID], data: URLEncodedBody[dict[str, str]]) -> Response[Any]:
    """Each ticked entry is a field named by its position."""
    by = staff_member(request)
    positions = [int(name) for name in data if name.isascii() and name.isdecimal() and len(name) < 19]
    try:
        with ports_of(request).transactions.begin() as store:
            match_line(store, by, line_id, positions)
    except (BadInput, Conflict) as error:
        return _page(request, str(line_id), {"entries": " ".join(map(str, positions))}, error)
    return redirect_to(request, _HOME, "kept")


def _page(request: WebRequest, form_name: str, typed: dict[str, str], error: Refused | None) -> Response[str]:
    """form_name: the id of the line whose form was refused, or _FILE. typed: the values of that form."""
    with ports_of(request).transactions.begin() as store:
        view = bank_page(store, visitor_of(request).operator, requested_page(request))
    shown = {
        "view": view,
        "pages": pager(request, view.page, _HOME),
        "asked": form_name,
        "typed": typed,
        "error": error,
        "at": {"file": error.full_message} if error and form_name == _FILE else field_errors(error),
        "ids": {_FILE: _FILE} | {name: f"{name[0]}-{form_name}" for name in ("number", "entries", "account", "day", "reason")},
        "query": request.url.query,
        "accounts": [one.name for one in MANUAL_ACCOUNTS if one != BANK],
    }
    return page(request, "console/bank.html", status_of(error) if error else 200, **shown, tab="ledger")


pages: list[Any] = [bank, send, book, pays, match]
