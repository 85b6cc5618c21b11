"""The operator's charges: search, a page at a time, or all of them as a file."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from litestar import get
from litestar.params import FromQuery
from litestar.response import Response

from forecourt.flows.desk import operator_zone
from forecourt.flows.ports import ChargeSearch, ListPage, PageRequest, Store
from forecourt.kernel import BadInput, OperatorId, instant_text
from forecourt.stations import Site
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.lists import csv_stream, midnight, pager, query_values, requested_page
from forecourt.web.frame.ports import WebPorts
from forecourt.web.frame.responses import WebRequest, page
from forecourt.web.frame.visitor import ports_of, visitor_of
from forecourt.web.queries.charge_list import charge_rows
from forecourt.web.queries.site_lookup import all_sites, selected_site
from forecourt.web.views.console import SessionRow

_COLUMNS = ("id", "site", "bay", "driver", "started", "ended", "energy_wh", "amount", "currency")
_BATCH = 500
_FIELDS = ("q", "since", "until", "site", "billed")


@get("/sessions", sync_to_thread=True, opt={"of_sites": True})
def sessions(request: WebRequest, form: FromQuery[str] = "") -> Response[Any]:
    ports, operator, page_request = ports_of(request), visitor_of(request).operator, requested_page(request)
    with ports.transactions.begin() as store:
        site_ids = visitor_of(request).sites
        sites = all_sites(store, operator, site_ids)
        site = selected_site(sites, _typed(request)["site"]) if site_ids or _typed(request)["site"] else None
        try:
            wanted = _wanted(request, store, operator, site)
        except BadInput as error:
            return _sessions(request, ListPage(()), sites, error)
    if form == "csv":
        return csv_stream("charges.csv", _COLUMNS, _charge_batches(ports, operator, wanted))
    with ports.transactions.begin() as store:
        found = charge_rows(store, operator, wanted, page_request)
    return _sessions(request, found, sites)


def _sessions(request: WebRequest, found: ListPage[SessionRow], sites: Sequence[Site], error: BadInput | None = None) -> Response[str]:
    """error: what is wrong with the search."""
    shown: dict[str, Any] = {
        "rows": found.rows,
        "pages": pager(request, found, "/console/sessions"),
        "typed": _typed(request),
        "sites": [*(() if visitor_of(request).sites else (("", "All"),)), *((one.slug, one.name) for one in sites)],
        "error": error,
    }
    return page(request, "console/sessions.html", status_of(error) if error else 200, **shown, tab="sessions")


def _charge_batches(ports: WebPorts, operator: OperatorId, wanted: ChargeSearch) -> Iterator[list[tuple[object, ...]]]:
    """All of them; each batch is a unit of work of its own, so that a slow reader holds up nobody."""
    page_request = PageRequest(limit=_BATCH)
    while True:
        with ports.transactions.begin() as store:
            found = charge_rows(store, operator, wanted, page_request)
        yield [_cells(row) for row in found.rows]
        if not found.older:
            return
        page_request = PageRequest(found.older, limit=_BATCH)


def _cells(row: SessionRow) -> tuple[object, ...]:
    times = (instant_text(row.started_at), instant_text(row.ended_at) if row.ended_at else "")
    amount = (row.gross.amount, row.gross.currency) if row.gross else ("", "")
    return (row.id, row.site, row.bay, row.driver, *times, row.energy_wh, *amount)


def _typed(request: WebRequest) -> dict[str, str]:
    return query_values(request, _FIELDS)


def _wanted(request: WebRequest, store: Store, operator_id: OperatorId, site: Site | None) -> ChargeSearch:
    """Days are in the operator's zone; raises BadInput for an invalid one. site: None = all."""
    values, zone = _typed(request), operator_zone(store, operator_id)
    until = midnight(values["until"], zone, "until")
    return ChargeSearch(
        text=values["q"],
        since=midnight(values["since"], zone, "since"),
        until=until and until + timedelta(days=1),
        site_id=site.id if site else None,
        unbilled=values["billed"] == "no",
    )
