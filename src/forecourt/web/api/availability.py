"""REST for the availability of chargers in a month: the figures of the console's page."""

from dataclasses import astuple
from datetime import datetime
from typing import Annotated, Literal

from litestar import Router, get
from litestar.params import FromQuery, QueryParameter
from msgspec import Struct

from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, staff_only, visitor_of
from forecourt.web.queries.availability import requested_month, uptime_by_charger, uptime_by_site, uptime_by_socket
from forecourt.web.queries.site_lookup import own_site


class UptimeItem(Struct):
    """For a socket (key: its id), a charger (its name) or a site (its short name). history_since: null = there is no history yet.
    available: share of open_s, from 0 to 1; null if no time counts. open_s: seconds that count; closed_s: outside opening hours or in
    planned maintenance. offline_s, faulted_s, unavailable_s: parts of open_s, each counted once. repair_s: of all repaired outages
    together."""

    key: str
    name: str
    site: str
    history_since: datetime | None
    available: float | None
    open_s: int
    closed_s: int
    offline_s: int
    faulted_s: int
    unavailable_s: int
    outages: int
    repaired: int
    repair_s: int
    no_starts: int
    charges: int
    empty: int
    broken: int


Month = Annotated[
    str, QueryParameter(max_length=7, description="For example 2026-06, in the operator's time zone; empty for the current month.")
]


@get("/availability", sync_to_thread=True, opt={"by_site": True}, summary="Charger availability in a month")
def get_availability(
    request: WebRequest, month: Month = "", by: FromQuery[Literal["socket", "charger", "site"]] = "charger", site: FromQuery[str] = ""
) -> list[UptimeItem]:
    """Chargers and sites with the lowest first, sockets by site. site: only this one, by its short name."""
    ports, operator = ports_of(request), visitor_of(request).operator
    with ports.transactions.begin() as store:
        span = requested_month(store, operator, month, ports.clock.now())
        slug = own_site(store, site, operator).slug if site else ""
        match by:
            case "socket":
                rows = uptime_by_socket(store, operator, span, slug)
            case "charger":
                rows = uptime_by_charger(store, operator, span, slug)
            case "site":
                rows = [one for one in uptime_by_site(store, operator, span) if slug in ("", one.key)]
    return [
        UptimeItem(
            one.key,
            one.name,
            one.site,
            (one.since or span.start) if one.watched else None,
            one.figures.share,
            *astuple(one.figures),
        )
        for one in rows
    ]


routes = Router("/api/v1", tags=["Back office"], guards=[staff_only], route_handlers=[get_availability])
