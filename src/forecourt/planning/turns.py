"""Who gets a place if not all floors fit: locked turns, forced cuts and rotation; and who must wait or prefers to."""

from dataclasses import replace

import numpy as np

from forecourt.planning.car_demand import CarDemand
from forecourt.planning.hour_preferences import better_s
from forecourt.planning.sockets import Bools, Floats, Ints, Sockets
from forecourt.planning.wiring import TOLERANCE_A, Grid

_MOMENTS = 64  # number of departures up to which it is checked whether all cars that have had nothing can get a turn
_LATER_SHARE = 0.5  # of a car's power: others may want the same hours


def lock_turns(grid: Grid, sockets: Sockets, fixed_a: Floats, demand: CarDemand) -> CarDemand:
    """Lock only turns that fit, including floors for cars that would otherwise leave with nothing.

    If a cut is needed, promises come first, each as far as there is room; then turns that may not be ended at all; then cars at
    their last chance; then turns that have lasted a while. Within each, cars that were paused before come first, then the most
    urgent.
    """
    due = demand.locked | demand.last_chance
    if not due.any():
        return demand
    kept_a = fixed_a.copy()
    kept_a[demand.places] = np.where(due, demand.floor_a, 0)
    if grid.allows(kept_a):
        return replace(demand, locked=due)
    kept_a[demand.places] = 0.0
    sums, locked = grid.sums(kept_a), due.copy()
    rank = np.where(demand.promised, -1, np.where(demand.last_chance, 1, np.where(demand.preemptible, 2, 0)))
    floor_a = demand.floor_a.copy()
    order = np.lexsort((-demand.weight, -demand.pauses, rank))
    for car in order[due[order]].tolist():
        group, place = int(grid.groups[demand.places[car]]), demand.places[car : car + 1]
        if demand.promised[car]:
            headroom_a = np.array([min(grid.headroom_a(sums, group) + TOLERANCE_A, float(floor_a[car]))])
            floor_a[car] = int(sockets.at_most(place, headroom_a)[0]) or int(sockets.floor_a[place][0])
        more = sums + grid.columns[:, group] * floor_a[car]
        locked[car] = np.all(np.abs(more) <= grid.limits_a + TOLERANCE_A)
        if locked[car]:
            sums = more
    return replace(demand, locked=locked, floor_a=floor_a)


def reserve_min_service(grid: Grid, fixed_a: Floats, demand: CarDemand, preemption_wait_s: float) -> CarDemand:
    """Make sure that every unserved car can have its floor for long enough before it leaves, one after the other.

    A car that may not be switched off again is barred if its turn would leave one of them without; the most urgent begin first. If
    they only just fit, they all count as being at their last chance. preemption_wait_s: how long a turn under way may keep them waiting.
    """
    line = _UnservedCars(grid, fixed_a, demand) if demand.unserved.any() else None
    if line is None or not len(line):
        return demand
    taken = line.taken(np.flatnonzero(demand.no_pauses_left & demand.running & demand.needs_energy))
    again = np.flatnonzero(
        demand.no_pauses_left & ~demand.running & ~demand.unserved & ~demand.promised & demand.needs_energy & (demand.cap_a > 0)
    )
    out = line.left_out(again[np.argsort(-demand.weight[again], kind="stable")], taken)
    demand = replace(demand, last_chance=demand.last_chance | line.called(taken, preemption_wait_s))
    return _barred(demand, out) if out else demand


def _barred(demand: CarDemand, cars: list[int]) -> CarDemand:
    """Give these cars nothing now."""
    out = np.isin(np.arange(len(demand)), cars)
    zeroed = {name: np.where(out, 0, getattr(demand, name)) for name in ("cap_a", "floor_a", "spare_a")}
    return replace(demand, barred=out, limited_by_profile=demand.limited_by_profile & ~out, **zeroed)


