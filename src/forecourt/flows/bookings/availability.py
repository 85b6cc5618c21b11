"""Load everything that claims the sockets of a kind: bookings, running charges, faults, maintenance, opening hours."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

from forecourt.flows.ports.store import Store
from forecourt.flows.prices.price_finding import sockets_of
from forecourt.kernel import BadInput, ChargerId, DriverId, EvseId, SiteId, Span
from forecourt.reservations import (
    BayGroup,
    Booking,
    Called,
    Kept,
    Pool,
    PresentCar,
    expected_overstay,
    group_bays,
    remaining_stay,
    required_gap,
)
from forecourt.sessions import Session
from forecourt.stations import Approval, BayNeed, Charger, ConnectorState, Evse, Site, closed_in, is_maintained, merged

# Assumed stay of a driver who has not said when the car leaves.
ASSUMED_STAY = timedelta(hours=4)
# A car that is overdue is expected to leave no sooner than this.
SHORTEST_REMAINING_STAY = timedelta(minutes=10)
# A socket that is out of order now is expected to be repaired by tomorrow.
REPAIRED_WITHIN = timedelta(hours=24)
FARTHEST = timedelta(days=32)
OUT_OF_USE = (ConnectorState.FAULTED, ConnectorState.UNAVAILABLE)
_HISTORY = 20
_STAYS = 100


DepartureOf = Callable[[Store, Session, datetime], datetime]


def suitable_sockets(store: Store, site_id: SiteId, kind: str, need: BayNeed) -> Sequence[Evse]:
    """The sockets of a kind whose bays meet a need. Raises BadInput if there are none."""
    found = [evse for evse in sockets_of(store, site_id, kind) if need.met_by(evse.offers)]
    if not found:
        raise BadInput("need", "No bay of this kind here has what you need.", "Ask for less, or choose another place.")
    return found


def pool_of(
    store: Store, site_id: SiteId, kind: str, at: datetime, departure_of: DepartureOf | None = None, for_driver: DriverId | None = None
) -> Pool:
    """The sockets of a kind at a site that can serve from an instant on, and all that claims them.

    departure_of: when the car of a running charge is assumed to leave; by default `expected_departure`, safe enough for promises.
    for_driver: a driver whose data will be needed next (`overstay_of_driver`, tokens), loaded in the same query.
    """
    store.prefetch_pool(site_id, kind, for_driver, _HISTORY)
    return pool_of_site(store, store.stations.site(site_id), kind, at, departure_of)


def pool_of_site(store: Store, site: Site, kind: str, at: datetime, departure_of: DepartureOf | None = None) -> Pool:
    """`pool_of` with the opening hours and maintenance of this site value, which may differ from the stored one."""

    @cache
    def past() -> Sequence[timedelta]:
        return recent_stays(store, site_id, kind)

    def by_promise(store: Store, session: Session, at: datetime) -> datetime:
        return expected_departure(store, session, at, past)

    site_id = site.id
    chargers = {one.id: one for one in store.stations.chargers(site_id, Approval.APPROVED)}
    evses = [evse for evse in sockets_of(store, site_id, kind) if evse.charger_id in chargers]
    promised = tuple(booking for booking in store.bookings.live_at(site_id) if booking.kind == kind)
    rules, habits, open_now = store.bookings.rules(site_id), store.bookings.habits(site_id, kind), store.sessions.open_at(site_id)
    broken = _broken(store, site, evses, chargers, at)
    store.drivers.prefetch_needs(site_id, {one.driver_id for one in open_now if one.driver_id})
    taken_spans, cars = (
        _taken(store, site, (evses, broken), open_now, at, departure_of or by_promise),
        _cars(store, open_now, evses, broken),
    )
    for evse_id, turn in _turns(store, site_id, kind, at, timedelta(minutes=rules.walk_in_min)):
        taken_spans[evse_id].append(turn)
        cars[evse_id].append(PresentCar(turn.start, turn.end))
    return Pool(
        len(evses),
        tuple(span for spans in taken_spans.values() for span in spans),
        promised,
        closed_in(site, Span(at, at + FARTHEST)),
        rules.held_back,
        tuple(car for known in cars.values() for car in known),
        len(broken),
        habits if habits and habits.known else None,
        rules.too_busy_percent,
        tuple(_groups(evses, taken_spans, cars, broken, at)),
    )


def _groups(
    evses: Sequence[Evse],
    taken_spans: Mapping[EvseId, list[Span]],
    cars: Mapping[EvseId, list[PresentCar]],
    broken: Collection[EvseId],
    at: datetime,
) -> Iterator[BayGroup]:
    for group in group_bays({evse.id: evse.offers for evse in evses}, taken_spans, at):
        group_cars = (car for evse in evses if evse.id in group.evses for car in cars.get(evse.id, ()))
        yield replace(group, cars=tuple(group_cars), broken=len(group.evses.intersection(broken)))


def stated_departure(store: Store, driver_id: DriverId | None, site_id: SiteId, at: datetime) -> datetime | None:
    """When a driver coming to a site has said they will leave, unless that is past."""
    need = store.drivers.need(driver_id, site_id) if driver_id else None
    return need.departure if need and need.departure and need.departure > at else None


def _cars(
    store: Store, open_now: Sequence[Session], evses: Sequence[Evse], broken: Collection[EvseId]
) -> defaultdict[EvseId, list[PresentCar]]:
    serving_ids, cars = {evse.id for evse in evses}.difference(broken), defaultdict[EvseId, list[PresentCar]](list)
    for session in open_now:
        if session.evse_id in serving_ids and session.token is not None:
            booking, since = booking_of_stay(store, session), session.started_at
            due = booking.window.end if booking else stated_departure(store, session.driver_id, session.site_id, since)
            cars[session.evse_id].append(PresentCar(since, due))
    return cars


def booking_of_stay(store: Store, session: Session) -> Booking | None:
    """The booking that determines how long the car of a charge should stay. A held booking does not."""
    booking = store.bookings.booking(session.booking_id) if session.booking_id else None
    return None if booking is None or booking.held else booking


def overstay_of_driver(store: Store, driver_id: DriverId) -> timedelta:
    """How long this driver is expected to overstay, judged by earlier bookings."""
    overstays = []
    for booking in store.bookings.of_driver(driver_id, _HISTORY):
        record = store.sessions.record(booking.state.session_id) if isinstance(booking.state, Kept) else None
        if record is not None and not booking.held:
            overstays.append(record.ended_at - booking.window.end)
    return expected_overstay(overstays)


def expected_departure(store: Store, session: Session, at: datetime, past: Callable[[], Sequence[timedelta]]) -> datetime:
    """When the car of a running charge should be gone: by its booking (and this driver's usual overstay), otherwise by the driver's
    statement, otherwise after a usual stay. Once that is past, by how cars behave here that have stayed so long.

    past: recent lengths of stay here; only called if needed."""
    booking = booking_of_stay(store, session)
    if booking is not None:
        departure = booking.claim.end
    else:
        need = store.drivers.need(session.driver_id, session.site_id) if session.driver_id else None
        departure = need.departure if need and need.departure else session.started_at + ASSUMED_STAY
    if at < departure:
        return max(departure, at + SHORTEST_REMAINING_STAY)
    return at + max(SHORTEST_REMAINING_STAY, remaining_stay(past(), at - session.started_at, timedelta()))


def recent_stays(store: Store, site_id: SiteId, kind: str) -> Sequence[timedelta]:
    """Recent lengths of stay at sockets of the kind."""
    evse_ids = {evse.id for evse in store.stations.evses(site_id) if evse.kind == kind}
    return [one.ended_at - one.started_at for one in store.sessions.ended(site_id, _STAYS) if one.evse_id in evse_ids]


def walk_in_gap(store: Store, site_id: SiteId, kind: str, driver_id: DriverId | None, at: datetime) -> timedelta:
    """How long no promise may need the socket of a walk-in: the site's minimum; if there are promises at all, the stay expected of this
    driver (None: of anybody)."""
    min_gap = timedelta(minutes=store.bookings.rules(site_id).walk_in_min)
    if not any(booking.kind == kind for booking in store.bookings.live_at(site_id)):
        return min_gap
    departure = stated_departure(store, driver_id, site_id, at)
    return required_gap(recent_stays(store, site_id, kind), departure - at if departure else None, min_gap, ASSUMED_STAY)


def _turns(store: Store, site_id: SiteId, kind: str, at: datetime, min_stay: timedelta) -> Iterator[tuple[EvseId, Span]]:
    """Sockets reserved for drivers whose turn it is in the queue, with the minimum stay they were called for."""
    for ticket in store.queue.live_at(site_id):
        if ticket.kind == kind and isinstance(ticket.state, Called):
            yield (
                ticket.state.evse_id,
                Span(min(ticket.state.called_at, at), max(ticket.state.until, at) + max(min_stay, SHORTEST_REMAINING_STAY)),
            )


def _broken(store: Store, site: Site, evses: list[Evse], chargers: Mapping[ChargerId, Charger], at: datetime) -> set[EvseId]:
    """Sockets out of order for an unknown time. One under maintenance is back when that ends, although its charger reports it as out of
    use until it is ordered back into service."""
    evse_ids = {
        evse.id for evse in evses if not is_maintained(site, evse.label, at) and evse.number not in chargers[evse.charger_id].out_of_use
    }
    return {one.evse_id for one in store.stations.sockets(site.id) if one.state in OUT_OF_USE} & evse_ids


def _taken(
    store: Store, site: Site, sockets: tuple[list[Evse], set[EvseId]], open_now: Sequence[Session], at: datetime, departure_of: DepartureOf
) -> defaultdict[EvseId, list[Span]]:
    """Spans of one socket do not overlap: a car that is charging where maintenance will begin claims it once."""
    evses, broken = sockets
    evse_ids, claims = {evse.id for evse in evses}, defaultdict[EvseId, list[Span]](list)
    for evse_id in broken:
        claims[evse_id].append(Span(at, at + REPAIRED_WITHIN))
    for session in open_now:
        # A cable plugged in without a card shown claims nothing yet.
        if session.evse_id in evse_ids - broken and session.token is not None:
            claims[session.evse_id].append(Span(min(session.started_at, at), departure_of(store, session, at)))
    for evse in evses if site.maintenance else ():
        claims[evse.id] += [work.span for work in site.maintenance if evse.label in work.labels]
    for evse_id, spans in claims.items():
        claims[evse_id] = list(merged(spans)) if len(spans) > 1 else spans
    return claims
