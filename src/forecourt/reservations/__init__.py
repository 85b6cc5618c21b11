"""Reservations: availability, late-bound bookings, no-shows; keeps the quote."""

from forecourt.reservations.availability import Pool, free_sockets, free_through, free_until, lanes, nearest_starts
from forecourt.reservations.booking import Wish, arrive, bind, cancel, hold, miss, no_show_due, quoted, relaned
from forecourt.reservations.model import (
    BIND_BEFORE,
    GRACE,
    NOTICE,
    Booking,
    BookingState,
    Bound,
    Cancelled,
    Confirmed,
    Kept,
    Missed,
    Quote,
)
from forecourt.reservations.overstaying import expected_overstay
from forecourt.reservations.placing import Ask, Placement, place, relieve
from forecourt.reservations.rules import BookingRules

__all__ = [
    "BIND_BEFORE",
    "GRACE",
    "NOTICE",
    "Ask",
    "Booking",
    "BookingRules",
    "BookingState",
    "Bound",
    "Cancelled",
    "Confirmed",
    "Kept",
    "Missed",
    "Placement",
    "Pool",
    "Quote",
    "Wish",
    "arrive",
    "bind",
    "cancel",
    "expected_overstay",
    "free_sockets",
    "free_through",
    "free_until",
    "hold",
    "lanes",
    "miss",
    "nearest_starts",
    "no_show_due",
    "place",
    "quoted",
    "relaned",
    "relieve",
]
