"""The total a site may draw in each period so that its energy costs least: the horizon program sets it, the one-step plan fills it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from forecourt.planning.model import EvseLimits, Node, PlanSession, Problem
from forecourt.planning.power_mix import is_mixed
from forecourt.planning.profit_schedule import DISCOUNT_PER_H, ProfitSchedule, maximize_profit, variable_edges
from forecourt.planning.scheduling import ScheduledCar, ScheduleStep, present_cars, schedule, without_v2g
from forecourt.planning.supply import Supply

CAP_NAME = "energy costs"
_TOLERANCE_W = 0.5  # more than any rounding of sums of powers


@dataclass(frozen=True, slots=True)
class SiteCap:
    """now_w: the most the site should draw in this step. peak_w: the highest power it plans to draw. steps: the schedule ahead."""

    now_w: float
    peak_w: float
    steps: tuple[ScheduleStep, ...]


def site_cap(problem: Problem, supply: Supply, paid_w: float, expected: Sequence[ScheduledCar] = ()) -> SiteCap | None:
    """The cap for now and the schedule; None if no car is there or the program has no answer (then only the limits apply).

    paid_w: the peak that costs nothing extra: the month's so far, or its forecast. expected: bookings due. A first program weighs a
    higher peak against what it earns, a second distributes the power within every limit. Loads that cannot be steered, and the floors
    of cars that are charging (a price may not switch them off), always fit, up to the paid peak.

    Present power from sun and storage does not count towards the peak: it can raise a cap set for money, never a limit. No car gives
    energy back here: orders cannot tell it to.
    """
    present = without_v2g(present_cars(problem))
    by_id = {evse.id: evse for evse in problem.evses}
    fixed_w = _fixed_w(problem)
    found, steps = _ahead(problem, supply, (paid_w, fixed_w), [*present, *without_v2g(expected)]) if present else (None, ())
    if found is None:
        return None
    sun_w = float(found.mix.sun_w[0] + found.mix.fed_w[0]) if found.mix else 0.0
    free_w = max(0.0, paid_w + sun_w - fixed_w)
    means_w = steps[0].total_w if steps else fixed_w + float(found.total_w[0])
    charging = {one.id for one in problem.sessions if one.charging_since is not None}
    floors_w = sum(by_id[one.evse].min_a * by_id[one.evse].watts_per_amp for one in present if one.id in charging and one.stay.need_wh > 0)
    required_w = _required_w(problem, by_id)
    peak_w = found.peak_w if found.mix else fixed_w + found.peak_w
    return SiteCap(max(means_w, fixed_w + max(required_w, min(floors_w, free_w))), peak_w, steps)


def schedule_with_v2g(problem: Problem, supply: Supply, paid_w: float, expected: Sequence[ScheduledCar] = ()) -> tuple[ScheduleStep, ...]:
    """The hours ahead as they would be if cars that can give energy back did so; () if the program has no answer."""
    return _ahead(problem, supply, (paid_w, _fixed_w(problem)), [*present_cars(problem), *expected])[1]


def _fixed_w(problem: Problem) -> float:
    by_id = {evse.id: evse for evse in problem.evses}
    return sum(amps * by_id[evse].watts_per_amp for evse, amps in problem.counted_a.items() if evse in by_id)


def _ahead(
    problem: Problem, supply: Supply, paid_fixed_w: tuple[float, float], cars: Sequence[ScheduledCar]
) -> tuple[ProfitSchedule | None, tuple[ScheduleStep, ...]]:
    """The most profitable peak, and the schedule under it."""
    paid_w, fixed_w = paid_fixed_w
    stays = [one.stay for one in cars]
    edges = variable_edges(problem.now, stays, supply, timedelta(seconds=problem.step_s))
    if is_mixed(supply, stays):
        found = maximize_profit(stays, supply, paid_w, edges, DISCOUNT_PER_H, fixed_w)
        return found, schedule(problem, supply, cars, max(paid_w, found.peak_w)) if found else ()
    free_w = max(0.0, paid_w - fixed_w)
    found = maximize_profit(stays, replace(supply, most_w=max(0.0, supply.most_w - fixed_w)), free_w, edges, DISCOUNT_PER_H)
    if found is None:
        return None, ()
    return found, schedule(capped(problem, fixed_w + max(free_w, found.peak_w)), supply, cars)


def _required_w(problem: Problem, by_id: Mapping[str, EvseLimits]) -> float:
    """The power that promises need now, plus the floors of charging cars: no price breaks a promise. 0 without promises."""
    uncounted = [one for one in problem.sessions if one.evse not in problem.counted_a and one.evse in by_id]
    if not any(one.guarantee for one in uncounted):
        return 0.0
    return sum(_least_w(problem, one, by_id[one.evse]) for one in uncounted)


def _least_w(problem: Problem, session: PlanSession, evse: EvseLimits) -> float:
    required_w = session.guarantee.required_w(session.delivered_wh, problem.now) if session.guarantee else 0.0
    if not required_w:
        return evse.min_a * evse.watts_per_amp if session.charging_since is not None else 0.0
    return next((amps for amps in evse.pilots_a if amps * evse.watts_per_amp >= required_w - 1e-6), evse.max_a) * evse.watts_per_amp


def capped(problem: Problem, cap_w: float) -> Problem:
    """The problem with the cap as an additional limit, in whole watts.

    It is not rounded up further: what is drawn becomes the peak that the next cap may use, so each would allow a higher one.
    """
    limit_w = max(1.0, -((_TOLERANCE_W - cap_w) // 1))
    node = Node(CAP_NAME, limit_w=limit_w, evses=tuple(evse.id for evse in problem.evses))
    return replace(problem, limits=(*problem.limits, node))
