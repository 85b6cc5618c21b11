"""Compiles rows or an electrical tree into one matrix of phasors that every other module checks against.

A car may always take less than it is offered. Where currents of different angles meet, less of one can mean MORE on a
row, so each row is stored once for every subset of angles that can add up (the half-plane subsets of a zonotope): a plan
that holds these rows holds the limit whatever part of its share each car takes.
"""

import cmath
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from forecourt.kernel import BadInput
from forecourt.planning.model import EvseLimits, Limits, Node, Row

Phasors = dict[str, complex]
TOLERANCE_A = 1e-6


@dataclass(frozen=True, slots=True)
class Grid:
    """phasors: (rows, EVSEs) complex per amp; limits_a: (rows,); names: (rows,), repeated for the subsets of one row.

    groups: (EVSEs,) group of each EVSE; no row can tell the EVSEs of a group apart; columns: (rows, groups) their common phasors.
    straight: (rows,) whether all phasors of a row point the same way. parts: those columns without their zeros.
    """

    ids: tuple[str, ...]
    index: Mapping[str, int]
    phasors: NDArray[np.complex128]
    limits_a: NDArray[np.float64]
    names: tuple[str, ...]
    groups: NDArray[np.int64]
    columns: NDArray[np.complex128]
    straight: NDArray[np.bool_]
    parts: "Parts"

    def vector(self, amps: Mapping[str, float]) -> NDArray[np.float64]:
        """Amps by EVSE as an array in the grid's order; EVSEs of other sites are ignored."""
        values = np.zeros(len(self.ids))
        for evse, current in amps.items():
            if (place := self.index.get(evse)) is not None:
                values[place] = current
        return values

    def loads_a(self, currents: NDArray[np.float64]) -> NDArray[np.float64]:
        """Size of every phasor sum, in the rows' amps."""
        return np.asarray(np.abs(self.sums(currents)), dtype=np.float64)

    def sums(self, currents: NDArray[np.float64]) -> NDArray[np.complex128]:
        """(rows,) phasor sums; computed by groups, since they are few."""
        return np.asarray(self.columns @ np.bincount(self.groups, currents, self.columns.shape[1]), dtype=np.complex128)

    def allows(self, currents: NDArray[np.float64]) -> bool:
        return bool(np.all(self.loads_a(currents) <= self.limits_a + TOLERANCE_A))

    def exceeded(self, currents: NDArray[np.float64]) -> tuple[str, ...]:
        """Names of the rows that these currents (or any part of them) would exceed."""
        over = np.flatnonzero(self.loads_a(currents) > self.limits_a + TOLERANCE_A)
        return tuple(dict.fromkeys(self.names[row] for row in over.tolist()))

    def headroom_a(self, phasor_sums: NDArray[np.complex128], group: int) -> float:
        """How many amps an EVSE of the group may add to the phasor sums before a row is full; inf if no row counts it."""
        return float(self.parts.of[group].headrooms_a(phasor_sums).min(initial=np.inf))

    def tightest_row(self, phasor_sums: NDArray[np.complex128], group: int) -> int:
        """The row that determines headroom_a; at least one row must count the group."""
        part = self.parts.of[group]
        return int(part.rows[part.headrooms_a(phasor_sums).argmin()])

    def headrooms_a(self, phasor_sums: NDArray[np.complex128]) -> NDArray[np.float64]:
        """(groups,) headroom_a of all groups."""
        found = np.full(self.columns.shape[1], np.inf)
        if self.parts.counted.size:
            found[self.parts.counted] = np.minimum.reduceat(self.parts.all.headrooms_a(phasor_sums), self.parts.starts)
        return found

    def tightest(self, phasor_sums: NDArray[np.complex128], groups: Iterable[int]) -> dict[int, str]:
        """By group, the name of the row with the least room for it; "" if no row counts it."""
        headrooms, rows, ends = self.parts.all.headrooms_a(phasor_sums), self.parts.all.rows, self.parts.ends
        spans = {group: slice(ends[group], ends[group + 1]) for group in groups}
        return {
            group: self.names[int(rows[span][headrooms[span].argmin()])] if span.stop > span.start else "" for group, span in spans.items()
        }


