from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.kernel import BadInput
from forecourt.planning import EvseLimits, Node, PlanSession, PlanStatus, Policy, Problem, Row, Solver, compile_grid

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def evses(count: int, **changes: object) -> tuple[EvseLimits, ...]:
    return tuple(EvseLimits(f"e{n}", 32, **changes) for n in range(count))  # type: ignore[arg-type]


def car(n: int, hours: float | None = 4.0, need_wh: float | None = 10_000.0, **changes: object) -> PlanSession:
    leaves = None if hours is None else NOW + timedelta(hours=hours)
    return PlanSession(f"s{n}", f"e{n}", NOW - timedelta(hours=1), departure=leaves, need_wh=need_wh, **changes)  # type: ignore[arg-type]


def site(count: int, limit_w: float, sessions: tuple[PlanSession, ...], **changes: object) -> Problem:
    limits = (Node("site", limit_w=limit_w, evses=tuple(f"e{n}" for n in range(count))),)
    return Problem(NOW, 300, evses(count), limits, sessions, **changes)  # type: ignore[arg-type]


def running(session: PlanSession, minutes: float, pauses: int = 0) -> PlanSession:
    return replace(session, charging_since=NOW - timedelta(minutes=minutes), pauses=pauses)


def amps(problem: Problem) -> Mapping[str, int]:
    return Solver().plan(problem).amps


BOTH = pytest.mark.parametrize("look_ahead", [True, False])


# What a rival's allocator gets wrong.


@BOTH
def test_the_car_that_leaves_first_is_served_first(look_ahead: bool) -> None:
    told = amps(site(2, 7400, (car(0, hours=8.0), car(1, hours=1.0)), policy=Policy(look_ahead=look_ahead)))
    assert told["e1"] > told["e0"]


@BOTH
def test_a_car_without_power_gets_an_explicit_zero_and_the_reason(look_ahead: bool) -> None:
    plan = Solver().plan(site(3, 1400, (car(0), car(1), car(2)), policy=Policy(look_ahead=look_ahead)))
    assert sorted(plan.amps.values()) == [0, 0, 6]
    assert all("Waiting" in s.because for s in plan.setpoints if s.amps == 0)
    assert plan.binding == ("site",)


@BOTH
def test_eight_cars_on_4_kw_charge_at_the_minimum_current_or_not_at_all(look_ahead: bool) -> None:
    told = amps(site(8, 4000, tuple(car(n) for n in range(8)), policy=Policy(look_ahead=look_ahead)))
    assert len(told) == 8
    assert all(a == 0 or a >= 6 for a in told.values())
    assert 15 <= sum(told.values()) <= 17


@BOTH
def test_eight_cars_on_4_kw_all_get_a_turn_and_none_pauses_twice(look_ahead: bool) -> None:
    """A working day in steps of five minutes."""
    solver, cars = Solver(), [car(n, hours=9.0, need_wh=15_000.0) for n in range(8)]
    for step in range(96):
        now = NOW + timedelta(minutes=5 * step)
        problem = replace(site(8, 4000, tuple(cars), policy=Policy(look_ahead=look_ahead)), now=now)
        told = solver.plan(problem).amps
        for n, one in enumerate(cars):
            on, was = told[one.evse] > 0, one.charging_since is not None
            changed = replace(one, delivered_wh=one.delivered_wh + told[one.evse] * 230 / 12)
            if was and not on and one.delivered_wh < 15_000:
                changed = replace(changed, charging_since=None, waiting_since=now, pauses=one.pauses + 1)
            cars[n] = replace(changed, charging_since=now) if on and not was else changed
    assert min(one.delivered_wh for one in cars) > 500
    assert max(one.pauses for one in cars) <= 1


