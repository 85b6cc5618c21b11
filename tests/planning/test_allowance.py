"""External allowances of a site over time: no plan, schedule or promise exceeds them."""

from dataclasses import replace
from datetime import timedelta
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.kernel import Span
from forecourt.planning import (
    EvseLimits,
    Node,
    PlanSession,
    PlanStatus,
    PowerClaim,
    PowerHeadroom,
    PriceStep,
    Problem,
    Profile,
    ProfileStep,
    Solver,
    Supply,
    compile_grid,
    energy_upper_bound,
    parse_problem,
    present_cars,
    schedule,
    site_cap,
)

from .test_profiles import NOW, car, site

CHEAP_LATER = (PriceStep(NOW, 0.3), PriceStep(NOW + timedelta(hours=1), 0.1))
FREE = Supply((PriceStep(NOW, 0.0),), 1.0)


def allowance(*steps: tuple[float, float]) -> Profile:
    """Of minutes from now, and kilowatts."""
    told = tuple(ProfileStep(NOW + timedelta(minutes=minute), kw * 1000) for minute, kw in steps)
    return Profile("grid", told, "the site's allowance (grid)")


def amps(problem: Problem) -> list[int]:
    return [one.amps for one in Solver().plan(problem).setpoints]


def test_a_car_that_prefers_later_hours_charges_before_an_allowance_window_that_excludes_them() -> None:
    waits = site(32, car(0, 4.0, need_wh=7000.0, delivered_wh=0.0, hour_costs=CHEAP_LATER))
    assert amps(waits) == [0]
    assert amps(replace(waits, allowance=allowance((60, 0.0)))) == [32]
    assert amps(replace(waits, allowance=allowance((60, 0.0), (120, inf)))) == [0], "there are as good hours after it"


def test_the_allowance_of_now_does_not_limit_later_hours() -> None:
    problem = site(32, car(0, 4.0, need_wh=7000.0, hour_costs=CHEAP_LATER))
    assert amps(replace(problem, allowance=allowance((-10, 3.0), (50, inf)))) == [0]


def test_one_solver_follows_an_allowance_that_changes_with_every_plan() -> None:
    solver, problem = Solver(), site(64, car(0), car(1))
    for kw, watts in ((9.2, 9200), (4.6, 4600), (0.0, 0), (2.0, 1840), (1.0, 0), (13.8, 13_800)):
        told = solver.plan(replace(problem, allowance=allowance((-1, kw))))
        assert sum(one.amps for one in told.setpoints) * 230 == watts
    assert sum(one.amps for one in solver.plan(problem).setpoints) == 64


