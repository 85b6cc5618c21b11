"""Split a usage wherever the price may change: by the clock, by the time since the start, or by the energy used."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from forecourt.tariffs.local_time import clock_boundaries
from forecourt.tariffs.matching import ScopePlan
from forecourt.tariffs.model import Phase, PhaseState, Tariff, Usage
from forecourt.tariffs.slices import microseconds

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLI = 1000


class UsagePiece(NamedTuple):
    """A part of a phase. start: to the millisecond. energy_wh: of the part, since energy flows evenly within a phase.

    price_may_change: a different price may apply from here on.
    """

    phase: Phase
    start: datetime
    energy_wh: Fraction
    price_may_change: bool


def split_usage(tariff: Tariff, usage: Usage) -> tuple[UsagePiece, ...]:
    """The phases, split wherever the price may change, as OCPI requires of charging periods. Their energies sum to the usage's."""
    reserved = [phase for phase in usage.phases if phase.state is PhaseState.RESERVED]
    session = [phase for phase in usage.phases if phase.state is not PhaseState.RESERVED]
    return (*_cut(tariff.plan.reserved, reserved, usage.zone), *_cut(tariff.plan.session, session, usage.zone))


def _cut(plan: ScopePlan, phases: Sequence[Phase], zone: str) -> Iterator[UsagePiece]:
    used = 0
    for phase in phases:
        start, end = microseconds(phase.start), microseconds(phase.end)
        marks = dict(_marks(plan, zone, (start, end), (microseconds(phases[0].start), used), phase.energy_wh))
        inside = sorted((at, share) for at, share in marks.items() if start < at < end)
        for (at, share), (_, until) in pairwise([(start, Fraction(0)), *inside, (end, Fraction(1))]):
            yield UsagePiece(phase, _EPOCH + timedelta(microseconds=at), phase.energy_wh * (until - share), at in marks)
        used += phase.energy_wh


def _marks(plan: ScopePlan, zone: str, phase: tuple[int, int], so_far: tuple[int, int], wh: int) -> Iterator[tuple[int, Fraction]]:
    """Instants in microseconds, rounded down to milliseconds, each with the share of the phase's energy used by then."""
    (start, end), (began, used) = phase, so_far
    for at in (*clock_boundaries(zone, start - 1, end, plan.day_minutes), *(began + elapsed for elapsed in plan.elapsed_us)):
        if start <= at < end:
            yield max(start, at - at % _MILLI), Fraction(at - start, end - start)
    for tier in plan.used_wh:
        if tier == used:
            yield start, Fraction(0)
        elif used < tier < used + wh:
            share = Fraction(tier - used) / wh
            at = start + int(share * (end - start))
            yield max(start, at - at % _MILLI), share
