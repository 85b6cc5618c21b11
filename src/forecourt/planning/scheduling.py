"""The hours ahead: who would draw how much when, if nobody else came, within every limit and where energy costs least."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from forecourt.planning.model import EvseLimits, PlanSession, Problem
from forecourt.planning.sockets import Floats, Ints
from forecourt.planning.spending import FADE_PER_H, variable_edges
from forecourt.planning.supply import Stay, Supply
from forecourt.planning.timeline import Precision, Timeline, most_worth
from forecourt.planning.wiring import grid

_ENOUGH = Precision(gap=1e-3, later_gap=3e-3, rounds=8)
_OVERSTAY = timedelta(minutes=15)
_NEVER = 1e12


@dataclass(frozen=True, slots=True)
class Coming:
    """A car at an EVSE, here or booked: who, where, and its stay from now on."""

    id: str
    evse: str
    stay: Stay


@dataclass(frozen=True, slots=True)
class ScheduleStep:
    """Mean watts from start to end: in all (loads that cannot be steered included), and by who."""

    start: datetime
    end: datetime
    total_w: float
    watts: tuple[tuple[str, float], ...] = ()


def present(problem: Problem) -> list[Coming]:
    """The cars that a plan can steer, with what they still need."""
    by_id = {evse.id: evse for evse in problem.evses}
    cars = [one for one in problem.sessions if one.evse in by_id and one.evse not in problem.counted_a]
    return [Coming(one.id, one.evse, _stay(problem, one, by_id[one.evse])) for one in cars]


def _stay(problem: Problem, session: PlanSession, evse: EvseLimits) -> Stay:
    need_wh = problem.policy.default_need_wh if session.need_wh is None else session.need_wh
    most_a = min(evse.max_a, session.max_a if session.max_a is not None else evse.max_a)
    step = timedelta(seconds=problem.step_s)
    until = session.departure or session.arrival + timedelta(seconds=problem.policy.default_stay_s)
    # Who stays past the stated end is still here, as if for another quarter of an hour.
    end = max(until, problem.now + step) if until > problem.now else problem.now + max(step, _OVERSTAY)
    return Stay(problem.now, end, max(0.0, need_wh - session.delivered_wh), most_a * evse.watts_per_amp)


def schedule(problem: Problem, supply: Supply, cars: Sequence[Coming]) -> tuple[ScheduleStep, ...]:
    """Means of currents that hold every limit of the problem; () when nobody is there or the program has no answer.

    A program over the stays as they are known: it promises nothing to cars that nobody has announced, and knows no floors.
    """
    by_id = {evse.id: evse for evse in problem.evses}
    cars = [one for one in cars if one.evse in by_id and one.stay.end > one.stay.start]
    if not cars:
        return ()
    edges = variable_edges(problem.now, [one.stay for one in cars], supply, timedelta(seconds=problem.step_s))
    wired = grid(problem.limits, problem.evses, worst_case=False)
    fixed = {evse: amps for evse, amps in problem.counted_a.items() if evse in by_id and amps > 0}
    watts = np.array([by_id[one.evse].watts_per_amp for one in cars] + [by_id[evse].watts_per_amp for evse in fixed])
    groups = np.array([wired.groups[wired.index[evse]] for evse in (*(one.evse for one in cars), *fixed)])
    line = _timeline(edges, [one.stay for one in cars], list(fixed.values()), watts, supply, groups)
    amps = most_worth(line, wired, _ENOUGH)
    if amps is None:
        return ()
    powers = np.zeros((len(watts), line.periods))
    powers[line.who, line.when] = amps * watts[line.who]
    steps = [
        ScheduleStep(
            start, end, float(column.sum()), tuple((one.id, float(power)) for one, power in zip(cars, column, strict=False) if power > 1)
        )
        for start, end, column in zip(edges, edges[1:], powers.T, strict=False)
    ]
    return _told_once(steps)


def _told_once(steps: Sequence[ScheduleStep]) -> tuple[ScheduleStep, ...]:
    """Equal neighbours as one; nothing said of the time after the last car."""
    kept: list[ScheduleStep] = []
    for step in steps:
        before = kept[-1] if kept else None
        if before and [(who, round(watts)) for who, watts in before.watts] == [(who, round(watts)) for who, watts in step.watts]:
            kept[-1] = replace(before, end=step.end)
        else:
            kept.append(step)
    while len(kept) > 1 and not kept[-1].watts:
        kept.pop()
    return tuple(kept)


def _timeline(
    edges: Sequence[datetime], stays: Sequence[Stay], fixed_a: Sequence[float], watts: Floats, supply: Supply, groups: Ints
) -> Timeline:
    """A cell for each car in each period that lies wholly within its stay, and one for each fixed load in every period."""
    times = np.array([edge.timestamp() for edge in edges])
    periods, people, loads = len(edges) - 1, len(stays), len(fixed_a)
    first = np.searchsorted(times, [stay.start.timestamp() for stay in stays])
    after = np.maximum(np.searchsorted(times, [stay.end.timestamp() for stay in stays], side="right") - 1, first)
    spans = [np.arange(a, b) for a, b in zip(first, after, strict=True)] + [np.arange(periods)] * loads
    who, when = np.repeat(np.arange(people + loads), [len(span) for span in spans]), np.concatenate(spans)
    hours = np.diff(times) / 3600
    worth = np.array([supply.earns_per_kwh - supply.per_kwh(edge) for edge in edges[:-1]])
    worth *= np.exp(-FADE_PER_H * (times[:-1] - times[0]) / 3600)
    is_load = who >= people
    most_a = np.array([stay.most_w for stay in stays] + [0.0] * loads) / watts
    held_a = np.array([0.0] * people + list(fixed_a))
    nothing = np.zeros(people + loads)
    return Timeline(
        periods=periods,
        who=who,
        when=when,
        low_a=held_a[who],
        high_a=np.where(is_load, held_a[who], most_a[who]),
        amp_wh=watts[who] * hours[when],
        worth=np.where(is_load, 0.0, worth[when]),
        group=groups,
        need_wh=np.array([stay.need_wh for stay in stays] + [_NEVER] * loads),
        first_wh=nothing,
        first_worth=nothing,
    )
