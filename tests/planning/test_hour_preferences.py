"""Drivers who prefer cheap or green hours: the car waits for them, and is ready in time all the same."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.planning import EvseLimits, Guarantee, Node, PlanSession, Policy, PriceStep, Problem, Solver

NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)
HOUR = timedelta(hours=1)
BOTH = pytest.mark.parametrize("look_ahead", [True, False])


def prices(*steps: tuple[float, float]) -> tuple[PriceStep, ...]:
    return tuple(PriceStep(NOW + HOUR * hours, price) for hours, price in steps)


NIGHT = prices((0, 0.5), (4, 0.2), (12, 0.5))


def car(n: int, hours: float, need_wh: float, **changes: object) -> PlanSession:
    return PlanSession(f"s{n}", f"e{n}", NOW, departure=NOW + HOUR * hours, need_wh=need_wh, **changes)  # type: ignore[arg-type]


def site(limit_a: float, *cars: PlanSession, look_ahead: bool = True) -> Problem:
    evses = tuple(EvseLimits(f"e{n}", 32) for n in range(len(cars)))
    limits = (Node("site", limit_w=limit_a * 230, evses=tuple(one.id for one in evses)),)
    return Problem(NOW, 300, evses, limits, cars, policy=Policy(look_ahead=look_ahead))


@BOTH
def test_a_car_waits_for_cheap_hours_although_power_is_spare(look_ahead: bool) -> None:
    problem = site(64, car(0, 12, 20_000.0, hour_costs=NIGHT), car(1, 12, 20_000.0), look_ahead=look_ahead)
    plan = Solver().plan(problem)
    assert plan.amps == {"e0": 0, "e1": 32}
    assert plan.setpoints[0].because == "Waiting for hours its driver prefers."
    assert Solver().plan(replace(problem, now=NOW + 4 * HOUR)).amps == {"e0": 32, "e1": 32}


@BOTH
@pytest.mark.parametrize(("hours", "need_wh"), [(5, 36_000.0), (3, 10_000.0)], ids=["too little time in cheap hours", "gone before"])
def test_a_car_does_not_wait_if_it_would_then_lack_energy(look_ahead: bool, hours: float, need_wh: float) -> None:
    assert Solver().plan(site(32, car(0, hours, need_wh, hour_costs=NIGHT), look_ahead=look_ahead)).amps["e0"] >= 26


@BOTH
def test_equal_hours_are_no_reason_to_wait(look_ahead: bool) -> None:
    assert Solver().plan(site(32, car(0, 12, 20_000.0, hour_costs=prices((0, 0.3))), look_ahead=look_ahead)).amps == {"e0": 32}


def test_a_running_turn_and_a_guarantee_take_precedence_over_preferred_hours() -> None:
    turn = car(0, 12, 20_000.0, hour_costs=NIGHT, charging_since=NOW - timedelta(minutes=5))
    assert Solver().plan(site(32, turn)).amps["e0"] >= 6
    owed = car(0, 12, 20_000.0, hour_costs=NIGHT, guarantee=Guarantee(20_000.0, 12 * 230.0, NOW + 6 * HOUR))
    assert Solver().plan(site(32, owed)).amps["e0"] >= 12


def test_a_satisfied_car_continues_only_in_the_best_hours() -> None:
    one = car(0, 12, 1000.0, hour_costs=NIGHT, delivered_wh=2000.0)
    assert Solver().plan(site(32, one)).amps == {"e0": 0}
    assert Solver().plan(replace(site(32, one), now=NOW + 5 * HOUR)).amps == {"e0": 32}


def played(problem: Problem, steps: int) -> list[tuple[float, list[float]]]:
    """(price, Wh of each car) step by step; a car takes what it is told while it misses something."""
    solver, told = Solver(), []
    for step in range(steps):
        problem = replace(problem, now=NOW + timedelta(minutes=5) * step)
        amps = solver.plan(problem).amps
        took = [min(amps[one.evse] * 230 / 12, max(0.0, (one.need_wh or 0) - one.delivered_wh)) for one in problem.sessions]
        price = next(p.per_kwh for p in reversed(problem.sessions[0].hour_costs) if p.start <= problem.now)
        told.append((price, took))
        begun = {one.evse: one.charging_since or problem.now for one in problem.sessions if amps[one.evse]}
        cars = [
            replace(one, delivered_wh=one.delivered_wh + wh, charging_since=begun.get(one.evse))
            for one, wh in zip(problem.sessions, took, strict=True)
        ]
        problem = replace(problem, sessions=tuple(cars), previous=dict(amps))
    return told


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=8, max_size=8), st.floats(0.1, 0.85))
def test_a_car_alone_is_ready_in_time_at_nearly_the_lowest_possible_cost(levels: list[int], part: float) -> None:
    """The referee fills the cheapest hours first."""
    hour_costs = prices(*((float(hour), float(level)) for hour, level in enumerate(levels)))
    need_wh = part * 8 * 7360
    told = played(site(32, car(0, 8, need_wh, hour_costs=hour_costs)), 96)
    assert sum(took[0] for _, took in told) >= 0.995 * need_wh, "whole amps in the last step"
    cheapest, left_wh = 0.0, need_wh
    for level in sorted(levels):
        cheapest += level * min(7360, left_wh)
        left_wh -= min(7360, left_wh)
    assert sum(price * took[0] for price, took in told) <= 1.1 * cheapest + 5 * 7360 / 12


def test_when_many_cars_prefer_the_cheap_hours_all_are_ready_in_time() -> None:
    cars = [car(n, 12, 14_000.0, hour_costs=NIGHT) for n in range(6)]
    told = played(site(32, *cars), 144)
    assert [round(sum(took[n] for _, took in told)) for n in range(6)] == pytest.approx([14_000] * 6, rel=0.05)
    assert sum(sum(took) for price, took in told if price < 0.3) >= 0.6 * 6 * 14_000
