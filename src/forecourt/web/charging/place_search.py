"""The list of places, for anybody, signed in or not."""

from typing import Any
from urllib.parse import urlencode

from litestar import Router, get
from litestar.response import Response

from forecourt.kernel import BadInput, Text
from forecourt.stations import Position
from forecourt.web.charging.bay_forms import BAY_FIELDS, bay_need_params, parse_bay_need
from forecourt.web.charging.place_page import check_range, checked_energy_wh
from forecourt.web.frame.amounts import nonnegative_or_none
from forecourt.web.frame.headers import LOCATION_PAGE_HEADERS
from forecourt.web.frame.responses import WebRequest, page
from forecourt.web.frame.visitor import ports_of, visitor_of
from forecourt.web.queries.place_search import BayRequirements, Order, PlaceFilters, PlaceSearch, search_places

_USUAL = {
    "energy": "20",
    "words": "",
    "plug": "",
    "power": "0",
    "order": "near",
    "free": "",
    "open": "",
    "price": "",
    **dict.fromkeys(map(str, BAY_FIELDS), ""),
}
_DETAILS = ("plug", "power", "energy", "order", "price", *map(str, BAY_FIELDS))  # shown in a collapsible section
_WHERE = {"lat": "", "lon": ""}
_MAX_CHARS = 100


@get("/", sync_to_thread=True, response_headers=LOCATION_PAGE_HEADERS)
def find(request: WebRequest) -> Response[str]:
    return render_search(request, mapped=0)


def render_search(request: WebRequest, **more: Any) -> Response[str]:
    """more: mapped, the most places on a map beside the list; 0: no map. tiles: the map's background."""
    query, ports = search_values(request), ports_of(request)
    understood, errors = _without_invalid(query)
    search = search_of(request, understood)
    position, bay_need = _typed(request, _WHERE) if search.near else {}, search.need.bay
    with ports.transactions.begin() as store:
        found = search_places(store, search, visitor_of(request).driver, ports.clock.now())
    again, anywhere = _query(understood | position), _query(understood)
    wider = [(names, count, _query(understood | position | dict.fromkeys(names, ""))) for names, count in found.relaxations]
    shown: dict[str, Any] = {
        "found": found,
        "asked": query,
        "wrong": errors,
        "where": position,
        "usual": query == _USUAL,
        "detailed": any(query[name] != _USUAL[name] for name in _DETAILS),
        "base": request.url.path,
        "wider": wider,
        "cards": ports.payment_events is not None,
        "bay": bay_need,
        "bay_query": urlencode(bay_need_params(bay_need)),
        **more,
    }
    return page(request, "driver/find.html", 400 if errors else 200, **shown, again=again, anywhere=anywhere, tab="find")


def _query(query: dict[str, str]) -> str:
    return urlencode({name: value for name, value in query.items() if value})


def search_values(request: WebRequest) -> dict[str, str]:
    return _typed(request, _USUAL)


def search_of(request: WebRequest, understood: dict[str, str] | None = None) -> PlaceSearch:
    """understood: replaces what was typed."""
    query, position = understood or search_values(request), _typed(request, _WHERE)
    need = BayRequirements(
        checked_energy_wh(parse_count(query["energy"])),
        query["plug"],
        check_range(parse_count(query["power"]), 0, 1000) * 1000,
        parse_bay_need(query),
    )
    near = parse_position(position["lat"], position["lon"])
    filters = PlaceFilters(query["free"] == "1", query["open"] == "1", nonnegative_or_none(query["price"], "price"))
    return PlaceSearch(
        need, query["words"], near, parse_order(query["order"]), parse_count(_typed(request, {"page": "1"})["page"]), filters
    )


def _without_invalid(query: dict[str, str]) -> tuple[dict[str, str], dict[str, Text]]:
    """The search without hand-typed fields that are invalid; and the errors of those."""
    errors: dict[str, Text] = {}
    for name, read in (("price", lambda: nonnegative_or_none(query["price"], "price")), ("height", lambda: parse_bay_need(query))):
        try:
            read()
        except BadInput as error:
            errors[name] = error.full_message
    return query | dict.fromkeys(errors, ""), errors


def _typed(request: WebRequest, defaults: dict[str, str]) -> dict[str, str]:
    return {name: request.query_params.get(name, "").strip()[:_MAX_CHARS] or otherwise for name, otherwise in defaults.items()}


def parse_count(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise BadInput("number", "{given!r} is not a whole number.", given=text[:20])
    return int(text)


def parse_position(latitude: str, longitude: str) -> Position | None:
    """In degrees, as a browser writes them; None if neither is given."""
    if not latitude and not longitude:
        return None
    try:
        return Position(float(latitude), float(longitude))
    except ValueError as error:
        values = {"latitude": latitude[:20], "longitude": longitude[:20]}
        raise BadInput(
            "position", "{latitude!r}, {longitude!r} is not a position.", "Use degrees, such as 52.5163 and 13.3777.", **values
        ) from error


def parse_order(text: str) -> Order:
    if text not in list(Order):
        raise BadInput("order", "{given!r} is not a way to sort places.", "It can be {known}.", given=text[:20], known=", ".join(Order))
    return Order(text)


routes = Router("/", route_handlers=[find])
