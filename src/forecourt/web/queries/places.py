"""One place, as a driver sees it: its price, its bays and its free times."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from forecourt.flows.bookings import ReserveRequest, nearest_offers, pool_of, slot_power
from forecourt.flows.charging import free_until
from forecourt.flows.ports import Store
from forecourt.flows.prices import Price, buyer_of, price_at
from forecourt.kernel import DriverId, NotFound, Refused, Span, Text
from forecourt.reservations import MAX_BOOKING, SHORTEST_BOOKING, free_through
from forecourt.stations import ANY_BAY, BayNeed, Evse, Feature, Site, in_service
from forecourt.tariffs import Buyer
from forecourt.web.queries.bay_features import has_height_limits, plug_name, selectable_features
from forecourt.web.queries.bay_states import HeldBay, bay_states, bays_of, held_bays
from forecourt.web.queries.deposits import deposit_offer
from forecourt.web.queries.local_days import local_date, local_day
from forecourt.web.queries.opening_hours import displayed_state, opening_view, with_maintenance
from forecourt.web.queries.partner_offers import partner_offers
from forecourt.web.queries.prices import day_prices, parts_of_version, price_or_none, quote_for, quote_view, tariff_parts, typical_window
from forecourt.web.queries.site_lookup import site_of
from forecourt.web.views.bays import BayState
from forecourt.web.views.booking import AlternativeTime, SlotDay
from forecourt.web.views.place import Place, Slot, SocketView
from forecourt.web.views.price_parts import ComingPrices

DAYS_AHEAD = 7
# The shortest and the longest stay on offer.
_STAYS = (timedelta(hours=1), timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class BookingPreferences:
    """The choices for a booking: length of stay, how much the start may differ, features of the bay. stated: the driver made a choice about
    the bay, even if they need none; otherwise their saved needs apply. height: of the vehicle, as typed; height_error: what is wrong."""

    start: datetime | None = None
    minutes: int = 120
    flexible: int = 0
    need: BayNeed = ANY_BAY
    stated: bool = True
    height: str = ""
    height_error: Text | None = None


@dataclass(frozen=True, slots=True)
class PlaceQuery:
    """What a driver wants to see of a place. kind: of sockets; empty: the first. day None: that of the preferred start, or else today, or
    tomorrow if today has no start left."""

    slug: str
    energy_wh: int
    kind: str = ""
    day: date | None = None
    preferences: BookingPreferences = BookingPreferences()

    def local_date(self, site: Site) -> date | None:
        return local_date(self.preferences.start, site.zone) if self.day is None and self.preferences.start else self.day


def place(store: Store, query: PlaceQuery, driver_id: DriverId | None, now: datetime) -> Place:
    """All a driver needs to decide: bays, their own price with its reasons, and the free starts of a day."""
    site, energy_wh, need = site_of(store, query.slug), query.energy_wh, query.preferences.need
    if site.ended(now):
        raise NotFound("site", "{place} has closed for good.", "Choose another place.", place=site.name)
    evses = bays_of(store, site.id)
    kind = _kind_shown(evses, query)
    buyer, window = buyer_of(store, driver_id, now), typical_window(store, site, kind, now, energy_wh)
    price = price_or_none(store, site.id, kind, window, energy_wh, driver_id)
    prices, no_show, late_fee = tariff_parts(price, site, now)
    day, slots = _day_shown(store, site, kind, query, price is not None, now)
    of_kind = [evse.offers for evse in evses if evse.kind == kind]
    return Place(
        slug=site.slug,
        name=site.name,
        address=site.address,
        zone=site.zone,
        now=now,
        kinds=tuple(sorted({evse.kind for evse in evses})),
        kind=kind,
        sockets=_sockets(store, site, evses, (buyer, driver_id), now),
        quote=quote_view(price, site, window, energy_wh) if price else None,
        day_prices=day_prices(price, site, now) if price else None,
        day=day,
        days=tuple(_today(site, now) + timedelta(days=offset) for offset in range(DAYS_AHEAD)),
        slots=slots,
        slot_day=_slot_day(site, day, slots, sum(map(need.met_by, of_kind)), now),
        latitude=str(site.latitude) if site.position else "",
        longitude=str(site.longitude) if site.position else "",
        no_show=no_show,
        late=late_fee,
        prices=prices,
        coming=_coming_prices(store, site, kind, buyer, price, now) if price else None,
        currency=site.currency,
        walk_in_until=_walk_in_until(store, evses, kind, now),
        offers=partner_offers(store, site, now),
        deposit=deposit_offer(store, site, price.version, driver_id, [Span(now, now + one) for one in _STAYS]) if price else None,
        opening=opening_view(site, now),
        selectable_features=selectable_features(of_kind, need),
        has_height_limits=has_height_limits(of_kind),
        operator=store.stations.operator(site.operator_id).name,
        facts=site.facts,
        chosen=quote_for(store, site, kind, chosen, energy_wh, driver_id) if (chosen := _chosen(query, slots)) else None,
    )


def _chosen(query: PlaceQuery, slots: Sequence[Slot]) -> Span | None:
    """The chosen time, if it can still be booked."""
    start, stay = query.preferences.start, timedelta(minutes=query.preferences.minutes)
    if start is None or not SHORTEST_BOOKING <= stay <= MAX_BOOKING or not any(one.start == start and one.free for one in slots):
        return None
    return Span(start, start + stay)


def with_saved_needs(store: Store, query: PlaceQuery, driver_id: DriverId | None) -> tuple[PlaceQuery, tuple[Feature, ...]]:
    """The query with the driver's saved needs, if it says nothing about the bay; and those of them that no bay is known to meet."""
    saved = store.drivers.driver(driver_id).bay_need if driver_id and not query.preferences.stated else ANY_BAY
    if saved == ANY_BAY:
        return query, ()
    offered = {one for evse in bays_of(store, site_of(store, query.slug).id) for one in evse.offers.features}
    available = BayNeed(tuple(one for one in saved.features if one in offered), saved.height_cm)
    return replace(query, preferences=replace(query.preferences, need=available)), tuple(
        one for one in saved.features if one not in offered
    )


