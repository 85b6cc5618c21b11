"""The operator's sites on a map: where power is drawn, and where somebody is needed."""

from litestar import get
from litestar.response import Response

from forecourt.web.frame.answers import Asked, page
from forecourt.web.frame.geojson import Spot, geojson
from forecourt.web.frame.headers import with_map
from forecourt.web.frame.rendering import render
from forecourt.web.frame.visit import ports_of, visitor_of
from forecourt.web.queries import overview
from forecourt.web.views.console import SiteNow


@get("/network", sync_to_thread=True)
def network(request: Asked) -> Response[str]:
    tiles = ports_of(request).map_tiles
    return with_map(page(request, "console/network.html", sites=_sites(request), tiles=tiles, tab="now"), tiles)


@get("/network/sites.json", sync_to_thread=True)
def sites_on_the_map(request: Asked) -> Response[bytes]:
    """All of the operator's sites that have a position."""
    return geojson(
        Spot(site.position, site.slug, _drawn("pin", site), _drawn("card", site), bool(site.alarms))
        for site in _sites(request)
        if site.position
    )


def _sites(request: Asked) -> tuple[SiteNow, ...]:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        return overview.network(store, visitor_of(request).operator, ports.clock.now())


def _drawn(part: str, site: SiteNow) -> str:
    return render(f"console/network_{part}.html", {"site": site, "csrf": ""}).strip()


pages = [network, sites_on_the_map]
