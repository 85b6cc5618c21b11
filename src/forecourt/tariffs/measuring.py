"""How much of each price component was used: the phases are cut wherever the active price can change."""

from bisect import bisect_right
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from math import gcd, lcm

from forecourt.tariffs.cutting import clock_cuts, local_us
from forecourt.tariffs.matching import DAY, MINUTE, Active, Candidate, Draw, Exact, ScopePlan, active_in
from forecourt.tariffs.model import PhaseState
from forecourt.tariffs.slices import Slice, draw_of, without_empty
from forecourt.tariffs.terms import Dimension

_UNKNOWN: tuple[None, None] = (None, None)


@dataclass(slots=True)
class Tally:
    """Quantities per component in order of first use, as whole numbers: 1/wh_parts Wh, 1/us_parts microseconds, or 1 for a fee.

    start_us, used_wh: when the scope began, and the energy it has used so far.
    last_energy, last_time, last_parking: the component used last, which decides the step size. flat: the fee that is owed.
    free_wh: energy no component holds for. unknown_draw: a power or current was asked for and not known.
    """

    start_us: int
    used_wh: Exact = 0
    used: dict[Candidate, int] = field(default_factory=dict)
    wh_parts: int = 1
    us_parts: int = 1
    last_energy: Candidate | None = None
    last_time: Candidate | None = None
    last_parking: Candidate | None = None
    flat: Candidate | None = None
    free_wh: Exact = 0
    unknown_draw: bool = False

    def add(self, state: PhaseState, now: Active, length_us: int, wh: Exact, share: tuple[int, int] = (1, 1)) -> None:
        """A share of a slice in which nothing changes. A flat fee is owed once, from the first moment one holds."""
        if self.flat is None and now.flat is not None:
            self.flat = now.flat
            self.used[now.flat] = 1
        if wh:
            self._add_energy(now.energy, wh.numerator * share[0], wh.denominator * share[1])
        if length_us and state is PhaseState.IDLE:
            if now.parking is not None:
                self._add_time(now.parking, length_us * share[0], share[1])
                self.last_parking = now.parking
        elif length_us and now.time is not None and state is not PhaseState.WITHHELD:
            self._add_time(now.time, length_us * share[0], share[1])
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
            if candidate is not self.flat and (candidate.dimension is Dimension.ENERGY) is energy:
                self.used[candidate] = quantity * finer


def measure(plan: ScopePlan, slices: list[Slice], zone: str, tally: Tally) -> None:
    """Add to the tally what a stretch of one scope used of each component. slices: in order of time."""
    if plan.simple:
        _measure_simple(plan, slices, tally)
    else:
        _Walk(plan, slices, zone, tally).run()


def measured(plan: ScopePlan, slices: list[Slice], zone: str) -> Tally:
    """What a scope used that has one tariff from end to end."""
    tally = Tally(slices[0].start_us)
    measure(plan, slices, zone, tally)
    return tally


def _measure_simple(plan: ScopePlan, slices: list[Slice], tally: Tally) -> None:
    """Without restrictions every dimension has one price: adding up is enough."""
    wh: Exact = 0
    charging = parking = 0
    for state, start_us, end_us, energy, _, _ in slices:
        wh += energy
        if state is PhaseState.IDLE:
            parking += end_us - start_us
        elif state is not PhaseState.WITHHELD:
            charging += end_us - start_us
    tally.used_wh += wh
    tally.add(PhaseState.CHARGING, plan.always, charging, wh)
    tally.add(PhaseState.IDLE, plan.always, parking, 0)