def alternative_times(store: Store, request: ReserveRequest, now: datetime) -> tuple[AlternativeTime, ...]:
    """Alternatives for a window that is taken."""
    try:
        found = nearest_offers(store, request, now)
        return tuple(AlternativeTime(one.window.start, one.window.end, one.due, one.power.energy_wh if one.power else 0) for one in found)
    except Refused:  # nothing can be offered for this kind or time: the page says why already
        return ()


def _kind_shown(evses: Sequence[Evse], query: PlaceQuery) -> str:
    """The requested kind; otherwise the first, preferably one with a bay that meets the need."""
    kinds = {evse.kind for evse in evses}
    meeting = {evse.kind for evse in evses if query.preferences.need.met_by(evse.offers)}
    return query.kind if query.kind in kinds else min(meeting or kinds, default="")


def _today(site: Site, now: datetime) -> date:
    return local_date(now, site.zone)


def _day_shown(store: Store, site: Site, kind: str, query: PlaceQuery, priced: bool, now: datetime) -> tuple[date, tuple[Slot, ...]]:
    """The day with its starts: as requested, as far as can be booked; tomorrow, late in the evening. There are no starts without a
    price."""
    today, wanted, need = _today(site, now), query.local_date(site), query.preferences.need
    day = min(max(wanted or today, today), today + timedelta(days=DAYS_AHEAD - 1))
    slots = _slots(store, site, kind, day, now, need) if priced else ()
    if slots or wanted or not priced:
        return day, slots
    tomorrow = day + timedelta(days=1)
    return tomorrow, _slots(store, site, kind, tomorrow, now, need)


