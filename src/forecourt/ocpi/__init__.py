"""Our papers as OCPI writes them, for partners, and what they send, read. Pure; who carries them is an edge."""

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
from forecourt.ocpi.handshake import (
    VERSIONS,
    OcpiCredentials,
    OcpiEndpoint,
    OcpiVersion,
    VersionDetails,
    our_credentials,
    peer_of,
    version_url,
)
from forecourt.ocpi.location_model import EvseStatus, Location, LocationEvse
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
from forecourt.ocpi.site_told import SocketNow, dated_evse, dated_location, site_location, socket_evse, why_untold
from forecourt.ocpi.statuses import cancellation_of, status_of
from forecourt.ocpi.tariff_words import tariff_told
from forecourt.ocpi.terms import Conditions, Party, location_id
from forecourt.ocpi.times import instant_of

__all__ = [
    "NOT_AVAILABLE",
    "VERSIONS",
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
    "EvseStatus",
    "Location",
    "LocationEvse",
    "OcpiBookingRequest",
    "OcpiCredentials",
    "OcpiEndpoint",
    "OcpiVersion",
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
    "SocketNow",
    "StartSession",
    "StopSession",
    "Told",
    "UnlockConnector",
    "VersionDetails",
    "booking_location",
    "cancellation_of",
    "cdr_place",
    "charge_json",
    "command_result",
    "credit_cdr",
    "dated_evse",
    "dated_location",
    "instant_of",
    "location_id",
    "ocpi_booking",
    "ocpi_cdr",
    "ocpi_session",
    "our_credentials",
    "peer_of",
    "promise_in",
    "promise_of",
    "read_booking",
    "read_booking_request",
    "read_command",
    "site_location",
    "socket_evse",
    "status_of",
    "tariff_told",
    "version_url",
    "why_untold",
    "wish_of",
]
