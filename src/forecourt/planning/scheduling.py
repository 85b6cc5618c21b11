"""The hours ahead: who would draw how much when, if nobody else came, within every limit and at the lowest energy cost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from forecourt.planning.ceilings import most_in_cells_w
from forecourt.planning.hour_preferences import DISLIKED, mean_between, preferences_of
from forecourt.planning.model import EvseLimits, PlanSession, Problem
from forecourt.planning.power_mix import TIE, Cells, PowerMix, PowerMixModel, add_v2g_batteries, is_mixed, shortage_cost, v2g_power_w
from forecourt.planning.profiles import Profile
from forecourt.planning.profit_schedule import DISCOUNT_PER_H, variable_edges
from forecourt.planning.sockets import Floats, Ints
from forecourt.planning.supply import Stay, Supply
from forecourt.planning.timeline import Precision, Timeline, TimelineModel, maximize_worth
from forecourt.planning.wiring import Grid, compile_grid

_ENOUGH = Precision(gap=1e-3, later_gap=3e-3, rounds=8)
_OVERSTAY = timedelta(minutes=15)
_NEVER = 1e12
_SHARED = 1e-3  # of what a kWh earns: a small reward for sharing, so that no car goes without where it makes no difference


@dataclass(frozen=True, slots=True)
class ScheduledCar:
    """A car at an EVSE, here or booked: who, where, and its stay from now on."""

    id: str
    evse: str
    stay: Stay


@dataclass(frozen=True, slots=True)
class StepMix:
    """Mean watts of a step. sun_w: used; fed_w: surplus. storage_w: negative while discharging. level_wh: at the end of the step."""

    grid_w: float
    sun_w: float
    fed_w: float
    storage_w: float
    level_wh: float


@dataclass(frozen=True, slots=True)
class ScheduleStep:
    """Mean watts from start to end: in total (including loads that cannot be steered), and per car; negative is given back.

    mix: the sources, if not all from the grid.
    """

    start: datetime
    end: datetime
    total_w: float
    watts: tuple[tuple[str, float], ...] = ()
    mix: StepMix | None = None


def present_cars(problem: Problem) -> list[ScheduledCar]:
    """The cars that a plan can steer, with what they still need."""
    by_id = {evse.id: evse for evse in problem.evses}
    cars = [one for one in problem.sessions if one.evse in by_id and one.evse not in problem.counted_a]
    return [ScheduledCar(one.id, one.evse, _stay(problem, one, by_id[one.evse])) for one in cars]


def _stay(problem: Problem, session: PlanSession, evse: EvseLimits) -> Stay:
    need_wh = problem.policy.default_need_wh if session.need_wh is None else session.need_wh
    most_a = min(evse.max_a, session.max_a if session.max_a is not None else evse.max_a)
    step = timedelta(seconds=problem.step_s)
    until = session.departure or session.arrival + timedelta(seconds=problem.policy.default_stay_s)
    # A car past its stated end counts as staying for another quarter of an hour.
    end = max(until, problem.now + step) if until > problem.now else problem.now + max(step, _OVERSTAY)
    missing_wh = max(0.0, need_wh - session.delivered_wh)
    stay = Stay(problem.now, end, missing_wh, most_a * evse.watts_per_amp, v2g=session.v2g, hour_costs=session.hour_costs)
    return replace(stay, profile=session.profile)


def allowed_wh(allowance: Profile, edges: Sequence[datetime]) -> Floats:
    """(periods,) the energy allowed between these edges, which include all changes of the allowance; inf where it sets no limit."""
    found = [allowance.least_w(start, end) * (end - start).total_seconds() / 3600 for start, end in pairwise(edges)]
    return np.array(found, dtype=np.float64)


def without_v2g(cars: Sequence[ScheduledCar]) -> list[ScheduledCar]:
    """The cars as orders can steer them: orders are limits from 0 A up, so none makes a car give back."""
    return [replace(one, stay=replace(one.stay, v2g=None)) if one.stay.v2g else one for one in cars]


def schedule(problem: Problem, supply: Supply, cars: Sequence[ScheduledCar], grid_w: float = 1e9) -> tuple[ScheduleStep, ...]:
    """Mean currents that hold every limit of the problem; () if no car is there or the program has no answer.

    A program over the stays as far as they are known: it reserves nothing for unannounced cars and ignores floors.
    grid_w: the most that the grid gives, if power comes from elsewhere too.
    """
    by_id = {evse.id: evse for evse in problem.evses}
    cars = [one for one in cars if one.evse in by_id and one.stay.end > one.stay.start]
    if not cars:
        return ()
    stays = [one.stay for one in cars]
    edges = variable_edges(problem.now, stays, supply, timedelta(seconds=problem.step_s))
    if problem.allowance is not None:
        edges = sorted({*edges, *(one.start for one in problem.allowance.steps if edges[1] < one.start < edges[-1])})
    wired = compile_grid(problem.limits, problem.evses, worst_case=False)
    fixed = {evse: amps for evse, amps in problem.counted_a.items() if evse in by_id and amps > 0}
    watts = np.array([by_id[one.evse].watts_per_amp for one in cars] + [by_id[evse].watts_per_amp for evse in fixed])
    groups = np.array([wired.groups[wired.index[evse]] for evse in (*(one.evse for one in cars), *fixed)])
    line = _timeline(edges, stays, list(fixed.values()), watts, supply, groups)
    if problem.allowance is not None:
        line = replace(line, most_wh=allowed_wh(problem.allowance, edges))
    mixture = PowerMixModel(supply, edges, np.ones(line.periods)) if is_mixed(supply, stays) else None
    found = _mixed(line, wired, watts, stays, supply, (mixture, grid_w)) if mixture else (maximize_worth(line, wired, _ENOUGH), None)
    amps, mix = found
    if amps is None:
        return ()
    powers = np.zeros((len(watts), line.periods))
    np.add.at(powers, (line.who, line.when), amps * watts[line.who])
    mixes = [None] * line.periods if mix is None else _step_mixes(mix)
    steps = [
        ScheduleStep(start, end, float(column.sum()), _shares(cars, column), one)
        for start, end, column, one in zip(edges, edges[1:], powers.T, mixes, strict=False)
    ]
    return _merge_equal_steps(steps)


def _shares(cars: Sequence[ScheduledCar], powers: Floats) -> tuple[tuple[str, float], ...]:
    return tuple((one.id, float(power)) for one, power in zip(cars, powers, strict=False) if abs(power) > 1)


def _step_mixes(mix: PowerMix) -> list[StepMix | None]:
    columns = zip(mix.grid_w, mix.sun_w, mix.fed_w, mix.storage_w, mix.level_wh, strict=True)
    return [StepMix(*map(float, column)) for column in columns]


def _mixed(
    line: Timeline, wired: Grid, watts: Floats, stays: Sequence[Stay], supply: Supply, feeds: tuple[PowerMixModel, float]
) -> tuple[Floats | None, PowerMix | None]:
    mixture, grid_w = feeds
    cells = Cells(np.arange(len(line.who)), line.who, line.when, watts[line.who] / 1000)
    table = TimelineModel(line, wired, _ENOUGH)
    # Slightly above what the first program found: that one ignores the wiring and rounds differently.
    table.extend(lambda highs: mixture.add(highs, cells, 0.0, grid_w / 1000 * (1 + 1e-6) + 1e-3))
    table.extend(lambda highs: add_v2g_batteries(highs, stays, cells, mixture.hours, shortage_cost(supply, stays, mixture.hours)))
    amps = table.solve(line)
    return amps, None if amps is None else mixture.read(table.values)


def _merge_equal_steps(steps: Sequence[ScheduleStep]) -> tuple[ScheduleStep, ...]:
    """Merge equal neighbours, and drop idle steps after the last car."""
    merged: list[ScheduleStep] = []
    for step in steps:
        before = merged[-1] if merged and step.mix is None else None
        if before and [(who, round(watts)) for who, watts in before.watts] == [(who, round(watts)) for who, watts in step.watts]:
            merged[-1] = replace(before, end=step.end)
        else:
            merged.append(step)
    while len(merged) > 1 and not merged[-1].watts and merged[-1].mix is None:
        merged.pop()
    return tuple(merged)


def _timeline(
    edges: Sequence[datetime], stays: Sequence[Stay], fixed_a: Sequence[float], watts: Floats, supply: Supply, groups: Ints
) -> Timeline:
    """A cell for each car in each period that lies wholly within its stay, one for each fixed load in every period, then for each
    car that gives back one per period for that."""
    times = np.array([edge.timestamp() for edge in edges])
    periods, people, loads = len(edges) - 1, len(stays), len(fixed_a)
    first = np.searchsorted(times, [stay.start.timestamp() for stay in stays])
    after = np.maximum(np.searchsorted(times, [stay.end.timestamp() for stay in stays], side="right") - 1, first)
    spans = [np.arange(a, b) for a, b in zip(first, after, strict=True)] + [np.arange(periods)] * loads
    givers = [n for n, stay in enumerate(stays) if stay.v2g]
    spans += [spans[n] for n in givers]
    who, when = np.repeat([*range(people + loads), *givers], [len(span) for span in spans]), np.concatenate(spans)
    hours = np.diff(times) / 3600
    price = np.array([supply.per_kwh(edge) for edge in edges[:-1]])
    is_load = who >= people
    most_a = most_in_cells_w(stays, np.minimum(who, people - 1), when, edges) / watts[who]
    held_a = np.array([0.0] * people + list(fixed_a))
    takes = np.array([stay.v2g is None for stay in stays] + [False] * loads)
    need_wh = np.array([stay.need_wh for stay in stays] + [_NEVER] * loads)
    line = Timeline(
        periods=periods,
        who=who,
        when=when,
        low_a=held_a[who],
        high_a=np.where(is_load, held_a[who], most_a),
        amp_wh=watts[who] * hours[when],
        worth=np.where(is_load, 0.0, _worth(stays, supply, price, times)[np.minimum(who, people - 1), when]),
        group=groups,
        need_wh=need_wh,
        first_wh=np.where(takes, need_wh / 2, 0.0),
        first_worth=np.where(takes, _SHARED * supply.earns_per_kwh, 0.0),
    )
    return _giving(line, stays, watts) if givers else line


def _worth(stays: Sequence[Stay], supply: Supply, price: Floats, times: Floats) -> Floats:
    """(stays, P) the worth of a kWh, slightly more if sooner. With a mixture, the price is not deducted (where it exceeds the income, only
    the sun can serve the car, and all of it fades); energy that could be regained by giving back is worth the same at all hours."""
    margin = np.tile(supply.earns_per_kwh - price, (len(stays), 1))
    faded = np.tile(np.exp(-DISCOUNT_PER_H * (times[:-1] - times[0]) / 3600), (len(stays), 1))
    faded *= _liked(stays, times)
    if not is_mixed(supply, stays):
        return np.asarray(margin * faded)
    gives = np.array([stay.v2g is not None for stay in stays], dtype=np.bool_)
    sooner = np.where(margin > 0, margin * faded + price, supply.earns_per_kwh * faded)
    return np.where(gives[:, None], supply.earns_per_kwh, sooner)


def _liked(stays: Sequence[Stay], times: Floats) -> Floats:
    """(stays, P) the relative worth of energy to a driver who prefers some hours; 1 for all others."""
    liked = np.ones((len(stays), len(times) - 1))
    for n, stay in enumerate(stays):
        if stay.hour_costs:
            starts_s, preference = preferences_of(stay.hour_costs, stay.start, (stay.end - stay.start).total_seconds())
            edges_s = times - stay.start.timestamp()
            liked[n] = 1 - DISLIKED * (1 - mean_between(np.array([starts_s]), np.array([preference]), edges_s)[0])
    return liked


def _giving(line: Timeline, stays: Sequence[Stay], watts: Floats) -> Timeline:
    """Let the last cells (giving back) go below 0 A, at their cost per kWh."""
    count = len(line.who) - sum(int((line.who == n).sum()) // 2 for n, stay in enumerate(stays) if stay.v2g)
    back = np.arange(len(line.who)) >= count
    who = line.who[back]
    low, high, worth = line.low_a.copy(), line.high_a.copy(), line.worth.copy()
    low[back] = -np.array([v2g_power_w(stay) for stay in stays])[who] / watts[who]
    high[back] = 0.0
    worth[back] += np.array([stay.v2g.per_kwh if stay.v2g else 0.0 for stay in stays])[who] + TIE
    return replace(line, low_a=low, high_a=high, worth=worth)
