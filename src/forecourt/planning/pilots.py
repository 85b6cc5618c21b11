"""From continuous currents to pilots a charger can be told: rounded down, then refilled with exact checks."""

from bisect import bisect_right
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
        reached = bisect_right(want.pilots_a, target)
        currents[place] = want.pilots_a[reached - 1] if reached else floor
    if not grid.holds(currents):  # the LP holds its rows to 1e-5; a whole-amp vector may sit exactly there
        for want in asked:
            currents[grid.index[want.session.evse]] = want.floor_a if want.locked else 0
    held = _refill(grid, currents, asked, currents_a)
    amps = {want.session.evse: round(currents[grid.index[want.session.evse]]) for want in asked}
    return Share(tuple(asked), amps, held)


def _refill(grid: Grid, currents: Floats, asked: Sequence[Want], currents_a: Floats | None) -> dict[str, str]:
    """Give what rounding left over: floors of running cars, what the LP had meant, what each had already, the rest by weight."""

    def short_a(want: Want) -> float:
        place = grid.index[want.session.evse]
        return 0.0 if currents_a is None else float(currents_a[place] - currents[place])

    def at_zero(want: Want) -> bool:
        return bool(currents[grid.index[want.session.evse]] == 0)

    top = _Top(grid, currents)
    hungry = [want for want in asked if want.hungry and want.pilots_a]
    for want in sorted((want for want in hungry if want.running and at_zero(want)), key=lambda want: -want.weight):
        top.raise_to(want, want.floor_a)
    meant = [want for want in hungry if short_a(want) > (want.floor_a / 2 if at_zero(want) else TOLERANCE_A)]
    for want in sorted(meant, key=lambda want: -short_a(want)):
        place = grid.index[want.session.evse]
        top.raise_to(want, min(pilot for pilot in want.pilots_a if pilot > currents[place]))
    for want in sorted(hungry, key=lambda want: -want.weight):
        if not at_zero(want):  # amps that stay where they are need no proof
            top.raise_to(want, min(want.cap_a, want.had_a))
    for want in sorted(asked, key=lambda want: (not want.hungry, at_zero(want), -want.weight)):
        if want.pilots_a:
            top.raise_to(want, want.cap_a)
    return top.held


class _Top:
    """Currents that only rise, each time as far as the rows allow, with the phasor sums kept along."""

    def __init__(self, grid: Grid, currents: Floats) -> None:
        self._grid, self._currents = grid, currents
        self._sums = grid.phasors @ currents
        self._rooms: dict[int, tuple[float, str]] = {}  # by group, until the next rise
        self.held: dict[str, str] = {}

    def raise_to(self, want: Want, most_a: int) -> None:
        place = self._grid.index[want.session.evse]
        have = round(self._currents[place])
        if have >= most_a or have >= want.cap_a:
            return
        group = int(self._grid.groups[place])
        room_a, tightest = self._room(group)
        meant, fits = (bisect_right(want.pilots_a, most) for most in (most_a, min(most_a, have + room_a + TOLERANCE_A)))
        if fits and (reached := want.pilots_a[fits - 1]) > have:
            self._currents[place] = reached
            self._sums = self._sums + self._grid.columns[:, group] * (reached - have)
            self._rooms.clear()
        if fits < meant and want.pilots_a[meant - 1] > have:
            self.held[want.session.evse] = tightest

    def _room(self, group: int) -> tuple[float, str]:
        """Amps that an EVSE of the group may still add, and the row that ends there."""
        if group not in self._rooms:
            room = self._grid.room_a(self._sums, group)
            tightest = int(np.argmin(room)) if room.size else -1
            self._rooms[group] = (float(room[tightest]), self._grid.names[tightest]) if room.size else (np.inf, "")
        return self._rooms[group]
