"""Usage in the form used for calculation: whole microseconds since 1970 and exact watt-hours."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

from forecourt.tariffs.matching import Draw, Exact
from forecourt.tariffs.model import PhaseState, Usage

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
_HOUR_US = 3_600_000_000
_NONE: Draw = (0, 0)


class Slice(NamedTuple):
    """A stretch of one state with even power. Draw as (least, greatest) in W and mA; None where unknown."""

    state: PhaseState
    start_us: int
    end_us: int
    wh: Exact
    watts: Draw | None = None
    milliamps: Draw | None = None


def microseconds(at: datetime) -> int:
    """Whole microseconds since 1970-01-01 UTC."""
    return (at - _EPOCH) // _MICRO


def slices_of(usage: Usage) -> list[Slice]:
    """One slice per phase."""
    slices = []
    seen, seen_us = None, 0
    for phase in usage.phases:
        start = seen_us if phase.start is seen else microseconds(phase.start)
        seen, seen_us = phase.end, microseconds(phase.end)
        watts = None if phase.power_w is None else (phase.power_w, phase.power_w)
        milliamps = None if phase.current_ma is None else (phase.current_ma, phase.current_ma)
        slices.append(Slice(phase.state, start, seen_us, phase.energy_wh, watts, milliamps))
    return slices


def draw_of(piece: Slice) -> tuple[Draw | None, Draw | None]:
    """Power and current of a slice: as measured, else nothing when nothing flows, else power is energy over time."""
    watts, milliamps = piece.watts, piece.milliamps
    if piece.state is not PhaseState.CHARGING and not piece.wh:
        return watts or _NONE, milliamps or _NONE
    if watts is None and piece.end_us > piece.start_us:
        mean = Fraction(piece.wh * _HOUR_US, piece.end_us - piece.start_us)
        watts = (mean, mean)
    return watts, milliamps
