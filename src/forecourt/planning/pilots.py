"""From continuous currents to pilots that chargers can be set to: rounded down, then refilled with exact checks."""

from dataclasses import dataclass

import numpy as np

from forecourt.planning.car_demand import CarDemand
from forecourt.planning.sockets import Bools, Floats, Ints, Sockets
from forecourt.planning.wiring import TOLERANCE_A, Grid


@dataclass(frozen=True, slots=True)
class Share:
    """amps: (cars,) whole. held_by: for each car the row that keeps it below its cap, "" if none does."""

    amps: Ints
    held_by: list[str]


def round_to_pilots(grid: Grid, sockets: Sockets, fixed_a: Floats, demand: CarDemand, currents_a: Floats | None) -> Share:
    """Pilots that hold every row. currents_a None: without a solver's result, the floors of charging cars come first and then
    the most urgent cars, charging or not."""
    intended_a, least_a = None if currents_a is None else currents_a[demand.places] + TOLERANCE_A, demand.least_a
    rounded_a = least_a if intended_a is None else np.minimum(sockets.at_most(demand.places, intended_a), demand.cap_a)
    currents = fixed_a.copy()
    currents[demand.places] = np.where(rounded_a > 0, rounded_a, least_a)
    if not grid.allows(currents):  # the LP holds its rows to 1e-5; a whole-amp vector may lie exactly on a limit
        currents[demand.places] = least_a
    rising = _Rising(grid, sockets, demand, currents)
    _refill(rising, demand, intended_a)
    return Share(rising.amps, rising.held_by())


def _refill(rising: "_Rising", demand: CarDemand, intended_a: Floats | None) -> None:
    """Distribute what is left: floors of running cars, what the LP intended, what each car already had, the rest by weight; finally what is
    spare beyond every need. meant_a None: without an LP, everything but the floors goes by weight."""
    order_key, useful = -demand.weight, demand.needs_energy & (demand.cap_a > 0)
    rising.raise_to(np.where(useful & demand.running & (rising.amps == 0), demand.floor_a, 0), order_key)
    if intended_a is None:
        rising.raise_to(demand.cap_a, order_key, ~demand.needs_energy)
    else:
        _refill_as_intended(rising, demand, useful, intended_a)
    rising.raise_to(demand.spare_a, order_key, rising.amps == 0, ~demand.needs_energy)


def _refill_as_intended(rising: "_Rising", demand: CarDemand, useful: Bools, intended_a: Floats) -> None:
    order_key = -demand.weight
    zero, short_a = rising.amps == 0, intended_a - rising.amps
    below_target = useful & (short_a > np.where(zero, demand.floor_a / 2, 2 * TOLERANCE_A))
    rising.raise_to(np.where(below_target, rising.next_a(), 0), -short_a)
    # Amps that a car already has need not be proved again.
    rising.raise_to(np.where(useful & (rising.amps > 0), np.minimum(demand.cap_a, demand.previous_a), 0), order_key)
    rising.raise_to(demand.cap_a, order_key, rising.amps == 0, ~demand.needs_energy)
    for car in _left_waiting(rising, demand, useful, intended_a):
        rising.let_in(car)


def _left_waiting(rising: "_Rising", demand: CarDemand, useful: Bools, intended_a: Floats) -> list[int]:
    """Cars that were meant to have most of their floor but have nothing, the most urgent first."""
    cars = np.flatnonzero(useful & (rising.amps == 0) & (intended_a >= demand.floor_a / 2))
    return [int(car) for car in cars[np.argsort(-demand.weight[cars], kind="stable")]]


