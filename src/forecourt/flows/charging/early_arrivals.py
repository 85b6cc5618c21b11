"""A driver came long before their booking and is already charging when it begins: that charge fulfils the booking. No second bay is
reserved for it, and no no-show recorded."""

from dataclasses import replace
from datetime import datetime

from forecourt.flows.bookings.availability import pool_of
from forecourt.flows.bookings.reserving import own_booking, release_socket
from forecourt.flows.desk.booking_notices import notify_booking
from forecourt.flows.ports.store import Store
from forecourt.kernel import BookingId, Conflict, DriverId, Ids, SiteId, Span
from forecourt.notices import NoticeKind
from forecourt.reservations import (
    BIND_BEFORE,
    EARLY,
    Booking,
    Kept,
    PlacementRequest,
    add_note,
    arrive,
    is_for_another_car,
    last_notified_bay,
    place,
    rearranged,
    reopen_for_other_car,
    waits_until,
)
from forecourt.sessions import Session


def assign_early_arrivals(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> int:
    """Handle bookings due for a bay whose driver is already charging at a suitable one. Returns how many; repeating changes nothing.

    The charge goes on at its own price. Does nothing while the site's facts are being applied: these change charges, too.
    """
    live_bookings = [one for one in store.bookings.live_at(site_id) if one.offered_until is None and not is_for_another_car(one)]
    due = [one for one in live_bookings if one.window.start - BIND_BEFORE <= at]
    if not due or not store.inbox.lock_site(site_id):
        return 0
    return sum(_joined_to_charge(store, one.id, at, ids) for one in due)


def _joined_to_charge(store: Store, booking_id: BookingId, at: datetime, ids: Ids) -> bool:
    listed = store.bookings.booking(booking_id)
    session = _charge_of(store, listed) if listed else None
    if listed is None or session is None:
        return False
    store.bookings.lock_pool(listed.site_id, listed.kind)
    booking = store.bookings.booking(booking_id) or listed
    if not booking.live:
        return False
    label, before = store.stations.evse(session.evse_id).label, last_notified_bay(booking)
    release_socket(store, booking, at, ids)
    arrived = add_note(arrive(booking, session.id, session.started_at), at, "bay_moved" if before else "bay", label)
    store.bookings.put(arrived)
    store.sessions.put(replace(session, booking_id=arrived.id))
    notify_booking(store, arrived, NoticeKind.BOOKING_BAY, at, label, before)
    return True


def wait_for_another_car(store: Store, driver_id: DriverId, booking_id: BookingId, at: datetime) -> Booking:
    """The driver says that the charging car is not the one the booking is for: a bay is chosen for that one as if it were not there.

    Raises NotFound; Conflict if no charge that began long before fulfils the booking, its bay would no longer be waited for, no
    bay is free for that time any more, or the site's facts are just being applied.
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
    placed = place(pool, PlacementRequest(window, window, booking.buffer, booking.need), at)
    if placed is None:
        raise Conflict("slot_taken", "Every bay like that has since been reserved for others.", "Book another time.")
    waiting, *displaced = rearranged(pool.promised, dict(placed.moved), reopen_for_other_car(booking, at))
    for one in (*displaced, waiting):
        store.bookings.put(one)
    return waiting


def is_assigned_early(store: Store, booking: Booking, at: datetime) -> bool:
    """Whether its driver may say so."""
    return _early_charge(store, booking, at) is not None


def _early_charge(store: Store, booking: Booking, at: datetime) -> Session | None:
    """The charge that fulfils it and began long before it, as long as the booking would still be waited for."""
    if not isinstance(booking.state, Kept) or at >= waits_until(booking):
        return None
    session = store.sessions.session(booking.state.session_id)
    long_before = session is not None and session.booking_id == booking.id and session.started_at < booking.window.start - EARLY
    return session if long_before else None


def _charge_of(store: Store, booking: Booking) -> Session | None:
    """The driver's charge without a booking, at a suitable bay of the kind."""
    for session in store.sessions.open_of(booking.driver_id):
        evse = store.stations.evse(session.evse_id)
        may_serve = session.site_id == booking.site_id and evse.kind == booking.kind and session.booking_id is None
        if may_serve and session.token is not None and booking.need.met_by(evse.offers):
            return session
    return None