class _UnservedCars:
    """The unserved cars that still have time for their floor, by departure, and what each row could give them until then.

    Computed by groups of EVSEs that no row can tell apart, and up to a limited number of departures: the moments.
    """

    def __init__(self, grid: Grid, fixed_a: Floats, demand: CarDemand) -> None:
        able = np.flatnonzero(demand.unserved & (demand.left_s >= demand.min_service_s))
        self._order = able[np.argsort(demand.left_s[able], kind="stable")]
        self._ends = np.linspace(0, len(able), _MOMENTS + 1).astype(np.int64)[1:] if len(able) > _MOMENTS else np.arange(1, len(able) + 1)
        self._until_s = demand.left_s[self._order[self._ends - 1]]
        self._groups, self._floor_a = grid.groups[demand.places], demand.floor_a
        self._busy_s = np.minimum(demand.left_s, 3600 * demand.missing_wh / np.maximum(demand.floor_a * demand.watts_per_amp, 1.0))
        self._sizes = np.abs(grid.columns)
        largest_a = np.zeros(grid.columns.shape[1])
        np.maximum.at(largest_a, self._groups, demand.floor_a)
        largest_a = np.maximum((self._sizes * largest_a).max(axis=1), TOLERANCE_A)
        free_a = np.maximum(grid.limits_a - np.abs(grid.sums(fixed_a)), 0.0)
        self._whole_a = (np.floor(free_a / largest_a + TOLERANCE_A) * largest_a)[:, None]  # a floor fits wholly or not at all
        moment = np.searchsorted(self._ends, np.arange(len(able)), "right")
        min_service = self._loads(self._groups[self._order], moment, (demand.floor_a * demand.min_service_s)[self._order])
        self._over = self._whole_a * self._until_s - np.cumsum(min_service, axis=1)

    def __len__(self) -> int:
        return len(self._order)

    def taken(self, cars: Ints) -> Floats:
        """(rows, moments) amp seconds of cars that stay at their floors until they are full or leave."""
        moment = np.tile(np.arange(len(self._until_s)), len(cars))
        return self._loads(np.repeat(self._groups[cars], len(self._until_s)), moment, self._amp_s(cars).ravel())

    def left_out(self, cars: Ints, taken: Floats) -> list[int]:
        """The cars, tried in order, that cannot stay at their floors beside what is taken without costing an unserved car its turn."""
        if np.all(taken + self.taken(cars) <= self._over):
            return []
        out = []
        for car, amp_s in zip(cars.tolist(), self._amp_s(cars), strict=True):
            more = taken + self._sizes[:, self._groups[car], None] * amp_s
            if np.all(more <= self._over):
                taken = more
            else:
                out.append(car)
        return out

    def called(self, taken: Floats, preemption_wait_s: float) -> Bools:
        """(cars,) which leave by the last moment up to which the turns only just fit beside what is taken."""
        tight = np.flatnonzero((taken > self._over - self._whole_a * preemption_wait_s).any(axis=0))
        found = np.zeros(len(self._groups), dtype=np.bool_)
        if tight.size:
            found[self._order[: self._ends[tight[-1]]]] = True
        return found

    def _amp_s(self, cars: Ints) -> Floats:
        """(cars, moments) amp seconds that each takes."""
        return np.asarray(self._floor_a[cars][:, None] * np.minimum(self._busy_s[cars][:, None], self._until_s))

    def _loads(self, groups: Ints, moments: Ints, amp_s: Floats) -> Floats:
        """(rows, moments) the sums of amp seconds, each given for a group and a moment."""
        shape = (self._sizes.shape[1], len(self._until_s))
        return np.asarray(self._sizes @ np.bincount(groups * shape[1] + moments, amp_s, shape[0] * shape[1]).reshape(shape))


def hold_back_patient_cars(demand: CarDemand, currents_a: Floats, sockets: Sockets) -> CarDemand:
    """Hold back cars whose drivers prefer later hours: together they get no more now than the program over the hours gives them, whatever
    is spare; it goes to few of them, so that their turns are worthwhile."""
    meant_a, cap_a, least_a = currents_a[demand.places], demand.cap_a.copy(), demand.least_a
    left_a = float(meant_a[demand.patient].sum())
    order = np.lexsort((-demand.weight, -meant_a, ~demand.running))
    for car in order[demand.patient[order]].tolist():
        enough = left_a >= max(1, int(demand.floor_a[car])) / 2
        most_a = int(sockets.at_least(demand.places[car : car + 1], np.array([left_a - TOLERANCE_A]))[0]) if enough else 0
        cap_a[car] = max(min(most_a, int(cap_a[car])), int(least_a[car]))
        left_a -= float(cap_a[car])
    return _at_most(demand, cap_a)


def hold_back_by_hours(demand: CarDemand) -> CarDemand:
    """The same without a program over the hours: a car that can get all it misses at half its power in preferred hours waits."""
    later_wh = (
        _LATER_SHARE
        * demand.mean_max_a
        * demand.watts_per_amp
        * better_s(demand.preference_starts_s, demand.preference, demand.left_s)
        / 3600
    )
    return _at_most(demand, np.where(demand.patient & (later_wh >= demand.missing_wh), demand.least_a, demand.cap_a))


def _at_most(demand: CarDemand, cap_a: Ints) -> CarDemand:
    limited_by_profile = demand.limited_by_profile & (cap_a == demand.cap_a)
    return replace(demand, cap_a=cap_a, limited_by_profile=limited_by_profile, spare_a=np.where(demand.patient, cap_a, demand.spare_a))
