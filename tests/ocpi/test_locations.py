"""Booking locations with their free times; booking requests are read, or refused with the name of the field."""

from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from forecourt.kernel import BadInput, ChargerId, EvseId, Span, TariffVersionId
from forecourt.ocpi import Bookable, Conditions, booking_location, match_request, read_booking_request
from forecourt.reservations import Pool
from forecourt.stations import Evse

from .strategies import NOON, OPERATOR, PARTY, SITE
from .tables import faults


def evse(number: int, standard: str = "IEC_62196_T2", phases: tuple[str, ...] = ("L1", "L2", "L3")) -> Evse:
    return Evse(EvseId(UUID(int=number)), OPERATOR, SITE, ChargerId("C"), 1, f"B{number}", standard, "T2", phases, 230, 16)


PLACE = Bookable(PARTY, SITE, "T2", (evse(1), evse(2)), Conditions(60, True), TariffVersionId(UUID(int=9)))
OTHER = Bookable(PARTY, SITE, "CCS", (evse(3, "IEC_62196_T2_COMBO"),), Conditions(60, False), None)
REQUEST = {
    "country_code": "NL",
    "party_id": "EMO",
    "request_id": "R-1",
    "location_id": str(SITE),
    "booking_location_id": PLACE.id,
    "tokens": [{"country_code": "NL", "party_id": "EMO", "uid": "04AABB", "type": "RFID", "contract_id": "NL-EMO-1"}],
    "period": {"start_date_time": "2026-06-01T14:00:00Z", "end_date_time": "2026-06-01T15:30:00"},
    "authorization_reference": "A-1",
    "power_required": 11,
}


def hour(first: float, last: float) -> Span:
    return Span(NOON + timedelta(hours=first), NOON + timedelta(hours=last))


def test_a_booking_location_conforms_to_the_tables_and_lists_free_times() -> None:
    pool = Pool(2, taken=(hour(0, 4), hour(1, 2)), closed=(hour(20, 30),))
    made = booking_location(PLACE, pool, NOON, timedelta(days=1))
    assert faults("BookingLocation", msgspec.json.decode(msgspec.json.encode(made))) == []
    (calendar,) = made.calendars
    times = [(one.start_date_time[11:16], one.end_date_time[11:16]) for one in calendar.available_timeslots]
    assert times == [("12:05", "13:00"), ("14:00", "08:00")] and calendar.timeslot_increment == 5
    assert made.policy and made.policy.ad_hoc == 1 and made.booking_option.power_types == ("AC_3_PHASE",)
    assert made.booking_terms.noshow_fee and made.booking_terms.cancel_until_minutes == 60


def test_a_location_without_free_times_has_no_calendar() -> None:
    made = booking_location(OTHER, Pool(1, taken=(hour(-1, 50),)), NOON, timedelta(days=1))
    assert made.calendars == ()
    assert faults("BookingLocation", msgspec.json.decode(msgspec.json.encode(made))) == []
    assert made.booking_option.power_types == ("DC",) and made.policy.ad_hoc == 0


def test_a_booking_request_is_read() -> None:
    place, wish = match_request(read_booking_request(msgspec.json.encode(REQUEST)), (OTHER, PLACE))
    assert place is PLACE and wish.window == hour(2, 3.5) and wish.tokens == ("04AABB",) and not wish.cancels


def test_unknown_fields_of_a_booking_request_are_ignored() -> None:
    assert read_booking_request(REQUEST | {"preferred_music": "jazz"}).request_id == "R-1"


WRONG = [
    ({"country_code": "NLD"}, "country_code"),
    ({"party_id": "EMOB"}, "party_id"),
    ({"request_id": "R" * 37}, "request_id"),
    ({"request_id": "R\n"}, "request_id"),
    ({"period": {"start_date_time": "2026-06-01T14:00:00Z"}}, "end_date_time"),
    ({"period": {"start_date_time": "2026-06-01T14:00:00+02:00", "end_date_time": "2026-06-01T15:00:00Z"}}, "period.start_date_time"),
    ({"period": {"start_date_time": "2026-06-01T14:00:00Z", "end_date_time": "2026-06-01T14:00:00Z"}}, "period.end_date_time"),
    ({"period": {"start_date_time": "2026-06-01T23:59:99Z", "end_date_time": "2026-06-02T14:00:00Z"}}, "period.start_date_time"),
    ({"tokens": [{"uid": "04"}]}, "tokens[0]"),
    ({"power_required": 12}, "power_required"),
    ({"power_required": 0}, "power_required"),
    ({"location_id": str(UUID(int=77))}, "location_id"),
    ({"booking_location_id": "none"}, "booking_location_id"),
    ({"booking_option": {"evse_uid": str(UUID(int=1))}}, "booking_option.evse_uid"),
    ({"booking_option": {"connector_types": ["CHADEMO"]}}, "booking_option.connector_types"),
    ({"booking_option": {"power_types": ["AC"]}}, "booking_option.power_types"),
    ({"booking_option": {"max_vehicle_height": 400}}, "booking_option.max_vehicle_height"),
    ({"evse_uid": "1"}, "evse_uid"),
    ({"canceled": {"cancellation_reason": "BORED", "who_canceled": "EMSP"}}, "canceled.cancellation_reason"),
]


@pytest.mark.parametrize(("change", "field"), WRONG)
def test_an_invalid_booking_request_is_refused_with_the_field_name(change: dict[str, object], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        match_request(read_booking_request(REQUEST | change), (PLACE, OTHER))
    assert field in refused.value.text


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', b"\xff", "[" * 100_000, '{"period": ' * 20_000])
def test_anything_but_a_json_object_is_refused(text: str | bytes) -> None:
    with pytest.raises(BadInput):
        read_booking_request(text)
