"""Manual ledger entries by the accountant: the form, the entries, and reversing one."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.flows.billing import ManualEntryRequest, post_manual_entry, reverse_manual_entry
from forecourt.kernel import BadInput, Refused, parse_day
from forecourt.ledger import MANUAL_ACCOUNTS, Entry, manual_account
from forecourt.web.frame.amounts import parse_amount
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.field_errors import field_errors
from forecourt.web.frame.lists import pager, requested_page
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.money.ledger_entries import show_entry
from forecourt.web.queries.ledger_entries import manual_entries_page
from forecourt.web.queries.local_days import local_date

Fields = dict[str, str]
_HOME = "/console/ledger/by-hand"
_LINES = 4


class ReverseForm(Struct):
    day: str = ""
    reason: str = ""


@get("/ledger/by-hand", sync_to_thread=True)
def by_hand(request: WebRequest) -> Response[str]:
    return _page(request, {}, None)


@post("/ledger/by-hand", sync_to_thread=True, status_code=200)
def enter(request: WebRequest, data: URLEncodedBody[Fields]) -> Response[Any]:
    """Sent twice it is posted once: both lead to the entry."""
    by = staff_member(request)
    try:
        wanted = ManualEntryRequest(parse_form_key(data), parse_day(data.get("day", "")), _lines(data), data.get("reason", ""))
        with ports_of(request).transactions.begin() as store:
            entry = post_manual_entry(store, by, wanted)
    except Refused as error:
        return _page(request, data, error)
    return redirect_to(request, _entry(entry.position), "hand_posted")


@post("/ledger/by-hand/{number:str}/reverse", sync_to_thread=True, status_code=200)
def reverse(request: WebRequest, number: FromPath[str], data: URLEncodedBody[ReverseForm]) -> Response[Any]:
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store:
            entry = reverse_manual_entry(store, by, number, parse_day(data.day), data.reason)
    except BadInput as error:
        with ports_of(request).transactions.begin() as store:
            found = store.manual_entries.by_number(by.operator_id, number)
        if found is None:
            raise
        return show_entry(request, found.position, typed={"day": data.day, "reason": data.reason}, error=error)
    return redirect_to(request, _entry(entry.position), "hand_reversed")


def _entry(position: int) -> str:
    return f"/console/ledger/entries/{position}"


def parse_form_key(data: Fields) -> UUID:
    try:
        return UUID(data.get("key", ""))
    except ValueError as error:
        raise BadInput("key", "This form is out of date.", "Open the page again.") from error


def _lines(data: Fields) -> tuple[Entry, ...]:
    """Rows with an amount, whichever side it is on."""
    rows = (tuple(data.get(f"{name}-{row}", "").strip() for name in ("account", "debit", "credit")) for row in range(_LINES))
    currency = data.get("currency", "")
    filled = ((row, account, debit, credit) for row, (account, debit, credit) in enumerate(rows) if debit or credit)
    return tuple(_line(*one, currency) for one in filled)


def _line(row: int, account: str, debit: str, credit: str, currency: str) -> Entry:
    if debit and credit:
        raise BadInput(f"credit-{row}", "A line has a debit or a credit, not both.", "Leave one of them empty.")
    minor = parse_amount(debit or credit, currency, f"debit-{row}" if debit else f"credit-{row}").minor
    return Entry(manual_account(account), currency, minor if debit else -minor)


def _page(request: WebRequest, typed: Fields, error: Refused | None) -> Response[str]:
    """A refused form keeps its key; after a successful posting a new one starts."""
    ports, operator = ports_of(request), visitor_of(request).operator
    at = ports.clock.now()
    with ports.transactions.begin() as store:
        view = manual_entries_page(store, operator, requested_page(request))
    is_new = not typed.get("key") or (error is not None and error.code == "hand_posted")
    shown = {
        "view": view,
        "pages": pager(request, view.page, _HOME),
        "typed": typed,
        "error": error,
        "at": field_errors(error),
        "ids": {name: name for name in ("day", "reason", *(f"{side}-{row}" for side in ("debit", "credit") for row in range(_LINES)))},
        "key": str(ports.ids.new(at)) if is_new else typed["key"],
        "lines": _LINES,
        "accounts": [one.name for one in MANUAL_ACCOUNTS],
        "today": local_date(at, view.zone),
    }
    return page(request, "console/by_hand.html", status_of(error) if error else 200, **shown, tab="ledger")


pages: list[Any] = [by_hand, enter, reverse]
