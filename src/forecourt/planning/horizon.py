"""Looking ahead: the linear program over the stays of the cars that are here says who should draw now, who can wait."""

from collections.abc import Sequence

import numpy as np

from forecourt.planning.linear import Floats
from forecourt.planning.model import Problem
from forecourt.planning.timeline import Ints, Precision, Timeline, most_worth
from forecourt.planning.wants import Want
from forecourt.planning.wiring import Grid

# Fine now, coarse later, in minutes; the last edge covers long stays.
_EDGES_MIN = np.array([0, 5, 15, 30, 60, 90, 120, 180, 240, 360, 480, 720, 1440, 4320], dtype=np.float64)
_ENOUGH = Precision(gap=1e-3, rounds=8)
FADE_H = 24.0
FIRST_SHARE = 0.3
FIRST_WORTH = 0.3
STICKY = 0.01
HUNGER = 0.05
TASTE = 0.06
PATIENCE = 0.4


def look_ahead(problem: Problem, grid: Grid, fixed_a: Floats, asked: Sequence[Want]) -> Floats | None:
    """(EVSEs,) currents for now, or None when there is no answer. Loads that cannot be steered are taken to stay."""
    cars = [want for want in asked if want.hungry and want.pilots_a]
    fixed = np.flatnonzero(fixed_a)
    line = _timeline(problem, grid, fixed_a, fixed, cars)
    if line is None:
        return fixed_a.copy()
    amps = most_worth(line, grid, _ENOUGH)
    if amps is None:
        return None
    currents = fixed_a.copy()
    now = line.when == 0
    for who, current in zip(line.who[now], amps[now], strict=True):
        if who < len(cars):
            currents[grid.index[cars[who].session.evse]] = current
    return currents


def _timeline(problem: Problem, grid: Grid, fixed_a: Floats, fixed: Ints, cars: Sequence[Want]) -> Timeline | None:
    if not cars:
        return None
    edges_s = _EDGES_MIN * 60 * problem.step_s / 300
    left_s = np.array([want.left_s for want in cars] + [edges_s[-1]] * len(fixed))
    inside = np.clip((left_s[:, None] - edges_s[:-1]) / np.diff(edges_s), 0.0, 1.0)
    inside[:, 0] = 1.0
    who, when = np.nonzero(inside > 1e-6)
    most_a = np.array([float(want.most_a) for want in cars] + [float(fixed_a[place]) for place in fixed])
    high_a = most_a[who] * inside[who, when]
    high_a = np.where(when == 0, np.array([float(want.cap_a) for want in cars] + [float(fixed_a[p]) for p in fixed])[who], high_a)
    floor_a = np.array([float(want.floor_a) if want.locked else 0.0 for want in cars] + [0.0] * len(fixed))
    low_a = np.where(when == 0, floor_a[who], 0.0)
    low_a = np.where(who >= len(cars), high_a, low_a)
    places = np.array([grid.index[want.session.evse] for want in cars] + list(fixed))
    watts = np.array([want.watts_per_amp for want in cars] + [0.0] * len(fixed))
    need = np.array([want.missing_wh for want in cars] + [0.0] * len(fixed))
    need = np.maximum(need, floor_a * watts * problem.step_s / 3600)
    first = np.clip(np.array([want.missing_wh - (1 - FIRST_SHARE) * want.need_wh for want in cars] + [0.0] * len(fixed)), 0.0, None)
    weight = np.array([want.session.weight for want in cars] + [0.0] * len(fixed))
    running = np.array([float(want.running) for want in cars] + [0.0] * len(fixed))
    share = np.array([want.missing_wh / want.need_wh for want in cars] + [0.0] * len(fixed))
    patience_s = [max(problem.policy.starved_after_s, PATIENCE * (want.waited_s + want.left_s)) for want in cars]
    waited = np.array([1.0 if w.running else w.waited_s / p for w, p in zip(cars, patience_s, strict=True)] + [0.0] * len(fixed))
    unserved = np.clip((share - 1 + TASTE) / TASTE, 0.0, 1.0) * np.where(waited >= 1, 1 + 0.1 * np.minimum(waited, 10), 0.0)
    fade = np.exp(-edges_s[:-1] / 3600 / FADE_H)
    return Timeline(
        periods=len(edges_s) - 1,
        who=who,
        when=when,
        low_a=low_a,
        high_a=high_a,
        amp_wh=watts[who] * np.diff(edges_s)[when] / 3600,
        worth=weight[who] * fade[when] * (1 + (STICKY * running + HUNGER * unserved)[who] * (when == 0)),
        group=grid.groups[places],
        need_wh=need,
        first_wh=first,
        first_worth=weight * FIRST_WORTH,
    )
