"""A shortcut: where at most one limit binds, the best distribution needs no program; the cars worth most are filled first."""

import numpy as np

from forecourt.planning.sockets import Floats
from forecourt.planning.wiring import TOLERANCE_A, Grid


def fill_greedily(grid: Grid, weights: Floats, low_a: Floats, high_a: Floats) -> Floats | None:
    """(EVSEs,) the currents worth most with low <= x <= high, if then all rows but one hold anyway; None = cannot tell.

    The optimum under one row is worth at least as much as the optimum under all; so if the other rows hold too, it is the answer.
    """
    if np.any(weights < 0):
        return None
    loads_a = grid.loads_a(high_a)
    over = np.flatnonzero(loads_a > grid.limits_a)
    if not over.size:
        return high_a.copy()
    row = int(over[np.argmax(loads_a[over] / np.maximum(grid.limits_a[over], TOLERANCE_A))])
    if not grid.straight[row]:
        return None
    currents = _one_row(np.abs(grid.columns[row])[grid.groups], float(grid.limits_a[row]), weights, low_a, high_a)
    if currents is None or np.any(grid.loads_a(currents) > grid.limits_a + TOLERANCE_A):
        return None
    return currents


def _one_row(per_amp: Floats, limit_a: float, weights: Floats, low_a: Floats, high_a: Floats) -> Floats | None:
    """None if the floors do not fit."""
    headroom_a = limit_a - float(per_amp @ low_a)
    if headroom_a < 0:
        return None
    order = np.flatnonzero((per_amp > 0) & (high_a > low_a))
    order = order[np.argsort(-weights[order] / per_amp[order], kind="stable")]
    spans = per_amp[order] * (high_a - low_a)[order]
    granted = np.clip(headroom_a - (np.cumsum(spans) - spans), 0.0, spans)
    currents = np.where(per_amp > 0, low_a, high_a)
    currents[order] += granted / per_amp[order]
    return currents
