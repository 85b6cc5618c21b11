"""REST for whoever looks for a place: a map of one's own, a car, a planner of routes."""

from typing import Annotated

from litestar import Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter

from forecourt.kernel import BadInput
from forecourt.stations import Position
from forecourt.web.api import models
from forecourt.web.frame.answers import Asked
from forecourt.web.frame.visit import ports_of, visitor_of
from forecourt.web.queries.finding import PAGE, Need, Order, Search, places_found

Words = Annotated[str, QueryParameter(max_length=100, description="All of them in the name or the address, in any order.")]
First = Annotated[Order, QueryParameter(description="near: without a position by name. cheap and free: among the sixty nearest.")]
Page = Annotated[int, QueryParameter(ge=1, description=f"Of {PAGE} places; past the last one there are none.")]


def need_asked(
    energy_wh: Annotated[int, QueryParameter(ge=1000, le=150_000)] = 20_000,
    plug: Annotated[str, QueryParameter(max_length=100, description="A connector standard of OCPI, such as IEC_62196_T2.")] = "",
    least_power_w: Annotated[int, QueryParameter(ge=0, le=1_000_000, description="At least one bay is that strong.")] = 0,
) -> Need:
    return Need(energy_wh, plug, least_power_w)


def position_asked(
    latitude: Annotated[float | None, QueryParameter(ge=-90, le=90, description="Together with longitude: where you are.")] = None,
    longitude: Annotated[float | None, QueryParameter(ge=-180, le=180)] = None,
) -> Position | None:
    if latitude is None and longitude is None:
        return None
    if latitude is None or longitude is None:
        raise BadInput("position", "A position has a latitude and a longitude.", "Send both, or neither.")
    return Position(latitude, longitude)


@get(
    "/sites",
    sync_to_thread=True,
    summary="Places, with free bays and the price of a usual charge",
    dependencies={"need": Provide(need_asked, sync_to_thread=False), "near": Provide(position_asked, sync_to_thread=False)},
)
def sites(
    request: Asked,
    need: NamedDependency[Need],
    near: NamedDependency[Position | None],
    words: Words = "",
    order: First = Order.NEAR,
    page: Page = 1,
) -> list[models.SiteItem]:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        found = places_found(store, Search(need, words, near, order, page), visitor_of(request).driver, ports.clock.now())
    return [models.site_item(card) for card in found.cards] if page <= found.pages else []


routes = Router("/api/v1", route_handlers=[sites])
