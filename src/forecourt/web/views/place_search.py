"""Views of the list of places to charge."""

from dataclasses import dataclass

from forecourt.kernel import Money
from forecourt.stations import Position
from forecourt.web.views.opening_hours import OpeningView


@dataclass(frozen=True, slots=True)
class BaysNow:
    """The matching bays of a place. free: none if it is closed."""

    open: bool
    free: int
    total: int


@dataclass(frozen=True, slots=True)
class SiteCard:
    """A place in the list, with its matching bays.

    free: none at a closed place. plugs: for people. most_w: of its strongest bay. typical: what a charge of typical_wh would cost now, None
    if there is no price. distance_m: from the driver; None if either position is unknown.
    """

    slug: str
    name: str
    address: str
    country: str
    zone: str
    opening: OpeningView
    free: int
    total: int
    kinds: tuple[str, ...]
    plugs: tuple[str, ...]
    most_w: int
    typical_wh: int
    typical: Money | None
    position: Position | None = None
    distance_m: int | None = None


@dataclass(frozen=True, slots=True)
class PlacesFound:
    """A page of the places found. total: of all pages. ranked: sorting and filters cover this many, the nearest; None: all. town: distances
    are from there; empty: from the driver. relaxations: if the filters match nothing, which to drop, and how many places that gives."""

    cards: tuple[SiteCard, ...]
    total: int
    page: int
    pages: int
    plugs: tuple[tuple[str, str], ...]  # all there are anywhere: the standard, and what people call it
    ranked: int | None = None
    town: str = ""
    relaxations: tuple[tuple[tuple[str, ...], int], ...] = ()
