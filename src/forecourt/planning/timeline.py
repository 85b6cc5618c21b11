"""A linear program over periods: who draws how much when, under phasor rows, needs and stays. Shared by the horizon and the bound."""

from collections.abc import Callable
from dataclasses import dataclass

import highspy
import numpy as np
from highspy._core import _Highs

from forecourt.planning.linear import first_cuts, new_simplex
from forecourt.planning.sockets import Floats, Ints
from forecourt.planning.wiring import Grid

_ROUNDING = 1e-9
FIRST = 3  # tangents per circle to begin with
# In amps and kilowatt hours the program is already well scaled; the solver's usual preparations would cost more than its few iterations.
_WELL_SCALED = (("simplex_scale_strategy", 0), ("simplex_dual_edge_weight_strategy", 1), ("dual_simplex_cost_perturbation_multiplier", 0.0))


@dataclass(frozen=True, slots=True)
class Timeline:
    """S sessions, N cells (a session in a period), P periods.

    who, when: (N,) session and period of each cell; several cells of the same pair add up. low_a, high_a: (N,) mean current in the cell.
    amp_wh: (N,) watt hours of one amp over the cell. worth: (N,) of one watt hour. group: (S,) index in the grid.
    need_wh: (S,). first_wh, first_worth: (S,) watt hours of each session that are worth more, and how much more.
    most_wh: (P,) the maximum sum of all cells of a period, inf = any; None = only the grid limits it. If fixed loads alone exceed it,
    others get nothing, but the program stays feasible.
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
    most_wh: Floats | None = None

    @property
    def limit_wh(self) -> Floats:
        """(P,) most_wh, or the sum of all cells' minima if that is more."""
        most_wh = np.full(self.periods, np.inf) if self.most_wh is None else self.most_wh
        return np.asarray(np.maximum(most_wh, np.bincount(self.when, self.low_a * self.amp_wh, self.periods)))


@dataclass(frozen=True, slots=True)
class Precision:
    """gap, later_gap: how far a circle may be exceeded in the first period and in later ones. rounds: of tangents.
    iterations: of the simplex per round."""

    gap: float
    later_gap: float
    rounds: int
    iterations: int = 20_000


def maximize_worth(line: Timeline, grid: Grid, precision: Precision) -> Floats | None:
    """(N,) amps of most worth; None without an optimum (floors that do not fit, iterations used up).

    After the last round of tangents the result is returned as it is: as a bound, it is never too low.
    """
    return TimelineModel(line, grid, precision).solve(line)


class TimelineModel:
    """The program of one shape (who, when, amp_wh, group, and whether there is a most_wh), kept alive: later solves start from
    the last answer and its tangents."""

    def __init__(self, line: Timeline, grid: Grid, precision: Precision) -> None:
        self._grid, self._precision, self._groups = grid, precision, grid.columns.shape[1]
        self._cells, self._periods = len(line.who), line.periods
        self._limits_a = grid.limits_a * (1 + np.array([precision.gap] + [precision.later_gap] * (line.periods - 1))[:, None]) + 1e-9
        self._highs = new_simplex()
        for option, value in (*_WELL_SCALED, ("simplex_iteration_limit", precision.iterations)):
            self._highs.setOptionValue(option, value)
        _columns(self._highs, line, self._groups)
        _rows(self._highs, line, self._groups)
        self._room = np.arange(0 if line.most_wh is None else line.periods, dtype=np.int32) + self._highs.getNumRow()
        if line.most_wh is not None:
            _limit_rows(self._highs, line)
        parts = np.arange(2 * len(line.need_wh)) + self._cells + self._periods * self._groups
        self._places = np.concatenate([np.arange(self._cells), parts]).astype(np.int32)
        self._terms = _terms(line)
        self._first = _first(grid)
        self._sizes, self._slots = np.abs(grid.columns.T), line.when * self._groups + line.group[line.who]
        self._cut_at = np.zeros((line.periods, len(grid.limits_a)), dtype=np.bool_)
        self.cuts, self.values = 0, np.zeros(0)

    def fits(self, line: Timeline) -> bool:
        """Whether a line with the same cells can be solved here."""
        return bool(self._room.size) == (line.most_wh is not None)

    def extend(self, add: Callable[[_Highs], None]) -> None:
        """Add columns and rows after the program's own (which begin with the cells); their solution is in `values` after a solve."""
        add(self._highs)

    def solve(self, line: Timeline) -> Floats | None:
        """(N,) amps of most worth, as in maximize_worth; line must have the shape the program was built with."""
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
        """Pass only the changes to the model: most sockets are and stay empty."""
        terms = _terms(line)
        new = np.flatnonzero((terms != self._terms).any(axis=0))
        self._terms = terms
        places, (low, high, cost) = self._places[new], terms[:, new]
        self._highs.changeColsBounds(len(places), places, low, high)
        self._highs.changeColsCost(len(places), places, cost)
        if self._room.size:
            for row, room in zip(self._room.tolist(), (line.limit_wh / 1000 + _ROUNDING).tolist(), strict=True):
                self._highs.changeRowBounds(row, -highspy.kHighsInf, room)

    def _begin(self, line: Timeline) -> None:
        """Add the first tangents of circles that these cars could exceed at all."""
        most = np.bincount(self._slots, line.high_a, self._periods * self._groups).reshape(self._periods, self._groups)
        new = (most @ self._sizes > self._grid.limits_a) & ~self._cut_at
        if new.any():
            self._cut_at |= new
            rows, directions = self._first
            period, which = np.nonzero(new[:, rows])
            self._cut(period, rows[which], directions[which])

    def _cut(self, periods: Ints, rows: Ints, directions_rad: Floats) -> None:
        """Add one tangent for each period, row and direction."""
        values = (self._grid.columns[rows] * np.exp(-1j * directions_rad)[:, None]).real
        cut, group = np.nonzero(np.abs(values) > 1e-12)
        places = (self._cells + periods[cut] * self._groups + group).astype(np.int32)
        starts = np.searchsorted(cut, np.arange(len(rows))).astype(np.int32)
        low, high = np.full(len(rows), -highspy.kHighsInf), self._grid.limits_a[rows]
        self._highs.addRows(len(rows), low, high, len(cut), starts, places, values[cut, group])
        self.cuts += len(rows)


