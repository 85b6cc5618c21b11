"""Reservations: availability, late-bound bookings, no-shows; keeps the quote."""

from forecourt.reservations.availability import Pool, free_sockets, lanes, nearest_starts
from forecourt.reservations.booking import Wish, arrive, bind, cancel, hold, miss, no_show_due, quoted
from forecourt.reservations.model import (
    BIND_BEFORE,
    GRACE,
    Booking,
    BookingState,
    Bound,
    Cancelled,
    Confirmed,
    Kept,
    Missed,
    Quote,
)

__all__ = [
    "BIND_BEFORE",
    "GRACE",
    "Booking",
    "BookingState",
    "Bound",
    "Cancelled",
    "Confirmed",
    "Kept",
    "Missed",
    "Pool",
    "Quote",
    "Wish",
    "arrive",
    "bind",
    "cancel",
    "free_sockets",
    "hold",
    "lanes",
    "miss",
    "nearest_starts",
    "no_show_due",
    "quoted",
]
