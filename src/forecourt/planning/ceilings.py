"""The ceilings that profiles set for cars, as arrays: now, until they leave, and in each period of a program."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import inf
from typing import NamedTuple

import numpy as np

from forecourt.planning.model import PlanSession
from forecourt.planning.profiles import ORDER_LEAD
from forecourt.planning.sockets import Floats, Ints
from forecourt.planning.supply import Stay

_EVER = 1e12


class Ceilings(NamedTuple):
    """starts_s, most_a: (cars, n) the starts of stretches in seconds from now, the first at 0, and the ceiling in each; n = 1 if nobody
    has a profile. now_a, mean_max_a: (cars,) the most each can have, given cable and socket: now, and on average until it leaves."""

    starts_s: Floats
    most_a: Floats
    now_a: Floats
    mean_max_a: Floats


def ceilings_of(sessions: Sequence[PlanSession], now: datetime, watts_per_amp: Floats, most_a: Floats, left_s: Floats) -> Ceilings:
    """most_a: (cars,) what cable and socket can carry."""
    if not any(one.profile for one in sessions):
        return Ceilings(np.zeros((len(sessions), 1)), np.full((len(sessions), 1), inf), most_a, most_a)
    end = now + max(timedelta(seconds=float(left_s.max())), timedelta(days=7))
    found = [one.profile.in_force(now, end) if one.profile else () for one in sessions]
    shape = (len(found), max(map(len, found)))
    starts_s, ceiling_a = np.full(shape, _EVER), np.full(shape, inf)
    starts_s[:, 0] = 0.0
    for car, steps in enumerate(found):
        starts_s[car, : len(steps)] = [(step.start - now).total_seconds() for step in steps]
        ceiling_a[car, : len(steps)] = [step.watts / watts_per_amp[car] for step in steps]
    soon_a = np.where(starts_s < ORDER_LEAD.total_seconds(), ceiling_a, inf).min(axis=1)
    ends_s = np.concatenate([starts_s[:, 1:], np.full((len(found), 1), inf)], axis=1)
    lasts_s = np.maximum(np.minimum(ends_s, left_s[:, None]) - starts_s, 0.0)
    mean_a = (np.minimum(ceiling_a, most_a[:, None]) * lasts_s).sum(axis=1) / left_s
    return Ceilings(starts_s, ceiling_a, np.minimum(most_a, soon_a), mean_a)


def most_in_cells_w(stays: Sequence[Stay], stay_index: Ints, period_index: Ints, edges: Sequence[datetime]) -> Floats:
    """(N,) the most each cell's stay can have in its period: its full power, or the mean its profile allows in that period."""
    most_w = np.array([stay.most_w for stay in stays], dtype=np.float64)[stay_index]
    for index, stay in enumerate(stays):
        if stay.profile is not None:
            cells = np.flatnonzero(stay_index == index)
            most_w[cells] = [stay.profile.mean_w(stay.most_w, edges[period], edges[period + 1]) for period in period_index[cells].tolist()]
    return most_w
