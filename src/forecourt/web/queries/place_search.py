"""Search for places to charge: by words, plug and power; nearest, cheapest or with free bays."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from forecourt.flows.ports import Store
from forecourt.kernel import DriverId, Span
from forecourt.stations import ANY_BAY, BayNeed, Evse, Position, Site, distance_m, is_open
from forecourt.web.queries.bay_features import plug_name
from forecourt.web.queries.bay_states import bay_states, bays_of
from forecourt.web.queries.opening_hours import displayed_state, opening_view
from forecourt.web.queries.prices import price_or_none, typical_window
from forecourt.web.queries.towns import Town, plain, town_called
from forecourt.web.views.bays import BayState
from forecourt.web.views.place_search import BaysNow, PlacesFound, SiteCard

PAGE = 20
MAX_MAPPED = 200  # most places on a map: the nearest; without a position, the first by name
MAX_COMPARED = 60  # most places checked for prices and free bays: the nearest; without a position, the first by name

_A_CHARGE = timedelta(hours=1)


class Order(StrEnum):
    NEAR = "near"  # without a position: by name
    CHEAP = "cheap"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class BayRequirements:
    """A driver's requirements for a bay. standard: of the plug, as OCPI names it; empty: any. least_w: the least power it must be able to
    deliver."""

    energy_wh: int
    standard: str = ""
    least_w: int = 0
    bay: BayNeed = ANY_BAY

    def met_by(self, evse: Evse) -> bool:
        return self.bay.met_by(evse.offers) and self.standard in ("", evse.standard) and evse.max_power_w >= self.least_w


@dataclass(frozen=True, slots=True)
class PlaceFilters:
    """The filters on a place's current state. price: the most that a typical charge may cost, in the currency of the place."""

    free: bool = False
    open: bool = False
    price: Decimal | None = None

    def holds(self, card: SiteCard) -> bool:
        cheap = self.price is None or (card.typical is not None and card.typical.amount <= self.price)
        return cheap and (card.free > 0 or not self.free) and (card.opening.open or not self.open)

    def without(self, name: str) -> "PlaceFilters":
        return replace(self, **{name: getattr(NO_FILTERS, name)})

    def names(self) -> tuple[str, ...]:
        """The names of the filters that are set."""
        return tuple(one.name for one in fields(self) if self.without(one.name) != self)


NO_FILTERS = PlaceFilters()