allowances = st.lists(st.integers(-60, 300), min_size=1, max_size=5, unique=True).flatmap(
    lambda starts: st.lists(st.sampled_from([0.0, 1.5, 4.6, 9.0, inf]), min_size=len(starts), max_size=len(starts)).map(
        lambda kws: allowance(*zip(sorted(starts), kws, strict=True))
    )
)
cars = st.builds(
    car,
    st.just(0),
    st.floats(0.1, 8.0),
    need_wh=st.sampled_from([None, 900.0, 20_000.0]),
    charging_since=st.none() | st.just(NOW - timedelta(minutes=5)),
    hour_costs=st.sampled_from([(), CHEAP_LATER]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(cars, min_size=1, max_size=5), allowances, st.booleans(), st.sampled_from([{}, {"e0": 16.0}]))
def test_no_plan_exceeds_the_lowest_allowance_of_the_next_six_minutes(
    listed: list[PlanSession], allowed: Profile, look_ahead: bool, counted: dict[str, float]
) -> None:
    """One solver, plans at intervals of twenty minutes; uncontrollable loads count."""
    here = tuple(replace(one, id=f"s{n}", evse=f"e{n}") for n, one in enumerate(listed))
    problem, solver = replace(site(100, *here, look_ahead=look_ahead), allowance=allowed, counted_a=counted), Solver()
    for step in range(5):
        now = NOW + timedelta(minutes=20 * step)
        plan = solver.plan(replace(problem, now=now))
        given_w = 230 * sum({**plan.amps, **counted}.values())
        least_w = min(allowed.least_w(now + timedelta(seconds=s), now + timedelta(seconds=s)) for s in (0, 60, 180, 300, 359))
        if plan.status is PlanStatus.INFEASIBLE:
            assert not any(plan.amps.values()) and sum(counted.values()) * 230 > least_w
        else:
            assert given_w <= least_w + 1e-3


@settings(max_examples=30, deadline=None)
@given(st.lists(cars, min_size=1, max_size=4), allowances)
def test_the_schedule_of_the_hours_ahead_stays_within_the_allowance(listed: list[PlanSession], allowed: Profile) -> None:
    here = tuple(replace(one, id=f"s{n}", evse=f"e{n}") for n, one in enumerate(listed))
    problem = replace(site(100, *here), allowance=allowed)
    steps = schedule(problem, FREE, present_cars(problem))
    for step in steps:
        if step.start > NOW + timedelta(minutes=5):
            assert step.total_w <= allowed.least_w(step.start, step.end) * (1 + 1e-6) + 1
    assert steps or not any(one.stay.need_wh for one in present_cars(problem))


def test_with_uncontrollable_loads_over_the_allowance_a_plan_is_still_found() -> None:
    problem = replace(site(100, car(0), car(1)), allowance=allowance((60, 2.0), (120, inf)), counted_a={"e0": 16.0})
    steps = schedule(problem, FREE, present_cars(problem))
    window = [one for one in steps if NOW + timedelta(hours=1) <= one.start < NOW + timedelta(hours=2)]
    assert window and all(one.total_w == pytest.approx(16 * 230) for one in window)
    assert site_cap(problem, FREE, 1e9) is not None and amps(problem)[1] == 32


def test_the_upper_bound_takes_the_allowance_into_account() -> None:
    evses = (EvseLimits("e0", 32),)
    stay = PlanSession("s0", "e0", NOW, departure=NOW + timedelta(hours=4), need_wh=1e9)
    found = energy_upper_bound([stay], (Node("site", limit_w=7360.0, evses=("e0",)),), evses, allowance((60, 0.0), (150, 3.68), (210, inf)))
    assert found.total_wh == pytest.approx(7360 * 1.5 + 3680, rel=1e-6)


@pytest.mark.parametrize(("end_min", "watts"), [(53, 32 * 230), (55, 6 * 230), (90, 6 * 230)])
def test_promised_power_leaves_time_to_ramp_down_before_an_allowance_window(end_min: int, watts: int) -> None:
    """Two sockets under 100 A; an allowance of 12 A applies from an hour on, and six minutes before."""
    evses = (EvseLimits("a", 32), EvseLimits("b", 32))
    rows = (Node("site", limit_w=100 * 230.0, evses=("a", "b")),)
    span = Span(NOW, NOW + timedelta(minutes=end_min))
    assert PowerHeadroom(rows, evses, allowance=allowance((60, 2.76))).most_w(("a", "b"), span, 99_999) == watts
    taken = PowerClaim(("a",), Span(NOW + timedelta(hours=2), NOW + timedelta(hours=3)), 6 * 230)
    later = Span(NOW + timedelta(hours=2), NOW + timedelta(hours=2.5))
    assert PowerHeadroom(rows, evses, [taken], allowance=allowance((60, 2.0), (120, inf))).most_w(("b",), later, 99_999) == 32 * 230


def test_a_problem_document_can_state_an_allowance() -> None:
    problem = parse_problem(
        {
            "now": "2026-11-23T12:00:00Z",
            "limits": {"kind": "tree", "nodes": [{"name": "site", "limit_w": 11000}]},
            "evses": [{"id": "A", "phases": ["L1"], "min_a": 6, "max_a": 32, "voltage_v": 230}],
            "sessions": [{"id": "s1", "evse": "A", "arrival": "2026-11-23T11:00:00Z", "delivered_wh": 0}],
            "allowance": {"of": "grid", "steps": [{"start": "2026-11-23T12:05:00Z", "watts": 2300}, {"start": "2026-11-23T13:00:00Z"}]},
        }
    )
    plan = Solver().plan(problem)
    assert (plan.amps, plan.binding) == ({"A": 10}, ("the site's allowance (grid)",))


def test_without_an_allowance_the_limits_are_those_of_the_site() -> None:
    problem = site(32, car(0))
    assert problem.limits_now is problem.limits and compile_grid(problem.limits_now, problem.evses).names == ("site",)
