"""How much of each price component was used: the phases are cut wherever the active price can change."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from forecourt.tariffs.cutting import LocalTime
from forecourt.tariffs.matching import Candidate, Exact, Moment, ScopePlan, active
from forecourt.tariffs.model import PhaseState
from forecourt.tariffs.slices import Slice, draw_of
from forecourt.tariffs.terms import Dimension


@dataclass(slots=True)
class Tally:
    """Quantities per component in order of first use: Wh, microseconds, or 1 for a flat fee.

    last: the component each dimension used last, which decides the step size.
    unpriced: quantities no component holds for. unknown_draw: a power or current was asked for and not known.
    """

    used: dict[Candidate, Exact] = field(default_factory=dict)
    last: dict[Dimension, Candidate] = field(default_factory=dict)
    unpriced: dict[Dimension, Exact] = field(default_factory=dict)
    unknown_draw: bool = False

    def add(self, dimension: Dimension, candidate: Candidate | None, quantity: Exact) -> None:
        if candidate is None:
            self.unpriced[dimension] = self.unpriced.get(dimension, 0) + quantity
            return
        self.used[candidate] = self.used.get(candidate, 0) + quantity
        self.last[dimension] = candidate


@dataclass(frozen=True, slots=True)
class _Active:
    energy: Candidate | None
    time: Candidate | None
    parking: Candidate | None
    flat: Candidate | None


def measure(plan: ScopePlan, slices: list[Slice], zone: str) -> Tally:
    """What one scope used of each component. slices: in order of time, all of the scope."""
    tally = Tally()
    if plan.simple:
        _measure_simple(plan, slices, tally)
    else:
        _Walk(plan, slices, zone, tally).run()
    return tally


def _measure_simple(plan: ScopePlan, slices: list[Slice], tally: Tally) -> None:
    """Without restrictions every dimension has one price: adding up is enough."""
    wh: Exact = 0
    charging = parking = 0
    for piece in slices:
        wh += piece.wh
        if piece.state is PhaseState.IDLE:
            parking += piece.end_us - piece.start_us
        elif piece.state is not PhaseState.WITHHELD:
            charging += piece.end_us - piece.start_us
    if plan.flat:
        tally.add(Dimension.FLAT, plan.flat[0], 1)
    for dimension, candidates, quantity in (
        (Dimension.ENERGY, plan.energy, wh),
        (Dimension.TIME, plan.time, charging),
        (Dimension.PARKING_TIME, plan.parking, parking),
    ):
        if quantity:
            tally.add(dimension, candidates[0] if candidates else None, quantity)


class _Walk:
    """Goes through the slices once, cutting at clock times, durations and amounts of energy."""

    def __init__(self, plan: ScopePlan, slices: list[Slice], zone: str, tally: Tally) -> None:
        self.plan, self.slices, self.tally = plan, slices, tally
        self.start_us = slices[0].start_us
        self.clock = LocalTime(zone, self.start_us, slices[-1].end_us) if plan.day_minutes else None
        cuts = {self.start_us + after for after in plan.elapsed_us}
        if self.clock is not None:
            cuts |= self.clock.cuts(plan.day_minutes)
        self.cuts = sorted(cuts)
        self.next_cut = 0
        self.used_wh: Exact = 0
        self.flat_billed = False
        self.known: dict[tuple[object, ...], _Active] = {}

    def run(self) -> None:
        for piece in self.slices:
            watts, milliamps = draw_of(piece) if self.plan.uses_draw else (None, None)
            self.tally.unknown_draw |= self.plan.uses_draw and (watts is None or milliamps is None)
            for at_us, length_us, wh in self._pieces(piece):
                now = self._active_at(at_us, watts, milliamps)
                self._count(piece.state, now, length_us, wh)
                self.used_wh += wh

    def _count(self, state: PhaseState, now: _Active, length_us: Exact, wh: Exact) -> None:
        if now.flat is not None and not self.flat_billed:
            self.tally.add(Dimension.FLAT, now.flat, 1)
            self.flat_billed = True
        if wh:
            self.tally.add(Dimension.ENERGY, now.energy, wh)
        if length_us and state is PhaseState.IDLE:
            self.tally.add(Dimension.PARKING_TIME, now.parking, length_us)
        elif length_us and state is not PhaseState.WITHHELD:
            self.tally.add(Dimension.TIME, now.time, length_us)

    def _active_at(self, at_us: Exact, watts: tuple[Exact, Exact] | None, milliamps: tuple[Exact, Exact] | None) -> _Active:
        tier = sum(1 for bound in self.plan.used_wh if self.used_wh >= bound)
        key = (self.next_cut, tier, watts, milliamps)
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = self._find(int(at_us), watts, milliamps)
        return found

    def _find(self, at_us: int, watts: tuple[Exact, Exact] | None, milliamps: tuple[Exact, Exact] | None) -> _Active:
        least_w, most_w = watts or (None, None)
        least_ma, most_ma = milliamps or (None, None)
        local = self.clock.local(at_us) if self.clock is not None else at_us
        moment = Moment(local, at_us - self.start_us, self.used_wh, least_w, most_w, least_ma, most_ma)
        plan = self.plan
        return _Active(active(plan.energy, moment), active(plan.time, moment), active(plan.parking, moment), active(plan.flat, moment))

    def _pieces(self, piece: Slice) -> Iterator[tuple[Exact, Exact, Exact]]:
        """(start, length, Wh) of each part of the slice in which nothing changes; advances the cut pointer as it goes."""
        start, end, wh, before = piece.start_us, piece.end_us, piece.wh, self.used_wh
        self._pass(start)
        tiers = [bound for bound in self.plan.used_wh if before < bound < before + wh]
        if not tiers and (self.next_cut >= len(self.cuts) or self.cuts[self.next_cut] >= end):
            yield start, end - start, wh
            return
        last = self.next_cut
        while last < len(self.cuts) and self.cuts[last] < end:
            last += 1
        cuts = self.cuts[self.next_cut : last]
        for left, right, part in _by_time(start, end, cuts, wh) if not tiers else _by_share(start, end, cuts, wh, tiers, before):
            self._pass(left)
            yield left, right - left, part

    def _pass(self, at_us: Exact) -> None:
        while self.next_cut < len(self.cuts) and self.cuts[self.next_cut] <= at_us:
            self.next_cut += 1


def _by_time(start: int, end: int, cuts: list[int], wh: Exact) -> Iterator[tuple[Exact, Exact, Exact]]:
    """(start, end, Wh) of the parts between clock cuts: whole microseconds, and energy in proportion."""
    length = end - start
    for left, right in pairwise((start, *cuts, end)):
        yield left, right, over(wh * (right - left), length)


def _by_share(start: int, end: int, cuts: list[int], wh: Exact, tiers: list[Exact], before: Exact) -> Iterator[tuple[Exact, Exact, Exact]]:
    """As `_by_time`, also cut where the energy reaches a tier: a moment that need not be a whole microsecond."""
    length = end - start
    shares = {Fraction(bound - before) / wh for bound in tiers} | {Fraction(cut - start, length) for cut in cuts}
    for left, right in pairwise([Fraction(0), *sorted(shares), Fraction(1)]):
        yield plain(start + left * length), plain(start + right * length), plain((right - left) * wh)


def over(value: Exact, divisor: int) -> Exact:
    """Exact quotient; whole numbers stay whole."""
    return value // divisor if type(value) is int and not value % divisor else Fraction(value) / divisor


def plain(value: Exact) -> Exact:
    """An integer where the fraction is one: integers are far cheaper to add."""
    return value.numerator if value.denominator == 1 else value
