"""Who came long before the time booked, and charges there when it comes: the charge keeps the booking. No second bay is kept for it, and
nobody is missed."""

from dataclasses import replace
from datetime import datetime

from forecourt.flows.bookings.availability import pool_of
from forecourt.flows.bookings.reserving import own_booking, release_socket
from forecourt.flows.desk.telling import tell_booking
from forecourt.flows.ports.store import Store
from forecourt.kernel import BookingId, Conflict, DriverId, Ids, SiteId, Span
from forecourt.notices import NoticeKind
from forecourt.reservations import (
    BIND_BEFORE,
    EARLY,
    Ask,
    Booking,
    Kept,
    arrive,
    bay_last_told,
    for_another_car,
    place,
    rearranged,
    told,
    waits_again,
    waits_until,
)
from forecourt.sessions import Session


def keep_early_arrivals(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> int:
    """Bookings whose bay is to be chosen now, and whose driver charges there at one like it already. How many; repeating changes nothing.

    The charge goes on at the price it began with. While facts of the site are being applied nothing is done: they change charges, too.
    """
    live = [one for one in store.bookings.live_at(site_id) if one.offered_until is None and not for_another_car(one)]
    due = [one for one in live if one.window.start - BIND_BEFORE <= at]
    if not due or not store.inbox.lock_site(site_id):
        return 0
    return sum(_kept_already(store, one.id, at, ids) for one in due)


def _kept_already(store: Store, booking_id: BookingId, at: datetime, ids: Ids) -> bool:
    listed = store.bookings.booking(booking_id)
    session = _charge_of(store, listed) if listed else None
    if listed is None or session is None:
        return False
    store.bookings.lock_pool(listed.site_id, listed.kind)
    booking = store.bookings.booking(booking_id) or listed
    if not booking.live:
        return False
    label, before = store.stations.evse(session.evse_id).label, bay_last_told(booking)
    release_socket(store, booking, at, ids)
    kept = told(arrive(booking, session.id, session.started_at), at, "bay_moved" if before else "bay", label)
    store.bookings.put(kept)
    store.sessions.put(replace(session, booking_id=kept.id))
    tell_booking(store, kept, NoticeKind.BOOKING_BAY, at, label, before)
    return True


def wait_for_another_car(store: Store, driver_id: DriverId, booking_id: BookingId, at: datetime) -> Booking:
    """The driver says that the car which charges there is not the one that is booked for: a bay is chosen for that, as before it was there.

    Raises NotFound; Conflict where no charge that began long before has taken the booking up, its bay would be waited for no longer, no
    bay is free through that time any more, or what the chargers say is just being applied.
    """
    booking = own_booking(store, driver_id, booking_id)
    if not store.inbox.lock_site(booking.site_id):
        raise Conflict("site_busy", "We are still reading what the chargers here report.", "Try again in a moment.")
    store.bookings.lock_pool(booking.site_id, booking.kind)
    booking = own_booking(store, driver_id, booking_id)
    session = _early_charge(store, booking, at)
    if session is None:
        raise Conflict("not_early", "No earlier charge is using this booking, or it is too late.", "Book another time.")
    store.sessions.put(replace(session, booking_id=None))
    pool, window = pool_of(store, booking.site_id, booking.kind, at), Span(max(at, booking.window.start), booking.window.end)
    placed = place(pool, Ask(window, window, booking.buffer, booking.need), at)
    if placed is None:
        raise Conflict("slot_taken", "Every bay like that has since been reserved for others.", "Book another time.")
    waiting, *others = rearranged(pool.promised, dict(placed.moved), waits_again(booking, at))
    for one in (*others, waiting):
        store.bookings.put(one)
    return waiting


def kept_early(store: Store, booking: Booking, at: datetime) -> bool:
    """Whether its driver may say so."""
    return _early_charge(store, booking, at) is not None


def _early_charge(store: Store, booking: Booking, at: datetime) -> Session | None:
    """The charge that keeps it and began before anybody was waited for, while somebody still would be."""
    if not isinstance(booking.state, Kept) or at >= waits_until(booking):
        return None
    session = store.sessions.session(booking.state.session_id)
    long_before = session is not None and session.booking_id == booking.id and session.started_at < booking.window.start - EARLY
    return session if long_before else None


def _charge_of(store: Store, booking: Booking) -> Session | None:
    """The driver's, of no other booking, at a bay of the kind that is like the one booked."""
    for session in store.sessions.open_of(booking.driver_id):
        evse = store.stations.evse(session.evse_id)
        here = session.site_id == booking.site_id and evse.kind == booking.kind and session.booking_id is None
        if here and session.token is not None and booking.need.met_by(evse.offers):
            return session
    return None
