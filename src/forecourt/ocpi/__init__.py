"""Our papers as OCPI 2.3.0 writes them, for partners: bookings and what can be booked. Pure; who sends them is an edge."""

from forecourt.ocpi.bookings import Around, Promise, ocpi_booking, promise_in, promise_of
from forecourt.ocpi.locations import Bookable, PartnerWish, booking_location, wish_of
from forecourt.ocpi.model import (
    NOT_AVAILABLE,
    Booking,
    BookingLocation,
    Calendar,
    CanceledReason,
    Cancellation,
    OcpiBookingRequest,
    ReservationStatus,
    Role,
)
from forecourt.ocpi.reading import read_booking, read_booking_request
from forecourt.ocpi.statuses import cancellation_of, status_of
from forecourt.ocpi.terms import Conditions, Party, location_id

__all__ = [
    "NOT_AVAILABLE",
    "Around",
    "Bookable",
    "Booking",
    "BookingLocation",
    "Calendar",
    "CanceledReason",
    "Cancellation",
    "Conditions",
    "OcpiBookingRequest",
    "PartnerWish",
    "Party",
    "Promise",
    "ReservationStatus",
    "Role",
    "booking_location",
    "cancellation_of",
    "location_id",
    "ocpi_booking",
    "promise_in",
    "promise_of",
    "read_booking",
    "read_booking_request",
    "status_of",
    "wish_of",
]
