"""Parses partners' JSON strictly: every refusal names the field."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from forecourt.kernel import BadInput
from forecourt.ocpi.model import OcpiBookingRequest

_WHERE = re.compile(r" - at `\$(.*)`$")
# Fields that Booking-1.0 named or placed differently: ignoring such a wish would promise something else.
_OF_1_0 = {
    "bookable_parking_option": "booking_option",
    "evse_uid": "booking_option.evse_uid",
    "connector_id": "booking_option.connector_id",
    "parking_id": "booking_option.parking_id",
    "access_methods": "access_information",
    "tariff_id": "tariff_ids",
}


def read_booking_request(source: Mapping[str, Any] | str | bytes) -> OcpiBookingRequest:
    """From JSON text or decoded JSON. Raises BadInput that says where the error is."""
    place = "booking_request"
    try:
        fields = msgspec.json.decode(source) if isinstance(source, str | bytes) else source
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput("json", f"{place}: this is not JSON ({error}).", "Give one OCPI object in braces.") from error
    if not isinstance(fields, Mapping):
        raise BadInput("json_object", f"{place}: expected an object.", "Give one OCPI object in braces.")
    old_field = next((name for name in _OF_1_0 if name in fields), None)
    if old_field:
        raise BadInput("field", f"{place}.{old_field}: this is of Booking-1.0.", f"Booking-1.1 has {_OF_1_0[old_field]}.")
    try:
        return msgspec.convert(dict(fields), OcpiBookingRequest)
    except (msgspec.ValidationError, RecursionError) as error:
        found = _WHERE.search(str(error))
        raise BadInput("field", f"{place}{found[1] if found else ''}: {_WHERE.sub('', str(error))}.") from error
