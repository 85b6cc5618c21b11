"""The operator's sites on a map: where power is drawn, and where somebody is needed. The map shows the rows of the page."""

from litestar import get
from litestar.response import Response, ServerSentEvent

from forecourt.web.frame.answers import Asked, page
from forecourt.web.frame.headers import with_map
from forecourt.web.frame.live import LivePages
from forecourt.web.frame.rendering import render
from forecourt.web.frame.visit import ports_of, visitor_of
from forecourt.web.queries import overview


@get("/network", sync_to_thread=True)
def network(request: Asked) -> Response[str]:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        sites = overview.network(store, visitor_of(request).operator, ports.clock.now())
    return with_map(page(request, "console/network.html", sites=sites, tiles=ports.map_tiles, tab="now", live=True), ports.map_tiles)


@get("/network/live")
async def network_live(request: Asked) -> ServerSentEvent:
    """The rows, again whenever they change."""
    ports, operator = ports_of(request), visitor_of(request).operator

    def draw() -> str:
        with ports.transactions.begin() as store:
            return render("console/network_live.html", {"sites": overview.network(store, operator, ports.clock.now()), "csrf": ""})

    live: LivePages = request.app.state.live
    return await live.stream(f"network/{operator}", draw)


pages = [network, network_live]
