"""A linear program over periods: who draws how much when, under phasor rows, needs and stays. The horizon and the bound share it."""

from dataclasses import dataclass

import highspy
import numpy as np
from highspy._core import _Highs
from numpy.typing import NDArray

from forecourt.planning.linear import Floats, cut, first_cuts, model
from forecourt.planning.wiring import Grid

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Timeline:
    """S sessions, N cells (a session in a period), P periods.

    who, when: (N,) session and period of each cell; more than one cell of the same adds up. low_a, high_a: (N,) mean current in the cell.
    amp_wh: (N,) watt hours of one amp over the cell. worth: (N,) of one watt hour. group: (S,) of the grid.
    need_wh: (S,). first_wh, first_worth: (S,) watt hours of each session that are worth more, and how much more.
    """

    periods: int
    who: Ints
    when: Ints
    low_a: Floats
    high_a: Floats
    amp_wh: Floats
    worth: Floats
    group: Ints
    need_wh: Floats
    first_wh: Floats
    first_worth: Floats


@dataclass(frozen=True, slots=True)
class Precision:
    """gap: how far a circle may be overstepped. rounds: of tangents. iterations: of the simplex in one round."""

    gap: float
    rounds: int
    iterations: int = 20_000


def most_worth(line: Timeline, grid: Grid, precision: Precision) -> Floats | None:
    """(N,) amps of most worth; None without an optimum (floors that do not fit, iterations used up).

    After the last round of tangents the answer stands as it is: as a bound, never too low.
    """
    highs = model()
    highs.setOptionValue("simplex_iteration_limit", precision.iterations)
    _columns(highs, line, grid.columns.shape[1])
    _rows(highs, line, grid.columns.shape[1])
    for row, direction in first_cuts(grid, 4):
        _cut(highs, grid, len(line.who), np.arange(line.periods), row, direction)
    return _tightened(highs, line, grid, precision)


def _tightened(highs: _Highs, line: Timeline, grid: Grid, precision: Precision) -> Floats | None:
    cells, groups = len(line.who), grid.columns.shape[1]
    values = _run(highs)
    for _ in range(precision.rounds):
        if values is None:
            return None
        phasors = values[cells : cells + line.periods * groups].reshape(line.periods, groups) @ grid.columns.T
        over = np.argwhere(np.abs(phasors) > grid.limits_a * (1 + precision.gap) + 1e-9)
        if not over.size:
            break
        for period, row in over:
            _cut(highs, grid, cells, np.array([period]), int(row), float(np.angle(phasors[period, row])))
        values = _run(highs)
    return None if values is None else values[:cells]


def _columns(highs: _Highs, line: Timeline, groups: int) -> None:
    """Cells in amps, then the sum of each group in each period, then the first watt hours of each session."""
    sums, inf = line.periods * groups, highspy.kHighsInf
    cost = np.concatenate([-line.amp_wh * line.worth, np.zeros(sums), -line.first_worth]) / 1000
    low = np.concatenate([line.low_a, np.full(sums, -inf), np.zeros(len(line.need_wh))])
    high = np.concatenate([line.high_a, np.full(sums, inf), line.first_wh])
    none = np.zeros(0, np.int32)
    highs.addCols(len(cost), cost, low, high, 0, none, none, np.zeros(0))


def _rows(highs: _Highs, line: Timeline, groups: int) -> None:
    """Needs, first watt hours within what is delivered, group sums."""
    cells, sessions, sums = len(line.who), len(line.need_wh), line.periods * groups
    every, inf = np.arange(cells), highspy.kHighsInf
    rows = np.concatenate(
        [
            line.who,
            sessions + line.who,
            sessions + np.arange(sessions),
            2 * sessions + line.when * groups + line.group[line.who],
            2 * sessions + np.arange(sums),
        ]
    )
    places = np.concatenate([every, every, cells + sums + np.arange(sessions), every, cells + np.arange(sums)])
    values = np.concatenate([line.amp_wh, -line.amp_wh, np.ones(sessions), np.ones(cells), -np.ones(sums)])
    order = np.lexsort((places, rows))
    count = 2 * sessions + sums
    low = np.concatenate([np.full(2 * sessions, -inf), np.zeros(sums)])
    high = np.concatenate([line.need_wh, np.zeros(sessions), np.zeros(sums)])
    starts = np.searchsorted(rows[order], np.arange(count)).astype(np.int32)
    highs.addRows(count, low, high, len(order), starts, places[order].astype(np.int32), values[order])


def _cut(highs: _Highs, grid: Grid, cells: int, periods: Ints, row: int, direction_rad: float) -> None:
    values = cut(grid.columns, row, direction_rad)
    used = np.flatnonzero(np.abs(values) > 1e-12)
    count, width = len(periods), len(used)
    places = (cells + periods[:, None] * grid.columns.shape[1] + used[None, :]).ravel().astype(np.int32)
    limit = np.full(count, grid.limits_a[row])
    starts = np.arange(0, count * width, width, dtype=np.int32) if width else np.zeros(count, np.int32)
    highs.addRows(count, np.full(count, -highspy.kHighsInf), limit, count * width, starts, places, np.tile(values[used], count))


def _run(highs: _Highs) -> Floats | None:
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return np.array(highs.getSolution().col_value)
