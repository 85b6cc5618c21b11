"""The operator's pages of availability and faults: all chargers or sites, the worst first; and a charger's own history."""

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from forecourt.kernel import ChargerId, Span, instant_text, month_name
from forecourt.stations import Uptime
from forecourt.web.frame.lists import csv_response, paginate
from forecourt.web.frame.responses import WebRequest, page
from forecourt.web.frame.visitor import ports_of, visitor_of
from forecourt.web.queries.availability import (
    MAX_ERRORS,
    charger_history,
    history_rows,
    recent_months,
    requested_month,
    together,
    uptime_by_charger,
    uptime_by_site,
    uptime_by_socket,
)
from forecourt.web.queries.site_lookup import all_sites, own_site
from forecourt.web.views.availability import UptimeRow

_AT = "/console/availability"


@get("/availability", sync_to_thread=True, opt={"by_site": True})
def availability(
    request: WebRequest, month: FromQuery[str] = "", by: FromQuery[str] = "chargers", site: FromQuery[str] = "", form: FromQuery[str] = ""
) -> Response[Any]:
    """by: chargers or sites; the CSV has a row for each socket. The month is the operator's; the current one by default."""
    ports, operator, site_ids = ports_of(request), visitor_of(request).operator, visitor_of(request).sites
    with ports.transactions.begin() as store:
        span, now = requested_month(store, operator, month, ports.clock.now()), ports.clock.now()
        zone = store.stations.operator(operator).zone
        if site:
            own_site(store, site, operator)
        if form == "csv":
            return _csv(month_name(span.start, zone), span, uptime_by_socket(store, operator, span, site))
        sites = by == "sites" and not site
        rows = uptime_by_site(store, operator, span) if sites else uptime_by_charger(store, operator, span, site)
        errors = [] if site else store.history.errors(operator, span, MAX_ERRORS)
        shown: dict[str, Any] = {
            "places": [*(() if site_ids else (("", "All"),)), *((one.slug, one.name) for one in all_sites(store, operator, site_ids))],
            "months": recent_months(store, operator, now),
            "zone": zone,
        }
    shown_rows, pages = paginate(request, rows, _AT)
    shown |= {
        "rows": shown_rows,
        "pages": pages,
        "whole": together(rows),
        "errors": errors,
        "by": "sites" if sites else "chargers",
        "site": site,
    }
    shown |= {"month": month_name(span.start, zone), "begins": span.start, "in_course": span.end == now}
    late, never = sum(one.since is not None for one in rows), sum(not one.watched for one in rows)
    return page(request, "console/availability.html", **shown, late=late, never=never, tab="chargers")


@get("/chargers/{charger_id:str}/history", sync_to_thread=True)
def history(request: WebRequest, charger_id: FromPath[str], month: FromQuery[str] = "", form: FromQuery[str] = "") -> Response[Any]:
    ports, operator = ports_of(request), visitor_of(request).operator
    with ports.transactions.begin() as store:
        now = ports.clock.now()
        span = requested_month(store, operator, month, now)
        view = charger_history(store, operator, ChargerId(charger_id), span)
        months, zone = recent_months(store, operator, now), store.stations.operator(operator).zone
    name = month_name(span.start, zone)
    if form == "csv":
        return csv_response(f"history-{name}.csv", ("charger", "socket", "what", "code", "since", "until"), history_rows(view))
    shown: dict[str, Any] = {"view": view, "months": months, "month": name, "begins": span.start, "in_course": span.end == now}
    return page(request, "console/charger_history.html", **shown, zone=zone, tab="chargers")


def _csv(month: str, span: Span, rows: Sequence[UptimeRow]) -> Response[str]:
    head = ("month", "site", "socket", "evse", "history_since", "available_percent", *Uptime.__slots__)
    cells = (
        (month, one.site, one.name, one.key, _since(one, span), one.percent if one.watched else "", *astuple(one.figures)) for one in rows
    )
    return csv_response(f"availability-{month}.csv", head, cells)


def _since(one: UptimeRow, span: Span) -> str:
    return instant_text(one.since or span.start) if one.watched else ""


pages: list[Any] = [availability, history]
