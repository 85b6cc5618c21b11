"""The operator's sites on a map: where power is drawn, and where attention is needed. The list is paged, the map has all of them."""

from collections.abc import Sequence
from typing import Any

from litestar import get
from litestar.response import Response, ServerSentEvent

from forecourt.web.frame.geojson import MapMarker, geojson
from forecourt.web.frame.headers import allow_map_tiles
from forecourt.web.frame.lists import paginate
from forecourt.web.frame.live import live_fragment
from forecourt.web.frame.rendering import render
from forecourt.web.frame.responses import WebRequest, page
from forecourt.web.frame.visitor import ports_of, visitor_of
from forecourt.web.queries import network as queries
from forecourt.web.views.console import SiteNow

_HOME = "/console/network"


@get("/network", sync_to_thread=True, opt={"of_sites": True})
def network(request: WebRequest) -> Response[str]:
    sites = _sites(request)
    with ports_of(request).transactions.begin() as store:
        closed = queries.closed_sites(store, visitor_of(request).operator, visitor_of(request).sites)
    unplaced = [one for one in sites if one.position is None]
    shown = {**_listed(request, sites), "nowhere": unplaced, "mapped": len(unplaced) < len(sites), "closed": closed}
    tiles = ports_of(request).map_tiles
    return allow_map_tiles(
        page(request, "console/network.html", **shown, asked=request.url.query, tiles=tiles, tab="now", live=True), tiles
    )


@get("/network/live", opt={"of_sites": True})
async def network_live(request: WebRequest) -> ServerSentEvent:
    """The rows, sent again whenever they change."""

    def draw() -> str:
        return render("console/network_live.html", {**_listed(request, _sites(request)), "csrf": ""})

    visitor = visitor_of(request)
    scope = ",".join(map(str, visitor.sites)) or "all"
    return await live_fragment(request, f"network/{visitor.operator}/{scope}/{request.query_params.get('page', '')[:6]}", draw)


@get("/network/places.json", sync_to_thread=True, opt={"of_sites": True})
def network_places(request: WebRequest) -> Response[bytes]:
    placed = ((one, one.position) for one in _sites(request) if one.position)
    return geojson(MapMarker(at, one.slug, _drawn(one, "pin"), _drawn(one, "card"), bool(one.alarms)) for one, at in placed)


def _listed(request: WebRequest, sites: Sequence[SiteNow]) -> dict[str, Any]:
    """A page of the sites, and the totals of all: whoever watches one page gets changes anywhere."""
    rows, pages = paginate(request, sites, _HOME)
    alarmed, power_w = sum(bool(one.alarms) for one in sites), sum(one.power_w for one in sites)
    return {"sites": rows, "pages": pages, "count": len(sites), "alarmed": alarmed, "power_w": power_w}


def _drawn(site: SiteNow, part: str) -> str:
    return render(f"console/network_{part}.html", {"site": site}).strip()


def _sites(request: WebRequest) -> tuple[SiteNow, ...]:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        return queries.network(store, visitor_of(request).operator, ports.clock.now(), site_ids=visitor_of(request).sites)


pages = [network, network_live, network_places]
