"""Charging without an account: by the code at the socket, by a booking, or by card at a charger's own terminal."""

from forecourt.flows.guests.booking import (
    GuestAsk,
    as_request,
    book_guest,
    booked_guest,
    booking_of,
    cancel_guest,
    change_guest,
    may_change,
    start_booked,
)
from forecourt.flows.guests.desk_cancelling import cancel_for, cancelling_costs, is_for_desk
from forecourt.flows.guests.longer import longer_asked, price_of_longer, stay_longer
from forecourt.flows.guests.scanning import Scanned, open_scanned, scan_as_text, scan_of_text, scanned
from forecourt.flows.guests.terminal_setup import offer_terminal, refuse_terminal, terminal_answered
from forecourt.flows.guests.terminals import ask_terminal, terminal_held
from forecourt.flows.guests.visits import address_guest, check_open, open_visit, price_for_guest, stop_visit, visit_at_once, visit_of

__all__ = [
    "GuestAsk",
    "Scanned",
    "address_guest",
    "as_request",
    "ask_terminal",
    "book_guest",
    "booked_guest",
    "booking_of",
    "cancel_for",
    "cancel_guest",
    "cancelling_costs",
    "change_guest",
    "check_open",
    "is_for_desk",
    "longer_asked",
    "may_change",
    "offer_terminal",
    "open_scanned",
    "open_visit",
    "price_for_guest",
    "price_of_longer",
    "refuse_terminal",
    "scan_as_text",
    "scan_of_text",
    "scanned",
    "start_booked",
    "stay_longer",
    "stop_visit",
    "terminal_answered",
    "terminal_held",
    "visit_at_once",
    "visit_of",
]
