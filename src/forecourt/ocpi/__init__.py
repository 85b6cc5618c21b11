"""Our papers as OCPI writes them, for partners: bookings and what can be booked, charges. Pure; who sends them is an edge."""

from forecourt.ocpi.bookings import Around, Promise, ocpi_booking, promise_in, promise_of
from forecourt.ocpi.cdrs import SessionNow, Told, credit_cdr, ocpi_cdr, ocpi_session
from forecourt.ocpi.charge_model import AuthMethod, Cdr, CdrLocation, CdrToken, Session, SessionStatus
from forecourt.ocpi.charge_place import cdr_place
from forecourt.ocpi.charge_words import charge_json
from forecourt.ocpi.commands import (
    CancelReservation,
    Command,
    CommandResponse,
    CommandResult,
    CommandType,
    ReserveNow,
    StartSession,
    StopSession,
    UnlockConnector,
    command_result,
    read_command,
)
from forecourt.ocpi.locations import Bookable, PartnerWish, booking_location, wish_of
from forecourt.ocpi.model import (
    NOT_AVAILABLE,
    Booking,
    BookingLocation,
    Calendar,
    CanceledReason,
    Cancellation,
    ConnectorFormat,
    OcpiBookingRequest,
    PowerType,
    ReservationStatus,
    Role,
)
from forecourt.ocpi.reading import read_booking, read_booking_request
from forecourt.ocpi.statuses import cancellation_of, status_of
from forecourt.ocpi.terms import Conditions, Party, location_id

__all__ = [
    "NOT_AVAILABLE",
    "Around",
    "AuthMethod",
    "Bookable",
    "Booking",
    "BookingLocation",
    "Calendar",
    "CancelReservation",
    "CanceledReason",
    "Cancellation",
    "Cdr",
    "CdrLocation",
    "CdrToken",
    "Command",
    "CommandResponse",
    "CommandResult",
    "CommandType",
    "Conditions",
    "ConnectorFormat",
    "OcpiBookingRequest",
    "PartnerWish",
    "Party",
    "PowerType",
    "Promise",
    "ReservationStatus",
    "ReserveNow",
    "Role",
    "Session",
    "SessionNow",
    "SessionStatus",
    "StartSession",
    "StopSession",
    "Told",
    "UnlockConnector",
    "booking_location",
    "cancellation_of",
    "cdr_place",
    "charge_json",
    "command_result",
    "credit_cdr",
    "location_id",
    "ocpi_booking",
    "ocpi_cdr",
    "ocpi_session",
    "promise_in",
    "promise_of",
    "read_booking",
    "read_booking_request",
    "read_command",
    "status_of",
    "wish_of",
]
