"""JSON Schema of OCPI, written from the tables and not from our objects: the second look at what we write. Locations, Tariffs,
Bookings, Sessions, CDRs."""

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


def text(most: int) -> dict[str, Any]:
    return {"type": "string", "maxLength": most}


CPO = {"country_code": ci(2), "party_id": ci(3)}
AUTH = {"cdr_token": of("CdrToken"), "auth_method": one_of("AUTH_REQUEST", "COMMAND", "WHITELIST"), "currency": text(3)}


def cdr_table(price: str) -> dict[str, Any]:
    """The two editions differ in how they write a price."""
    costs = ("fixed", "energy", "time", "parking", "reservation")
    return table(
        CPO
        | AUTH
        | {
            "id": ci(39), "start_date_time": TIME, "end_date_time": TIME, "cdr_location": of("CdrLocation"),
            "charging_periods": some("ChargingPeriod", 1), "total_cost": of(price), "total_energy": NUMBER, "total_time": NUMBER,
            "last_updated": TIME,
        },
        session_id=ci(36), authorization_reference=ci(36), meter_id=text(255), tariffs={"type": "array"}, signed_data=of("SignedData"),
        total_parking_time=NUMBER, remark=text(255), invoice_reference_id=ci(39), credit=FLAG, credit_reference_id=ci(39),
        home_charging_compensation=FLAG, **{f"total_{cost}_cost": of(price) for cost in costs},
    )  # fmt: skip


def session_table(price: str) -> dict[str, Any]:
    return table(
        CPO
        | AUTH
        | {
            "id": ci(36), "start_date_time": TIME, "kwh": NUMBER, "location_id": ci(36), "evse_uid": ci(36), "connector_id": ci(36),
            "status": one_of("ACTIVE", "COMPLETED", "INVALID", "PENDING", "RESERVATION"), "last_updated": TIME,
        },
        end_date_time=TIME, authorization_reference=ci(36), meter_id=text(255), charging_periods=some("ChargingPeriod"),
        total_cost=of(price),
    )  # fmt: skip


def tariff_table(limit: str, needed: dict[str, Any]) -> dict[str, Any]:
    """The two editions differ in how they write a limit, and in whether they say if tax is in the prices."""
    return table(
        CPO | {"id": ci(36), "currency": text(3), "elements": some("TariffElement", 1), "last_updated": TIME} | needed,
        type=of("Word"), tariff_alt_text=some("DisplayText"), tariff_alt_url=URL, min_price=of(limit), max_price=of(limit),
        start_date_time=TIME, end_date_time=TIME, energy_mix={"type": "object"},
    )  # fmt: skip


