"""A linear program over periods: who draws how much when, under phasor rows, needs and stays. The horizon and the bound share it."""

from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np
from highspy._core import _Highs

from forecourt.planning.linear import first_cuts, model
from forecourt.planning.sockets import Floats, Ints
from forecourt.planning.wiring import Grid

FIRST = 4  # tangents of each circle to begin with


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
    """gap, later_gap: how far a circle may be overstepped in the first period and in those after it. rounds: of tangents.
    iterations: of the simplex in one round."""

    gap: float
    later_gap: float
    rounds: int
    iterations: int = 20_000


def most_worth(line: Timeline, grid: Grid, precision: Precision) -> Floats | None:
    """(N,) amps of most worth; None without an optimum (floors that do not fit, iterations used up).

    After the last round of tangents the answer stands as it is: as a bound, never too low.
    """
    return Timetable(line, grid, precision).solve(line)


class Timetable:
    """The program of one shape (who, when, amp_wh, group), kept alive: later solves start from the last answer and its tangents."""

    def __init__(self, line: Timeline, grid: Grid, precision: Precision) -> None:
        self._grid, self._precision, self._groups = grid, precision, grid.columns.shape[1]
        self._cells, self._periods = len(line.who), line.periods
        self._limits_a = grid.limits_a * (1 + np.array([precision.gap] + [precision.later_gap] * (line.periods - 1))[:, None]) + 1e-9
        self._highs = model()
        self._highs.setOptionValue("simplex_iteration_limit", precision.iterations)
        _columns(self._highs, line, self._groups)
        _rows(self._highs, line, self._groups)
        sessions = np.arange(len(line.need_wh)) + self._cells + self._periods * self._groups
        self._places = np.concatenate([np.arange(self._cells), sessions]).astype(np.int32)
        self._terms, self._needs_wh = _terms(line), line.need_wh
        self._first = _first(grid)
        self._cut_at = np.zeros((line.periods, len(grid.limits_a)), dtype=np.bool_)
        self.cuts, self.values = 0, np.zeros(0)

    def extend(self, add: Callable[[_Highs], None]) -> None:
        """More columns and rows after its own (the cells come first of all); what they come to lies in `values` after a solve."""
        add(self._highs)

    def solve(self, line: Timeline) -> Floats | None:
        """(N,) amps of most worth, as most_worth; line has the shape the program was made with."""
        self._change(line)
        self._begin(line)
        values = _run(self._highs)
        for _ in range(self._precision.rounds):
            if values is None:
                return None
            sums = values[self._cells : self._cells + self._periods * self._groups].reshape(self._periods, self._groups)
            phasors = sums @ self._grid.columns.T
            period, row = np.nonzero(np.abs(phasors) > self._limits_a)
            if not period.size:
                break
            self._cut(period, row, np.angle(phasors[period, row]))
            values = _run(self._highs)
        if values is None:
            return None
        self.values = values
        return values[: self._cells]

    def _change(self, line: Timeline) -> None:
        """Tell the model only what is new: most sockets are empty, and stay so."""
        terms, needs_wh = _terms(line), line.need_wh
        new, newly = np.flatnonzero((terms != self._terms).any(axis=0)), np.flatnonzero(needs_wh != self._needs_wh)
        self._terms, self._needs_wh = terms, needs_wh
        places, (low, high, cost) = self._places[new], terms[:, new]
        self._highs.changeColsBounds(len(places), places, low, high)
        self._highs.changeColsCost(len(places), places, cost)
        for session in newly.tolist():
            self._highs.changeRowBounds(session, -highspy.kHighsInf, needs_wh[session])

    def _begin(self, line: Timeline) -> None:
        """First tangents of the circles that these cars could fill at all."""
        most = np.zeros((self._periods, self._groups))
        np.add.at(most, (line.when, line.group[line.who]), line.high_a)
        new = (most @ np.abs(self._grid.columns.T) > self._grid.limits_a) & ~self._cut_at
        if new.any():
            self._cut_at |= new
            rows, directions = self._first
            period, which = np.nonzero(new[:, rows])
            self._cut(period, rows[which], directions[which])

    def _cut(self, periods: Ints, rows: Ints, directions_rad: Floats) -> None:
        """One tangent for each period, row and direction."""
        values = (self._grid.columns[rows] * np.exp(-1j * directions_rad)[:, None]).real
        cut, group = np.nonzero(np.abs(values) > 1e-12)
        places = (self._cells + periods[cut] * self._groups + group).astype(np.int32)
        starts = np.searchsorted(cut, np.arange(len(rows))).astype(np.int32)
        low, high = np.full(len(rows), -highspy.kHighsInf), self._grid.limits_a[rows]
        self._highs.addRows(len(rows), low, high, len(cut), starts, places, values[cut, group])
        self.cuts += len(rows)


def _terms(line: Timeline) -> Floats:
    """(3, N + S) least, most and cost of each cell, then of the first watt hours of each session."""
    cost = np.concatenate([-line.amp_wh * line.worth, -line.first_worth]) / 1000
    return np.array([np.concatenate([line.low_a, np.zeros(len(line.first_wh))]), np.concatenate([line.high_a, line.first_wh]), cost])


def _first(grid: Grid) -> tuple[Ints, Floats]:
    cuts = first_cuts(grid, FIRST)
    return np.array([row for row, _ in cuts], dtype=np.int64), np.array([direction for _, direction in cuts], dtype=np.float64)


def _columns(highs: _Highs, line: Timeline, groups: int) -> None:
    """Cells in amps, then the sum of each group in each period, then the first watt hours of each session."""
    free, inf = np.zeros(line.periods * groups), highspy.kHighsInf
    low, high, cost = (np.insert(term, len(line.who), free + end) for term, end in zip(_terms(line), (-inf, inf, 0.0), strict=True))
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


def _run(highs: _Highs) -> Floats | None:
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return np.array(highs.getSolution().col_value)
