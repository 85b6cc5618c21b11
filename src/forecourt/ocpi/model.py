"""The objects of OCPI 2.3.0 Bookings (Booking-1.1, December 2025), field by field as in its tables.

Optional fields are None or (), and are then not written. Unknown fields are ignored when reading, as others may add some; our own addition
is `Booking.promised_period`. These msgspec structs are read and written as they are.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

# Printable ASCII (CiString), by maximum length. "$" would accept a trailing newline.
Ci2 = Annotated[str, Meta(pattern=r"^[A-Za-z]{2}(?![\s\S])")]
Ci3 = Annotated[str, Meta(min_length=3, max_length=3, pattern=r"^[ -~]+(?![\s\S])")]
Ci36 = Annotated[str, Meta(min_length=1, max_length=36, pattern=r"^[ -~]+(?![\s\S])")]
# Enumerations that may grow beyond the tables: connector types, vehicle types, token types.
Open = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[ -~]+(?![\s\S])")]
Text = Annotated[str, Meta(max_length=255)]
# UTC, with or without the Z. We write milliseconds; finer values are accepted too, although the tables have no room for them.
Instant = Annotated[str, Meta(max_length=30, pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z?(?![\s\S])")]
Size = Annotated[int, Meta(ge=0, le=1_000_000_000)] | Annotated[float, Meta(ge=0, le=1e9)]
# Stands for a party or a socket that does not exist (yet).
NOT_AVAILABLE = "#NA"


class ReservationStatus(StrEnum):
    PENDING = "PENDING"
    RESERVED = "RESERVED"
    CANCELED = "CANCELED"
    FAILED = "FAILED"
    NO_SHOW = "NO_SHOW"
    FULFILLED = "FULFILLED"
    REJECTED = "REJECTED"
    UNKNOWN = "UNKNOWN"


class RequestStatus(StrEnum):
    """ReservationRequestStatus: the status of one request of a booking."""

    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    FAILED = "FAILED"


class CanceledReason(StrEnum):
    POWER_OUTAGE = "POWER_OUTAGE"
    BROKEN_CHARGER = "BROKEN_CHARGER"
    FULL = "FULL"
    BLOCKED = "BLOCKED"
    TRAFFIC = "TRAFFIC"
    BROKEN_VEHICLE = "BROKEN_VEHICLE"
    NO_CANCELED = "NO_CANCELED"
    UNKNOWN = "UNKNOWN"


class Role(StrEnum):
    CPO = "CPO"
    EMSP = "EMSP"
    NAP = "NAP"
    NSP = "NSP"
    OTHER = "OTHER"
    SCSP = "SCSP"


class AccessMethod(StrEnum):
    OPEN = "OPEN"
    TOKEN = "TOKEN"  # noqa: S105 - a word of OCPI, no secret
    LICENSE_PLATE = "LICENSE_PLATE"
    ACCESS_CODE = "ACCESS_CODE"
    INTERCOM = "INTERCOM"
    PARKING_TICKET = "PARKING_TICKET"


class EvsePosition(StrEnum):
    LEFT = "LEFT"
    RIGHT = "RIGHT"
    CENTER = "CENTER"


class ConnectorFormat(StrEnum):
    SOCKET = "SOCKET"
    CABLE = "CABLE"


class PowerType(StrEnum):
    AC_1_PHASE = "AC_1_PHASE"
    AC_2_PHASE = "AC_2_PHASE"
    AC_2_PHASE_SPLIT = "AC_2_PHASE_SPLIT"
    AC_3_PHASE = "AC_3_PHASE"
    DC = "DC"


class Period(Struct, frozen=True, kw_only=True, omit_defaults=True):
    start_date_time: Instant
    end_date_time: Instant


class Timeslot(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """min_power: guaranteed, max_power: available, in W."""

    start_date_time: Instant
    end_date_time: Instant
    min_power: Size | None = None
    max_power: Size | None = None
    green_energy_support: bool | None = None


class BookingToken(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A token of the party that has the contract with the driver. type: RFID, APP_USER, AD_HOC_USER, EMAID, OTHER or another word."""

    country_code: Ci2
    party_id: Ci3
    uid: Ci36
    type: Open
    contract_id: Ci36


