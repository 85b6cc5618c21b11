"""Stated needs are a minimum: spare power is added up to the driver's own limit."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.planning import EvseLimits, Node, PlanSession, Policy, Problem, Solver

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BOTH = pytest.mark.parametrize("look_ahead", [True, False])


def car(n: int, has_wh: float, asked_wh: float | None = 10_000.0, **changes: object) -> PlanSession:
    leaves = NOW + timedelta(hours=4)
    return PlanSession(f"s{n}", f"e{n}", NOW - timedelta(hours=2), has_wh, leaves, asked_wh, **changes)  # type: ignore[arg-type]


def site(limit_a: int, *cars: PlanSession, look_ahead: bool = True) -> Problem:
    evses = tuple(EvseLimits(f"e{n}", 32) for n in range(len(cars)))
    limits = (Node("site", limit_w=limit_a * 230, evses=tuple(one.id for one in evses)),)
    return Problem(NOW, 300, evses, limits, cars, policy=Policy(look_ahead=look_ahead))


@BOTH
def test_a_satisfied_car_continues_with_spare_power(look_ahead: bool) -> None:
    plan = Solver().plan(site(64, car(0, 12_000.0), car(1, 1000.0), look_ahead=look_ahead))
    assert plan.amps == {"e0": 32, "e1": 32}
    assert "Has the energy requested; 32 A of spare power" in plan.setpoints[0].because


@BOTH
def test_a_car_without_history_or_stated_needs_gets_full_power(look_ahead: bool) -> None:
    assert Solver().plan(site(64, car(0, 30_000.0, None), look_ahead=look_ahead)).amps == {"e0": 32}


@BOTH
def test_a_satisfied_car_yields_at_once_to_one_in_need(look_ahead: bool) -> None:
    going_on = car(0, 12_000.0, charging_since=NOW - timedelta(minutes=5))
    assert Solver().plan(site(32, going_on, car(1, 1000.0), look_ahead=look_ahead)).amps == {"e0": 0, "e1": 32}


@BOTH
def test_a_car_never_gets_more_energy_than_its_driver_allows(look_ahead: bool) -> None:
    ended = Solver().plan(site(64, car(0, 12_000.0, limit_wh=12_000.0), look_ahead=look_ahead)).setpoints[0]
    assert (ended.amps, ended.because) == (0, "Has all the energy its driver wants.")
    nearly = Solver().plan(site(64, car(0, 11_800.0, limit_wh=12_000.0), look_ahead=look_ahead)).amps["e0"]
    assert nearly == 11  # 200 Wh in five minutes are 10.4 A


def test_a_car_that_draws_nothing_gets_no_spare_power() -> None:
    full = car(0, 12_000.0, drawing_a=0.0, offered_a=16.0)
    assert Solver().plan(site(64, full)).amps == {"e0": 6}


@given(st.lists(st.tuples(st.integers(0, 20_000), st.integers(1, 15_000)), min_size=1, max_size=6), st.integers(0, 100), st.booleans())
def test_spare_power_for_satisfied_cars_takes_nothing_from_others(told: list[tuple[int, int]], limit_a: int, look_ahead: bool) -> None:
    """Cars in need get the same whether satisfied cars continue or not."""
    cars = [car(n, float(has), float(asked)) for n, (has, asked) in enumerate(told)]
    ending = [replace(one, limit_wh=max(one.need_wh or 0.0, one.delivered_wh)) for one in cars]
    going_on, ended = (Solver().plan(site(limit_a, *these, look_ahead=look_ahead)).amps for these in (cars, ending))
    hungry = [one.evse for one in cars if (one.need_wh or 0.0) - one.delivered_wh >= 1.0]
    assert sum(going_on.values()) <= limit_a
    assert [min(ended[evse], going_on[evse]) for evse in hungry] == [ended[evse] for evse in hungry]
