"""JSON Schema of OCPI 2.3.0 Bookings, written from the tables of Booking-1.1 and not from our objects: the second look at what we write."""

from typing import Any

from jsonschema import Draft202012Validator

DAY_TIME = r"^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,3})?Z?$"
NUMBER, FLAG, INTEGER = {"type": "number"}, {"type": "boolean"}, {"type": "integer"}
TIME = {"type": "string", "maxLength": 25, "pattern": DAY_TIME}
URL = {"type": "string", "maxLength": 255, "pattern": "^https?://"}
TEXT = {"type": "string"}


def ci(most: int) -> dict[str, Any]:
    return {"type": "string", "maxLength": most, "pattern": r"^[\x20-\x7e]*$"}


def one_of(*words: str) -> dict[str, Any]:
    return {"enum": list(words)}


def some(name: str, least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/$defs/{name}"}, "minItems": least}


def table(needed: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """A row of cardinality 1 or + is needed. What is in no table may not be there, so that we see what we add."""
    return {"type": "object", "properties": needed | optional, "required": list(needed), "additionalProperties": False}


def of(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


CPO = {"country_code": ci(2), "party_id": ci(3)}
DEFS: dict[str, Any] = {
    "AccessMethod": one_of("OPEN", "TOKEN", "LICENSE_PLATE", "ACCESS_CODE", "INTERCOM", "PARKING_TICKET"),
    "PowerType": one_of("AC_1_PHASE", "AC_2_PHASE", "AC_2_PHASE_SPLIT", "AC_3_PHASE", "DC"),
    "ConnectorFormat": one_of("SOCKET", "CABLE"),
    "EVSEPosition": one_of("LEFT", "RIGHT", "CENTER"),
    "Word": {"type": "string", "minLength": 1},
    "Id": ci(36),
    "Period": table({"start_date_time": TIME, "end_date_time": TIME}),
    "Timeslot": table({"start_date_time": TIME, "end_date_time": TIME}, min_power=NUMBER, max_power=NUMBER, green_energy_support=FLAG),
    "AccessInformation": table({"method": of("AccessMethod")}, value=TEXT),
    "Cancellation": table(
        {
            "cancellation_reason": one_of(
                "POWER_OUTAGE", "BROKEN_CHARGER", "FULL", "BLOCKED", "TRAFFIC", "BROKEN_VEHICLE", "NO_CANCELED", "UNKNOWN"
            ),
            "who_canceled": one_of("CPO", "EMSP", "NAP", "NSP", "OTHER", "SCSP"),
        }
    ),
    "BookingToken": table(CPO | {"uid": ci(36), "type": of("Word"), "contract_id": ci(36)}),
    "BookingOption": table(
        {},
        evse_uid=ci(36), connector_id=ci(36), parking_id=ci(36), evse_position=some("EVSEPosition"), vehicle_types=some("Word"),
        connector_format=some("ConnectorFormat"), connector_types=some("Word"), power_types=some("PowerType"),
        max_vehicle_weight=NUMBER, max_vehicle_height=NUMBER, max_vehicle_length=NUMBER, max_vehicle_width=NUMBER,
        min_parking_space_length=NUMBER, min_parking_space_width=NUMBER, dangerous_goods_allowed=FLAG, drive_through=FLAG,
        refrigeration_outlet=FLAG,
    ),
    "BookingTerms": table(
        {"supported_access_methods": some("AccessMethod", 1), "change_until_minutes": NUMBER, "cancel_until_minutes": NUMBER},
        rfid_auth_required=FLAG, token_groups_supported=FLAG, remote_auth_supported=FLAG, change_not_allowed=FLAG,
        early_start_allowed=FLAG, early_start_time=NUMBER, noshow_timeout=NUMBER, noshow_fee=FLAG, late_stop_allowed=FLAG,
        late_stop_time=NUMBER, overlapping_bookings_allowed=FLAG, min_booking_duration=NUMBER, max_booking_duration=NUMBER,
        booking_terms=URL,
    ),
    "BookingRequest": table(
        CPO
        | {
            "request_id": ci(36), "location_id": ci(36), "booking_location_id": ci(36), "period": of("Period"),
            "authorization_reference": ci(36),
        },
        booking_option=of("BookingOption"), tokens=some("BookingToken"), access_information=some("AccessInformation"),
        power_required=INTEGER, canceled=of("Cancellation"),
    ),
    "BookingRequestStatus": table(
        {
            "request_status": one_of("PENDING", "ACCEPTED", "DECLINED", "FAILED"),
            "booking_request": of("BookingRequest"),
            "request_received": TIME,
        }
    ),
    "Booking": table(
        CPO
        | {
            "id": ci(36), "request_id": ci(36), "location_id": ci(36), "period": of("Timeslot"),
            "reservation_status": one_of(
                "PENDING", "RESERVED", "CANCELED", "FAILED", "NO_SHOW", "FULFILLED", "REJECTED", "UNKNOWN"
            ),
            "authorization_reference": ci(36), "booking_terms": of("BookingTerms"),
            "booking_requests": some("BookingRequestStatus", 1), "last_updated": TIME,
        },
        booking_option=of("BookingOption"), booking_tokens=some("BookingToken"), tariff_ids=some("Id"), canceled=of("Cancellation"),
        access_information=some("AccessInformation"), promised_period=of("Period"),  # ours: the decision says why
    ),
    "Calendar": table(
        {"id": ci(36), "begin_from": TIME, "end_before": TIME, "available_timeslots": some("Timeslot", 1), "last_updated": TIME},
        timeslot_increment=INTEGER,
    ),
    "Policy": table({"reservation_required": FLAG}, ad_hoc=NUMBER),
    "BookingLocation": table(
        CPO | {"id": ci(36), "location_id": ci(36), "last_updated": TIME},
        booking_option=of("BookingOption"), policy=of("Policy"), tariff_ids=some("Id"), booking_terms=of("BookingTerms"),
        calendars=some("Calendar"),
    ),
}  # fmt: skip
_CHECKS = {name: Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": DEFS}) for name in ("Booking", "BookingLocation")}


def faults(name: str, value: object) -> list[str]:
    """Where a value breaks the table of that name."""
    return [f"{error.json_path}: {error.message}" for error in _CHECKS[name].iter_errors(value)]
