"""REST for finding places: for maps, cars and route planners."""

from collections.abc import Callable
from typing import Annotated

from litestar import Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter
from litestar.response import Response

from forecourt.kernel import BadInput
from forecourt.stations import MAX_CM, BayNeed, Position, features_named
from forecourt.web.api import models
from forecourt.web.api.pagination import LINK_HEADER, list_response
from forecourt.web.api.shared import ANYBODY
from forecourt.web.frame.amounts import nonnegative_or_none
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, visitor_of
from forecourt.web.queries.place_search import PAGE, BayRequirements, Order, PlaceFilters, PlaceSearch, search_places

_WORDS = (
    "All of these words in the name or the address, in any order. If no place matches and there is a town with that English name, "
    "the places nearest to it, with their distance from it."
)
_PRICE = "The most a typical charge may cost, such as 12.50, in the currency of the place. Places without a price are left out."

_FEATURES = "At least one bay has all of these: accessible, cable, pull_through, roof, lit; separated by commas."
Words = Annotated[str, QueryParameter(max_length=100, description=_WORDS)]
First = Annotated[Order, QueryParameter(description="near: sorted by name without a position. cheap and free: among the sixty nearest.")]
Page = Annotated[int, QueryParameter(ge=1, description=f"{PAGE} places a page; there are none past the last page.")]


def parse_requirements(
    energy_wh: Annotated[int, QueryParameter(ge=1000, le=150_000)] = 20_000,
    plug: Annotated[str, QueryParameter(max_length=100, description="A connector standard of OCPI, such as IEC_62196_T2.")] = "",
    least_power_w: Annotated[int, QueryParameter(ge=0, le=1_000_000, description="At least one bay has at least this power.")] = 0,
    features: Annotated[str, QueryParameter(max_length=100, description=_FEATURES)] = "",
    vehicle_height_cm: Annotated[int, QueryParameter(ge=0, le=MAX_CM)] = 0,
) -> BayRequirements:
    bay = BayNeed(features_named([one for one in features.split(",") if one]), vehicle_height_cm)
    return BayRequirements(energy_wh, plug, least_power_w, bay)


def parse_position(
    latitude: Annotated[float | None, QueryParameter(ge=-90, le=90, description="With longitude: where you are.")] = None,
    longitude: Annotated[float | None, QueryParameter(ge=-180, le=180)] = None,
) -> Position | None:
    if latitude is None and longitude is None:
        return None
    if latitude is None or longitude is None:
        raise BadInput("position", "A position needs a latitude and a longitude.", "Send both, or neither.")
    return Position(latitude, longitude)


def parse_filters(
    free: Annotated[
        bool, QueryParameter(description="Places with a free bay now. This filter and the next two: among the sixty nearest.")
    ] = False,
    open_now: Annotated[bool, QueryParameter(name="open", description="Places that are open now.")] = False,
    price: Annotated[str, QueryParameter(max_length=20, description=_PRICE)] = "",
) -> PlaceFilters:
    return PlaceFilters(free, open_now, nonnegative_or_none(price, "price"))


def parse_search(
    need: NamedDependency[BayRequirements],
    near: NamedDependency[Position | None],
    keep: NamedDependency[PlaceFilters],
    words: Words = "",
    order: First = Order.NEAR,
    page: Page = 1,
) -> PlaceSearch:
    return PlaceSearch(need, words, near, order, page, keep)


_ASKED: dict[str, Callable[..., object]] = {
    "need": parse_requirements,
    "near": parse_position,
    "keep": parse_filters,
    "search": parse_search,
}


@get(
    "/sites",
    sync_to_thread=True,
    security=ANYBODY,
    summary="Places, with free bays and the price of a typical charge",
    response_headers=LINK_HEADER,
    dependencies={name: Provide(asked, sync_to_thread=False) for name, asked in _ASKED.items()},
)
def list_sites(request: WebRequest, search: NamedDependency[PlaceSearch]) -> Response[list[models.SiteItem]]:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        found = search_places(store, search, visitor_of(request).driver, ports.clock.now())
    shown = [models.site_item(card) for card in found.cards] if search.page <= found.pages else []
    return list_response(request, shown, **({"page": search.page + 1} if search.page < found.pages else {}))


routes = Router("/api/v1", tags=["Places"], route_handlers=[list_sites])
