"""How much of each price component was used: the phases are cut wherever the active price can change."""

from bisect import bisect_right
from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from math import gcd, lcm
from types import MappingProxyType

from forecourt.tariffs.matching import Active, Candidate, Draw, Exact, ScopePlan
from forecourt.tariffs.model import PhaseState
from forecourt.tariffs.segments import UNKNOWN, segment_at
from forecourt.tariffs.slices import Slice, draw_of
from forecourt.tariffs.terms import Dimension, Scope

_ENERGY, _FLAT = Dimension.ENERGY, Dimension.FLAT
_IDLE, _WITHHELD = PhaseState.IDLE, PhaseState.WITHHELD


class Tally:
    """Quantities per component in order of first use, as whole numbers: 1/wh_parts Wh, 1/us_parts microseconds, or 1 for a fee.

    start_us, used_wh: when the scope began, and the energy it has used so far.
    last_energy, last_time, last_parking: the component used last, which decides the step size. flat: the fee that is owed.
    free_wh: energy to which no price applies. unknown_draw: a price depends on a power or current that is not known.
    added: the part of a component's quantity that rounding up to its step size added.
    """

    used_wh: Exact = 0
    wh_parts = us_parts = 1
    last_energy: Candidate | None = None
    last_time: Candidate | None = None
    last_parking: Candidate | None = None
    flat: Candidate | None = None
    free_wh: Exact = 0
    unknown_draw = False
    added: Mapping[Candidate, int] = MappingProxyType({})

    def __init__(self, scope: Scope, start_us: int) -> None:
        self.scope, self.start_us = scope, start_us
        self.used: dict[Candidate, int] = {}

    def parts(self, dimension: Dimension) -> int:
        """How many parts of a Wh or a microsecond the quantities of a dimension are counted in."""
        return self.wh_parts if dimension is _ENERGY else self.us_parts if dimension is not _FLAT else 1

    def round_up(self) -> None:
        """step_size, once for energy and once for time, when all is measured (OCPI mod_cdrs, Step Size).

        The component used last bills what rounding up adds, with its block and its price. Where parking was billed only
        parking is rounded; charging time is rounded only where no parking was billed.
        """
        last = self.last_energy
        if last is not None and last.block * self.wh_parts > 1:
            self._round_up(last, last.block * self.wh_parts)
        last = self.last_parking or self.last_time
        if last is not None and last.block * self.us_parts > 1:
            self._round_up(last, last.block * self.us_parts)

    def _round_up(self, last: Candidate, block: int) -> None:
        used, dimension = 0, last.dimension
        for candidate, quantity in self.used.items():
            if candidate.dimension is dimension:
                used += quantity
        extra = -used % block
        if extra:
            self.used[last] += extra
            self.added = {**self.added, last: extra}

    def add(self, now: Active, charging_us: int, parked_us: int, wh: Exact, over: int = 1) -> None:
        """Time, and wh / over of energy, in which nothing changes. A flat fee is owed once, from the first moment one holds."""
        energy, time, parking, flat = now
        used = self.used
        if flat is not None and self.flat is None:
            self.flat = flat
            used[flat] = 1
        if wh:
            if over == 1 and energy is not None and type(wh) is int:
                used[energy] = used.get(energy, 0) + wh * self.wh_parts
                self.last_energy = energy
            else:
                self._add_energy(energy, wh.numerator, wh.denominator * over)
        if charging_us and time is not None:
            used[time] = used.get(time, 0) + charging_us * self.us_parts
            self.last_time = time
        if parked_us and parking is not None:
            used[parking] = used.get(parking, 0) + parked_us * self.us_parts
            self.last_parking = parking

    def add_of(self, state: PhaseState, now: Active, length_us: int, wh: Exact, over: int = 1) -> None:
        """Like `add`, for one state. Time in which the station withholds power is not billed."""
        if state is _IDLE:
            self.add(now, 0, length_us, wh, over)
        else:
            self.add(now, 0 if state is _WITHHELD else length_us, 0, wh, over)

    def add_share(self, piece: Slice, now: Active, share: int, whole: int) -> None:
        """A part of a slice that need not be whole microseconds: its share of the time and of the energy."""
        state, start_us, end_us, wh, _, _ = piece
        self.add(now, 0, 0, wh * share, whole)
        time_us = (end_us - start_us) * share
        if time_us and state is _IDLE:
            if now.parking is not None:
                self._add_time(now.parking, time_us, whole)
                self.last_parking = now.parking
        elif time_us and now.time is not None and state is not _WITHHELD:
            self._add_time(now.time, time_us, whole)
            self.last_time = now.time

    def _add_energy(self, candidate: Candidate | None, numerator: int, denominator: int) -> None:
        if candidate is None:
            self.free_wh += Fraction(numerator, denominator)
            return
        more, rest = divmod(numerator * self.wh_parts, denominator)
        if rest:
            finer = denominator // gcd(rest, denominator)
            self._refine(finer, energy=True)
            self.wh_parts *= finer
            more = numerator * self.wh_parts // denominator
        self.used[candidate] = self.used.get(candidate, 0) + more
        self.last_energy = candidate

    def _add_time(self, candidate: Candidate, numerator: int, denominator: int) -> None:
        more, rest = divmod(numerator * self.us_parts, denominator)
        if rest:
            finer = denominator // gcd(rest, denominator)
            self._refine(finer, energy=False)
            self.us_parts *= finer
            more = numerator * self.us_parts // denominator
        self.used[candidate] = self.used.get(candidate, 0) + more

    def _refine(self, finer: int, energy: bool) -> None:
        """Count in smaller parts from now on: what was counted in larger ones is counted anew."""
        for candidate, quantity in self.used.items():
            if candidate is not self.flat and (candidate.dimension is _ENERGY) is energy:
                self.used[candidate] = quantity * finer


