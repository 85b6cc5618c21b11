"""Open amounts by driver and age, now or at the end of a day: a page at a time, searchable by name, and all of it as CSV."""

from collections.abc import Iterator
from typing import Any

from litestar import get
from litestar.params import FromQuery
from litestar.response import Response

from forecourt.flows.ports import DebtQuery, ListPage, PageRequest, Store
from forecourt.kernel import BadInput, OperatorId, parse_day
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.lists import csv_stream, pager, query_values, requested_page
from forecourt.web.frame.ports import WebPorts
from forecourt.web.frame.responses import WebRequest, page
from forecourt.web.frame.visitor import ports_of, visitor_of
from forecourt.web.queries.accounting_months import is_final
from forecourt.web.queries.ledger_reports import BATCH, Receivables, debts_as_of, receivables, receivables_found

_HOME = "/console/ledger/receivables"
_HEAD = ("driver", "currency", "up_to_30_days", "up_to_60_days", "up_to_90_days", "older", "credit", "balance")


@get("/ledger/receivables", sync_to_thread=True)
def owed(request: WebRequest, form: FromQuery[str] = "") -> Response[Any]:
    """What each driver owes, by age; the classes add up to the ledger account as it was at the end of the day, or is now."""
    ports, operator = ports_of(request), visitor_of(request).operator
    typed = query_values(request, ("q", "day"))
    error, view = None, Receivables(ListPage(()), ())
    with ports.transactions.begin() as store:
        try:
            day = parse_day(typed["day"]) if typed["day"] else None
            wanted = debts_as_of(store, operator, ports.clock.now(), day, typed["q"])
            if form == "csv":
                return csv_stream(_file_name(store, operator, wanted, typed["day"]), _HEAD, _rows(ports, operator, wanted))
            view = receivables(store, operator, wanted, requested_page(request))
        except BadInput as refused:
            error = refused
    shown = {"owed": view, "pages": pager(request, view.found, _HOME), "typed": typed, "error": error}
    return page(request, "console/receivables.html", status_of(error) if error else 200, **shown, tab="ledger")


def _file_name(store: Store, operator: OperatorId, wanted: DebtQuery, day: str) -> str:
    if wanted.until is None:
        return "receivables.csv"
    return f"receivables-{day}{'' if is_final(store, operator, wanted.until) else '-provisional'}.csv"


def _rows(ports: WebPorts, operator: OperatorId, wanted: DebtQuery) -> Iterator[Iterator[tuple[object, ...]]]:
    """Each batch is a unit of work of its own, so that a slow reader holds up nobody."""
    page_request = PageRequest(limit=BATCH)
    while True:
        with ports.transactions.begin() as store:
            found = receivables_found(store, operator, wanted, page_request)
        yield ((one.driver, one.balance.currency, *(part.amount for part in (*one.ages, one.credit, one.balance))) for one in found.rows)
        if not found.older:
            return
        page_request = PageRequest(found.older, limit=BATCH)


pages = [owed]
