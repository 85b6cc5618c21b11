"""Which sockets get limits in watts, and what their readings mean for the supply."""

from dataclasses import replace
from datetime import UTC, datetime
from math import inf
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import ChargerId, EvseId, OperatorId, SiteId
from forecourt.stations import (
    DIRECT,
    ChargerSettings,
    Evse,
    ExternalLimitStep,
    OwnSchedule,
    SetFallback,
    SetLimit,
    fallback_w,
    granted_a,
    most_w,
    plug_voltage,
    supply_ma,
    watts_of,
)

OWNER, SITE = OperatorId(UUID(int=1)), SiteId(UUID(int=2))
AC = Evse(EvseId(UUID(int=3)), OWNER, SITE, ChargerId("CP"), 1, "AC", "IEC_62196_T2", "", ("L1", "L2", "L3"), 230, 32)
DC = replace(AC, label="DC", standard="IEC_62196_T2_COMBO", max_a=100)
AMPS, WATTS = ChargerSettings(), ChargerSettings(rate_unit="W")
AMPS_ALONE = ChargerSettings(amps_alone=True)
MAX_V = {"MCS": 1250, "CHAOJI": 1500, "GBT_DC": 1500}


def test_an_ac_charger_gets_amps_unless_it_accepts_only_watts() -> None:
    assert watts_of(AC, AMPS, 16) is None
    assert watts_of(AC, WATTS, 16) == 11_040


def test_between_two_phases_the_line_to_line_voltage_counts_once() -> None:
    assert watts_of(replace(AC, phases=("L1", "L2"), voltage_v=208), WATTS, 32) == 6656


@pytest.mark.parametrize("settings", [AMPS, WATTS])
def test_a_dc_socket_gets_watts_less_its_conversion_losses(settings: ChargerSettings) -> None:
    assert watts_of(DC, settings, 100) == 63_480
    assert watts_of(DC, settings, 0) == 0


@pytest.mark.parametrize(("volts", "amps"), [(400, 150), (800, 75), (920, 65)])
def test_the_supply_current_of_a_dc_socket_follows_from_watts_at_any_vehicle_voltage(volts: int, amps: int) -> None:
    assert 93_000 < supply_ma(DC, volts * amps, amps * 1000) < 95_000, "60 kW come out of it: 65 go in, 94 A a phase"


def test_amps_at_a_dc_plug_alone_give_no_supply_current() -> None:
    assert supply_ma(DC, None, 40_000) is None
    assert supply_ma(AC, None, 16_000) == 16_000


def test_a_dc_limit_that_is_met_converts_back_to_at_most_its_amps() -> None:
    assert all(supply_ma(DC, watts_of(DC, AMPS, amps), None) <= amps * 1000 for amps in range(0, 101))


def test_the_supply_current_of_a_dc_socket_is_never_rounded_down() -> None:
    assert all((supply_ma(DC, watts, None) or 0) * 92 * (DC.max_power_w // DC.max_a) >= watts * 100_000 for watts in range(1, 50))


NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("whole", [True, False])
def test_an_external_limit_is_converted_into_watts_of_the_supply(whole: bool) -> None:
    assert most_w(AC, ExternalLimitStep(NOON, 10_000), whole) == 6900
    assert most_w(AC, ExternalLimitStep(NOON, 10_000, 5000), whole) == 5000
    assert most_w(AC, ExternalLimitStep(NOON), whole) == inf


def test_an_external_limit_at_a_dc_plug_counts_at_its_highest_voltage_plus_losses() -> None:
    limit = ExternalLimitStep(NOON, 10_000)
    assert (most_w(DC, limit, whole=True), most_w(DC, limit, whole=False)) == (6900, pytest.approx(10_000 / 0.92))
    assert most_w(replace(DC, standard="MCS"), limit, whole=False) == pytest.approx(12_500 / 0.92)
    assert most_w(DC, ExternalLimitStep(NOON, None, 9200), whole=False) == pytest.approx(10_000)


def test_a_composite_schedule_is_converted_into_amps_of_the_supply() -> None:
    def said(evse: Evse, unit: str, most: float) -> float | None:
        return granted_a(evse, OwnSchedule(1, NOON, unit, ((0, most), (60, 1.0))))  # type: ignore[arg-type]

    assert (said(AC, "A", 16.0), said(AC, "W", 6900.0)) == (16.0, 10.0)
    assert said(DC, "W", float(watts_of(DC, WATTS, 100) or 0)) == pytest.approx(100), "as it is told"
    assert said(DC, "A", 100.0) is None


def test_one_fallback_limit_is_valid_for_all_sockets_of_a_charger() -> None:
    assert fallback_w([AC], AMPS, 10) is None
    assert fallback_w([AC, DC], AMPS, 10) == watts_of(DC, AMPS, 10)


@given(
    amps=st.integers(0, 1000),
    max_a=st.integers(6, 1000),
    standard=st.sampled_from(sorted(DIRECT)),
    phases=st.sampled_from([("L1",), ("L1", "L2"), ("L1", "L2", "L3")]),
    share_of_voltage=st.floats(0.1, 1.0),
    comes_out=st.floats(0.92, 1.0),
)
def test_dc_amps_never_exceed_the_counted_supply_current(amps, max_a, standard, phases, share_of_voltage, comes_out) -> None:
    """At any voltage of the car, and with any loss up to the assumed one."""
    evse = replace(DC, standard=standard, phases=phases, max_a=max_a)
    told = SetLimit(1, amps, 1, "T", None, watts_of(evse, AMPS_ALONE, amps), plug_voltage([evse], AMPS_ALONE))
    unit, plug_a = told.as_sent
    taken_w = plug_a * MAX_V.get(standard, 1000) * share_of_voltage / comes_out
    assert unit == "A" and taken_w <= amps * evse.max_power_w / evse.max_a + 1e-6


def test_of_several_dc_plugs_the_highest_voltage_counts() -> None:
    assert plug_voltage([DC, replace(DC, standard="MCS"), AC], AMPS_ALONE) == 1250


def test_only_chargers_that_do_not_accept_watts_get_dc_amps() -> None:
    assert SetLimit(1, 100, 1, "T", None, watts_of(DC, AMPS, 100), plug_voltage([DC], AMPS)).as_sent == ("W", 63_480)
    assert SetLimit(1, 100, 1, "T", None, watts_of(DC, AMPS_ALONE, 100), plug_voltage([DC], AMPS_ALONE)).as_sent == ("A", 63)
    assert SetLimit(1, 16, 1, "T", None, watts_of(AC, AMPS_ALONE, 16), plug_voltage([AC], AMPS_ALONE)).as_sent == ("A", 16)
    both = [AC, DC]
    assert SetFallback(10, fallback_w(both, AMPS_ALONE, 10), plug_voltage(both, AMPS_ALONE)).as_sent == ("A", 6)
