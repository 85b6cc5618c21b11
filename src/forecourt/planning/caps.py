"""What a site may draw in all, period by period, so that its energy costs least: the horizon program sets it, the step fills it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from forecourt.planning.model import EvseLimits, Node, PlanSession, Problem
from forecourt.planning.spending import FADE_PER_H, spend, variable_edges
from forecourt.planning.supply import Stay, Supply

CAP_NAME = "energy costs"
_OVERSTAY = timedelta(minutes=15)
_GRAIN_W = 100.0  # a cap that moves by less is no news to the planner


@dataclass(frozen=True, slots=True)
class CapStep:
    """From `start` on the site means to draw this much in all; sessions: watts by session id."""

    start: datetime
    cap_w: float
    sessions: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class SiteCap:
    """now_w: the most the site should draw in this step. steps: its schedule over the hours. peak_w: the highest it means to draw."""

    now_w: float
    steps: tuple[CapStep, ...]
    peak_w: float


def site_cap(problem: Problem, supply: Supply, paid_w: float) -> SiteCap | None:
    """The cap for now and the schedule; None when nobody is there or the program has no answer (then nothing caps but the limits).

    paid_w: the peak that costs nothing more: what the month has had, or what is forecast for it. Loads that cannot be steered,
    and the floors of cars that are charging (they may not be switched off for a price), always fit under the cap as far as
    the paid peak reaches.
    """
    by_id = {evse.id: evse for evse in problem.evses}
    cars = [session for session in problem.sessions if session.evse in by_id and session.evse not in problem.counted_a]
    stays = [_stay(problem, session, by_id[session.evse]) for session in cars]
    fixed_w = sum(amps * by_id[evse].watts_per_amp for evse, amps in problem.counted_a.items() if evse in by_id)
    left = replace(supply, most_w=max(0.0, supply.most_w - fixed_w))
    step = timedelta(seconds=problem.step_s)
    free_w = max(0.0, paid_w - fixed_w)
    found = spend(stays, left, free_w, variable_edges(problem.now, stays, supply, step), FADE_PER_H) if stays else None
    if found is None or not len(found.total_w):
        return None
    floors_w = sum(_floor_w(session, stay, by_id[session.evse]) for session, stay in zip(cars, stays, strict=True))
    now_w = max(float(found.total_w[0]), min(floors_w, free_w))
    steps = tuple(
        CapStep(
            start,
            fixed_w + float(total),
            tuple((car.id, float(watts)) for car, watts in zip(cars, column, strict=True) if watts > 1),
        )
        for start, total, column in zip(found.edges, found.total_w, found.powers_w.T, strict=False)
    )
    return SiteCap(fixed_w + now_w, steps, fixed_w + found.peak_w)


def capped(problem: Problem, cap_w: float) -> Problem:
    """The problem with the cap as one more limit, in whole grains."""
    grains = max(1, -int(-cap_w // _GRAIN_W))
    node = Node(CAP_NAME, limit_w=grains * _GRAIN_W, evses=tuple(evse.id for evse in problem.evses))
    return replace(problem, limits=(*problem.limits, node))


def _stay(problem: Problem, session: PlanSession, evse: EvseLimits) -> Stay:
    need_wh = problem.policy.default_need_wh if session.need_wh is None else session.need_wh
    most_a = min(evse.max_a, session.max_a if session.max_a is not None else evse.max_a)
    step = timedelta(seconds=problem.step_s)
    until = session.departure or session.arrival + timedelta(seconds=problem.policy.default_stay_s)
    # Who stays past the stated end is still here, as if for another quarter of an hour.
    end = max(until, problem.now + step) if until > problem.now else problem.now + max(step, _OVERSTAY)
    return Stay(problem.now, end, max(0.0, need_wh - session.delivered_wh), most_a * evse.watts_per_amp)


def _floor_w(session: PlanSession, stay: Stay, evse: EvseLimits) -> float:
    return evse.min_a * evse.watts_per_amp if session.charging_since is not None and stay.need_wh > 0 else 0.0
