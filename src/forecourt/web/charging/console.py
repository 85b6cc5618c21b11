"""The operator's live pages: overview, a site, charges, chargers."""

from typing import Any
from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Response, ServerSentEvent

from forecourt.flows.power import unlimited_sockets
from forecourt.kernel import SessionId
from forecourt.stations import Approval
from forecourt.web.charging import (
    certificates,
    charger_page,
    chargers,
    charges,
    commands,
    external_limits,
    firmware,
    pay_codes,
    terminals,
)
from forecourt.web.frame.lists import paginate, query_values
from forecourt.web.frame.live import live_fragment
from forecourt.web.frame.rendering import render
from forecourt.web.frame.responses import WebRequest, page
from forecourt.web.frame.visitor import ports_of, visitor_of
from forecourt.web.queries.charge_trace import session_trace
from forecourt.web.queries.charger_list import ChargersWanted, charger_rows, chargers_found, waiting_chargers
from forecourt.web.queries.overview import overview
from forecourt.web.queries.price_book import price_gaps
from forecourt.web.queries.site_lookup import all_sites, own_site
from forecourt.web.queries.site_page import site_page

# Rows a page: each is taller than elsewhere.
_CHARGERS = 40


@get("/", sync_to_thread=True, opt={"of_sites": True})
def now(request: WebRequest) -> Response[Any]:
    """Money and alarms of the whole operator; staff of certain sites start at those instead."""
    ports, operator = ports_of(request), visitor_of(request).operator
    if visitor_of(request).sites:
        return Redirect("/console/network")
    with ports.transactions.begin() as store:
        view = overview(store, operator, ports.clock.now(), ports.tls_expires_at(), visitor_of(request).duties)
    return page(request, "console/now.html", now=view, tab="now", live=True)


@get("/live")
async def now_live(request: WebRequest) -> ServerSentEvent:
    ports, operator, duties = ports_of(request), visitor_of(request).operator, visitor_of(request).duties

    def draw() -> str:
        with ports.transactions.begin() as store:
            view = overview(store, operator, ports.clock.now(), ports.tls_expires_at(), duties)
        return render("console/now_live.html", {"now": view, "csrf": ""})

    return await live_fragment(request, f"now/{operator}/{','.join(duties)}", draw)


@get("/sites/{slug:str}", sync_to_thread=True)
def site(request: WebRequest, slug: FromPath[str]) -> Response[str]:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        own = own_site(store, slug, visitor_of(request).operator)
        view = site_page(store, slug, ports.clock.now())
        unpriced = () if own.closed_at else tuple(price_gaps(store, own, ports.clock.now()))
        uncounted = unlimited_sockets(own, store.stations.evses(own.id))
    return page(request, "console/site.html", site=view, here=own, unpriced=unpriced, uncounted=uncounted, tab="now", live=True)


@get("/sites/{slug:str}/live")
async def site_live(request: WebRequest, slug: FromPath[str]) -> ServerSentEvent:
    """The plan, the power and the charges, sent again whenever they change."""
    ports, operator = ports_of(request), visitor_of(request).operator

    def draw() -> str:
        with ports.transactions.begin() as store:
            own_site(store, slug, operator)
            return render("console/site_live.html", {"site": site_page(store, slug, ports.clock.now()), "csrf": ""})

    return await live_fragment(request, f"site/{operator}/{slug}", draw)


@get("/sessions/{session_id:uuid}", sync_to_thread=True)
def session(request: WebRequest, session_id: FromPath[UUID], every: FromQuery[bool] = False) -> Response[str]:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        view = session_trace(store, SessionId(session_id), visitor_of(request).operator, ports.clock.now(), every)
    return page(request, "console/session.html", trace=view, every=every, tab="sessions")


@get("/chargers", sync_to_thread=True, opt={"of_sites": True})
def every_charger(request: WebRequest) -> Response[str]:
    operator, query = visitor_of(request).operator, query_values(request, ("q", "site", "contact"))
    wanted = ChargersWanted(query["q"], query["site"], query["contact"])
    with ports_of(request).transactions.begin() as store:
        site_ids = visitor_of(request).sites
        waiting, found = [] if site_ids else waiting_chargers(store, operator), chargers_found(store, operator, wanted, site_ids)
        sites = all_sites(store, operator, site_ids)
        on_page, pages = paginate(request, found, "/console/chargers", _CHARGERS)
        rows = charger_rows(store, on_page)
    served = [one for one in found if one.approval == Approval.APPROVED]
    online = f"{sum(one.connected for one in served)} of {len(served)} online"
    places = [("", "All"), *((one.slug, one.name) for one in sites)]
    shown: dict[str, Any] = {"waiting": waiting, "rows": rows, "pages": pages, "online": online, "places": places, "typed": query}
    return page(request, "console/chargers.html", **shown, tab="chargers")


own = [now, now_live, site, site_live, charges.sessions, session, every_charger]
pages = [
    *own,
    *charger_page.pages,
    *chargers.pages,
    *commands.pages,
    *pay_codes.pages,
    *terminals.pages,
    *external_limits.pages,
    *firmware.pages,
    *certificates.pages,
]
