"""Staff cancel a booking for somebody on the phone, by the rules and fees of cancelling it oneself."""

from forecourt.drivers import GuestStep
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.guests.booking import cancel_guest
from forecourt.flows.paying.booking_costs import cancelling_fee, check_stated_fee
from forecourt.flows.paying.secured_bookings import cancel_booking
from forecourt.flows.ports.store import Store
from forecourt.kernel import BookingId, Conflict, Money, NotFound
from forecourt.reservations import Booking, Cancelled


def cancellation_fee(store: Store, by: Staff, booking_id: BookingId) -> Money | None:
    """What cancelling costs the driver as things are now; None = free.

    Raises NotFound for another operator's booking; Conflict if the desk may not cancel it."""
    booking = _cancellable(store, by, booking_id)
    return cancelling_fee(store, booking, by.at) if _is_firm(store, booking) else None


def cancel_for_driver(store: Store, by: Staff, booking_id: BookingId, shown_minor: int) -> Booking:
    """Like `cancel_booking` and `cancel_guest`: the driver is told, and the log records who did it. Repeating it has no further effect.

    shown_minor: the cost shown at the desk, in minor units. Raises Conflict "costs_now" if it has risen, otherwise as above."""
    booking = _cancellable(store, by, booking_id)
    if _is_firm(store, booking):
        check_stated_fee(store, booking_id, shown_minor, by.at)
    guest = store.guests.booking(booking_id)
    if guest is None:
        cancel_booking(store, booking.driver_id, booking_id, by.at, by.ids)
    else:
        cancel_guest(store, guest, by.at, by.ids)
    after = store.bookings.booking(booking_id) or booking
    if booking.live and isinstance(after.state, Cancelled):
        note(store, by, "booking.cancel", booking.driver_id, f"booking {booking.number}{', late' if after.state.late else ''}")
    return after


def staff_may_cancel(store: Store, booking: Booking) -> bool:
    """Whether the desk may cancel it: it is live, not a partner's, and its driver has accepted it."""
    return booking.live and booking.offered_until is None and not _is_partners(store, booking)


def _cancellable(store: Store, by: Staff, booking_id: BookingId) -> Booking:
    booking = store.bookings.booking(booking_id)
    if booking is None or booking.operator_id != by.operator_id:
        raise NotFound("booking", "There is no such booking.", "Check the bookings of its day.")
    if _is_partners(store, booking):
        raise Conflict(
            "partners_booking",
            "A roaming partner made this booking for its customer.",
            "Only the partner can cancel it: ask the driver to use the partner’s app.",
        )
    if booking.live and booking.offered_until is not None:
        raise Conflict(
            "only_offered",
            "It has only been offered to someone on the waiting list, and will expire automatically.",
            "There is nothing to do.",
        )
    return booking


def _is_partners(store: Store, booking: Booking) -> bool:
    return store.drivers.driver(booking.driver_id).roaming_partner_id is not None


def _is_firm(store: Store, booking: Booking) -> bool:
    """A guest's unpaid booking is free to cancel."""
    guest = store.guests.booking(booking.id)
    return guest is None or guest.step is GuestStep.PAID
