"""The list of places to charge at."""

from dataclasses import dataclass

from forecourt.kernel import Money
from forecourt.stations import Position
from forecourt.web.views.opening import OpeningView


@dataclass(frozen=True, slots=True)
class BaysNow:
    """Of a place, the bays that were asked for. free: none where it is closed."""

    open: bool
    free: int
    total: int


@dataclass(frozen=True, slots=True)
class SiteCard:
    """A place in the list, with the bays that were asked for.

    free: none at a closed place. plugs: for people. most_w: of its strongest bay. typical: what a charge of typical_wh would cost now,
    None where no price is set. distance_m: from where the driver is; None where either position is not known.
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
    """A page of the places found. total: of all pages. ranked: order and filters hold for so many, the nearest; None: for all.
    town: distances are from there; empty: from where the driver is. wider: where the filters keep nothing, those to drop, and how many
    places are found then."""

    cards: tuple[SiteCard, ...]
    total: int
    page: int
    pages: int
    plugs: tuple[tuple[str, str], ...]  # all there are anywhere: the standard, and what people call it
    ranked: int | None = None
    town: str = ""
    wider: tuple[tuple[tuple[str, ...], int], ...] = ()