@dataclass(frozen=True, slots=True)
class Part:
    """Non-zero phasors, (n,) each: their rows, the rows' limits squared, their real and imaginary parts, their magnitudes squared."""

    rows: NDArray[np.int64]
    limits: NDArray[np.float64]
    real: NDArray[np.float64]
    imag: NDArray[np.float64]
    sizes: NDArray[np.float64]

    def within(self, span: slice) -> "Part":
        return Part(self.rows[span], self.limits[span], self.real[span], self.imag[span], self.sizes[span])

    def headrooms_a(self, phasor_sums: NDArray[np.complex128]) -> NDArray[np.float64]:
        """(n,) amps along each phasor until its row is full; 0 if it is over its limit."""
        have = phasor_sums[self.rows]
        real, imag = have.real, have.imag
        half = real * self.real + imag * self.imag
        slack = self.limits - (real * real + imag * imag)
        headroom = (np.sqrt(np.maximum(half * half + self.sizes * slack, 0.0)) - half) / self.sizes
        return np.where(slack < 0, 0.0, headroom)


@dataclass(frozen=True, slots=True)
class Parts:
    """The phasors of all groups in one Part, and of each group. ends: (groups + 1,) where each group's phasors begin and end;
    counted: groups that have any; starts: where theirs begin."""

    all: Part
    of: tuple[Part, ...]
    ends: tuple[int, ...]
    counted: NDArray[np.int64]
    starts: NDArray[np.int64]


def _parts(columns: NDArray[np.complex128], limits_a: NDArray[np.float64]) -> Parts:
    groups, rows = np.nonzero(columns.T)
    phasors, ends = columns[rows, groups], np.searchsorted(groups, np.arange(columns.shape[1] + 1))
    every = Part(rows, limits_a[rows] ** 2, phasors.real.copy(), phasors.imag.copy(), np.abs(phasors) ** 2)
    each = tuple(every.within(slice(start, end)) for start, end in pairwise(ends.tolist()))
    counted = np.flatnonzero(np.diff(ends))
    return Parts(every, each, tuple(ends.tolist()), counted, ends[counted])


def compile_grid(limits: Limits, evses: Sequence[EvseLimits], worst_case: bool = True) -> Grid:
    """Compile limits; worst_case False: each row once, for currents that are exactly as given.

    BadInput if a row or node names an unknown EVSE, a parent is missing, or nodes form a cycle.
    """
    by_id = {evse.id: evse for evse in evses}
    if len(by_id) != len(evses):
        raise BadInput("evse_twice", "An EVSE is listed twice.")
    named = [part for limit in limits for part in _named(limit, limits, by_id)]
    rows = [(name, limit_a, subset) for name, limit_a, terms in named for subset in (_subsets(terms) if worst_case else [terms])]
    ids = tuple(by_id)
    index = {evse: place for place, evse in enumerate(ids)}
    phasors = np.zeros((len(rows), len(ids)), dtype=np.complex128)
    for number, (_, _, terms) in enumerate(rows):
        for evse, phasor in terms.items():
            phasors[number, index[evse]] = phasor
    columns, groups = np.unique(np.round(phasors, 12), axis=1, return_inverse=True) if ids else (phasors, np.zeros(0, np.int64))
    limits_a = np.array([limit_a for _, limit_a, _ in rows], dtype=np.float64)
    sizes = np.abs(columns)
    straight, names = np.abs(columns.sum(axis=1)) >= sizes.sum(axis=1) * (1 - 1e-12), tuple(row[0] for row in rows)
    return Grid(ids, index, phasors, limits_a, names, groups.reshape(-1), columns, straight, _parts(columns, limits_a))


def _named(limit: Row | Node, limits: Limits, by_id: Mapping[str, EvseLimits]) -> list[tuple[str, float, Phasors]]:
    if isinstance(limit, Row):
        _finite(limit.name, limit.limit_a)
        return [(limit.name, limit.limit_a, terms) for terms in _terms(limit, by_id)]
    below = [_known(by_id, evse, limit.name) for evse in _below(limit, [node for node in limits if isinstance(node, Node)])]
    parts: list[tuple[str, float, Phasors]] = []
    if limit.limit_a is not None:
        _finite(limit.name, limit.limit_a)
        for phase in ("L1", "L2", "L3"):
            terms = {evse.id: _phasor(1.0, _LINE_DEG[evse.phases][phase]) for evse in below if phase in evse.phases}
            parts += [(f"{limit.name} {phase}", limit.limit_a, terms)] if terms else []
    if limit.limit_w is not None:
        _finite(limit.name, limit.limit_w)
        # Watts over 230 V, so that all rows are in amps of the same magnitude.
        parts.append((limit.name, limit.limit_w / 230.0, {evse.id: complex(evse.watts_per_amp / 230.0) for evse in below}))
    return parts


