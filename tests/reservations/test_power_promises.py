from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import BadInput, BookingId, DriverId, OperatorId, SiteId, Span, TokenUid
from forecourt.reservations import (
    START_ALLOWANCE,
    Booking,
    Confirmed,
    PowerPromise,
    energy_due_by,
    extend_power_promise,
    make_power_promise,
    promised_energy_wh,
    required_power_w,
)

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def booked(power: PowerPromise | None, minutes: int = 60) -> Booking:
    ids = (BookingId(UUID(int=1)), OperatorId(UUID(int=2)), SiteId(UUID(int=3)))
    return Booking(*ids, "T2", DriverId(UUID(int=4)), TokenUid("CARD"), Span(NOON, at(minutes)), 1, 0, NOON, Confirmed(), power=power)


@given(st.integers(1000, 150_000), st.integers(10, 1440), st.integers(0, 600))
def test_the_required_power_is_the_lowest_that_delivers_the_energy(energy_wh: int, minutes: int, delay_s: int) -> None:
    """To a tenth of a kWh, for windows in which power flows for at least a second."""
    length, starting = timedelta(minutes=minutes), timedelta(seconds=min(delay_s, 60 * minutes - 1))
    power_w = required_power_w(energy_wh, length, starting)
    promise = make_power_promise(power_w, energy_wh, length, starting)
    assert promise is not None
    assert energy_wh - 100 < promise.energy_wh <= energy_wh
    assert (power_w - 1) * (length - starting).total_seconds() / 3600 < energy_wh


def test_a_window_too_short_to_deliver_energy_gets_no_power_promise() -> None:
    assert required_power_w(5000, START_ALLOWANCE, START_ALLOWANCE) == 0
    assert make_power_promise(30, 5000, HOUR, START_ALLOWANCE) is None
    with pytest.raises(BadInput):
        PowerPromise(0, 100, 300)


def test_a_late_or_short_stay_is_promised_energy_in_proportion() -> None:
    booking = booked(PowerPromise(6000, 5000, 300))
    assert promised_energy_wh(booking, at(-10), at(60)) == 5000
    assert promised_energy_wh(booking, at(30), at(60)) == 2500
    assert promised_energy_wh(booking, at(0), at(35)) == 3000
    assert promised_energy_wh(booking, at(58), at(70)) == 0
    assert promised_energy_wh(booked(None), at(0), at(60)) == 0
    assert energy_due_by(booking) == at(55)


def test_an_extended_stay_keeps_its_power_promise_and_adds_to_it_only_if_as_much_power_is_left() -> None:
    booking = booked(PowerPromise(6000, 5500, 300))
    longer = replace(booking, window=Span(NOON, at(90)))
    assert extend_power_promise(booking, longer, PowerPromise(6000, 3000, 0)).power == PowerPromise(6000, 8500, 300)
    less = extend_power_promise(booking, longer, PowerPromise(3000, 1500, 0))
    assert less.power == PowerPromise(6000, 5500, 300, until=at(60))
    assert promised_energy_wh(less, at(0), at(90)) == 5500
    again = extend_power_promise(less, replace(less, window=Span(NOON, at(120))), PowerPromise(6000, 3000, 0))
    assert again.power == less.power
