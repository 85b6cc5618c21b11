"""Charging without an account: by the code at the socket, by a booking, or by card at a charger's own terminal."""

from forecourt.flows.guests.booking import (
    GuestBookingRequest,
    as_request,
    book_guest,
    booked_guest,
    booking_of,
    cancel_guest,
    change_guest,
    may_change,
    start_booked,
)
from forecourt.flows.guests.longer_stays import longer_stay_payment, price_of_longer_stay, stay_longer
from forecourt.flows.guests.scanning import Scanned, open_scanned, scan_as_text, scan_of_text, scanned
from forecourt.flows.guests.staff_cancellations import cancel_for_driver, cancellation_fee, staff_may_cancel
from forecourt.flows.guests.terminal_setup import offer_terminal, refuse_terminal, terminal_answered
from forecourt.flows.guests.terminals import terminal_held, terminal_lookup
from forecourt.flows.guests.visits import address_guest, check_open, open_visit, price_for_guest, stop_visit, visit_at_once, visit_of

__all__ = [
    "GuestBookingRequest",
    "Scanned",
    "address_guest",
    "as_request",
    "book_guest",
    "booked_guest",
    "booking_of",
    "cancel_for_driver",
    "cancel_guest",
    "cancellation_fee",
    "change_guest",
    "check_open",
    "longer_stay_payment",
    "may_change",
    "offer_terminal",
    "open_scanned",
    "open_visit",
    "price_for_guest",
    "price_of_longer_stay",
    "refuse_terminal",
    "scan_as_text",
    "scan_of_text",
    "scanned",
    "staff_may_cancel",
    "start_booked",
    "stay_longer",
    "stop_visit",
    "terminal_answered",
    "terminal_held",
    "terminal_lookup",
    "visit_at_once",
    "visit_of",
]
