"""The continuous problem: most weighted amps under phasor rows. HiGHS with tangent cuts, kept alive between steps."""

import highspy
import numpy as np
from highspy._core import _Highs
from numpy.typing import NDArray

from forecourt.planning.sockets import Floats
from forecourt.planning.wiring import Grid

RELATIVE_GAP = 1e-5
_ROUNDS = 40
_MAX_CUTS = 400
_ITERATIONS = 20_000  # a count, not seconds: the same problem gives the same answer on a busy machine


def new_simplex() -> _Highs:
    """A silent single-threaded simplex. (highspy.Highs prints a banner before it can be silenced, and stdout may carry JSON.)"""
    highs = _Highs()
    for option, value in (("output_flag", False), ("threads", 1), ("solver", "simplex"), ("simplex_iteration_limit", _ITERATIONS)):
        highs.setOptionValue(option, value)
    return highs


def cut(columns: NDArray[np.complex128], row: int, direction_rad: float) -> Floats:
    """(groups,) the component of a row's phasors in a direction: a tangent to its circle."""
    return np.asarray((columns[row] * np.exp(-1j * direction_rad)).real, dtype=np.float64)


def first_cuts(grid: Grid, most: int = 7) -> list[tuple[int, float]]:
    """For each row, directions spread over the fan of its phasors (exact if all point the same way)."""
    cuts: list[tuple[int, float]] = []
    for row in range(len(grid.limits_a)):
        angles = np.angle(grid.columns[row][np.abs(grid.columns[row]) > 0])
        if not angles.size:
            continue
        middle = float(np.angle(np.exp(1j * angles).sum()))
        spread = np.angle(np.exp(1j * (angles - middle)))
        count = 1 if np.ptp(spread) < 1e-9 else most
        cuts += [(row, middle + float(turn)) for turn in np.linspace(spread.min(), spread.max(), count)]
    return cuts


class LinearShare:
    """max weight . x with low <= x <= high and every phasor row of the grid held to 1e-5.

    Keeps the HiGHS model and the cuts found so far: these stay valid for later steps, and each solve starts from the last basis.
    """

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._cars, self._sums = len(grid.ids), grid.columns.shape[1]
        self._build()

    def _build(self) -> None:
        cars, sums, inf = self._cars, self._sums, highspy.kHighsInf
        self._highs = new_simplex()
        no_indices = np.zeros(0, np.int32)
        self._highs.addCols(cars, np.zeros(cars), np.zeros(cars), np.zeros(cars), 0, no_indices, no_indices, np.zeros(0))
        self._highs.addCols(sums, np.zeros(sums), np.full(sums, -inf), np.full(sums, inf), 0, no_indices, no_indices, np.zeros(0))
        for group in range(sums):
            members = np.flatnonzero(self._grid.groups == group)
            places = np.append(members, cars + group).astype(np.int32)
            self._highs.addRow(0.0, 0.0, len(places), places, np.append(np.ones(len(members)), -1.0))
        self._cuts, self._terms = 0, np.zeros((3, cars))
        for row, direction in first_cuts(self._grid):
            self._add(row, direction)

    def _add(self, row: int, direction_rad: float) -> None:
        values = cut(self._grid.columns, row, direction_rad)
        places = np.flatnonzero(np.abs(values) > 1e-12)
        limit = float(self._grid.limits_a[row])
        self._highs.addRow(-highspy.kHighsInf, limit, len(places), (self._cars + places).astype(np.int32), values[places])
        self._cuts += 1

    def _change(self, weights: Floats, low_a: Floats, high_a: Floats) -> None:
        """Pass only the changes to the model: most sockets are empty."""
        terms = np.array([weights, low_a, high_a])
        places = np.flatnonzero((terms != self._terms).any(axis=0)).astype(np.int32)
        self._terms = terms
        self._highs.changeColsBounds(len(places), places, low_a[places], high_a[places])
        self._highs.changeColsCost(len(places), places, -weights[places])

    def solve(self, weights: Floats, low_a: Floats, high_a: Floats) -> Floats | None:
        """(EVSEs,) currents, or None if the floors do not fit or the iteration limit is reached."""
        if self._cuts > _MAX_CUTS:
            self._build()
        self._change(weights, low_a, high_a)
        for _ in range(_ROUNDS):
            self._highs.run()
            if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
                self._build()
                return None
            values = np.array(self._highs.getSolution().col_value)
            sums = self._grid.columns @ values[self._cars :]
            over = np.flatnonzero(np.abs(sums) > self._grid.limits_a * (1 + RELATIVE_GAP) + 1e-9)
            if not over.size:
                return np.asarray(np.clip(values[: self._cars], low_a, high_a), dtype=np.float64)
            for row in over:
                self._add(int(row), float(np.angle(sums[row])))
        return None
