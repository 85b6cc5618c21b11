"""External limits at a charger are read as the lowest applicable limit from now on."""

import json
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from forecourt.gateway.dialects import DIALECTS, CallContext, Denied, Reply, Report
from forecourt.gateway.dialects.model import OutgoingCall
from forecourt.gateway.wire import Fault
from forecourt.stations import (
    ExternalLimit,
    ExternalLimitLifted,
    ExternalLimitSet,
    ExternalLimitStep,
    OrderResult,
    Outcome,
    Protocol,
    ReadSchedule,
)

from .decoding import NOW, decode21, decode201, report201


def schedule(*periods: tuple[int, float], unit: str = "A", **changes: Any) -> dict[str, Any]:
    listed = [{"startPeriod": start, "limit": limit} for start, limit in periods]
    return {"id": 1, "chargingRateUnit": unit, "chargingSchedulePeriod": listed, **changes}


def told(*schedules: dict[str, Any], source: str = "SO", **changes: Any) -> dict[str, Any]:
    return {"chargingLimit": {"chargingLimitSource": source}, **({"chargingSchedule": list(schedules)} if schedules else {}), **changes}


def limit(*schedules: dict[str, Any], **changes: Any) -> ExternalLimit:
    fact = report201("NotifyChargingLimit", told(*schedules, **changes)).fact
    assert isinstance(fact, ExternalLimitSet)
    return fact.limit


def after(*steps: tuple[int, int | None, int | None]) -> tuple[ExternalLimitStep, ...]:
    return tuple(ExternalLimitStep(NOW + timedelta(seconds=seconds), *told) for seconds, *told in steps)


def test_an_external_limit_is_read_with_its_source_socket_and_steps() -> None:
    found = limit(schedule((0, 10.5), (600, 16), duration=1800), evseId=2)
    assert (found.evse_number, found.source, found.reported_at) == (2, "SO", NOW)
    assert found.steps == after((0, 10_500, None), (600, 16_000, None), (1800, None, None))
    assert not found.over(NOW + timedelta(seconds=1799)) and found.over(NOW + timedelta(seconds=1800))


def test_a_schedule_that_began_earlier_applies_from_its_present_period() -> None:
    begun = schedule((0, 32), (600, 8), startSchedule="2026-11-23T12:45:00+01:00")
    assert limit(begun).steps == after((0, 8000, None))


@pytest.mark.parametrize(("start", "from_now"), [("2026-11-23T12:45:00+01:00", after((0, 32_000, None), (600, 8000, None))), (None, ())])
def test_the_steps_are_also_given_relative_to_now_in_case_the_clock_is_wrong(
    start: str | None, from_now: tuple[ExternalLimitStep, ...]
) -> None:
    begun = schedule((0, 32), (600, 8), **({"startSchedule": start} if start else {}))
    fact = report201("NotifyChargingLimit", told(begun)).fact
    assert isinstance(fact, ExternalLimitSet) and fact.from_now == from_now


def test_of_several_schedules_the_lowest_limit_applies() -> None:
    assert limit(schedule((0, 16)), schedule((0, 20), (60, 10), unit="A"), schedule((0, 11_000), unit="W")).steps == after(
        (0, 16_000, 11_000), (60, 10_000, 11_000)
    )


def test_an_external_limit_without_a_schedule_has_no_steps() -> None:
    assert (limit().evse_number, limit().steps) == (0, ())


@pytest.mark.parametrize("wrong", ["soon", "9999-12-31T23:59:59-12:00", "1970-01-01T00:00:00Z", "2040-01-01T00:00:00Z"])
def test_a_schedule_with_an_impossible_start_begins_now(wrong: str) -> None:
    report = report201("NotifyChargingLimit", told(schedule((0, 6), startSchedule=wrong)))
    assert isinstance(report.fact, ExternalLimitSet)
    assert (report.fact.limit.steps, report.flags) == (after((0, 6000, None)), ("clock",))


@pytest.mark.parametrize("odd", [told(schedule((0, 0)), source="CSO"), told(schedule((0, 0)), source="CSO", evseId=1)])
def test_our_own_limits_are_not_read_as_external_ones(odd: dict[str, Any]) -> None:
    assert isinstance(decode201("NotifyChargingLimit", odd), Reply)


def test_local_generation_is_not_read_as_a_limit() -> None:
    sunny = {"chargingLimit": {"chargingLimitSource": "Sun", "isLocalGeneration": True}, "chargingSchedule": [schedule((0, 0))]}
    assert isinstance(decode21("NotifyChargingLimit", sunny), Reply)


def test_with_limits_by_phase_the_lowest_current_and_the_summed_power_apply() -> None:
    period = {"startPeriod": 0, "limit": 4000.0, "limit_L2": 3000.0, "limit_L3": 2000.0}
    for unit, steps in (("W", after((0, None, 9000))), ("A", after((0, 2_000_000, None)))):
        heard = decode21("NotifyChargingLimit", told({**schedule(unit=unit), "chargingSchedulePeriod": [period]}, source="Town"))
        assert isinstance(heard, Report) and isinstance(heard.fact, ExternalLimitSet)
        assert (heard.fact.limit.steps, heard.fact.limit.source_name) == (steps, "Town")


