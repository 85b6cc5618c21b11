"""Open amounts by driver and age: a page at a time, searchable by name, and all of it as CSV."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from litestar import get
from litestar.params import FromQuery
from litestar.response import Response

from forecourt.flows.ports import PageRequest
from forecourt.kernel import OperatorId
from forecourt.web.frame.lists import csv_stream, pager, query_values, requested_page
from forecourt.web.frame.ports import WebPorts
from forecourt.web.frame.responses import WebRequest, page
from forecourt.web.frame.visitor import ports_of, visitor_of
from forecourt.web.queries.ledger_reports import BATCH, receivables, receivables_found

_HOME = "/console/ledger/receivables"
_HEAD = ("driver", "currency", "up_to_30_days", "up_to_60_days", "up_to_90_days", "older", "credit", "balance")


@get("/ledger/receivables", sync_to_thread=True)
def owed(request: WebRequest, form: FromQuery[str] = "") -> Response[Any]:
    """What each driver owes, by age; the classes add up to the ledger account."""
    ports, operator = ports_of(request), visitor_of(request).operator
    at, words = ports.clock.now(), query_values(request, ["q"])["q"]
    if form == "csv":
        return csv_stream("receivables.csv", _HEAD, _rows(ports, operator, at, words))
    with ports.transactions.begin() as store:
        view = receivables(store, operator, at, words, requested_page(request))
    pages = pager(request, view.found, _HOME)
    return page(request, "console/receivables.html", owed=view, pages=pages, words=words, tab="ledger")


def _rows(ports: WebPorts, operator: OperatorId, at: datetime, words: str) -> Iterator[Iterator[tuple[object, ...]]]:
    """Each batch is a unit of work of its own, so that a slow reader holds up nobody."""
    asked = PageRequest(limit=BATCH)
    while True:
        with ports.transactions.begin() as store:
            found = receivables_found(store, operator, at, words, asked)
        yield ((one.driver, one.balance.currency, *(part.amount for part in (*one.ages, one.credit, one.balance))) for one in found.rows)
        if not found.older:
            return
        asked = PageRequest(found.older, limit=BATCH)


pages = [owed]
