"""The map of places beside their list, and its data."""

from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec
from litestar import Router, get
from litestar.response import Response, ServerSentEvent

from forecourt.web.charging.bay_forms import bay_need_params
from forecourt.web.charging.place_search import render_search, search_of, search_values
from forecourt.web.frame.geojson import MapMarker, geojson
from forecourt.web.frame.headers import LOCATION_PAGE_HEADERS, allow_map_tiles
from forecourt.web.frame.live import live_fragment
from forecourt.web.frame.rendering import render
from forecourt.web.frame.responses import WebRequest, language_for
from forecourt.web.frame.visitor import ports_of, visitor_of
from forecourt.web.queries.place_search import MAX_MAPPED, bays_now, search_map
from forecourt.web.views.place_search import BaysNow

_MAX_AGE_S = 60


@get("/map", sync_to_thread=True, response_headers=LOCATION_PAGE_HEADERS)
def find_on_map(request: WebRequest) -> Response[str]:
    """The list of places, with a map where the browser can draw one."""
    tiles = ports_of(request).map_tiles
    return allow_map_tiles(render_search(request, mapped=MAX_MAPPED, tiles=tiles), tiles)


@get("/map/places.json", sync_to_thread=True)
def places(request: WebRequest) -> Response[bytes]:
    """What the list shows: the first of the search that have a position."""
    ports, search_params, search = ports_of(request), search_values(request), search_of(request)
    with ports.transactions.begin() as store:
        cards = search_map(store, search, visitor_of(request).driver, ports.clock.now())
    bay_query = urlencode(bay_need_params(search.need.bay))

    def drawn(template: str, **values: object) -> str:
        return render(template, {"asked": search_params, "bay_query": bay_query, "csrf": "", **values}, language_for(request)).strip()

    markers = (
        MapMarker(one.position, one.slug, drawn("driver/place_pin.html", site=one), drawn("driver/place_card.html", site=one), one.free > 0)
        for one in cards
        if one.position
    )
    return geojson(markers, _MAX_AGE_S)


@get("/map/live")
async def bays(request: WebRequest) -> ServerSentEvent:
    """The number of free bays at each place, sent again whenever it changes: rendered once for all who ask for the same bays."""
    ports, need, language = ports_of(request), search_of(request).need, language_for(request)

    def draw() -> str:
        with ports.transactions.begin() as store:
            return bays_json(bays_now(store, need, ports.clock.now()), language)

    return await live_fragment(request, f"bays/{need.standard}/{need.least_w}/{urlencode(bay_need_params(need.bay))}/{language}", draw)


def bays_json(found: Mapping[str, BaysNow], language: str) -> str:
    """Places with equally many free bays share the same words, which are sent once."""
    states = {one: f"{one.free}/{one.total}" if one.open else "closed" for one in set(found.values())}
    labels = {
        state: {"pin": _worded(one, language, True), "card": _worded(one, language, False), "free": one.free > 0}
        for one, state in states.items()
    }
    return msgspec.json.encode({"places": {slug: states[one] for slug, one in found.items()}, "words": labels}, order="sorted").decode()


def _worded(bays: BaysNow, language: str, in_pin: bool) -> str:
    values = {"open": bays.open, "free": bays.free, "total": bays.total, "in_pin": in_pin, "csrf": ""}
    return render("driver/place_bays.html", values, language).strip()


routes = Router("/", route_handlers=[find_on_map, places, bays])