def _slot_day(site: Site, day: date, slots: Sequence[Slot], bays: int, now: datetime) -> SlotDay:
    span = local_day(day, site.zone)
    return SlotDay(site.zone, span.start, span.end, now, bays, tuple((one.start, one.free) for one in slots))


def _coming_prices(store: Store, site: Site, kind: str, buyer: Buyer, price: Price, now: datetime) -> ComingPrices | None:
    """The price after today's ends, if that is within the days that can be booked."""
    later = price.version.valid_to
    if later is None or later >= now + timedelta(days=DAYS_AHEAD):
        return None
    changed = price_at(store, site, kind, buyer, later)
    return ComingPrices(later, parts_of_version(changed.version, site, later)) if changed else None


def _sockets(
    store: Store, site: Site, evses: Sequence[Evse], buyer_and_driver: tuple[Buyer, DriverId | None], now: datetime
) -> tuple[SocketView, ...]:
    """Free ones first. A charge can be started if the driver has a price, nobody else charges, and it is not held for another."""
    reported, held, (buyer, driver_id) = bay_states(store, site.id), held_bays(store, site.id), buyer_and_driver
    states = {evse.id: displayed_state(site, evse, reported, now) for evse in evses}
    occupied = {session.evse_id for session in store.sessions.open_at(site.id) if session.token is not None}
    priced = {kind for kind in {evse.kind for evse in evses} if price_at(store, site, kind, buyer, now) is not None}
    in_order = sorted(evses, key=lambda evse: (states[evse.id] is not BayState.FREE, evse.label))
    views = ((evse.id, _socket(evse, states[evse.id], evse.id not in occupied and evse.kind in priced)) for evse in in_order)
    return tuple(with_maintenance(_with_hold(view, held.get(evse_id), driver_id), site, now) for evse_id, view in views)


def _with_hold(view: SocketView, hold: HeldBay | None, driver_id: DriverId | None) -> SocketView:
    """Nothing can be started at a bay that is held for somebody else."""
    if hold is None or view.state not in {BayState.FREE, BayState.IDLE, BayState.RESERVED}:
        return view
    is_own = hold.driver_id == driver_id
    return replace(view, held_until=hold.until, mine=is_own, startable=view.startable and is_own)


def _walk_in_until(store: Store, evses: Sequence[Evse], kind: str, now: datetime) -> datetime | None:
    evse = next((one for one in evses if one.kind == kind), None)
    return free_until(store, evse, now) if evse else None


def _socket(evse: Evse, state: BayState, open_to_driver: bool) -> SocketView:
    """A charge can be started at a bay with a price that is free, or has a car plugged in that nobody has claimed."""
    startable = open_to_driver and state in {BayState.FREE, BayState.IDLE, BayState.RESERVED}
    return SocketView(
        str(evse.id), evse.label, evse.standard, plug_name(evse.standard), evse.max_power_w, state, startable, bay=evse.offers
    )


def _slots(store: Store, site: Site, kind: str, day: date, now: datetime, need: BayNeed) -> tuple[Slot, ...]:
    """Starts at each half hour of the day that are not past, with the number of sockets free for an hour."""
    pool = pool_of(store, site.id, kind, now)
    hour, power = timedelta(hours=1), slot_power(store, site.id, now)
    most_w = min((evse.max_power_w for evse in in_service(store.stations.evses(site.id)) if evse.kind == kind), default=0)
    day_through = [one for one in free_through(pool, local_day(day, site.zone), timedelta(minutes=30), hour, need) if one[0] > now]
    closed_spans = [Span(at, at + hour) for at, free in day_through if not free]
    closed = {span.start for span in closed_spans if any(one.overlaps(span) for one in pool.closed)}
    return tuple(Slot(at, free, power.most_w(kind, Span(at, at + hour), most_w) if free else 0, at in closed) for at, free in day_through)