class _Rising:
    """Currents that rise, each time as far as the rows allow, with the phasor sums updated alongside.

    Rows contain only phasors that add up, so taking never makes room for others: a car that does not fit now never will.
    """

    def __init__(self, grid: Grid, sockets: Sockets, demand: CarDemand, currents: Floats) -> None:
        self._grid, self._sockets, self._demand = grid, sockets, demand
        self._groups = grid.groups[demand.places]
        self._sums = grid.sums(currents)
        self._next_a: Ints | None = None  # cached, with the next line, until the next rise
        self._rooms_a: Floats | None = None
        self.amps = np.rint(currents[demand.places]).astype(np.int64)

    def next_a(self) -> Ints:
        """(cars,) the next higher pilot of each car, or the most it may have."""
        if self._next_a is None:
            self._next_a = np.minimum(self._sockets.at_least(self._demand.places, self.amps + 1), self._demand.spare_a)
        return self._next_a

    def raise_to(self, most_a: Ints, *keys: Floats | Bools) -> None:
        """most_a: (cars,) how far each may rise; 0 = not at all. keys: sort keys for the order, the last one first (as in np.lexsort)."""
        next_a = self.next_a()
        able = (next_a > self.amps) & (most_a >= next_a)
        if not able.any():
            return
        if self._rooms_a is None:
            self._rooms_a = self._grid.headrooms_a(self._sums) + TOLERANCE_A
        able &= next_a - self.amps <= self._rooms_a[self._groups]
        cars = np.flatnonzero(able)
        for car in cars[np.lexsort([key[cars] for key in keys])].tolist():
            self._raise(car, int(next_a[car]), int(most_a[car]))

    def _raise(self, car: int, next_a: int, most_a: int) -> None:
        group, have = int(self._groups[car]), int(self.amps[car])
        headroom_a = (self._grid.headroom_a(self._sums, group) + TOLERANCE_A) if self._rooms_a is None else float(self._rooms_a[group])
        if next_a - have > headroom_a:
            return
        if most_a > next_a:
            place = self._demand.places[car : car + 1]
            next_a = max(next_a, int(self._sockets.at_most(place, np.array([min(float(most_a), have + headroom_a)]))[0]))
        self.amps[car] = next_a
        self._sums = self._sums + self._grid.columns[:, group] * (next_a - have)
        self._next_a = self._rooms_a = None

    def let_in(self, car: int) -> None:
        """Give a waiting car its floor, if others above their floors can make room and more power flows in total than before: one car
        at 16 A leaves 4 of 20 A unused, two at 14 and 6 leave none."""
        demand, group, floor_a = self._demand, int(self._groups[car]), int(self._demand.floor_a[car])
        amps, sums, gained_w = self.amps.copy(), self._sums, float(floor_a * demand.watts_per_amp[car])
        while (headroom_a := self._grid.headroom_a(sums, group) + TOLERANCE_A) < floor_a and gained_w > 0:
            row = self._grid.tightest_row(sums, group)
            sizes = np.abs(self._grid.columns[row, self._groups])
            givers = np.flatnonzero((sizes > 0) & (amps > demand.floor_a) & (demand.floor_a > 0))
            if not givers.size:
                return
            giver = int(givers[np.argmin(demand.weight[givers])])
            less_a = max(1.0, (floor_a - headroom_a) * sizes[car] / sizes[giver])
            lower_a = max(int(self._sockets.at_most(demand.places[giver : giver + 1], amps[giver] - less_a)[0]), int(demand.floor_a[giver]))
            gained_w -= float((amps[giver] - lower_a) * demand.watts_per_amp[giver])
            sums = sums + self._grid.columns[:, self._groups[giver]] * (lower_a - amps[giver])
            amps[giver] = lower_a
        if gained_w <= 0:
            return
        amps[car] = floor_a
        self.amps, self._sums = amps, sums + self._grid.columns[:, group] * floor_a
        self._next_a = self._rooms_a = None

    def held_by(self) -> list[str]:
        """(cars,) for each car below its cap, the row with the least room."""
        below = (self.amps < self._demand.cap_a).tolist()
        if not any(below):
            return [""] * len(below)
        groups = self._groups.tolist()
        tightest = self._grid.tightest(self._sums, {group for group, short in zip(groups, below, strict=True) if short})
        return [tightest[group] if short else "" for group, short in zip(groups, below, strict=True)]