def _terms(line: Timeline) -> Floats:
    """(3, N + 2 S) minimum, maximum and cost of each cell, then of the first kilowatt hours of each session, then of the rest.

    Without a first part the rest may be negative, for a car that gives back more than it takes.
    """
    first = np.minimum(line.first_wh, line.need_wh) / 1000
    low = np.concatenate([line.low_a, np.zeros(len(first)), np.where(first > 0, 0.0, -highspy.kHighsInf)])
    cost = np.concatenate([line.amp_wh * line.worth / -1000, -line.first_worth, np.zeros(len(first))])
    return np.array([low, np.concatenate([line.high_a, first, line.need_wh / 1000 - first]), cost])


def _first(grid: Grid) -> tuple[Ints, Floats]:
    cuts = first_cuts(grid, FIRST)
    return np.array([row for row, _ in cuts], dtype=np.int64), np.array([direction for _, direction in cuts], dtype=np.float64)


def _columns(highs: _Highs, line: Timeline, groups: int) -> None:
    """Cells in amps, then the sum of each group in each period, then the kilowatt hours of each session: first part and rest."""
    free, inf = np.zeros(line.periods * groups), highspy.kHighsInf
    low, high, cost = (np.insert(term, len(line.who), free + end) for term, end in zip(_terms(line), (-inf, inf, 0.0), strict=True))
    none = np.zeros(0, np.int32)
    highs.addCols(len(cost), cost, low, high, 0, none, none, np.zeros(0))


def _rows(highs: _Highs, line: Timeline, groups: int) -> None:
    """Rows that sum up each session's cells, and each group's in each period."""
    cells, sessions, sums = len(line.who), len(line.need_wh), line.periods * groups
    every, each, parts = np.arange(cells), np.arange(sessions), cells + sums
    rows = np.concatenate([line.who, each, each, sessions + line.when * groups + line.group[line.who], sessions + np.arange(sums)])
    places = np.concatenate([every, parts + each, parts + sessions + each, every, cells + np.arange(sums)])
    values = np.concatenate([line.amp_wh / 1000, -np.ones(2 * sessions), np.ones(cells), -np.ones(sums)])
    order, count = np.lexsort((places, rows)), sessions + sums
    starts = np.searchsorted(rows[order], np.arange(count)).astype(np.int32)
    none = np.zeros(count)
    highs.addRows(count, none, none, len(order), starts, places[order].astype(np.int32), values[order])


def _limit_rows(highs: _Highs, line: Timeline) -> None:
    """Rows that keep the sum of each period's cells, in kilowatt hours, under its maximum."""
    order = np.argsort(line.when, kind="stable").astype(np.int32)
    starts = np.searchsorted(line.when[order], np.arange(line.periods)).astype(np.int32)
    low = np.full(line.periods, -highspy.kHighsInf)
    highs.addRows(line.periods, low, line.limit_wh / 1000 + _ROUNDING, len(order), starts, order, line.amp_wh[order] / 1000)


def _run(highs: _Highs) -> Floats | None:
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    return np.array(highs.getSolution().col_value)