@BOTH
def test_a_limit_cut_by_half_takes_effect_at_once(look_ahead: bool) -> None:
    cars = tuple(running(car(n), 5) for n in range(8))
    solver = Solver()
    problem = site(8, 22_000, cars, policy=Policy(look_ahead=look_ahead))
    assert sum(solver.plan(problem).amps.values()) * 230 <= 22_000
    halved = solver.plan(replace(problem, limits=(replace(problem.limits[0], limit_w=11_000.0),)))  # type: ignore[arg-type, type-var]
    assert 10_000 < sum(halved.amps.values()) * 230 <= 11_000
    assert all(a >= 6 or a == 0 for a in halved.amps.values())


# Turns.


@BOTH
def test_a_car_in_a_locked_turn_is_not_switched_off_for_a_more_urgent_one(look_ahead: bool) -> None:
    told = amps(site(2, 1400, (running(car(0, hours=20.0), 5), car(1, hours=0.6)), policy=Policy(look_ahead=look_ahead)))
    assert told == {"e0": 6, "e1": 0}


@BOTH
def test_after_its_minimum_dwell_a_car_yields_once_to_one_that_has_had_nothing(look_ahead: bool) -> None:
    served, starved = running(car(0, delivered_wh=6000.0), 45), replace(car(1), arrival=NOW - timedelta(hours=3))
    policy = Policy(look_ahead=look_ahead, min_dwell_s=1800)
    assert amps(site(2, 1400, (served, starved), policy=policy)) == {"e0": 0, "e1": 6}
    assert amps(site(2, 1400, (replace(served, pauses=1), starved), policy=policy)) == {"e0": 6, "e1": 0}


def test_a_car_with_a_stay_of_minutes_is_served_within_them() -> None:
    """The other car has just begun, needs much and has two hours."""
    begun = running(car(0, hours=2.0, need_wh=20_000.0, delivered_wh=600.0), 4)
    brief = replace(car(1, hours=0.2, need_wh=1084.0), arrival=NOW - timedelta(minutes=9))
    assert amps(site(2, 24 * 230, (begun, brief)))["e1"] >= 6


@BOTH
def test_a_turn_ends_early_only_for_a_car_that_would_otherwise_leave_with_nothing(look_ahead: bool) -> None:
    """Forty of 45 minutes of a turn have passed. After an earlier pause, or in its first half, a turn is never ended."""
    policy, leaving = Policy(look_ahead=look_ahead), car(1, hours=0.5)
    served = running(car(0, delivered_wh=6000.0), 40)
    assert amps(site(2, 1400, (served, leaving), policy=policy)) == {"e0": 0, "e1": 6}
    for kept in (running(served, 20), running(served, 40, pauses=1)):
        assert amps(site(2, 1400, (kept, leaving), policy=policy)) == {"e0": 6, "e1": 0}
    for patient in (car(1, hours=5.0), replace(leaving, delivered_wh=2000.0)):
        assert amps(site(2, 1400, (served, patient), policy=policy)) == {"e0": 6, "e1": 0}


@BOTH
@pytest.mark.parametrize(("need_wh", "told"), [(30_000.0, {"e0": 0, "e1": 6}), (10_000.0, {"e0": 6, "e1": 0})])
def test_a_car_with_a_large_need_starts_while_the_minimum_current_still_gives_a_useful_share(
    look_ahead: bool, need_wh: float, told: Mapping[str, int]
) -> None:
    """6 A deliver 7 % of 30 kWh in an hour and a half, and of 10 kWh in half an hour; an hour and twelve minutes are left."""
    waiting = replace(car(1, hours=1.2, need_wh=need_wh), arrival=NOW - timedelta(hours=3))
    served = running(car(0, delivered_wh=6000.0), 40)
    assert amps(site(2, 1400, (served, waiting), policy=Policy(look_ahead=look_ahead))) == told


def test_the_last_minutes_before_a_departure_count_with_their_real_length() -> None:
    """A car that can use all of its last five minutes; the other one has another hour for all it needs."""
    leaving, staying = (
        running(car(0, hours=1 / 12, need_wh=9000.0, delivered_wh=5000.0), 90),
        running(car(1, hours=1.2, need_wh=7300.0), 90),
    )
    assert amps(site(2, 32 * 230, (leaving, staying)))["e0"] >= 26


