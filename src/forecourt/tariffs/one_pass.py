"""Fast path of rating: the totals of a simple session in one pass (one tariff without restrictions or limits, whole watt-hours).

All other sessions are measured step by step, and so are these when their lines are read. Both ways give the same result.
"""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from forecourt.tariffs.breakdown import Breakdown
from forecourt.tariffs.matching import Candidate, Exact, ScopePlan
from forecourt.tariffs.measuring import measured
from forecourt.tariffs.model import Line, Note, PhaseState, Rating, Tariff
from forecourt.tariffs.slices import Slice
from forecourt.tariffs.terms import Scope, TaxIncluded
from forecourt.tariffs.totals import rounded_tax

_YES = TaxIncluded.YES
_CHARGING, _IDLE, _RESERVED = PhaseState.CHARGING, PhaseState.IDLE, PhaseState.RESERVED


class _Category(NamedTuple):
    """What one VAT category owes: for the session, and for each Wh and microsecond of it, in 1/whole of the currency unit."""

    of: Candidate
    once: int
    a_wh: int
    a_charging_us: int
    a_parked_us: int


class _Sheet(NamedTuple):
    """A price list for sessions with energy, and with charging time and parking or without: its categories in order of first use.

    Blocks (step_size) in Wh and microseconds; 1 for none.
    """

    categories: tuple[_Category, ...]
    wh_block: int
    charging_block: int
    parked_block: int


def rate_in_one_pass(tariff: Tariff | None, slices: list[Slice], notes: Iterable[Note]) -> Rating | None:
    """The rating; None if the session or the tariff is not simple. notes: those found so far."""
    if tariff is None or not tariff.plan.session.simple or tariff.min_price or tariff.max_price:
        return None
    plan, whole = tariff.plan.session, tariff.plan.whole
    wh: Exact = 0
    charging = parked = 0
    for state, start_us, end_us, energy, _, _ in slices:
        wh += energy
        if state is _IDLE:
            parked += end_us - start_us
        elif state is _CHARGING:
            charging += end_us - start_us
        elif state is _RESERVED:
            return None
    if type(wh) is not int or not wh or plan.always.energy is None:
        return None
    categories, wh_block, charging_block, parked_block = _sheet(plan, charging != 0, parked != 0)
    wh += -wh % wh_block
    charging += -charging % charging_block
    parked += -parked % parked_block
    minors = []
    for of, once, a_wh, a_charging_us, a_parked_us in categories:
        minors.append(rounded_tax(of, once + wh * a_wh + charging * a_charging_us + parked * a_parked_us, tariff, whole))
    return Rating(tariff.currency, tuple(minors), tuple(notes), tariff.tax_included is _YES, _LazyBreakdown(tariff, slices))


class _LazyBreakdown:
    """Lines and exact sums, computed step by step when they are first read."""

    _breakdown: Breakdown | None = None

    def __init__(self, tariff: Tariff, slices: list[Slice]) -> None:
        self.tariff, self.slices = tariff, slices

    def lines(self) -> tuple[Line, ...]:
        return self._measured().lines()

    def exact(self) -> tuple[Decimal, Decimal]:
        return self._measured().exact()

    def _measured(self) -> Breakdown:
        if self._breakdown is None:
            plan = self.tariff.plan
            # No zone is asked for where nothing hangs on the clock.
            tally = measured(Scope.SESSION, plan.session, self.slices, "UTC")
            self._breakdown = Breakdown(self.tariff.tax_included, (tally,), plan.whole)
        return self._breakdown


@lru_cache(maxsize=8192)
def _sheet(plan: ScopePlan, charged: bool, parked: bool) -> _Sheet:
    """Where parking is billed only parking is rounded up; charging time only where none is (OCPI mod_cdrs, Step Size)."""
    energy, time, parking, flat = plan.always
    time, parking = time if charged else None, parking if parked else None
    used = [each for each in (flat, energy, time, parking) if each is not None]
    categories = []
    for key in dict.fromkeys(each.vat_key for each in used):
        first = next(each for each in used if each.vat_key == key)
        weights = [0 if each is None or each.vat_key != key else each.weight for each in (flat, energy, time, parking)]
        categories.append(_Category(first, *weights))
    return _Sheet(tuple(categories), _block(energy), 1 if parking else _block(time), _block(parking))


def _block(last: Candidate | None) -> int:
    return max(1, last.block) if last else 1
