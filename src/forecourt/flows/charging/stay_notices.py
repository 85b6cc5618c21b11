"""Notices during a charge as time passes: the car is ready, parking is about to cost, the booked time is about to end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from forecourt.billing import billable_usage
from forecourt.drivers import ChargingNeed
from forecourt.flows.bookings.availability import booking_of_stay
from forecourt.flows.charging.starting import stop_charge
from forecourt.flows.desk.booking_notices import notify_booking
from forecourt.flows.desk.notifying import NoticeDraft, notify
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids, Money, SiteId, instant_text
from forecourt.notices import NoticeContent, NoticeKind
from forecourt.reservations import EARLY, Booking, is_waiting_for_bay
from forecourt.sessions import MeterPoint, Session, phases_of
from forecourt.tariffs import Phase, PhaseState, rate

# Some cars pause for a moment; a car that has drawn nothing for this long is ready.
QUIET = timedelta(minutes=3)
# How long in advance a driver is warned, leaving time to come back.
AHEAD = timedelta(minutes=15)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ParkingCost:
    """When parking begins to cost, and the cost of its first quarter-hour."""

    begins: datetime
    amount: Money


@dataclass(frozen=True, slots=True)
class StayEnd:
    """Until when the driver booked, or said they would stay. waited_for: that is past, and somebody else needs the bay."""

    ends: datetime
    booked: bool
    waited_for: bool


def send_stay_notices(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> int:
    """Send drivers at a site the notices due now, and stop charges that have delivered all their drivers wanted. Returns how many were
    checked; repeating it sends nothing twice, and orders each stop once."""
    checked = 0
    for session in store.sessions.open_at(site_id):
        if session.driver_id is not None and session.charged:
            _notify_of(store, session, max(at, session.last_at))
            _stop_where_wanted(store, session, at, ids)
            checked += 1
    return checked


def _notify_of(store: Store, session: Session, at: datetime) -> None:
    need = _need(store, session)
    reached = need is not None and need.reached(session.meter.energy_wh, session.soc_percent)
    if reached:
        _tell(store, session, NoticeKind.REACHED, at)
    if session.state is PhaseState.IDLE:
        points = store.sessions.points(session.id)
        if not reached and session.meter.energy_wh and at - idle_since(points, at) >= QUIET:
            _tell(store, session, NoticeKind.READY, at)
        parking = parking_cost(store, session, points, at)
        if parking is not None:
            _tell(store, session, NoticeKind.OVERSTAY, at, parking)
    booking = booking_of_stay(store, session)
    if booking is not None and booking.window.end - AHEAD <= at < booking.window.end and not _booked_on(store, booking):
        notify_booking(store, booking, NoticeKind.STAY_ENDING, at, store.stations.evse(session.evse_id).label)
    stay = stay_end(store, session, at)
    if stay is not None and stay.waited_for:
        _tell_over(store, session, stay.ends, at)


def stay_end(store: Store, session: Session, at: datetime) -> StayEnd | None:
    """When the stay should end; None if unknown."""
    booking, need = booking_of_stay(store, session), _need(store, session)
    ends = booking.window.end if booking else need.departure if need else None
    return None if ends is None else StayEnd(ends, booking is not None, at >= ends and _is_waited_for(store, session, at))


def _booked_on(store: Store, booking: Booking) -> bool:
    """Whether the driver has also booked the time that follows."""
    live = store.bookings.live_at(booking.site_id)
    next_ones = (one.window.start for one in live if (one.driver_id, one.kind) == (booking.driver_id, booking.kind))
    return any(start - EARLY <= booking.window.end for start in next_ones)


def _is_waited_for(store: Store, session: Session, at: datetime) -> bool:
    """Whether somebody else who could use the bay is queuing, or has booked and got none."""
    evse = store.stations.evse(session.evse_id)
    queued = ((one.driver_id, one.kind, one.need) for one in store.queue.live_at(session.site_id) if one.is_waiting)
    booked = ((one.driver_id, one.kind, one.need) for one in store.bookings.live_at(session.site_id) if is_waiting_for_bay(one, at))
    waiting_kinds = ((kind, need) for who, kind, need in (*queued, *booked) if who != session.driver_id)
    return any(kind == evse.kind and need.met_by(evse.offers) for kind, need in waiting_kinds)


def _tell_over(store: Store, session: Session, ends: datetime, at: datetime) -> None:
    assert session.driver_id is not None  # noqa: S101 - narrows the type; the caller has asked
    site, evse = store.stations.site(session.site_id), store.stations.evse(session.evse_id)
    content, key = NoticeContent(site.name, site.address, site.zone, evse.label, end=ends), f"stay-over/{session.id}/{instant_text(ends)}"
    path = f"/charges/{session.id}"
    draft = NoticeDraft(key, session.operator_id, session.driver_id, NoticeKind.STAY_OVER, content, path, site_id=site.id)
    notify(store, replace(draft, good_until=at + 4 * AHEAD), at)


def idle_since(points: Sequence[MeterPoint], at: datetime) -> datetime:
    """Since when the car has not been asking for power; the instant itself while it takes power or waits for us."""
    since = at
    for point in reversed(points):
        if point.state is not PhaseState.IDLE:
            break
        since = point.at
    return min(since, at)


def parking_cost(store: Store, session: Session, points: Sequence[MeterPoint], at: datetime) -> ParkingCost | None:
    """When parking here begins to cost, for a car that takes nothing now, if within AHEAD; otherwise None."""
    if session.tariff_version_id is None or not points or session.state is not PhaseState.IDLE:
        return None
    tariff, zone = store.prices.version(session.tariff_version_id).tariff, store.stations.site(session.site_id).zone
    booking = store.bookings.booking(session.booking_id) if session.booking_id else None
    so_far = phases_of(points, at)

    def cost(until: datetime) -> Money:
        parked = (Phase(PhaseState.IDLE, at, until, 0),) if until > at else ()
        return rate(tariff, billable_usage((*so_far, *parked), zone, booking)).gross

    now, end = cost(at), at + AHEAD
    if cost(end) <= now:
        return None
    begins = at
    while begins < end and cost(min(begins + _MINUTE, end)) <= now:
        begins += _MINUTE
    return ParkingCost(begins, cost(begins + AHEAD) - now)


def _need(store: Store, session: Session) -> ChargingNeed | None:
    need = store.drivers.need(session.driver_id, session.site_id) if session.driver_id else None
    return need if need and need.is_about(session.started_at) else None


def _stop_where_wanted(store: Store, session: Session, at: datetime, ids: Ids) -> None:
    need = _need(store, session)
    if need is not None and need.stop_there and need.reached(session.meter.energy_wh, session.soc_percent):
        assert session.driver_id is not None  # noqa: S101 - narrows the type; without a driver there is no statement
        stop_charge(store, session.driver_id, session.id, at, ids)


def _tell(store: Store, session: Session, kind: NoticeKind, at: datetime, parking: ParkingCost | None = None) -> None:
    assert session.driver_id is not None  # noqa: S101 - narrows the type; the caller has asked
    site, evse = store.stations.site(session.site_id), store.stations.evse(session.evse_id)
    content = NoticeContent(site.name, site.address, site.zone, evse.label, energy_wh=session.meter.energy_wh)
    if parking is not None:
        content = replace(content, amount=parking.amount)  # from when on; if it costs already, until when it costs so much
        content = replace(content, start=parking.begins) if parking.begins > at else replace(content, end=parking.begins + AHEAD)
    # Reached and full mean the same to the driver: the car can go.
    key = f"{'overstay' if kind is NoticeKind.OVERSTAY else 'ready'}/{session.id}"
    draft = NoticeDraft(key, session.operator_id, session.driver_id, kind, content, f"/charges/{session.id}", site_id=site.id)
    notify(store, replace(draft, good_until=at + 4 * AHEAD), at)