@pytest.mark.parametrize(("needs", "told"), [((20e3, 5e3), {"e0": 6, "e1": 26}), ((5e3, 20e3), {"e0": 26, "e1": 6})])
def test_of_two_cars_leaving_too_soon_the_one_with_the_smaller_need_comes_first(
    needs: tuple[float, float], told: Mapping[str, int]
) -> None:
    """The same energy is a larger share of a smaller need; the other car has its minimum current."""
    assert amps(site(2, 7360.0, (car(0, 1 / 3, needs[0]), car(1, 1 / 3, needs[1])))) == told


def test_the_car_waiting_longest_without_power_comes_first() -> None:
    waiting = tuple(replace(car(n), arrival=NOW - timedelta(hours=hours)) for n, hours in enumerate((1, 3, 2)))
    assert amps(site(3, 1400, waiting)) == {"e0": 0, "e1": 6, "e2": 0}


def test_limits_can_end_a_locked_turn() -> None:
    plan = Solver().plan(site(2, 1400, (running(car(0), 5), running(car(1), 5))))
    assert sorted(plan.amps.values()) == [0, 6]


# Loads that cannot be steered.


def test_an_uncontrollable_charger_is_counted_and_the_rest_share_what_is_left() -> None:
    plan = Solver().plan(site(2, 7400, (car(0), car(1)), counted_a={"e0": 20.0}, previous={"e0": 16}))
    assert plan.amps == {"e0": 16, "e1": 12}
    assert "counted at 20 A" in plan.setpoints[0].because


def test_counted_loads_over_a_limit_give_a_plan_of_zeros_with_the_reason() -> None:
    plan = Solver().plan(site(2, 4000, (car(0), car(1)), counted_a={"e0": 32.0}))
    assert plan.status is PlanStatus.INFEASIBLE
    assert (plan.amps, plan.binding) == ({"e0": 0, "e1": 0}, ("site",))


def test_a_counted_load_at_an_idle_socket_reduces_the_power_for_others() -> None:
    assert amps(site(2, 7400, (car(0),), counted_a={"e1": 25.0})) == {"e0": 7}


# What a car takes.


def test_power_is_not_reserved_beyond_what_a_tapering_car_draws() -> None:
    tapering = running(car(0, hours=1.0), 60)
    told = amps(site(2, 7400, (replace(tapering, drawing_a=8.0, offered_a=24.0), car(1))))
    assert told == {"e0": 9, "e1": 23}


def test_a_full_car_yields_to_one_that_needs_energy() -> None:
    full = replace(running(car(0), 60), drawing_a=0.0, offered_a=6.0)
    assert amps(site(2, 7400, (full, car(1)))) == {"e0": 0, "e1": 32}


def test_cable_limits_and_coarse_pilots_are_respected() -> None:
    told = amps(replace(site(2, 50_000, (car(0, max_a=13), car(1))), evses=(evses(1)[0], EvseLimits("e1", 32, 8, allowed_a=(8, 16, 24)))))
    assert told == {"e0": 13, "e1": 24}


@BOTH
@pytest.mark.parametrize(
    ("limit_a", "phases", "told"),
    [
        (20, [("L1",), ("L1",)], [6, 14]),  # not 16 and 4 for nobody
        (18, [("L1",), ("L1",)], [0, 16]),  # no turn begins for 2 A
        (20, [("L1",), ("L2",), ("L3",), ("L1", "L2", "L3")], [6, 14, 14, 14]),
    ],
)
def test_power_below_a_minimum_current_is_merged_into_a_place_where_more_power_flows(
    limit_a: int, phases: list[tuple[str, ...]], told: list[int], look_ahead: bool
) -> None:
    sockets = tuple(EvseLimits(f"e{n}", 16, phases=lines) for n, lines in enumerate(phases))
    limits = (Node("site", limit_a=limit_a, evses=tuple(one.id for one in sockets)),)
    cars = tuple(car(n, need_wh=10_000.0 * len(lines)) for n, lines in enumerate(phases))
    plan = Solver().plan(Problem(NOW, 300, sockets, limits, cars, policy=Policy(look_ahead=look_ahead)))
    assert sorted(plan.amps.values()) == told


