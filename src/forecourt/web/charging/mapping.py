"""The map of places, beside their list, and what stands on it."""

from litestar import Router, get
from litestar.response import Response

from forecourt.web.charging.finding import asked_of, found_page, search_of
from forecourt.web.frame.answers import Asked, language_for
from forecourt.web.frame.geojson import Spot, geojson
from forecourt.web.frame.headers import WHERE_PAGE, with_map
from forecourt.web.frame.rendering import render
from forecourt.web.frame.visit import ports_of, visitor_of
from forecourt.web.queries.finding import MAPPED, places_mapped

_A_MINUTE_S = 60


@get("/map", sync_to_thread=True, response_headers=WHERE_PAGE)
def find_on_map(request: Asked) -> Response[str]:
    """The list of places, with a map where the browser can draw one."""
    tiles = ports_of(request).map_tiles
    return with_map(found_page(request, mapped=MAPPED, tiles=tiles), tiles)


@get("/map/places.json", sync_to_thread=True)
def places(request: Asked) -> Response[bytes]:
    """What the list shows: the first of the search that have a position."""
    ports, asked, search = ports_of(request), asked_of(request), search_of(request)
    with ports.transactions.begin() as store:
        cards = places_mapped(store, search, visitor_of(request).driver, ports.clock.now())

    def drawn(template: str, **values: object) -> str:
        return render(template, {"asked": asked, "csrf": "", **values}, language_for(request)).strip()

    spots = (
        Spot(one.position, one.slug, drawn("driver/place_pin.html", site=one), drawn("driver/place_card.html", site=one), one.free > 0)
        for one in cards
        if one.position
    )
    return geojson(spots, _A_MINUTE_S)


routes = Router("/", route_handlers=[find_on_map, places])