def test_of_limit_and_setpoint_the_lower_one_applies() -> None:
    for period, amps in (({"limit": 16.0, "setpoint": 10.0}, 10_000), ({"limit": 8.0, "setpoint": 10.0}, 8000), ({"setpoint": 9.0}, 9000)):
        heard = decode21("NotifyChargingLimit", told({**schedule(), "chargingSchedulePeriod": [{"startPeriod": 0, **period}]}))
        assert isinstance(heard, Report) and isinstance(heard.fact, ExternalLimitSet)
        assert heard.fact.limit.steps == after((0, amps, None))


def test_equal_periods_are_merged_and_of_two_with_the_same_start_the_lower_applies() -> None:
    assert limit(schedule((0, 16), (60, 16), (120, 10), (120, 12))).steps == after((0, 16_000, None), (120, 10_000, None))


def test_a_schedule_of_too_many_steps_ends_with_the_lowest_of_the_rest() -> None:
    steps = limit(schedule(*[(n, 200 - n) for n in range(150)])).steps
    assert len(steps) == 100 and steps[-2:] == after((98, 102_000, None), (99, 51_000, None))
    ends = limit(schedule(*[(n, 200 - n) for n in range(150)], duration=200)).steps
    assert ends == steps, "an end that comes behind so many lifts nothing"


def test_before_the_start_of_an_announced_schedule_there_is_no_limit() -> None:
    assert limit(schedule((0, 6), startSchedule="2026-11-23T14:00:00Z")).steps == after((0, None, None), (7200, 6000, None))


def test_a_schedule_start_without_a_zone_is_read_in_the_zone_of_the_charger() -> None:
    text = json.dumps(told(schedule((0, 6), startSchedule="2026-11-23T14:00:00")))
    heard = DIALECTS[Protocol.OCPP201].parse_call("NotifyChargingLimit", text, CallContext(NOW, "m1", zone=ZoneInfo("Europe/Berlin")))
    assert isinstance(heard, Report) and isinstance(heard.fact, ExternalLimitSet)
    assert heard.fact.limit.steps == after((0, None, None), (3600, 6000, None))


def test_a_grid_critical_limit_is_marked() -> None:
    critical = {"chargingLimit": {"chargingLimitSource": "SO", "isGridCritical": True}}
    fact = report201("NotifyChargingLimit", critical).fact
    assert isinstance(fact, ExternalLimitSet) and fact.limit.critical and not limit().critical


def test_too_many_schedules_are_rejected() -> None:
    assert limit(*[schedule((0, 6))] * 8).steps == after((0, 6000, None))
    assert decode201("NotifyChargingLimit", told(*[schedule((0, 6))] * 9)) == Denied(Fault.OCCURRENCE, "chargingSchedule")


def test_an_external_limit_is_cleared_by_its_source() -> None:
    assert report201("ClearedChargingLimit", {"chargingLimitSource": "EMS"}).fact == ExternalLimitLifted(NOW, 0, "EMS")
    assert report201("ClearedChargingLimit", {"chargingLimitSource": "EMS", "evseId": 3}).fact == ExternalLimitLifted(NOW, 3, "EMS")


whole = st.integers(-(2**62), 2**62)
odd = st.lists(st.tuples(whole, st.floats(allow_nan=False, allow_infinity=False)), min_size=1, max_size=150)


@given(odd, st.sampled_from("AW"), st.none() | whole)
def test_any_schedule_gives_ordered_steps_that_are_never_negative(
    periods: list[tuple[int, float]], unit: str, duration: int | None
) -> None:
    steps = limit(schedule(*periods, unit=unit, **({} if duration is None else {"duration": duration}))).steps
    assert 0 < len(steps) <= 100 and steps[0].start == NOW
    assert list(steps) == sorted(steps, key=lambda one: one.start)
    assert all(value is None or value >= 0 for one in steps for value in (one.current_ma, one.power_w))


def own(payload: dict[str, Any]) -> OrderResult:
    asked = DIALECTS[Protocol.OCPP16].build_call(ReadSchedule(1, 3600, "A"))
    assert isinstance(asked, OutgoingCall) and asked.action == "GetCompositeSchedule"
    return asked.read(Raw(json.dumps(payload).encode()))


@pytest.mark.parametrize("name", ["schedule", "chargingSchedule"])
def test_a_composite_schedule_is_read_in_the_format_of_each_version(name: str) -> None:
    said = {"evseId": 1, "duration": 3600, **schedule((600, -4), (0, 16.04))}
    assert own({"status": "Accepted", name: said}) == OrderResult(Outcome.ACCEPTED, "A", (("0", "16.0"), ("600", "0.0")))


def test_a_composite_schedule_is_read_only_from_a_complete_accepted_answer() -> None:
    assert own({"status": "Rejected"}) == OrderResult(Outcome.REJECTED, "Rejected")
    broken = ({"status": "Accepted"}, {"status": "Accepted", "schedule": {**schedule(), "chargingRateUnit": "V"}}, {"schedule": schedule()})
    assert [own(one).outcome for one in (*broken, {"status": "Accepted", "schedule": schedule()})] == [Outcome.REJECTED] * 4
    assert len(own({"status": "Accepted", "schedule": schedule(*[(n, 6) for n in range(2000)])}).values) == 24
