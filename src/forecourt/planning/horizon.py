"""Looking ahead: the linear program over the stays of the cars that are here says who should draw now, who can wait."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecourt.planning.linear import Floats
from forecourt.planning.model import Problem
from forecourt.planning.timeline import Precision, Timeline, most_worth
from forecourt.planning.wants import Want
from forecourt.planning.wiring import Grid

# Fine now, coarse later, in minutes; the last edge covers long stays.
_EDGES_MIN = np.array([0, 5, 15, 30, 60, 90, 120, 180, 240, 360, 480, 720, 1440, 4320], dtype=np.float64)
_MOST_CARS = 200  # beyond, the one-step program alone keeps a plan within milliseconds
_ENOUGH = Precision(gap=1e-3, rounds=8)

# Tuned on recorded days against the bound; see docs/planning.md. All are shares of one watt hour's worth.
FADE_H = 72.0  # energy sooner is worth a little more: more cars will come
FIRST_SHARE = 0.3  # the first part of each need ...
FIRST_WORTH = 0.3  # ... is worth this much more, now or later
STICKY = 0.03  # amps a car has already are worth more than amps moved to it for nothing
TASTE = 0.06  # a car that has had less than this part of its need ...
PATIENCE = 0.4  # ... for this part of its stay ...
HUNGER = 0.035  # ... is worth this much more now
URGENT = 0.3  # energy now for a car with no time to spare is worth half of this more: who comes next may take its later turn ...
URGENT_H = 2.0  # ... and ever less with more hours to spare


@dataclass(frozen=True, slots=True)
class _Load:
    """A car, or a load that cannot be steered (worth nothing, the same amps in every period)."""

    place: int
    left_s: float
    low_a: float
    high_a: float
    later_a: float
    watts: float = 0.0
    need_wh: float = 0.0
    first_wh: float = 0.0
    kept_a: float = 0.0
    weight: float = 0.0
    now_worth: float = 1.0


def look_ahead(problem: Problem, grid: Grid, fixed_a: Floats, asked: Sequence[Want]) -> Floats | None:
    """(EVSEs,) currents for now, or None when there is no answer. Loads that cannot be steered are taken to stay."""
    cars = [_car(want, problem, grid) for want in asked if want.hungry and want.pilots_a]
    if not cars:
        return fixed_a.copy()
    if len(cars) > _MOST_CARS:
        return None
    edges_s = _EDGES_MIN * 60 * problem.step_s / 300
    others = [_Load(int(place), edges_s[-1], fixed_a[place], fixed_a[place], fixed_a[place]) for place in np.flatnonzero(fixed_a)]
    loads = cars + others
    line = _timeline(loads, grid, edges_s)
    amps = most_worth(line, grid, _ENOUGH)
    if amps is None:
        return None
    currents = np.zeros(len(fixed_a))
    now = line.when == 0
    for who, current in zip(line.who[now], amps[now], strict=True):
        currents[loads[who].place] += current
    return currents


def _car(want: Want, problem: Problem, grid: Grid) -> _Load:
    floor_a = want.floor_a if want.locked else 0
    share = want.missing_wh / want.need_wh
    return _Load(
        place=grid.index[want.session.evse],
        left_s=want.left_s,
        low_a=floor_a,
        high_a=want.cap_a,
        later_a=want.most_a,
        watts=want.watts_per_amp,
        # A locked floor may be more than the need: the car then stops by itself.
        need_wh=max(want.missing_wh, floor_a * want.watts_per_amp * problem.step_s / 3600),
        first_wh=max(0.0, want.missing_wh - (1 - FIRST_SHARE) * want.need_wh),
        kept_a=min(want.cap_a, problem.previous.get(want.session.evse, want.floor_a)) if want.running else 0.0,
        weight=want.session.weight,
        now_worth=1 + HUNGER * problem.policy.fairness * _hunger(want, share, problem.policy.starved_after_s) + URGENT * _urgency(want),
    )


def _urgency(want: Want) -> float:
    """Half for a car with no time to spare (or too little), towards 0 with more."""
    laxity_h = want.left_s / 3600 - want.missing_wh / max(want.most_a * want.watts_per_amp, 1.0)
    return 1 / (1 + math.exp(min(max(laxity_h, 0.0) / URGENT_H, 40.0)))


def _hunger(want: Want, share: float, starved_after_s: float) -> float:
    """0 to 2: nothing had so far, and how much of its patience is used up; a car in its turn keeps it until it has had a taste."""
    empty = max(0.0, (share - 1 + TASTE) / TASTE)
    patience_s = max(starved_after_s, PATIENCE * (want.waited_s + want.left_s))
    waited = 1.0 if want.running else want.waited_s / max(patience_s, 1.0)
    return empty * (1 + 0.1 * min(waited, 10.0)) if waited >= 1 else 0.0


def _timeline(loads: Sequence[_Load], grid: Grid, edges_s: Floats) -> Timeline:
    def of(name: str) -> Floats:
        return np.array([getattr(load, name) for load in loads], dtype=np.float64)

    spans_s = np.diff(edges_s)
    inside = np.clip((of("left_s")[:, None] - edges_s[:-1]) / spans_s, 0.0, 1.0)
    inside[:, 0] = 1.0
    who, when = np.nonzero(inside > 1e-6)
    # The present has two cells for each load: the amps it has already, and more.
    who, when = np.append(who, np.arange(len(loads))), np.append(when, np.zeros(len(loads), np.int64))
    more = np.arange(len(who)) >= len(who) - len(loads)
    now, weight, kept_a = when == 0, of("weight"), of("kept_a")
    low_a = np.where(more, np.maximum(of("low_a") - kept_a, 0.0)[who], np.minimum(of("low_a"), kept_a)[who])
    high_a = np.where(more, (of("high_a") - kept_a)[who], kept_a[who])
    others, fade = weight[who] == 0, np.exp(-edges_s[:-1] / 3600 / FADE_H)
    return Timeline(
        periods=len(spans_s),
        who=who,
        when=when,
        low_a=np.where(now, low_a, np.where(others, of("low_a")[who], 0.0)),
        high_a=np.where(now, high_a, of("later_a")[who] * inside[who, when]),
        amp_wh=of("watts")[who] * spans_s[when] / 3600,
        worth=weight[who] * fade[when] * np.where(now, of("now_worth")[who] + STICKY * ~more, 1.0),
        group=grid.groups[of("place").astype(np.int64)],
        need_wh=of("need_wh"),
        first_wh=of("first_wh"),
        first_worth=weight * FIRST_WORTH,
    )
