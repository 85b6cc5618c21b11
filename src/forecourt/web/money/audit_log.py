"""The audit log: a page at a time, searched, and all that was found as CSV."""

from dataclasses import replace
from typing import Any

from litestar import get
from litestar.params import FromQuery
from litestar.response import Response, Stream

from forecourt.flows.desk import format_seal, note
from forecourt.flows.ports import AuditSearch, ListPage
from forecourt.kernel import BadInput
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.lists import csv_stream, pager, query_values, requested_page
from forecourt.web.frame.responses import WebRequest, page
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.queries.audit_log import LOG_COLUMNS, LogRow, log_batches, log_page
from forecourt.web.queries.audit_search import FIELDS, audit_search, search_summary
from forecourt.web.queries.console_labels import AREA_OPTIONS

_HOME = "/console/audit"


@get("/audit", sync_to_thread=True)
def audit(request: WebRequest, form: FromQuery[str] = "") -> Response[Any] | Stream:
    operator, typed = visitor_of(request).operator, query_values(request, FIELDS)
    error: BadInput | None = None
    found: ListPage[LogRow] = ListPage(())
    with ports_of(request).transactions.begin() as store:
        zone, seal = store.stations.operator(operator).zone, store.log_seals.newest()
        try:
            wanted = audit_search(store, operator, typed)
            if form != "csv":
                found = log_page(store, operator, requested_page(request), wanted)
        except BadInput as refused:
            error = refused
    if form == "csv" and not error:
        return _exported(request, wanted, typed)
    sealed = (seal.until, format_seal(seal)) if seal else None
    shown: dict[str, Any] = {"rows": found.rows, "pages": pager(request, found, _HOME), "zone": zone, "sealed": sealed}
    shown |= {"typed": typed, "areas": AREA_OPTIONS, "error": error}
    return page(request, "console/audit.html", status_of(error) if error else 200, **shown, tab="audit")


def _exported(request: WebRequest, wanted: AuditSearch, typed: dict[str, str]) -> Stream:
    """Everything up to now that was found; that somebody took it is itself logged."""
    ports, by = ports_of(request), staff_member(request)
    with ports.transactions.begin() as store:
        note(store, by, "log.export", by.operator_id, search_summary(typed))
    until = min(wanted.until, by.at) if wanted.until else by.at
    return csv_stream("log.csv", LOG_COLUMNS, log_batches(ports.transactions, by.operator_id, replace(wanted, until=until)))


pages: list[Any] = [audit]