def measure(plan: ScopePlan, slices: list[Slice], zone: str, tally: Tally) -> None:
    """Add to the tally what a stretch of one scope used of each component. slices: in order of time."""
    if not plan.simple:
        _Walk(plan, zone, tally).run(slices)
        return
    # Without restrictions every dimension has one price: adding up is enough.
    wh: Exact = 0
    charging = parked = 0
    for state, start_us, end_us, energy, _, _ in slices:
        wh += energy
        if state is _IDLE:
            parked += end_us - start_us
        elif state is not _WITHHELD:
            charging += end_us - start_us
    tally.used_wh += wh
    tally.add(plan.always, charging, parked, wh)


def measured(scope: Scope, plan: ScopePlan, slices: list[Slice], zone: str) -> Tally:
    """Measure a scope that has a single tariff throughout."""
    tally = Tally(scope, slices[0].start_us)
    measure(plan, slices, zone, tally)
    tally.round_up()
    return tally


class _Walk:
    """Goes through the slices once, cutting at clock times, durations and amounts of energy.

    until: the next instant at which the clock or the duration may change a price; elapsed: the durations reached.
    """

    __slots__ = ("elapsed", "plan", "segment", "tally", "until", "zone")

    def __init__(self, plan: ScopePlan, zone: str, tally: Tally) -> None:
        self.plan, self.zone, self.tally = plan, zone, tally

    def run(self, slices: list[Slice]) -> None:
        """An instant in which nothing happens has no price, unless nothing else ever happened."""
        plan, tally = self.plan, self.tally
        tiers, drawn = plan.used_wh, plan.uses_draw
        self._seek(slices[0].start_us)
        draw: tuple[Draw | None, Draw | None] = UNKNOWN
        empty = True
        for piece in slices:
            state, start, end, wh, _, _ = piece
            if end == start and not wh:
                continue
            empty, before = False, tally.used_wh
            if start >= self.until:
                self._seek(start)
            if drawn:
                draw = self._draw(piece)
            crossed = [bound for bound in tiers if before < bound < before + wh] if tiers and wh else []
            if crossed:
                self._split_by_energy(piece, crossed, draw)
            elif self.until < end:
                self._split_by_clock(piece, draw)
            else:
                segment = self.segment
                now = segment.only or segment.active(bisect_right(tiers, before) if tiers else 0, self.elapsed, draw)
                if state is _IDLE:
                    tally.add(now, 0, end - start, wh)
                else:
                    tally.add(now, 0 if state is _WITHHELD else end - start, 0, wh)
            tally.used_wh = before + wh
        if empty:
            first = slices[0]
            draw = self._draw(first) if drawn else draw
            tally.add(self.segment.active(bisect_right(tiers, tally.used_wh), self.elapsed, draw), 0, 0, 0)

    def _seek(self, at_us: int) -> None:
        """Go to the stretch an instant lies in."""
        self.segment = segment_at(self.plan, self.zone, at_us)
        self.until, self.elapsed, marks = self.segment.end_us, 0, self.plan.elapsed_us
        if marks:
            since = self.tally.start_us
            self.elapsed = bisect_right(marks, at_us - since)
            if self.elapsed < len(marks):
                self.until = min(self.until, since + marks[self.elapsed])

    def _draw(self, piece: Slice) -> tuple[Draw | None, Draw | None]:
        draw, plan = draw_of(piece), self.plan
        self.tally.unknown_draw |= (plan.uses_power and draw[0] is None) or (plan.uses_current and draw[1] is None)
        return draw

    def _split_by_clock(self, piece: Slice, draw: tuple[Draw | None, Draw | None]) -> None:
        """Cut one slice at instants: energy runs evenly, so each part has the share of its time."""
        state, left, end, wh, _, _ = piece
        tally, length, tiers = self.tally, end - left, self.plan.used_wh
        tier = bisect_right(tiers, tally.used_wh) if tiers else 0
        parts: list[tuple[Active, int]] = []
        shares: dict[Candidate | None, int] = {}
        while left < end:
            if left >= self.until:
                self._seek(left)
            right = min(end, self.until)
            now = self.segment.only or self.segment.active(tier, self.elapsed, draw)
            parts.append((now, right - left))
            shares[now.energy] = shares.get(now.energy, 0) + right - left
            left = right
        last = None
        for now, part in parts:
            share = shares.pop(now.energy, 0)
            if share == length:
                tally.add_of(state, now, part, wh)
            else:
                tally.add_of(state, now, part, wh * share, length)
            last = now.energy or last
        if wh:
            tally.last_energy = last or tally.last_energy

    def _split_by_energy(self, piece: Slice, tiers: list[Exact], draw: tuple[Draw | None, Draw | None]) -> None:
        """Cut one slice also where its energy reaches a bound, an instant that need not be a whole microsecond.

        Counted in ticks so small that clock cuts, bounds and the end all lie on whole ones.
        """
        start, length, before = piece.start_us, piece.end_us - piece.start_us, self.tally.used_wh
        scale = lcm(piece.wh.denominator, before.denominator, *(bound.denominator for bound in tiers))
        a_micro, a_unit = int(piece.wh * scale), length or 1
        energy = [int((bound - before) * scale) * a_unit for bound in tiers]
        clock = [(at - start) * a_micro for at in self._cuts(start, piece.end_us)]
        tier = bisect_right(self.plan.used_wh, before)
        parts: list[tuple[Active, int]] = []
        for left, right in pairwise(sorted({0, *clock, *energy, a_micro * a_unit})):
            self._seek(start + left // a_micro)
            parts.append((self.segment.active(tier + bisect_right(energy, left), self.elapsed, draw), right - left))
        self._add_parts(piece, parts, a_micro * a_unit)

    def _cuts(self, start: int, end: int) -> list[int]:
        """The instants inside a stretch at which the clock or the duration may change a price."""
        found = []
        self._seek(start)
        while self.until < end:
            found.append(self.until)
            self._seek(self.until)
        return found

    def _add_parts(self, piece: Slice, parts: list[tuple[Active, int]], whole: int) -> None:
        """Add up parts with the same prices first: fractions then arise once for each, and not at every cut."""
        spent: dict[Active, int] = {}
        for now, share in parts:
            spent[now] = spent.get(now, 0) + share
        for now, share in spent.items():
            self.tally.add_share(piece, now, share, whole)
        if len(spent) < len(parts):
            self._mark_last(piece, parts)

    def _mark_last(self, piece: Slice, parts: list[tuple[Active, int]]) -> None:
        """Prices that came back later in the slice were counted where they first came, and are the last ones all the same."""
        tally = self.tally
        for now, _ in parts:
            if piece.wh and now.energy is not None:
                tally.last_energy = now.energy
            if piece.state is _IDLE and now.parking is not None:
                tally.last_parking = now.parking
            elif piece.state in (PhaseState.CHARGING, PhaseState.RESERVED) and now.time is not None:
                tally.last_time = now.time
