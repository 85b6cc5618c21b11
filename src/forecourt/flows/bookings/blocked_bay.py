"""A driver finds somebody else in the booked bay: they report it, and get another bay or pay nothing."""

from datetime import datetime

from forecourt.flows.bookings.booking_upkeep import choose_socket
from forecourt.flows.bookings.reserving import own_booking, release_socket
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.ports.store import Store
from forecourt.kernel import BookingId, Conflict, DriverId, Ids
from forecourt.reservations import EARLY, Booking, Bound, unbind_blocked, waits_until


def report_blocked(store: Store, driver_id: DriverId, booking_id: BookingId, at: datetime, ids: Ids) -> Booking:
    """Choose another bay at once if one is free; otherwise the driver waits for one, as after any loss of a bay. Noted in the audit log.

    Raises NotFound; Conflict if no bay is reserved for them now."""
    booking = own_booking(store, driver_id, booking_id)
    store.bookings.lock_pool(booking.site_id, booking.kind)
    booking = own_booking(store, driver_id, booking_id)
    if not may_be_blocked(booking, at) or not isinstance(booking.state, Bound):
        raise Conflict("no_bay_now", "No bay is reserved for you now.", "Check your booking.")
    label = store.stations.evse(booking.state.evse_id).label
    release_socket(store, booking, at, ids)
    freed = unbind_blocked(booking, at, label)
    store.bookings.put(freed)
    by = Staff(booking.operator_id, "system", at, ids)
    note(store, by, "booking.blocked", store.stations.site(booking.site_id).slug, f"{label}, booking {booking.number}")
    return choose_socket(store, freed, at, ids)


def may_be_blocked(booking: Booking, at: datetime) -> bool:
    """Whether its driver may be standing at the reserved bay now."""
    return booking.live and isinstance(booking.state, Bound) and booking.window.start - EARLY <= at < waits_until(booking)
