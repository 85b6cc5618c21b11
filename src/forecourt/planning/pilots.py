"""From continuous currents to pilots a charger can be told: rounded down, then refilled with exact checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forecourt.planning.linear import Floats
from forecourt.planning.wants import Want
from forecourt.planning.wiring import TOLERANCE_A, Grid


@dataclass(frozen=True, slots=True)
class Share:
    """amps by EVSE; held_by: for each EVSE below its cap, the row that keeps it there."""

    wants: tuple[Want, ...]
    amps: Mapping[str, int]
    held_by: Mapping[str, str]


def deliverable(grid: Grid, fixed_a: Floats, asked: Sequence[Want], currents_a: Floats | None) -> Share:
    """Pilots that hold every row. currents_a None: no solver's advice, floors first and then the most urgent."""
    currents = fixed_a.copy()
    for want in asked:
        place = grid.index[want.session.evse]
        target = 0.0 if currents_a is None else currents_a[place] + TOLERANCE_A
        floor = want.floor_a if want.locked else 0
        currents[place] = max((pilot for pilot in want.pilots_a if pilot <= target), default=floor)
    if not grid.holds(currents):  # the LP holds its rows to 1e-5; a whole-amp vector may sit exactly there
        for want in asked:
            currents[grid.index[want.session.evse]] = want.floor_a if want.locked else 0
    held = _refill(grid, currents, asked, currents_a)
    amps = {want.session.evse: round(currents[grid.index[want.session.evse]]) for want in asked}
    return Share(tuple(asked), amps, held)


def _refill(grid: Grid, currents: Floats, asked: Sequence[Want], currents_a: Floats | None) -> dict[str, str]:
    """Give what rounding left over: first floors of running cars, then what the LP had meant, then by weight."""

    def rank(want: Want) -> tuple[bool, bool, float, float]:
        place = grid.index[want.session.evse]
        cut_off = want.running and want.hungry and currents[place] == 0
        meant = 0.0 if currents_a is None else max(0.0, float(currents_a[place] - currents[place]))
        return (not cut_off, not want.hungry, -meant, -want.weight)

    sums = grid.phasors @ currents
    held: dict[str, str] = {}
    for want in sorted(asked, key=rank):
        place = grid.index[want.session.evse]
        have = round(currents[place])
        more = [pilot for pilot in want.pilots_a if pilot > have]
        if not more:
            continue
        group = int(grid.groups[place])
        room = grid.room_a(sums, group)
        tightest = int(np.argmin(room)) if room.size else -1
        most = float(room[tightest]) if room.size else np.inf
        fits = [pilot for pilot in more if pilot - have <= most + TOLERANCE_A]
        if fits:
            currents[place] = fits[-1]
            sums = sums + grid.columns[:, group] * (fits[-1] - have)
        if len(fits) < len(more):
            held[want.session.evse] = grid.names[tightest]
    return held