@dataclass(frozen=True, slots=True)
class PlaceSearch:
    """words: all must be in the name or address, in any order, ignoring case and accents. If no place matches and a town has that name, the
    places near it are found. page: from 1."""

    need: BayRequirements
    words: str = ""
    near: Position | None = None
    order: Order = Order.NEAR
    page: int = 1
    keep: PlaceFilters = NO_FILTERS


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A site with its matching bays."""

    site: Site
    evses: tuple[Evse, ...]
    distance_m: int | None


def search_places(store: Store, search: PlaceSearch, driver_id: DriverId | None, now: datetime) -> PlacesFound:
    """A page of the places that have a matching bay. A page beyond the last gives the last."""
    sites = _with_bays(store, now)
    candidates, town = _candidates(sites, search)
    narrowed = search.keep != NO_FILTERS
    is_compared = narrowed or search.order is not Order.NEAR
    known = _cards(store, candidates[:MAX_COMPARED], search, driver_id, now) if is_compared else []
    best = _ordered([one for one in known if search.keep.holds(one)], search.order)
    total = len(best) if narrowed else len(candidates)
    pages = max(1, -(-total // PAGE))
    page = min(max(1, search.page), pages)
    offset = (page - 1) * PAGE
    in_best = is_compared and offset < MAX_COMPARED
    cards = best[offset : offset + PAGE] if in_best else _cards(store, candidates[offset : offset + PAGE], search, driver_id, now)
    standards = sorted({evse.standard for _, evses in sites for evse in evses})
    return PlacesFound(
        cards=tuple(cards),
        total=total,
        page=page,
        pages=pages,
        plugs=tuple((standard, plug_name(standard)) for standard in standards),
        ranked=MAX_COMPARED if is_compared and len(candidates) > MAX_COMPARED else None,
        town=town.name if town else "",
        relaxations=() if best else _relaxations(known, search.keep, len(candidates)),
    )


def search_map(store: Store, search: PlaceSearch, driver_id: DriverId | None, now: datetime) -> tuple[SiteCard, ...]:
    """The places of the list whose position is known, nearest first."""
    candidates, _ = _candidates(_with_bays(store, now), search)
    is_compared = candidates if search.keep == NO_FILTERS else candidates[:MAX_COMPARED]
    located = [one for one in is_compared if one.site.position][:MAX_MAPPED]
    return tuple(one for one in _cards(store, located, search, driver_id, now) if search.keep.holds(one))


def _relaxations(known: Sequence[SiteCard], filters: PlaceFilters, unfiltered: int) -> tuple[tuple[tuple[str, ...], int], ...]:
    """Which filter to drop, and how many places that gives; all filters if no single one helps."""
    without_each = {(name,): filters.without(name) for name in filters.names()}
    counts = {names: unfiltered if one == NO_FILTERS else sum(map(one.holds, known)) for names, one in without_each.items()}
    helpful = tuple((names, count) for names, count in counts.items() if count)
    return helpful or (((filters.names(), unfiltered),) if unfiltered and filters != NO_FILTERS else ())


def _ordered(cards: list[SiteCard], order: Order) -> list[SiteCard]:
    if order is Order.NEAR:
        return cards
    return sorted(cards, key=_cheapness if order is Order.CHEAP else _emptiness)


def bays_now(store: Store, need: BayRequirements, now: datetime) -> dict[str, BaysNow]:
    """All places that have a matching bay, by slug."""
    sites = [(site, [one for one in evses if need.met_by(one)]) for site, evses in _with_bays(store, now)]
    fitting = [(site, evses) for site, evses in sites if evses]
    store.prefetch_sites([site.id for site, _ in fitting], Span(now, now + _A_CHARGE))
    return {site.slug: _bays_now(store, site, evses, now) for site, evses in fitting}


def _bays_now(store: Store, site: Site, evses: Sequence[Evse], now: datetime) -> BaysNow:
    opened = is_open(site, now)
    states = bay_states(store, site.id)
    free = sum(displayed_state(site, evse, states, now) is BayState.FREE for evse in evses) if opened else 0
    return BaysNow(opened, free, len(evses))


def _with_bays(store: Store, now: datetime) -> list[tuple[Site, list[Evse]]]:
    """All sites that have not closed for good."""
    sites = [one for one in store.stations.sites() if not one.ended(now)]
    store.stations.prefetch_evses([one.id for one in sites])
    return [(site, bays_of(store, site.id)) for site in sites]


def _candidates(sites: Sequence[tuple[Site, Sequence[Evse]]], search: PlaceSearch) -> tuple[list[_Candidate], Town | None]:
    """Nearest first; those without a position last, by name. Also the town that the words name, if no place matches them."""
    found = _with_words(sites, search)
    town = None if found else town_called(search.words)
    return (_with_words(sites, replace(search, words="", near=town.position)) if town else found), town


def _with_words(sites: Sequence[tuple[Site, Sequence[Evse]]], search: PlaceSearch) -> list[_Candidate]:
    terms = plain(search.words).split()
    found = [
        _Candidate(site, fitting, _distance_m(site, search.near))
        for site, evses in sites
        if (fitting := tuple(one for one in evses if search.need.met_by(one)))
        and all(word in plain(f"{site.name} {site.address}") for word in terms)
    ]
    return sorted(found, key=lambda one: (one.distance_m is None, one.distance_m or 0, one.site.name, one.site.slug))


def _distance_m(site: Site, near: Position | None) -> int | None:
    return distance_m(site.position, near) if site.position and near else None


def _cheapness(card: SiteCard) -> tuple[bool, str, int, str]:
    """Prices in different currencies are not compared: each currency is sorted separately."""
    return card.typical is None, card.typical.currency if card.typical else "", card.typical.minor if card.typical else 0, card.name


def _emptiness(card: SiteCard) -> tuple[int, str]:
    return -card.free, card.name


def _cards(store: Store, shown: Sequence[_Candidate], search: PlaceSearch, driver_id: DriverId | None, now: datetime) -> list[SiteCard]:
    store.prefetch_sites([one.site.id for one in shown], Span(now, now + _A_CHARGE))
    return [_card(store, one, search.need.energy_wh, driver_id, now) for one in shown]


def _card(store: Store, one: _Candidate, energy_wh: int, driver_id: DriverId | None, now: datetime) -> SiteCard:
    site, bays = one.site, _bays_now(store, one.site, one.evses, now)
    kinds = tuple(sorted({evse.kind for evse in one.evses}))
    windows = {kind: typical_window(store, site, kind, now, energy_wh) for kind in kinds}
    prices = [price_or_none(store, site.id, kind, windows[kind], energy_wh, driver_id) for kind in kinds]
    return SiteCard(
        slug=site.slug,
        name=site.name,
        address=site.address,
        country=site.country,
        opening=opening_view(site, now),
        zone=site.zone,
        free=bays.free,
        total=bays.total,
        kinds=kinds,
        plugs=tuple(sorted({plug_name(evse.standard) for evse in one.evses})),
        most_w=max(evse.max_power_w for evse in one.evses),
        typical_wh=energy_wh,
        typical=min((price.due for price in prices if price is not None), key=lambda due: due.minor, default=None),
        position=site.position,
        distance_m=one.distance_m,
    )