def _terms(row: Row, by_id: Mapping[str, EvseLimits]) -> list[Phasors]:
    """The row's phasors; two variants if three-phase EVSEs have no stated angle, since theirs differs per line: once as on L1, once in
    phase with the others of the row, whose angles alone tell which line it is."""
    evses = {evse: _known(by_id, evse, row.name) for evse, _ in row.weights}
    terms = {evse: _phasor(weight, evses[evse].angle_deg) for evse, weight in row.weights}
    turning = {one.id for one in evses.values() if len(one.phases) == 3 and one.phase_deg is None}
    fixed = sum(phasor / abs(phasor) for evse, phasor in terms.items() if phasor and evse not in turning)
    if not turning or abs(fixed) < TOLERANCE_A or abs(cmath.phase(fixed)) < TOLERANCE_A:
        return [terms]
    direction = fixed / abs(fixed)
    return [terms, {evse: abs(phasor) * direction if evse in turning else phasor for evse, phasor in terms.items()}]


# Angle of the current in a line conductor against that line's own voltage. One current flows between two lines, seen
# 30 degrees early by the first and 30 degrees late by the second.
_LINE_DEG: Mapping[tuple[str, ...], Mapping[str, float]] = {
    ("L1",): {"L1": 0.0},
    ("L2",): {"L2": 0.0},
    ("L3",): {"L3": 0.0},
    ("L1", "L2"): {"L1": 30.0, "L2": -30.0},
    ("L2", "L3"): {"L2": 30.0, "L3": -30.0},
    ("L1", "L3"): {"L3": 30.0, "L1": -30.0},
    ("L1", "L2", "L3"): {"L1": 0.0, "L2": 0.0, "L3": 0.0},
}


def _finite(name: str, limit: float) -> None:
    if not (math.isfinite(limit) and limit >= 0):
        raise BadInput("limit_value", f"{name}: a limit of {limit} is not a current.", "Give a number of 0 or more.")


def _known(by_id: Mapping[str, EvseLimits], evse: str, limit: str) -> EvseLimits:
    if evse not in by_id:
        raise BadInput("limit_evse", f"{limit} names {evse}, which is not among the EVSEs.")
    return by_id[evse]


def _below(top: Node, nodes: Sequence[Node]) -> list[str]:
    names = {node.name for node in nodes}
    children: dict[str, list[Node]] = {}
    for node in nodes:
        if node.parent is not None:
            if node.parent not in names:
                raise BadInput("limit_parent", f"{node.name} hangs below {node.parent}, which is not in the tree.")
            children.setdefault(node.parent, []).append(node)
    found: list[str] = []
    open_nodes, seen = [top], set[str]()
    while open_nodes:
        node = open_nodes.pop()
        if node.name in seen:
            raise BadInput("limit_ring", f"{node.name} hangs below itself.", "Give each node one parent, and one node none.")
        seen.add(node.name)
        found += node.evses
        open_nodes += children.get(node.name, [])
    return list(dict.fromkeys(found))


def _phasor(weight: float, angle_deg: float) -> complex:
    return cmath.rect(weight, math.radians(angle_deg))


def _subsets(terms: Phasors) -> list[Phasors]:
    """The subsets of a row that can be its worst case: the whole row if no two phasors oppose each other."""
    angles = {evse: round(math.degrees(cmath.phase(phasor)) % 360.0, 6) % 360.0 for evse, phasor in terms.items() if phasor}
    distinct = sorted(set(angles.values()))
    # Candidate half-planes open just after each angle (or its opposite); one direction between any two events covers all.
    events = sorted({angle % 360.0 for a in distinct for angle in (a + 90.0, a - 90.0)})
    middles = [(a + ((b - a) % 360.0 or 360.0) / 2) % 360.0 for a, b in zip(events, events[1:] + events[:1], strict=True)]
    sets = {frozenset(a for a in distinct if math.cos(math.radians(a - middle)) > 0) for middle in middles}
    worst = [s for s in sets if s and not any(s < other and _together(other) for other in sets)]
    return [{evse: phasor for evse, phasor in terms.items() if angles.get(evse) in s} for s in sorted(worst, key=sorted)]


def _together(angles: frozenset[float]) -> bool:
    """No two of them more than 90 degrees apart: then more current never means less."""
    return all(math.cos(math.radians(a - b)) >= -1e-9 for a in angles for b in angles)
