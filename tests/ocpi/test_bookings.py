"""Bookings in OCPI: written and read back with what was promised."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings

from forecourt.kernel import BadInput, Span, parse_instant
from forecourt.ocpi import Booking, Party, ReservationStatus, Role, cancellation_of, ocpi_booking, status_of
from forecourt.ocpi.bookings import changed_at
from forecourt.reservations import BookingState, Bound, Broken, Cancelled, Confirmed, Kept, Missed

from .strategies import NOON, copies
from .tables import faults

# How a booking of ours goes from state to state (reservations/booking.py): bound and unbound, then over.
WALK = {Confirmed: (Confirmed, Bound, Kept, Cancelled, Broken), Bound: (Bound, Confirmed, Kept, Cancelled, Missed)}
# What OCPI lets follow; nothing follows what is over.
MAY_FOLLOW = {"RESERVED": {"RESERVED", "FULFILLED", "CANCELED", "NO_SHOW"}}
ONE_OF_EACH = {
    Confirmed: Confirmed(), Bound: Bound(None, NOON), Kept: Kept(None, NOON), Cancelled: Cancelled(NOON), Missed: Missed(NOON),
    Broken: Broken(NOON, "fault"),
}  # fmt: skip


def said_in(copy: dict) -> dict:
    """What somebody who has only the copy knows to be promised."""
    token = (copy.get("booking_tokens") or [{}])[0]
    whole = copy.get("promised_period") or copy["period"]
    return {
        "booking": UUID(copy["id"]), "site": UUID(copy["location_id"]), "driver": token.get("contract_id"), "token": token.get("uid"),
        "window": span(copy["period"]), "promised": span(whole), "tariff": copy.get("tariff_ids"),
        "power_w": copy["period"].get("min_power"), "free_cancel_min": copy["booking_terms"]["cancel_until_minutes"],
        "no_show_fee": copy["booking_terms"]["noshow_fee"], "changed_at": parse_instant(copy["last_updated"]),
    }  # fmt: skip


def promised_by(booking, around) -> dict:
    known = around.token is not None
    return {
        "booking": booking.id, "site": booking.site_id, "driver": str(booking.driver_id) if known else None,
        "token": booking.token if known else None, "window": booking.window, "promised": booking.promised,
        "tariff": [str(booking.quote.tariff_version_id)] if booking.quote else None,
        "power_w": booking.power.power_w if booking.power and booking.power.until is None else None,
        "free_cancel_min": around.conditions.free_cancel_min, "no_show_fee": around.conditions.no_show_fee,
        "changed_at": changed_at(booking, around.paid_at),
    }  # fmt: skip


def span(period: dict) -> Span:
    return Span(parse_instant(period["start_date_time"]), parse_instant(period["end_date_time"]))


@settings(max_examples=150, deadline=None)
@given(copies)
def test_an_ocpi_booking_conforms_to_the_tables_and_keeps_what_was_promised(copy) -> None:
    booking, around = copy
    text = msgspec.json.encode(ocpi_booking(booking, around))
    assert faults("Booking", msgspec.json.decode(text)) == []
    assert said_in(msgspec.json.decode(text)) == promised_by(booking, around)
    assert msgspec.json.encode(msgspec.json.decode(text, type=Booking)) == text


@settings(max_examples=100, deadline=None)
@given(copies)
def test_only_a_cancelled_booking_states_a_cancellation_reason_and_party(copy) -> None:
    made = ocpi_booking(*copy)
    assert (made.canceled is not None) == (made.reservation_status is ReservationStatus.CANCELED)
    cancels = [one for one in made.booking_requests if one.booking_request.canceled]
    assert bool(cancels) == (made.canceled is not None and made.canceled.who_canceled is Role.EMSP)


def test_every_booking_state_and_transition_maps_to_ocpi() -> None:
    assert set(ONE_OF_EACH) == set(get_args(BookingState))
    for state, nexts in WALK.items():
        before = status_of(ONE_OF_EACH[state])
        assert {status_of(ONE_OF_EACH[after]) for after in nexts} <= MAY_FOLLOW[before]
        assert status_of(ONE_OF_EACH[state], unpaid=True) is ReservationStatus.PENDING
    for state in set(ONE_OF_EACH) - set(WALK):
        assert status_of(ONE_OF_EACH[state]) not in MAY_FOLLOW


@pytest.mark.parametrize(
    ("cause", "reason"),
    [("fault", "BROKEN_CHARGER"), ("overstay", "FULL"), ("walk_in", "FULL"), ("maintenance", "BROKEN_CHARGER"), ("closed", "UNKNOWN")],
)
def test_a_booking_broken_by_the_operator_is_cancelled_by_the_cpo(cause: str, reason: str) -> None:
    found = cancellation_of(Broken(NOON, cause))
    assert found and (found.cancellation_reason, found.who_canceled) == (reason, "CPO")


@settings(max_examples=30, deadline=None)
@given(copies)
def test_the_evse_of_a_booking_is_absent_until_it_is_assigned(copy) -> None:
    booking, around = copy
    made = ocpi_booking(replace(booking, state=Confirmed()), replace(around, evse_id=None))
    assert made.booking_option and made.booking_option.evse_uid == "#NA"


@settings(max_examples=60, deadline=None)
@given(copies)
def test_the_last_update_of_a_booking_is_never_before_any_of_its_events(copy) -> None:
    booking, around = copy
    later = ocpi_booking(replace(booking, state=Cancelled(NOON + timedelta(days=40))), around)
    assert parse_instant(later.last_updated) == NOON + timedelta(days=40)
    assert all(note.at <= parse_instant(ocpi_booking(booking, around).last_updated) for note in booking.notified)


@pytest.mark.parametrize(("country", "party"), [("DEU", "FCT"), ("D1", "FCT"), ("DE", "FORE"), ("DE", "F-1"), ("DE", "ÜBR")])
def test_an_invalid_party_id_is_refused(country: str, party: str) -> None:
    with pytest.raises(BadInput):
        Party(country, party)
