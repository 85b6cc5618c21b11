"""The maximum power that could flow: no plan exceeds it."""

from datetime import UTC, datetime

from hypothesis import given, settings

from forecourt.planning import EvseLimits, PlanSession, PlanStatus, Problem, Row, Solver, max_power_now_w

from .test_solver import problems

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@given(problems())
@settings(max_examples=30)
def test_no_plan_exceeds_the_maximum_power(problem: Problem) -> None:
    plan = Solver().plan(problem)
    watts = {evse.id: evse.watts_per_amp for evse in problem.evses}
    given_w = sum(one.amps * watts[one.evse] for one in plan.setpoints)
    loads_w = sum(amps * watts[evse] for evse, amps in problem.counted_a.items() if evse not in {one.evse for one in plan.setpoints})
    if plan.status is not PlanStatus.INFEASIBLE:
        assert given_w + loads_w <= max_power_now_w(problem) + 1


def test_the_maximum_power_is_bounded_by_the_wires_and_by_what_cars_can_draw() -> None:
    evses = tuple(EvseLimits(name, 32) for name in "ABC")
    cars = tuple(PlanSession(name, name, NOON) for name in "AB")
    wire = Row("wire", 40, tuple((name, 1.0) for name in "ABC"))
    for limit_a, could_a in ((40, 40), (200, 74)):
        rows = (Row("wire", limit_a, wire.weights),)
        assert round(max_power_now_w(Problem(NOON, 300, evses, rows, cars, counted_a={"C": 10.0}))) == 230 * could_a