@BOTH
def test_a_car_without_stated_needs_is_served(look_ahead: bool) -> None:
    assert amps(site(1, 22_000, (car(0, hours=None, need_wh=None),), policy=Policy(look_ahead=look_ahead))) == {"e0": 32}


@BOTH
def test_a_car_past_its_stated_departure_or_need_still_gets_spare_power(look_ahead: bool) -> None:
    late, fed = car(0, hours=-0.5), car(1, need_wh=5000.0, delivered_wh=5000.0)
    told = amps(site(2, 22_000, (late, fed), policy=Policy(look_ahead=look_ahead)))
    assert told["e0"] == 32
    assert told["e1"] >= 6


def test_a_site_of_300_cars_is_planned() -> None:
    plan = Solver().plan(site(300, 300_000, tuple(car(n) for n in range(300))))
    assert plan.status is PlanStatus.OPTIMAL
    assert 299_000 < sum(plan.amps.values()) * 230 <= 300_000


def test_a_site_without_cars_gets_an_empty_plan() -> None:
    plan = Solver().plan(site(2, 4000, ()))
    assert (plan.status, plan.setpoints) == (PlanStatus.OPTIMAL, ())


def test_two_cars_at_one_socket_or_an_unknown_socket_are_refused() -> None:
    with pytest.raises(BadInput, match="two sessions"):
        amps(site(1, 4000, (car(0), replace(car(0), id="other"))))
    with pytest.raises(BadInput, match="not among the EVSEs"):
        amps(site(1, 4000, (car(3),)))


# Whatever the problem: rows, pilots, completeness.


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    count = draw(st.integers(1, 9))
    phases = draw(st.lists(st.sampled_from([30.0, 150.0, -90.0]), min_size=count, max_size=count))
    coarse = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    sockets = tuple(
        EvseLimits(f"e{n}", 32, 8 if rough else 6, 208.0, ("L1", "L2"), deg, (8, 16, 24, 32) if rough else ())
        for n, (deg, rough) in enumerate(zip(phases, coarse, strict=True))
    )
    rows = tuple(
        Row(f"r{k}", draw(st.floats(0, 80)), tuple((e.id, draw(st.sampled_from([-1.0, -0.5, 0.25, 1.0]))) for e in sockets))
        for k in range(draw(st.integers(1, 3)))
    )
    cars = tuple(
        replace(
            car(n, draw(st.one_of(st.none(), st.floats(-1, 12))), draw(st.one_of(st.none(), st.floats(0, 60_000)))),
            charging_since=draw(st.sampled_from([None, NOW - timedelta(minutes=5), NOW - timedelta(hours=1)])),
            pauses=draw(st.integers(0, 2)),
        )
        for n in range(count)
        if draw(st.booleans())
    )
    counted = draw(st.dictionaries(st.sampled_from([e.id for e in sockets]), st.floats(0, 16), max_size=2))
    policy = Policy(look_ahead=draw(st.booleans()))
    return Problem(NOW, 300, sockets, rows, cars, counted_a=counted, policy=policy)


@settings(max_examples=150, deadline=None)
@given(problems())
def test_every_plan_lists_every_car_holds_every_row_and_uses_only_allowed_pilots(problem: Problem) -> None:
    plan = Solver().plan(problem)
    assert [s.evse for s in plan.setpoints] == [s.evse for s in problem.sessions]
    if plan.status is PlanStatus.INFEASIBLE:
        assert not any(plan.amps.values())
        return
    wired = compile_grid(problem.limits, problem.evses)
    assert wired.allows(wired.vector({**plan.amps, **problem.counted_a}))
    for socket in problem.evses:
        assert plan.amps.get(socket.id, 0) in (0, *socket.pilots_a)


