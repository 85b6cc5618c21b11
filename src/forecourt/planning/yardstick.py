"""The bound: what a planner that knew the future could have delivered at most."""

from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from forecourt.planning.linear import cut, first_cuts, model
from forecourt.planning.model import EvseLimits, Limits, PlanSession
from forecourt.planning.wiring import Grid, grid

_GAP = 5e-4
_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class BoundResult:
    """energy_wh: by session id, of one optimal answer; total_wh: no plan within the limits delivers more."""

    energy_wh: dict[str, float]
    total_wh: float


def bound(sessions: Sequence[PlanSession], limits: Limits, evses: Sequence[EvseLimits]) -> BoundResult:
    """Linear program with true arrivals, departures and needs, continuous currents, no floors.

    Time is cut only at arrivals and departures: between two of them nothing changes but the currents, the rows are
    convex, so the mean current of any finer plan is feasible too. Circles are replaced by tangents from outside, so
    the total is never too low (and at most 0.05 % too high). Sessions without departure or need count as 0.
    """
    known = [s for s in sessions if s.departure is not None and s.need_wh is not None and s.departure > s.arrival]
    energy = {session.id: 0.0 for session in sessions}
    if known:
        for session, energy_wh in zip(known, _Whole(known, grid(limits, evses, worst_case=False), evses).solve(), strict=True):
            energy[session.id] = energy_wh
    return BoundResult(energy, sum(energy.values()))


class _Whole:
    """Columns: energy of each session in each period it is there, then the sum of currents of each group in each period."""

    def __init__(self, sessions: Sequence[PlanSession], wired: Grid, evses: Sequence[EvseLimits]) -> None:
        self.wired, self.groups = wired, wired.columns.shape[1]
        stays = [(s.arrival.timestamp(), (s.departure or s.arrival).timestamp()) for s in sessions]
        times = np.array(sorted({edge for stay in stays for edge in stay}))
        self.periods = len(times) - 1
        spans = [np.flatnonzero((times[:-1] >= start) & (times[:-1] < end)) for start, end in stays]
        self.who = np.repeat(np.arange(len(sessions)), [len(span) for span in spans])
        self.when = np.concatenate(spans)
        by_id = {evse.id: evse for evse in evses}
        watts = np.array([by_id[s.evse].watts_per_amp for s in sessions])
        most_a = np.array([min(by_id[s.evse].max_a, s.max_a or by_id[s.evse].max_a) for s in sessions], dtype=np.float64)
        group = np.array([wired.groups[wired.index[s.evse]] for s in sessions])
        self.per_amp_wh = watts[self.who] * np.diff(times)[self.when] / 3600
        self.most_wh = self.per_amp_wh * most_a[self.who]
        self.sum_of = self.when * self.groups + group[self.who]
        self.needs_wh = [max(0.0, (s.need_wh or 0.0) - s.delivered_wh) for s in sessions]
        self.highs = model()
        self.highs.setOptionValue("simplex_iteration_limit", 5_000_000)

    def solve(self) -> list[float]:
        """(sessions,) Wh. Tangents are added until every circle is held to 5e-4."""
        cells, sums = len(self.who), self.periods * self.groups
        none, inf = np.zeros(0, np.int32), highspy.kHighsInf
        self.highs.addCols(cells, -np.ones(cells), np.zeros(cells), self.most_wh, 0, none, none, np.zeros(0))
        self.highs.addCols(sums, np.zeros(sums), np.full(sums, -inf), np.full(sums, inf), 0, none, none, np.zeros(0))
        for who, need_wh in enumerate(self.needs_wh):
            places = np.flatnonzero(self.who == who)
            self._row(-inf, need_wh, places, np.ones(len(places)))
        for place in np.unique(self.sum_of):
            members = np.flatnonzero(self.sum_of == place)
            self._row(0.0, 0.0, np.append(members, cells + place), np.append(1 / self.per_amp_wh[members], -1.0))
        for row, direction in first_cuts(self.wired):
            for period in range(self.periods):
                self._cut(period, row, direction)
        values = self._run()
        for _ in range(_ROUNDS):
            phasors = self.wired.columns @ values[cells:].reshape(self.periods, self.groups).T
            over = np.argwhere(np.abs(phasors) > self.wired.limits_a[:, None] * (1 + _GAP) + 1e-9)
            if not over.size:
                break
            for row, period in over:
                self._cut(int(period), int(row), float(np.angle(phasors[row, period])))
            values = self._run()
        return [float(values[:cells][self.who == who].sum()) for who in range(len(self.needs_wh))]

    def _cut(self, period: int, row: int, direction_rad: float) -> None:
        values = cut(self.wired.columns, row, direction_rad)
        places = np.flatnonzero(np.abs(values) > 1e-12)
        first = len(self.who) + period * self.groups
        self._row(-highspy.kHighsInf, float(self.wired.limits_a[row]), first + places, values[places])

    def _row(self, low: float, high: float, places: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        self.highs.addRow(low, high, len(places), places.astype(np.int32), values)

    def _run(self) -> NDArray[np.float64]:
        self.highs.run()
        return np.array(self.highs.getSolution().col_value)