class BookingOption(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is booked. evse_uid: "#NA" while no socket is chosen. Sizes in cm, weights in kg."""

    evse_uid: Ci36 | None = None
    connector_id: Ci36 | None = None
    parking_id: Ci36 | None = None
    evse_position: tuple[EvsePosition, ...] = ()
    vehicle_types: tuple[Open, ...] = ()
    connector_format: tuple[ConnectorFormat, ...] = ()
    connector_types: tuple[Open, ...] = ()
    power_types: tuple[PowerType, ...] = ()
    max_vehicle_weight: Size | None = None
    max_vehicle_height: Size | None = None
    max_vehicle_length: Size | None = None
    max_vehicle_width: Size | None = None
    min_parking_space_length: Size | None = None
    min_parking_space_width: Size | None = None
    dangerous_goods_allowed: bool | None = None
    drive_through: bool | None = None
    refrigeration_outlet: bool | None = None


class BookingTerms(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Times in minutes. booking_terms: the address of a page that explains them."""

    rfid_auth_required: bool | None = None
    token_groups_supported: bool | None = None
    remote_auth_supported: bool | None = None
    supported_access_methods: Annotated[tuple[AccessMethod, ...], Meta(min_length=1)]
    change_until_minutes: Size
    cancel_until_minutes: Size
    change_not_allowed: bool | None = None
    early_start_allowed: bool | None = None
    early_start_time: Size | None = None
    noshow_timeout: Size | None = None
    noshow_fee: bool | None = None
    late_stop_allowed: bool | None = None
    late_stop_time: Size | None = None
    overlapping_bookings_allowed: bool | None = None
    min_booking_duration: Size | None = None
    max_booking_duration: Size | None = None
    booking_terms: Text | None = None


class Cancellation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    cancellation_reason: CanceledReason
    who_canceled: Role


class AccessInformation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    method: AccessMethod
    value: Text | None = None


class OcpiBookingRequest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """BookingRequest: what a partner asks for (the name is taken by a type of ours). power_required in kW.

    canceled: the request is to cancel the booking made under request_id.
    """

    country_code: Ci2
    party_id: Ci3
    request_id: Ci36
    booking_option: BookingOption | None = None
    location_id: Ci36
    booking_location_id: Ci36
    tokens: tuple[BookingToken, ...] = ()
    access_information: tuple[AccessInformation, ...] = ()
    period: Period
    authorization_reference: Ci36
    power_required: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    canceled: Cancellation | None = None


class BookingRequestStatus(Struct, frozen=True, kw_only=True, omit_defaults=True):
    request_status: RequestStatus
    booking_request: OcpiBookingRequest
    request_received: Instant


class Booking(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """promised_period is not in the tables: the bounds of the booked time while it may still move."""

    id: Ci36
    country_code: Ci2
    party_id: Ci3
    request_id: Ci36
    booking_option: BookingOption | None = None
    location_id: Ci36
    booking_tokens: tuple[BookingToken, ...] = ()
    tariff_ids: tuple[Ci36, ...] = ()
    period: Timeslot
    promised_period: Period | None = None
    reservation_status: ReservationStatus
    canceled: Cancellation | None = None
    access_information: tuple[AccessInformation, ...] = ()
    authorization_reference: Ci36
    booking_terms: BookingTerms
    booking_requests: Annotated[tuple[BookingRequestStatus, ...], Meta(min_length=1)]
    last_updated: Instant


class Calendar(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """timeslot_increment in minutes."""

    id: Ci36
    begin_from: Instant
    end_before: Instant
    timeslot_increment: Annotated[int, Meta(ge=1)] | None = None
    available_timeslots: Annotated[tuple[Timeslot, ...], Meta(min_length=1)]
    last_updated: Instant


class Policy(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """ad_hoc: the number of sockets for drivers without a booking."""

    reservation_required: bool
    ad_hoc: Annotated[int, Meta(ge=0)] | None = None


class BookingLocation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    country_code: Ci2
    party_id: Ci3
    id: Ci36
    location_id: Ci36
    booking_option: BookingOption | None = None
    policy: Policy | None = None
    tariff_ids: tuple[Ci36, ...] = ()
    booking_terms: BookingTerms | None = None
    calendars: tuple[Calendar, ...] = ()
    last_updated: Instant