@settings(max_examples=50, deadline=None)
@given(st.lists(problems(), min_size=2, max_size=4))
def test_a_reused_solver_never_breaks_a_row(many: list[Problem]) -> None:
    solver = Solver()
    for problem in many:
        plan = solver.plan(problem)
        wired = compile_grid(problem.limits, problem.evses)
        assert plan.status is PlanStatus.INFEASIBLE or wired.allows(wired.vector({**plan.amps, **problem.counted_a}))


@settings(max_examples=100, deadline=None)
@given(problems())
def test_a_locked_car_stays_on_while_the_minimum_currents_of_all_locked_cars_fit(problem: Problem) -> None:
    locked = [
        s
        for s in problem.sessions
        if s.charging_since and (s.pauses >= 1 or s.charging_since > NOW - timedelta(minutes=30))
        if (s.need_wh is None or s.need_wh >= 1) and s.evse not in problem.counted_a
    ]
    plan, wired = Solver().plan(problem), compile_grid(problem.limits, problem.evses)
    floors = {s.evse: next(e.min_a for e in problem.evses if e.id == s.evse) for s in locked}
    if wired.allows(wired.vector({**floors, **problem.counted_a})):
        assert all(plan.amps[s.evse] > 0 for s in locked)


# When nobody knows when a car will leave.


def ahead(*hours: float) -> tuple[datetime, ...]:
    return tuple(NOW + timedelta(hours=one) for one in hours)


def test_a_car_that_may_leave_soon_comes_before_one_certain_to_stay() -> None:
    maybe, sure = replace(car(0, hours=8.0), leaves=ahead(1.0, 1.5, 7.0, 9.0)), replace(car(1, hours=8.0), leaves=ahead(7.5, 8.0))
    told = amps(site(2, 7400, (maybe, sure)))
    assert told["e0"] > told["e1"]


@given(hours=st.floats(0.01, 70), other_h=st.floats(0.01, 70))
@settings(max_examples=20)
def test_a_certain_departure_forecast_equals_a_stated_departure(hours: float, other_h: float) -> None:
    cars = (car(0, hours=hours), car(1, hours=other_h))
    sure = tuple(replace(one, departure=None, leaves=(one.departure, one.departure)) for one in cars if one.departure)
    assert amps(site(2, 7400, sure)) == amps(site(2, 7400, cars))


def test_forecast_departures_in_the_past_are_ignored() -> None:
    gone = replace(car(0, hours=2.0), leaves=ahead(-2.0, -1.0))
    assert amps(site(2, 7400, (gone, car(1)))) == amps(site(2, 7400, (car(0, hours=2.0), car(1))))


def test_if_the_solver_gives_no_answer_the_most_urgent_cars_are_served_within_all_limits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each wire feeds two of three cars, which needs the program; it is allowed no iteration."""
    wires = tuple(Row(f"{one}-{other}", 25, ((one, 1.0), (other, 1.0))) for one, other in (("e0", "e1"), ("e1", "e2"), ("e2", "e0")))
    cars = tuple(running(car(n, hours=hours), 60) for n, hours in enumerate((8.0, 1.0, 8.0)))
    problem = Problem(NOW, 300, evses(3), wires, cars, policy=Policy(look_ahead=False))
    with monkeypatch.context() as no_steps:
        no_steps.setattr("forecourt.planning.linear._ITERATIONS", 0)
        plan = Solver().plan(problem)
    told = {"e0": 6, "e1": 19, "e2": 6}
    assert (plan.status, plan.amps) == (PlanStatus.FALLBACK, told), "all go on; the rest is for who leaves first"
    assert Solver().plan(problem).status is PlanStatus.OPTIMAL
