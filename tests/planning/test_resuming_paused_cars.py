"""A paused car that may not be paused again does not take power that others need before they leave."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from forecourt.planning import EvseLimits, Node, PlanSession, Policy, Problem, Solver

NOW = datetime(2026, 11, 23, 20, tzinfo=UTC)
STEP_S = 300
BARRED = "Waiting: once on, it may not be paused again, and cars that have had nothing could not get a turn before they leave."
BOTH = pytest.mark.parametrize("look_ahead", [True, False])


def site(sessions: tuple[PlanSession, ...], floors: int, look_ahead: bool, now: datetime = NOW) -> Problem:
    evses = tuple(EvseLimits(one.evse, 32) for one in sessions)
    limits = (Node("site", limit_a=floors * 6.0, evses=tuple(one.id for one in evses)),)
    return Problem(now, STEP_S, evses, limits, sessions, policy=Policy(look_ahead=look_ahead))


def paused(n: int, hours: float, **changes: object) -> PlanSession:
    """Had a fifth of its need, was switched off, and is dear to the site."""
    since = NOW - timedelta(hours=1)
    said = {"delivered_wh": 4_000.0, "departure": NOW + timedelta(hours=hours), "need_wh": 20_000.0, "weight": 5.0, **changes}
    return PlanSession(f"s{n}", f"e{n}", since, waiting_since=since, pauses=1, **said)  # type: ignore[arg-type]


def bare(n: int, hours: float) -> PlanSession:
    return PlanSession(f"s{n}", f"e{n}", NOW - timedelta(minutes=30), departure=NOW + timedelta(hours=hours), need_wh=10_000.0)


@BOTH
def test_a_paused_car_waits_if_its_next_turn_would_starve_an_unserved_car_and_says_why(look_ahead: bool) -> None:
    plan = Solver().plan(site((paused(0, 9.0), bare(1, 3.0)), 1, look_ahead))
    assert plan.amps == {"e0": 0, "e1": 6}
    assert plan.setpoints[0].because == BARRED


@BOTH
@pytest.mark.parametrize("changes", [{"hours": 2.0}, {"hours": 9.0, "need_wh": 6_000.0}], ids=["leaves", "is full"])
def test_a_paused_car_may_resume_if_it_ends_early_enough_for_an_unserved_one(look_ahead: bool, changes: dict[str, float]) -> None:
    plan = Solver().plan(site((paused(0, **changes), bare(1, 3.0)), 1, look_ahead))  # type: ignore[arg-type]
    assert plan.setpoints[0].because != BARRED


@BOTH
def test_of_two_paused_cars_only_the_one_that_leaves_power_for_the_unserved_resumes(look_ahead: bool) -> None:
    plan = Solver().plan(site((paused(0, 9.0), paused(1, 9.0, weight=9.0), bare(2, 3.0)), 2, look_ahead))
    assert [plan.amps["e0"], plan.setpoints[0].because] == [0, BARRED]
    assert plan.amps["e1"] >= 6


def night(look_ahead: bool) -> list[float]:
    """Shares of sixteen cars that come in the evening and leave at seven, two floors among them; each is switched off once at most."""
    cars = {f"e{n}": replace(bare(n, 11.0), arrival=NOW + timedelta(minutes=5 * n), need_wh=9_000.0 + 2_000 * (n % 5)) for n in range(16)}
    solver, here, told = Solver(), dict[str, PlanSession](), dict[str, int]()
    for step in range(11 * 12):
        now = NOW + timedelta(seconds=STEP_S * step)
        here |= {evse: one for evse, one in cars.items() if one.arrival <= now and evse not in here}
        problem = site(tuple(here.values()), 2, look_ahead, now)
        plan = solver.plan(replace(problem, previous=told)).amps
        for evse, amps in plan.items():
            one = here[evse]
            if one.charging_since and not amps and one.delivered_wh < one.need_wh - 1:
                one = replace(one, charging_since=None, waiting_since=now, pauses=one.pauses + 1)
            elif amps and not one.charging_since:
                one = replace(one, charging_since=now)
            here[evse] = replace(one, delivered_wh=min(one.need_wh, one.delivered_wh + amps * 230 * STEP_S / 3600))
        told = plan
    assert max(one.pauses for one in here.values()) <= 1
    return [one.delivered_wh / one.need_wh for one in here.values()]


@BOTH
def test_after_a_night_short_of_power_every_car_has_at_least_five_percent(look_ahead: bool) -> None:
    assert min(night(look_ahead)) >= 0.05