DEFS: dict[str, Any] = {
    "DisplayText": table({"language": text(2), "text": text(512)}),
    "GeoLocation": table(
        {
            "latitude": {"type": "string", "pattern": r"^-?[0-9]{1,2}\.[0-9]{5,7}$"},
            "longitude": {"type": "string", "pattern": r"^-?[0-9]{1,3}\.[0-9]{5,7}$"},
        }
    ),
    "Clock": {"type": "string", "pattern": "^([0-1][0-9]|2[0-3]):[0-5][0-9]$"},
    "RegularHours": table({"weekday": {"enum": list(range(1, 8))}, "period_begin": of("Clock"), "period_end": of("Clock")}),
    "ExceptionalPeriod": table({"period_begin": TIME, "period_end": TIME}),
    "Hours": table(
        {"twentyfourseven": FLAG},
        regular_hours=some("RegularHours"), exceptional_openings=some("ExceptionalPeriod"), exceptional_closings=some("ExceptionalPeriod"),
    ),
    "Connector": table(
        {
            "id": ci(36), "standard": of("Word"), "format": of("ConnectorFormat"), "power_type": of("PowerType"), "max_voltage": INTEGER,
            "max_amperage": INTEGER, "last_updated": TIME,
        },
        max_electric_power=INTEGER, tariff_ids=some("Id"), terms_and_conditions=URL,
    ),
    "EVSE": table(
        {
            "uid": ci(36), "connectors": some("Connector", 1), "last_updated": TIME,
            "status": one_of(
                "AVAILABLE", "BLOCKED", "CHARGING", "INOPERATIVE", "OUTOFORDER", "PLANNED", "REMOVED", "RESERVED", "UNKNOWN"
            ),
        },
        evse_id=ci(48), capabilities=some("Word"), floor_level=text(4), coordinates=of("GeoLocation"), physical_reference=text(16),
    ),
    "Location": table(
        CPO
        | {
            "id": ci(36), "publish": FLAG, "address": text(255), "city": text(45), "country": text(3), "coordinates": of("GeoLocation"),
            "time_zone": text(255), "last_updated": TIME,
        },
        name=text(255), postal_code=text(10), state=text(20), evses=some("EVSE"), operator=table({"name": text(100)}),
        opening_times=of("Hours"), charging_when_closed=FLAG, energy_mix=table({"is_green_energy": FLAG}),
    ),
    "PriceComponent": table(
        {"type": one_of("ENERGY", "FLAT", "PARKING_TIME", "TIME"), "price": NUMBER, "step_size": INTEGER}, vat=NUMBER
    ),
    "TariffElement": table({"price_components": some("PriceComponent", 1)}, restrictions=of("TariffRestrictions")),
    "TariffRestrictions": table(
        {},
        start_time=of("Clock"), end_time=of("Clock"), start_date=text(10), end_date=text(10),
        **{f"{least}_{what}": NUMBER for least in ("min", "max") for what in ("kwh", "current", "power", "duration")},
        day_of_week={"type": "array"}, reservation=one_of("RESERVATION", "RESERVATION_EXPIRES"),
    ),
    "PriceLimit": table({"before_taxes": NUMBER}, after_taxes=NUMBER),
    "Tariff": tariff_table("PriceLimit", {"tax_included": one_of("YES", "NO", "N/A")}),
    "Tariff221": tariff_table("Price221", {}),
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
    "Tax": table({"name": TEXT, "amount": NUMBER}, account_number=TEXT, percentage=NUMBER),
    "Price": table({"before_taxes": NUMBER}, taxes=some("Tax")),
    "Price221": table({"excl_vat": NUMBER}, incl_vat=NUMBER),
    "CdrToken": table(CPO | {"uid": ci(36), "type": of("Word"), "contract_id": ci(36)}),
    "CdrLocation": table(
        {
            "id": ci(36), "address": text(45), "city": text(45), "country": text(3), "evse_uid": ci(36), "evse_id": ci(48),
            "coordinates": table({"latitude": text(10), "longitude": text(11)}), "connector_id": ci(36),
            "connector_standard": of("Word"), "connector_format": of("ConnectorFormat"), "connector_power_type": of("PowerType"),
        },
        name=text(255), postal_code=text(10), state=text(20),
    ),
    "CdrDimension": table(
        {
            "type": one_of(
                "ENERGY", "TIME", "PARKING_TIME", "RESERVATION_TIME", "MIN_CURRENT", "MAX_CURRENT", "MIN_POWER", "MAX_POWER"
            ),
            "volume": NUMBER,
        }
    ),
    "ChargingPeriod": table({"start_date_time": TIME, "dimensions": some("CdrDimension", 1)}, tariff_id=ci(36)),
    "SignedValue": table({"nature": ci(32), "plain_data": text(5000), "signed_data": text(5000)}),
    "SignedData": table(
        {"encoding_method": ci(36), "signed_values": some("SignedValue", 1)},
        encoding_method_version=INTEGER, public_key=text(512), url=ci(512),
    ),
    **{f"Cdr{edition}": cdr_table(f"Price{edition}") for edition in ("", "221")},
    **{f"Session{edition}": session_table(f"Price{edition}") for edition in ("", "221")},
}  # fmt: skip
_TABLES = ("Location", "Tariff", "Tariff221", "Booking", "BookingLocation", "Cdr", "Cdr221", "Session", "Session221")
_CHECKS = {name: Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": DEFS}) for name in _TABLES}


def faults(name: str, value: object) -> list[str]:
    """Where a value breaks the table of that name."""
    return [f"{error.json_path}: {error.message}" for error in _CHECKS[name].iter_errors(value)]
