"""What a charge used as charging periods, so that a partner who rates them comes to our bill."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from forecourt.kernel import instant_text, kilowatt_hours, round_half_up
from forecourt.ocpi.charge_model import CdrDimension, ChargingPeriod
from forecourt.ocpi.charge_model import CdrDimensionType as Kind
from forecourt.tariffs import Phase, PhaseState, Restrictions, Tariff

_HOUR = timedelta(hours=1)
# However short a stretch was: without any time of its kind, nobody could tell which kind it was. Its length is that of the clock.
_LEAST = Decimal("0.0001")
# What the station withholds is neither charging nor parking: such a period states its energy alone.
_TIMES = {PhaseState.CHARGING: Kind.TIME, PhaseState.IDLE: Kind.PARKING_TIME, PhaseState.RESERVED: Kind.RESERVATION_TIME}


def charging_periods(phases: Sequence[Phase], tariff: Tariff, tariff_id: str) -> tuple[ChargingPeriod, ...]:
    """One for each phase; neighbours of one state in one, where the tariff's prices hold from the first minute to the last."""
    told = _joined(phases) if _is_steady(tariff) else phases
    return tuple(
        ChargingPeriod(start_date_time=instant_text(one.start), dimensions=tuple(_dimensions(one)), tariff_id=tariff_id) for one in told
    )


def hours_of(phases: Sequence[Phase], *states: PhaseState) -> Decimal:
    """To four decimals."""
    return _hours(sum((one.end - one.start for one in phases if one.state in states), timedelta()))


def _dimensions(phase: Phase) -> Iterator[CdrDimension]:
    if phase.state is not PhaseState.RESERVED:
        yield CdrDimension(type=Kind.ENERGY, volume=kilowatt_hours(phase.energy_wh))
    if phase.state in _TIMES:
        yield CdrDimension(type=_TIMES[phase.state], volume=max(_LEAST, _hours(phase.end - phase.start)))
    for value, kinds in ((phase.power_w, (Kind.MIN_POWER, Kind.MAX_POWER)), (phase.current_ma, (Kind.MIN_CURRENT, Kind.MAX_CURRENT))):
        if value is not None:
            yield from (CdrDimension(type=kind, volume=Decimal(value).scaleb(-3)) for kind in kinds)


def _is_steady(tariff: Tariff) -> bool:
    return all(replace(element.restrictions, reservation=None) == Restrictions() for element in tariff.elements)


def _joined(phases: Sequence[Phase]) -> Sequence[Phase]:
    joined: list[Phase] = []
    for phase in phases:
        if joined and joined[-1].state is phase.state:
            before = joined.pop()
            phase = Phase(phase.state, before.start, phase.end, before.energy_wh + phase.energy_wh)
        joined.append(replace(phase, power_w=None, current_ma=None))
    return joined


def _hours(length: timedelta) -> Decimal:
    return round_half_up(Decimal(length // timedelta(milliseconds=1)) / (_HOUR // timedelta(milliseconds=1)), 4)
