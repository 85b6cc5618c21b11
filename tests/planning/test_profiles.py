"""External charging profiles: no car exceeds its profile at any step; the planner makes the best of the rest."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.kernel import BadInput
from forecourt.planning import (
    EvseLimits,
    Guarantee,
    Node,
    PlanSession,
    Policy,
    PriceStep,
    Problem,
    Profile,
    ProfileStep,
    Solver,
    Supply,
    energy_upper_bound,
    parse_problem,
    present_cars,
    schedule,
    site_cap,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LEAD = timedelta(seconds=15)
BOTH = pytest.mark.parametrize("look_ahead", [True, False])


def profile(*steps: tuple[float, float], of: str = "Sun & Co") -> Profile:
    """Of minutes from now, and amps at 230 V."""
    return Profile(of, tuple(ProfileStep(NOW + timedelta(minutes=minute), amps * 230) for minute, amps in steps))


def car(n: int, hours: float = 4.0, **changes: object) -> PlanSession:
    asked = {"departure": NOW + timedelta(hours=hours), "need_wh": 20_000.0} | changes
    return PlanSession(f"s{n}", f"e{n}", NOW - timedelta(hours=1), **asked)  # type: ignore[arg-type]


def site(limit_a: float, *cars: PlanSession, look_ahead: bool = True) -> Problem:
    evses = tuple(EvseLimits(f"e{n}", 32) for n in range(len(cars)))
    limits = (Node("site", limit_w=limit_a * 230, evses=tuple(one.id for one in evses)),)
    return Problem(NOW, 300, evses, limits, cars, policy=Policy(look_ahead=look_ahead))


minutes = st.lists(st.integers(-60, 300), min_size=1, max_size=6, unique=True).map(sorted)
profiles = st.none() | minutes.flatmap(
    lambda starts: st.lists(st.sampled_from([0.0, 3.0, 6.0, 8.1, 13.0, 32.0, inf]), min_size=len(starts), max_size=len(starts)).map(
        lambda amps: profile(*zip(starts, amps, strict=True))
    )
)
cars = st.builds(
    car,
    st.just(0),
    st.floats(0.1, 8.0),
    profile=profiles,
    need_wh=st.sampled_from([None, 0.0, 900.0, 20_000.0]),
    charging_since=st.none() | st.integers(0, 90).map(lambda ago: NOW - timedelta(minutes=ago)),
    pauses=st.integers(0, 1),
    guarantee=st.none() | st.just(Guarantee(9_000.0, 7_000.0, NOW + timedelta(hours=2))),
    hour_costs=st.sampled_from([(), (PriceStep(NOW, 0.3), PriceStep(NOW + timedelta(hours=1), 0.1))]),
    drawing_a=st.none() | st.floats(0, 32),
    offered_a=st.none() | st.floats(0, 32),
)


@given(st.lists(cars, min_size=1, max_size=5), st.sampled_from([10.0, 40.0, 200.0]), st.booleans())
@settings(max_examples=150)
def test_no_car_exceeds_an_external_profile_at_any_step(listed: list[PlanSession], limit_a: float, look_ahead: bool) -> None:
    """Six consecutive steps; cars without a profile are limited by the site alone."""
    here = tuple(replace(one, id=f"s{n}", evse=f"e{n}") for n, one in enumerate(listed))
    problem, solver = site(limit_a, *here, look_ahead=look_ahead), Solver()
    for step in range(6):
        now = NOW + timedelta(minutes=20 * step)
        plan = solver.plan(replace(problem, now=now))
        for one, told in zip(here, plan.setpoints, strict=True):
            assert one.profile is None or told.amps * 230 <= one.profile.least_w(now, now + LEAD)
        assert sum(plan.amps.values()) <= limit_a
        problem = replace(problem, previous=plan.amps)


@given(st.lists(cars, min_size=1, max_size=4))
@settings(max_examples=60)
def test_the_schedule_ahead_stays_within_every_profile(listed: list[PlanSession]) -> None:
    problem = site(40, *(replace(one, id=f"s{n}", evse=f"e{n}") for n, one in enumerate(listed)))
    steps = schedule(problem, Supply((PriceStep(NOW, 0.0),), 1.0), present_cars(problem))
    for step in steps:
        for one in problem.sessions:
            most_w = one.profile.mean_w(32 * 230, step.start, step.end) if one.profile else 32 * 230
            assert dict(step.watts).get(one.id, 0.0) <= most_w + 1


@BOTH
def test_a_profile_below_the_smallest_pilot_stops_the_car_and_names_its_source(look_ahead: bool) -> None:
    plan = Solver().plan(site(64, car(0, profile=profile((-5, 5))), car(1, profile=profile((-5, 8))), look_ahead=look_ahead))
    assert [one.amps for one in plan.setpoints] == [0, 8]
    assert [one.because for one in plan.setpoints] == [
        "The profile of Sun & Co allows less than the minimum current.",
        "All that the profile of Sun & Co allows: 8 A.",
    ]


@BOTH
def test_a_fall_of_a_profile_before_the_next_plan_is_applied_now_and_a_rise_when_it_begins(look_ahead: bool) -> None:
    falls, rises = profile((-9, 20), (0.2, 8)), profile((-9, 8), (0.2, 20))
    assert list(Solver().plan(site(64, car(0, profile=falls), car(1, profile=rises), look_ahead=look_ahead)).amps.values()) == [8, 8]
    later = replace(site(64, car(0, profile=falls), car(1, profile=rises), look_ahead=look_ahead), now=NOW + timedelta(seconds=12))
    assert list(Solver().plan(later).amps.values()) == [8, 20]


def test_a_car_whose_profile_allows_only_now_goes_before_one_that_can_charge_later() -> None:
    """Power for one car. Without the profile the other car, which leaves a little sooner, is first."""
    now_alone, other = profile((-5, 32), (30, 0)), car(1, hours=3.9)
    assert Solver().plan(site(32, car(0), other)).amps["e0"] < 32
    assert Solver().plan(site(32, car(0, profile=now_alone), other)).amps == {"e0": 32, "e1": 0}


def test_power_is_reserved_later_for_a_car_whose_profile_allows_only_then() -> None:
    """One car has one hour for all its energy; the other has four, and charges before."""
    held = car(0, hours=4, need_wh=7_000.0, profile=profile((-5, 0), (180, 32)))
    problem = site(32, held, car(1, need_wh=7_360 * 3.0))
    steps = schedule(problem, Supply((PriceStep(NOW, 0.0),), 1.0), present_cars(problem))
    given_wh = sum(dict(one.watts).get("s0", 0.0) * (one.end - one.start).total_seconds() / 3600 for one in steps)
    assert given_wh == pytest.approx(7_000, rel=0.02)


def test_a_car_that_prefers_later_hours_charges_now_if_another_can_only_charge_then() -> None:
    """Power for one car. The hour is cheaper for one, and the only one that a profile leaves to the other."""
    hour_costs = (PriceStep(NOW, 0.3), PriceStep(NOW + timedelta(hours=3), 0.1))
    patient, held = car(0, need_wh=7_000.0, hour_costs=hour_costs), car(1, need_wh=7_000.0, profile=profile((-5, 0), (180, 32)))
    assert Solver().plan(site(32, patient)).amps == {"e0": 0}
    assert Solver().plan(site(32, patient, held)).amps["e0"] >= 6


def test_a_car_with_little_profile_power_later_is_more_urgent() -> None:
    """Without look-ahead, by laxity; without the profile the first of equals is served."""
    assert Solver().plan(site(32, car(0), car(1), look_ahead=False)).amps["e1"] == 0
    little = car(1, profile=profile((-5, 32), (10, 6)))
    assert Solver().plan(site(32, car(0), little, look_ahead=False)).amps == {"e0": 0, "e1": 32}


@BOTH
def test_a_guarantee_never_exceeds_a_profile(look_ahead: bool) -> None:
    promised = Guarantee(20_000.0, 7_360.0, NOW + timedelta(hours=1))
    plan = Solver().plan(site(64, car(0, guarantee=promised, profile=profile((-5, 8))), look_ahead=look_ahead))
    assert plan.amps == {"e0": 8}


def test_energy_costs_are_optimised_within_a_profile() -> None:
    """A car limited to 8 A now takes no more in the cheap hours."""
    supply = Supply((PriceStep(NOW, 0.1), PriceStep(NOW + timedelta(hours=1), 0.3)), 0.5)
    cap = site_cap(site(64, car(0, profile=profile((-5, 8)))), supply, 20_000.0)
    assert cap is not None and cap.now_w == pytest.approx(8 * 230, abs=1)


def test_a_car_whose_cable_carries_nothing_has_an_upper_bound_of_zero() -> None:
    problem = site(32, car(0, max_a=0), car(1, max_a=10))
    result = energy_upper_bound(problem.sessions, problem.limits, problem.evses)
    assert result.energy_wh["s0"] == 0 and result.energy_wh["s1"] > 9_000


def test_a_profile_is_read_from_a_document_and_its_steps_must_be_in_order() -> None:
    steps = [{"start": "2026-11-23T12:00:00Z", "watts": 1840}, {"start": "2026-11-23T13:00:00Z"}]
    document = {
        "now": "2026-11-23T12:00:00Z",
        "limits": {"kind": "tree", "nodes": [{"name": "site", "limit_kw": 20, "evses": ["e0"]}]},
        "evses": [{"id": "e0", "max_a": 32}],
        "sessions": [{"id": "s0", "evse": "e0", "arrival": "2026-11-23T11:00:00Z", "profile": {"of": "Sun & Co", "steps": steps}}],
    }
    assert Solver().plan(parse_problem(document)).amps == {"e0": 8}
    steps.reverse()
    with pytest.raises(BadInput, match=r"profile\.steps\[1\]\.start"):
        parse_problem(document)
