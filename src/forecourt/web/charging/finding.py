"""The list of places: for whoever looks for one, signed in or not."""

from typing import Any
from urllib.parse import urlencode

from litestar import Router, get
from litestar.response import Response

from forecourt.kernel import BadInput
from forecourt.stations import Position
from forecourt.web.charging.place_page import between, energy_asked
from forecourt.web.frame.answers import Asked, page
from forecourt.web.frame.headers import WHERE_PAGE
from forecourt.web.frame.visit import ports_of, visitor_of
from forecourt.web.queries.finding import Need, Order, Search, places_found

_USUAL = {"energy": "20", "words": "", "plug": "", "power": "0", "order": "near"}
_MOST_LETTERS = 100


@get("/", sync_to_thread=True, response_headers=WHERE_PAGE)
def find(request: Asked) -> Response[str]:
    asked, ports = _typed(request, _USUAL), ports_of(request)
    where = _typed(request, {"lat": "", "lon": ""})
    near = position_of(where["lat"], where["lon"])
    need = Need(energy_asked(whole(asked["energy"])), asked["plug"], between(whole(asked["power"]), 0, 1000) * 1000)
    search = Search(need, asked["words"], near, order_of(asked["order"]), whole(_typed(request, {"page": "1"})["page"]))
    with ports.transactions.begin() as store:
        found = places_found(store, search, visitor_of(request).driver, ports.clock.now())
    shown: dict[str, Any] = {"found": found, "asked": asked, "where": where if near else {}, "usual": asked == _USUAL}
    again, anywhere = urlencode(asked | shown["where"]), urlencode(asked)
    return page(request, "driver/find.html", **shown, again=again, anywhere=anywhere, tab="find")


def _typed(request: Asked, usual: dict[str, str]) -> dict[str, str]:
    return {name: request.query_params.get(name, "").strip()[:_MOST_LETTERS] or otherwise for name, otherwise in usual.items()}


def whole(text: str) -> int:
    if not text.isdecimal():
        raise BadInput("number", f"{text[:20]!r} is not a whole number.")
    return int(text)


def position_of(latitude: str, longitude: str) -> Position | None:
    """As a browser writes degrees; None where neither is given."""
    if not latitude and not longitude:
        return None
    try:
        return Position(float(latitude), float(longitude))
    except ValueError as error:
        said = f"{latitude[:20]!r}, {longitude[:20]!r} is no position."
        raise BadInput("position", said, "Write degrees, as 52.5163 and 13.3777.") from error


def order_of(text: str) -> Order:
    if text not in list(Order):
        raise BadInput("order", f"{text[:20]!r} is no order of places.", f"It can be {', '.join(Order)}.")
    return Order(text)


routes = Router("/", route_handlers=[find])
