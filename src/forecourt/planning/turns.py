"""Who has a place when the floors of all do not fit: locked turns, forced cuts, and rotation."""

from dataclasses import replace

import numpy as np

from forecourt.planning.sockets import Floats
from forecourt.planning.wants import Wants
from forecourt.planning.wiring import TOLERANCE_A, Grid


def make_room(grid: Grid, fixed_a: Floats, asked: Wants) -> Wants:
    """Locks only what fits. Where the limits force a cut, those keep their places who were paused before, then the most urgent."""
    kept_a = fixed_a.copy()
    kept_a[asked.places] = asked.least_a
    if grid.holds(kept_a):
        return asked
    kept_a[asked.places] = 0.0
    sums, locked = grid.sums(kept_a), asked.locked.copy()
    order = np.lexsort((-asked.weight, -asked.pauses))
    for car in order[asked.locked[order]].tolist():
        more = sums + grid.columns[:, grid.groups[asked.places[car]]] * asked.floor_a[car]
        locked[car] = np.all(np.abs(more) <= grid.limits_a + TOLERANCE_A)
        if locked[car]:
            sums = more
    return replace(asked, locked=locked)
