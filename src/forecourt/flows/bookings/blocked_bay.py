"""Who comes to a booked bay and finds somebody in it says so, and has another one, or pays nothing."""

from datetime import datetime

from forecourt.flows.bookings.booking_watch import choose_socket
from forecourt.flows.bookings.reserving import own_booking, release_socket
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.ports.store import Store
from forecourt.kernel import BookingId, Conflict, DriverId, Ids
from forecourt.reservations import EARLY, Booking, Bound, blocked, waits_until


def report_blocked(store: Store, driver_id: DriverId, booking_id: BookingId, at: datetime, ids: Ids) -> Booking:
    """Another bay at once, if one is free; else they wait for one as everybody whose bay is lost. The operator's log has it.

    Raises NotFound; Conflict where no bay is kept for them now."""
    booking = own_booking(store, driver_id, booking_id)
    store.bookings.lock_pool(booking.site_id, booking.kind)
    booking = own_booking(store, driver_id, booking_id)
    if not may_be_blocked(booking, at) or not isinstance(booking.state, Bound):
        raise Conflict("no_bay_now", "No bay is reserved for you now.", "Check your booking.")
    label = store.stations.evse(booking.state.evse_id).label
    release_socket(store, booking, at, ids)
    freed = blocked(booking, at, label)
    store.bookings.put(freed)
    by = Staff(booking.operator_id, "system", at, ids)
    note(store, by, "booking.blocked", store.stations.site(booking.site_id).slug, f"{label}, booking {booking.number}")
    return choose_socket(store, freed, at, ids)


def may_be_blocked(booking: Booking, at: datetime) -> bool:
    """Whether its driver may stand at the bay that is kept for them."""
    return booking.live and isinstance(booking.state, Bound) and booking.window.start - EARLY <= at < waits_until(booking)
