"""The ledger entry by entry: the entries of an account, and each entry with its subject."""

from typing import Any

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from forecourt.flows.desk import operator_month
from forecourt.flows.ports import AccountEntries
from forecourt.kernel import BadInput
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.lists import PAGE_SIZE
from forecourt.web.frame.responses import WebRequest, page
from forecourt.web.frame.visitor import ports_of, visitor_of
from forecourt.web.queries.accounting_months import parse_month
from forecourt.web.queries.ledger_entries import account_page, entry_page
from forecourt.web.queries.local_days import local_date


@get("/ledger/entries", sync_to_thread=True)
def account(
    request: WebRequest, account: FromQuery[str], currency: FromQuery[str], month: FromQuery[str] = "", before: FromQuery[int | None] = None
) -> Response[str]:
    """month: of the operator, such as "2026-06"; else all there ever was. account: of all drivers where its name ends with its kind."""
    operator = visitor_of(request).operator
    with ports_of(request).transactions.begin() as store:
        try:
            span, error = operator_month(store, operator, parse_month(month)) if month else None, None
        except BadInput as invalid:
            span, error = None, invalid
        view = account_page(store, operator, AccountEntries(account, currency, span), PAGE_SIZE, before)
    shown: dict[str, Any] = {"view": view, "month": month if span else "", "typed": month, "error": error}
    return page(request, "console/account.html", status_of(error) if error else 200, **shown, first=before is None, tab="ledger")


@get("/ledger/entries/{position:int}", sync_to_thread=True)
def entry(request: WebRequest, position: FromPath[int]) -> Response[str]:
    return show_entry(request, position, {}, None)


def show_entry(request: WebRequest, position: int, typed: dict[str, str], error: BadInput | None) -> Response[str]:
    """typed, error: of the form to reverse it, if that was refused."""
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        view = entry_page(store, visitor_of(request).operator, position)
    today = local_date(ports.clock.now(), view.zone)
    status = 422 if error else 200
    return page(request, "console/entry.html", status, view=view, today=today, typed=typed, error=error, tab="ledger")


pages = [account, entry]
