from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.planning import EvseLimits, Limits, Node, PlanSession, Problem, Row, Solver, compile_grid, energy_upper_bound

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PAIR = (EvseLimits("e0", 32), EvseLimits("e1", 32, phase_deg=120.0))
SHARED: Limits = (Node("site", limit_w=32 * 230, evses=("e0", "e1")),)


def stay(n: int, start_h: float, end_h: float, need_wh: float) -> PlanSession:
    return PlanSession(f"s{n}", f"e{n}", NOON + timedelta(hours=start_h), departure=NOON + timedelta(hours=end_h), need_wh=need_wh)


def test_the_upper_bound_of_a_single_car_is_its_need_or_what_its_stay_allows() -> None:
    assert energy_upper_bound([stay(0, 0, 2, 5000)], SHARED, PAIR).total_wh == pytest.approx(5000)
    assert energy_upper_bound([stay(0, 0, 0.5, 50_000)], SHARED, PAIR).total_wh == pytest.approx(32 * 230 / 2)


def test_the_upper_bound_serves_the_car_with_less_time_first() -> None:
    found = energy_upper_bound([stay(0, 0, 2, 7360), stay(1, 0, 1, 7360)], SHARED, PAIR)
    assert found.energy_wh == pytest.approx({"s0": 7360, "s1": 7360}, rel=1e-6)


def test_part_of_a_period_counts_proportionally() -> None:
    found = energy_upper_bound([stay(0, 0, 1 / 7, 9e9), stay(1, 1 / 9, 1 / 3, 9e9)], SHARED, PAIR)
    assert found.total_wh == pytest.approx(32 * 230 / 3, rel=1e-6)


def test_sessions_without_a_known_departure_count_as_zero() -> None:
    assert energy_upper_bound([PlanSession("s", "e0", NOON, need_wh=1000.0)], SHARED, PAIR).total_wh == 0
    assert energy_upper_bound([], SHARED, PAIR).total_wh == 0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3), st.integers(0, 8000)), min_size=2, max_size=2), st.integers(6, 40))
def test_no_schedule_of_whole_hours_exceeds_the_upper_bound(stays: list[tuple[int, int, int]], limit_a: int) -> None:
    """Every schedule with coarse currents over six hours is tried."""
    rows: Limits = (Row("r", float(limit_a), (("e0", 1.0), ("e1", 1.0))),)
    cars = [stay(n, start, start + hours, need) for n, (start, hours, need) in enumerate(stays)]
    wired = compile_grid(rows, PAIR, worst_case=False)
    reached = {(0.0, 0.0)}
    for hour in range(6):
        most = [230.0 * (start <= hour < start + hours) for start, hours, _ in stays]
        # Only what a car that is there still needs can flow: a current that nobody draws would make room on the row.
        drawn = {
            tuple(min(need - got, watts * a) for got, watts, a, (_, _, need) in zip(state, most, pair, stays, strict=True)) + state
            for state in reached
            for pair in product((0, 8, 16, 24, 32), repeat=2)
        }
        reached = {(g0 + w0, g1 + w1) for w0, w1, g0, g1 in drawn if wired.allows(wired.vector({"e0": w0 / 230, "e1": w1 / 230}))}
    best = max(sum(state) for state in reached)
    assert best <= energy_upper_bound(cars, rows, PAIR).total_wh + 1e-3


def test_no_simulated_plan_exceeds_the_upper_bound() -> None:
    cars = [stay(0, 0, 3, 15_000), stay(1, 0, 2, 9000)]
    solver, limit = Solver(), energy_upper_bound(cars, SHARED, PAIR).total_wh
    got = {"s0": 0.0, "s1": 0.0}
    for step in range(36):
        now = NOON + timedelta(minutes=5 * step)
        here = tuple(
            PlanSession(c.id, c.evse, c.arrival, got[c.id], c.departure, c.need_wh, charging_since=NOON if step else None)
            for c in cars
            if c.departure and c.departure > now
        )
        for setpoint in solver.plan(Problem(now, 300, PAIR, SHARED, here)).setpoints:
            need = next(c.need_wh for c in cars if c.id == setpoint.session) or 0.0
            got[setpoint.session] = min(need, got[setpoint.session] + setpoint.amps * 230 / 12)
    assert 0.97 * limit <= sum(got.values()) <= limit * 1.0001