class _Walk:
    """Goes through the slices once, cutting at clock times, durations and amounts of energy."""

    def __init__(self, plan: ScopePlan, slices: list[Slice], zone: str, tally: Tally) -> None:
        slices = without_empty(slices)
        self.plan, self.slices, self.zone, self.tally = plan, slices, zone, tally
        start, end = slices[0].start_us, slices[-1].end_us
        self.cuts = clock_cuts(zone, start, end, plan.day_minutes) if plan.day_minutes else []
        if plan.elapsed_us:
            marks = (tally.start_us + after for after in plan.elapsed_us)
            self.cuts = sorted({*self.cuts, *(at for at in marks if start < at < end)})
        self.passed = 0  # cuts at or before the moment looked at
        self.known: dict[tuple[int, int, tuple[Draw | None, Draw | None]], Active] = {}

    def run(self) -> None:
        plan, tally, cuts, tiered = self.plan, self.tally, self.cuts, bool(self.plan.used_wh)
        next_cut = cuts[0] if cuts else None
        draw: tuple[Draw | None, Draw | None] = _UNKNOWN
        for piece in self.slices:
            _, start, end, wh, _, _ = piece
            while next_cut is not None and next_cut <= start:
                self.passed += 1
                next_cut = cuts[self.passed] if self.passed < len(cuts) else None
            if plan.uses_draw:
                draw = draw_of(piece)
                tally.unknown_draw |= (plan.uses_power and draw[0] is None) or (plan.uses_current and draw[1] is None)
            before = tally.used_wh
            tiers = [bound for bound in plan.used_wh if before < bound < before + wh] if tiered and wh else []
            if tiers or (next_cut is not None and next_cut < end):
                self._split(piece, tiers, draw)
                next_cut = cuts[self.passed] if self.passed < len(cuts) else None
            else:
                tally.add(piece.state, self._active_at(start, bisect_right(plan.used_wh, before), draw), end - start, wh)
            tally.used_wh = before + wh

    def _split(self, piece: Slice, tiers: list[Exact], draw: tuple[Draw | None, Draw | None]) -> None:
        """Leaves `passed` at the cuts up to the last part's start."""
        if tiers:
            self._split_by_energy(piece, tiers, draw)
        else:
            self._split_by_clock(piece, draw)

    def _split_by_clock(self, piece: Slice, draw: tuple[Draw | None, Draw | None]) -> None:
        """Cut one slice at instants: energy runs evenly, so each part has the share of its time."""
        cuts, end, length = self.cuts, piece.end_us, piece.end_us - piece.start_us
        tier = bisect_right(self.plan.used_wh, self.tally.used_wh)
        parts: list[tuple[Active, int]] = []
        left = piece.start_us
        while left < end:
            right = min(end, cuts[self.passed]) if self.passed < len(cuts) else end
            parts.append((self._active_at(left, tier, draw), right - left))
            left = right
            if left < end:
                self.passed += 1
        self._add_parts(piece, parts, length)

    def _split_by_energy(self, piece: Slice, tiers: list[Exact], draw: tuple[Draw | None, Draw | None]) -> None:
        """Cut one slice also where its energy reaches a bound, an instant that need not be a whole microsecond.

        Counted in ticks so small that clock cuts, bounds and the end all lie on whole ones.
        """
        start, length, before = piece.start_us, piece.end_us - piece.start_us, self.tally.used_wh
        scale = lcm(piece.wh.denominator, before.denominator, *(bound.denominator for bound in tiers))
        a_micro, a_unit = int(piece.wh * scale), length or 1
        inside = self.cuts[self.passed : self.passed + sum(1 for at in self.cuts[self.passed :] if at < piece.end_us)]
        clock = [(at - start) * a_micro for at in inside]
        energy = [int((bound - before) * scale) * a_unit for bound in tiers]
        passed, tier = self.passed, bisect_right(self.plan.used_wh, before)
        parts: list[tuple[Active, int]] = []
        for left, right in pairwise(sorted({0, *clock, *energy, a_micro * a_unit})):
            self.passed = passed + bisect_right(clock, left)
            parts.append((self._active_at(start + left // a_micro, tier + bisect_right(energy, left), draw), right - left))
        self._add_parts(piece, parts, a_micro * a_unit)

    def _add_parts(self, piece: Slice, parts: list[tuple[Active, int]], whole: int) -> None:
        """Add up parts with the same prices first: fractions then arise once for each, and not at every cut."""
        length = piece.end_us - piece.start_us
        spent: dict[Active, int] = {}
        for now, share in parts:
            spent[now] = spent.get(now, 0) + share
        for now, share in spent.items():
            self.tally.add(piece.state, now, length, piece.wh, (share, whole))
        if len(spent) < len(parts):
            self._mark_last(piece, parts)

    def _mark_last(self, piece: Slice, parts: list[tuple[Active, int]]) -> None:
        """Prices that came back later in the slice were counted where they first came, and are the last ones all the same."""
        tally = self.tally
        for now, _ in parts:
            if piece.wh and now.energy is not None:
                tally.last_energy = now.energy
            if piece.state is PhaseState.IDLE and now.parking is not None:
                tally.last_parking = now.parking
            elif piece.state in (PhaseState.CHARGING, PhaseState.RESERVED) and now.time is not None:
                tally.last_time = now.time

    def _active_at(self, at_us: int, tier: int, draw: tuple[Draw | None, Draw | None]) -> Active:
        key = (self.passed, tier, draw)
        found = self.known.get(key)
        if found is None:
            plan = self.plan
            day = clock = elapsed = 0
            if plan.day_minutes:
                day, within = divmod(local_us(self.zone, at_us), DAY)
                clock = bisect_right(plan.day_minutes, within // MINUTE)
            if plan.elapsed_us:
                elapsed = bisect_right(plan.elapsed_us, at_us - self.tally.start_us)
            found = self.known[key] = active_in(plan, day, clock, tier, elapsed, draw)
        return found
