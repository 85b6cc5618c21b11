"""Who has a place when the floors of all do not fit: locked turns, forced cuts, and rotation."""

from dataclasses import replace

import numpy as np

from forecourt.planning.sockets import Floats, Sockets
from forecourt.planning.wants import Wants
from forecourt.planning.wiring import TOLERANCE_A, Grid


def make_room(grid: Grid, sockets: Sockets, fixed_a: Floats, asked: Wants) -> Wants:
    """Locks only what fits, and for a car that would leave with nothing the floor it can still have.

    Where that needs a cut, promises are kept first, each in turn as far as there is room; then those keep their places whose turn
    may not end at all; then come those at their last chance; then turns that have lasted a while. Among them those who were paused
    before, then the most urgent.
    """
    due = asked.locked | asked.last
    if not due.any():
        return asked
    kept_a = fixed_a.copy()
    kept_a[asked.places] = np.where(due, asked.floor_a, 0)
    if grid.holds(kept_a):
        return replace(asked, locked=due)
    kept_a[asked.places] = 0.0
    sums, locked = grid.sums(kept_a), due.copy()
    rank = np.where(asked.promised, -1, np.where(asked.last, 1, np.where(asked.brief, 2, 0)))
    floor_a = asked.floor_a.copy()
    order = np.lexsort((-asked.weight, -asked.pauses, rank))
    for car in order[due[order]].tolist():
        group, place = int(grid.groups[asked.places[car]]), asked.places[car : car + 1]
        if asked.promised[car]:
            room_a = np.array([min(grid.room_a(sums, group) + TOLERANCE_A, float(floor_a[car]))])
            floor_a[car] = int(sockets.at_most(place, room_a)[0]) or int(sockets.floor_a[place][0])
        more = sums + grid.columns[:, group] * floor_a[car]
        locked[car] = np.all(np.abs(more) <= grid.limits_a + TOLERANCE_A)
        if locked[car]:
            sums = more
    return replace(asked, locked=locked, floor_a=floor_a)
