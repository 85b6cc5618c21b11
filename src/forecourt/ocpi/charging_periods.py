"""The usage of a charge as charging periods, such that a partner who rates them arrives at our bill."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from forecourt.kernel import divide_half_up, instant_text, kilowatt_hours, scaled_decimal
from forecourt.ocpi.charge_model import CdrDimension, ChargingPeriod
from forecourt.ocpi.charge_model import CdrDimensionType as Kind
from forecourt.tariffs import Phase, PhaseState, Tariff, Usage, split_usage

_MILLI, _HOUR = timedelta(milliseconds=1), timedelta(hours=1)
# Decimals of a kWh (0.1 mWh, as readings are split at instants) and of an hour.
_KWH_DECIMALS, _HOUR_DECIMALS = 7, 4
# Even the shortest stretch gets one unit: without any time of its kind, its kind would be lost. The timestamps give its length.
_MIN_STEP = 1
# Time during which the station withholds power is neither charging nor parking: such a period states its energy only.
_TIMES = {PhaseState.CHARGING: Kind.TIME, PhaseState.IDLE: Kind.PARKING_TIME, PhaseState.RESERVED: Kind.RESERVATION_TIME}


def charging_periods(usage: Usage, tariff: Tariff, tariff_id: str) -> tuple[ChargingPeriod, ...]:
    """A period from each moment at which the state or price may change; from each reading, where prices depend on power or current."""
    drawn, sums = tariff.plan.session.uses_draw, _Sums()
    return tuple(
        ChargingPeriod(start_date_time=instant_text(one.start), dimensions=tuple(_dimensions(one, sums, drawn)), tariff_id=tariff_id)
        for one in _stretches(tariff, usage, drawn)
    )


def hours_of(phases: Sequence[Phase], *states: PhaseState) -> Decimal:
    """Hours in these states, to four decimals."""
    return _Sums().hours(Kind.TIME, sum((one.end - one.start for one in phases if one.state in states), timedelta()), 0)


class _Sums:
    """Usage so far by kind, and how much of it was reported, so that rounded parts add up to the whole, rounded once."""

    def __init__(self) -> None:
        self._used, self._told = defaultdict[Kind, Fraction](Fraction), defaultdict[Kind, int](int)

    def part(self, kind: Kind, used: Fraction, least: int) -> int:
        """The next rounded part, in units of the last decimal; `used` is in the same unit."""
        self._used[kind] += used
        part = max(least, divide_half_up(self._used[kind].numerator, self._used[kind].denominator) - self._told[kind])
        self._told[kind] += part
        return part

    def kilowatt_hours(self, energy_wh: Fraction) -> Decimal:
        """Rounded to whole watt-hours, as everywhere we print energy."""
        units = self.part(Kind.ENERGY, energy_wh * 10 ** (_KWH_DECIMALS - 3), 0)
        wh, rest = divmod(units, 10 ** (_KWH_DECIMALS - 3))
        return scaled_decimal(units, _KWH_DECIMALS) if rest else kilowatt_hours(wh)

    def hours(self, kind: Kind, length: timedelta, least: int = _MIN_STEP) -> Decimal:
        return scaled_decimal(self.part(kind, Fraction(length // _MILLI * 10**_HOUR_DECIMALS, _HOUR // _MILLI), least), _HOUR_DECIMALS)


@dataclass(frozen=True, slots=True)
class _Stretch:
    """phase: the phase it belongs to, or the first of them."""

    phase: Phase
    start: datetime
    end: datetime
    energy_wh: Fraction


def _stretches(tariff: Tariff, usage: Usage, separately: bool) -> list[_Stretch]:
    """Adjacent pieces with the same state and price are merged, unless they are to stay apart."""
    pieces = split_usage(tariff, usage)
    ends = [*(one.start for one in pieces[1:]), *(one.end for one in usage.phases[-1:])]
    found: list[_Stretch] = []
    for piece, end in zip(pieces, ends, strict=True):
        if found and not separately and not piece.price_may_change and found[-1].phase.state is piece.phase.state:
            found[-1] = replace(found[-1], end=end, energy_wh=found[-1].energy_wh + piece.energy_wh)
        else:
            found.append(_Stretch(piece.phase, piece.start, end, piece.energy_wh))
    return found


def _dimensions(stretch: _Stretch, sums: _Sums, drawn: bool) -> Iterator[CdrDimension]:
    phase = stretch.phase
    if phase.state is not PhaseState.RESERVED:
        yield CdrDimension(type=Kind.ENERGY, volume=sums.kilowatt_hours(stretch.energy_wh))
    if phase.state in _TIMES:
        yield CdrDimension(type=_TIMES[phase.state], volume=sums.hours(_TIMES[phase.state], stretch.end - stretch.start))
    measured = ((phase.power_w, (Kind.MIN_POWER, Kind.MAX_POWER)), (phase.current_ma, (Kind.MIN_CURRENT, Kind.MAX_CURRENT)))
    for value, kinds in measured if drawn else ():
        if value is not None:
            yield from (CdrDimension(type=kind, volume=Decimal(value).scaleb(-3)) for kind in kinds)
