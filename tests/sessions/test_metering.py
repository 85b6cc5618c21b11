from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.sessions import Meter, read

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
POWER_W = 7_000


def after(*registers_wh: int, minutes_apart: int = 10) -> tuple[int, list[str], bool]:
    """Energy, notes and doubt after these readings, ten minutes apart (at most 1,166 Wh and the margin each)."""
    meter, notes, doubtful = Meter(), [], False
    for index, register_wh in enumerate(registers_wh):
        reading = read(meter, register_wh, NOON + timedelta(minutes=minutes_apart * index), POWER_W)
        meter, doubtful = reading.meter, doubtful or reading.doubtful
        notes += [reading.note] if reading.note else []
    return meter.energy_wh, notes, doubtful


@pytest.mark.parametrize(
    ("registers_wh", "energy_wh", "notes"),
    [
        ((90_000, 91_000, 92_000), 2_000, []),
        ((90_000, 91_000, 90_980, 91_900), 1_900, ["meter_step_back"]),
        ((90_000, 91_000, 400), 1_400, ["meter_restarted"]),
        ((90_000, 91_000, 90_900, 91_900), 1_900, ["meter_step_back"]),
        ((90_000, 900, 1_900, 92_500), 2_500, ["meter_session_relative", "meter_lifetime"]),
        ((90_000, 91_000, 1_900), 1_900, ["meter_session_relative"]),
        ((90_000, 91, 92_000), 2_000, ["meter_in_kwh"]),
        ((0, 0, 0), 0, []),
    ],
)
def test_registers_that_wrap_reset_or_jump_are_understood(registers_wh: tuple[int, ...], energy_wh: int, notes: list[str]) -> None:
    assert after(*registers_wh) == (energy_wh, notes, False)


@pytest.mark.parametrize(
    ("registers_wh", "note"),
    [
        ((90_000, 98_000), "meter_jump"),
        ((90_000, 89_899), "meter_jump"),
        ((90_000, 10**12), "meter_jump"),
        ((90_000, -5), "meter_negative"),
        ((-100, -50), "meter_negative"),
    ],
)
def test_an_impossible_reading_is_doubted_and_not_counted(registers_wh: tuple[int, ...], note: str) -> None:
    assert after(*registers_wh) == (0, [note], True)


@pytest.mark.parametrize(("seconds", "most_wh"), [(0, 50), (1, 52), (600, 1_275), (-60, 50)])
def test_the_plausible_energy_is_the_rated_power_plus_five_percent_and_fifty_wh(seconds: int, most_wh: int) -> None:
    before = read(Meter(), 90_000, NOON, POWER_W).meter
    then = NOON + timedelta(seconds=seconds)
    assert read(before, 90_000 + most_wh, then, POWER_W).meter.energy_wh == most_wh
    assert read(before, 90_001 + most_wh, then, POWER_W).doubtful


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=40))
def test_energy_never_falls_and_never_exceeds_the_plausible_maximum(registers_wh: list[int]) -> None:
    meter, energy_wh = Meter(), 0
    for index, register_wh in enumerate(registers_wh):
        meter = read(meter, register_wh, NOON + timedelta(minutes=index), POWER_W).meter
        assert meter.energy_wh >= energy_wh
        energy_wh = meter.energy_wh
    most_wh = POWER_W * 105 * (len(registers_wh) - 1) // 6000 + 50 * len(registers_wh)
    assert energy_wh <= most_wh


@given(st.integers(0, 10**8), st.lists(st.integers(0, 1_100), max_size=30))
def test_a_plausible_register_is_counted_exactly(start_wh: int, rises_wh: list[int]) -> None:
    registers_wh = [start_wh]
    for rise_wh in rises_wh:
        registers_wh.append(registers_wh[-1] + rise_wh)
    assert after(*registers_wh) == (sum(rises_wh), [], False)
