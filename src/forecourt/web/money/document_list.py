"""The operator's documents: a page at a time, searched, and all that were found as CSV."""

from typing import Any
from urllib.parse import urlencode

from litestar import get
from litestar.params import FromQuery
from litestar.response import Response

from forecourt.flows.ports import DocumentSearch, ListPage
from forecourt.kernel import BadInput
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.lists import csv_stream, pager, requested_page
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, visitor_of
from forecourt.web.money.document_search import KIND_OPTIONS, STATE_OPTIONS, STATEMENTS, parse_search, search_fields
from forecourt.web.queries.document_exports import EXPORT_COLUMNS, export_batches
from forecourt.web.queries.receipts import document_page
from forecourt.web.views.receipt import ReceiptView


@get("/documents", sync_to_thread=True)
def documents(request: WebRequest, form: FromQuery[str] = "") -> Response[Any]:
    """Statements have a list of their own, to which their kind leads."""
    ports, operator = ports_of(request), visitor_of(request).operator
    if (typed := search_fields(request))["kind"] == STATEMENTS:
        asked = {name: typed[name] for name in ("q", "state", "since", "until") if typed[name]}
        return redirect_to(request, f"/console/statements?{urlencode(asked)}" if asked else "/console/statements")
    with ports.transactions.begin() as store:
        try:
            wanted = parse_search(request, store, operator, ports.clock.now())
        except BadInput as error:
            return _documents(request, ListPage(()), error=error)
        if form == "csv":
            return csv_stream("documents.csv", EXPORT_COLUMNS, export_batches(ports.transactions, operator, wanted))
        found = document_page(store, operator, wanted, requested_page(request))
    return _documents(request, found, wanted != DocumentSearch())


def _documents(request: WebRequest, found: ListPage[ReceiptView], searched: bool = False, error: BadInput | None = None) -> Response[str]:
    """error: what is wrong with the search."""
    shown: dict[str, Any] = {"rows": found.rows, "pages": pager(request, found, "/console/documents"), "typed": search_fields(request)}
    shown |= {"kinds": KIND_OPTIONS, "states": STATE_OPTIONS}
    status = status_of(error) if error else 200
    return page(request, "console/documents.html", status, **shown, searched=searched, error=error, tab="documents")


pages: list[Any] = [documents]
