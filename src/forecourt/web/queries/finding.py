"""Finding a place to charge: by words, by plug and power, by what is near, cheap or free."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from forecourt.flows.ports import Store
from forecourt.kernel import DriverId, Span
from forecourt.stations import Evse, Position, Site, distance_m, is_open
from forecourt.web.queries.opening import opening_view, states_served
from forecourt.web.queries.plugs import plug_name
from forecourt.web.queries.prices import price_or_none, typical_window
from forecourt.web.queries.states import bay_states, bays_of
from forecourt.web.views.charges import BayState
from forecourt.web.views.finding import BaysNow, PlacesFound, SiteCard

PAGE = 20
MAPPED = 200  # places a map has at most: the nearest, without a position the first by name
RANKED = 60  # prices and free bays are asked of so many places at most: the nearest, without a position the first by name

_A_CHARGE = timedelta(hours=1)


class Order(StrEnum):
    NEAR = "near"  # without a position: by name
    CHEAP = "cheap"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class Need:
    """What a driver asks of a bay. standard: of the plug, as in the field's data; empty: any. least_w: what it can give at least."""

    energy_wh: int
    standard: str = ""
    least_w: int = 0

    def met_by(self, evse: Evse) -> bool:
        return self.standard in ("", evse.standard) and evse.max_power_w >= self.least_w


@dataclass(frozen=True, slots=True)
class Search:
    """words: all must be in the name or the address, in any order, without regard to case and accents. page: from 1."""

    need: Need
    words: str = ""
    near: Position | None = None
    order: Order = Order.NEAR
    page: int = 1


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A site with the bays that were asked for."""

    site: Site
    evses: tuple[Evse, ...]
    distance_m: int | None


def places_found(store: Store, search: Search, driver_id: DriverId | None, now: datetime) -> PlacesFound:
    """A page of the places that have a bay of the kind. A page past the last one is the last one."""
    sites = _with_bays(store, store.stations.sites())
    candidates = _candidates(sites, search)
    pages = max(1, -(-len(candidates) // PAGE))
    page = min(max(1, search.page), pages)
    first = (page - 1) * PAGE
    rank = search.order is not Order.NEAR and first < RANKED
    shown = candidates[:RANKED] if rank else candidates[first : first + PAGE]
    cards = _cards(store, shown, search, driver_id, now)
    if rank:
        cards = sorted(cards, key=_cheapness if search.order is Order.CHEAP else _emptiness)[first : first + PAGE]
    standards = sorted({evse.standard for _, evses in sites for evse in evses})
    return PlacesFound(
        cards=tuple(cards),
        total=len(candidates),
        page=page,
        pages=pages,
        plugs=tuple((standard, plug_name(standard)) for standard in standards),
        ranked=RANKED if search.order is not Order.NEAR and len(candidates) > RANKED else None,
    )


def places_mapped(store: Store, search: Search, driver_id: DriverId | None, now: datetime) -> tuple[SiteCard, ...]:
    """Those of the list whose position is known, in the order of what is near."""
    candidates = _candidates(_with_bays(store, [one for one in store.stations.sites() if one.position]), search)
    return tuple(_cards(store, candidates[:MAPPED], search, driver_id, now))


def bays_now(store: Store, need: Need, now: datetime) -> dict[str, BaysNow]:
    """Of all places that have such a bay, by their short names."""
    sites = [(site, [one for one in evses if need.met_by(one)]) for site, evses in _with_bays(store, store.stations.sites())]
    fitting = [(site, evses) for site, evses in sites if evses]
    store.expect_sites([site.id for site, _ in fitting], Span(now, now + _A_CHARGE))
    return {site.slug: _bays_now(store, site, evses, now) for site, evses in fitting}


def _bays_now(store: Store, site: Site, evses: Sequence[Evse], now: datetime) -> BaysNow:
    opened = is_open(site, now)
    states = bay_states(store, site.id)
    free = sum(states_served(site, evse, states, now) is BayState.FREE for evse in evses) if opened else 0
    return BaysNow(opened, free, len(evses))


def _with_bays(store: Store, sites: Sequence[Site]) -> list[tuple[Site, list[Evse]]]:
    store.stations.expect_evses([one.id for one in sites])
    return [(site, bays_of(store, site.id)) for site in sites]


def _candidates(sites: Sequence[tuple[Site, Sequence[Evse]]], search: Search) -> list[_Candidate]:
    """Nearest first; those whose position nobody gave come last, by name."""
    words = _plain(search.words).split()
    found = [
        _Candidate(site, fitting, _distance_m(site, search.near))
        for site, evses in sites
        if (fitting := tuple(one for one in evses if search.need.met_by(one)))
        and all(word in _plain(f"{site.name} {site.address}") for word in words)
    ]
    return sorted(found, key=lambda one: (one.distance_m is None, one.distance_m or 0, one.site.name, one.site.slug))


def _distance_m(site: Site, near: Position | None) -> int | None:
    return distance_m(site.position, near) if site.position and near else None


def _plain(text: str) -> str:
    """Straße, STRASSE and Strasse are the same words, Orléans and Orleans too."""
    return "".join(one for one in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(one))


def _cheapness(card: SiteCard) -> tuple[bool, str, int, str]:
    """Prices of different currencies are not compared: each currency's stand together."""
    return card.typical is None, card.typical.currency if card.typical else "", card.typical.minor if card.typical else 0, card.name


def _emptiness(card: SiteCard) -> tuple[int, str]:
    return -card.free, card.name


def _cards(store: Store, shown: Sequence[_Candidate], search: Search, driver_id: DriverId | None, now: datetime) -> list[SiteCard]:
    store.expect_sites([one.site.id for one in shown], Span(now, now + _A_CHARGE))
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
