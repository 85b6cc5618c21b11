"""The prices in effect for a charge that starts at a given instant, as numbers, for programs that compare prices."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from forecourt.kernel import Money, round_half_up
from forecourt.tariffs.describing import with_tax
from forecourt.tariffs.local_time import local_us
from forecourt.tariffs.matching import MICROS, Candidate, Moment, active
from forecourt.tariffs.model import Tariff
from forecourt.tariffs.slices import microseconds
from forecourt.tariffs.terms import Dimension, Restrictions
from forecourt.tariffs.texts import condition_texts, number_text

_DECIMALS = 6
_KWH, _MINUTE = 1000, 60
_AMOUNTS = ("min_wh", "max_wh", "min_seconds", "max_seconds", "min_w", "max_w", "min_ma", "max_ma")


@dataclass(frozen=True, slots=True)
class UsageRange:
    """A part of a charge, in whole kWh or minutes: from `start` (inclusive) to `end` (exclusive; None: open)."""

    start: int = 0
    end: int | None = None


_WHOLE = UsageRange()


@dataclass(frozen=True, slots=True)
class EffectivePrice:
    """A price with tax: per kWh, per minute (to six decimals) or per session. vat_percent: None if the tariff states no tax.

    kwh, minutes: the part of the charge it applies to. conditions: what else must hold, in words.
    """

    dimension: Dimension
    price: Decimal
    vat_percent: Decimal | None
    kwh: UsageRange = _WHOLE
    minutes: UsageRange = _WHOLE
    conditions: tuple[str, ...] = ()


def effective_prices(tariff: Tariff, at: datetime, zone: str) -> tuple[EffectivePrice, ...]:
    """The prices by the local clock at that instant, with the steps a charge reaches later, in the order the law requires: kWh, minute,
    session. Empty if charging is free."""
    plan = tariff.plan.session
    moment = Moment(local_us(zone, microseconds(at)), 0, 0, (None, None))
    found = [_prices_of(tariff, each, moment) for each in (plan.energy, plan.time, plan.parking, plan.flat)]
    return tuple(one for each in found for one in each)


def _prices_of(tariff: Tariff, candidates: Sequence[Candidate], moment: Moment) -> Iterator[EffectivePrice]:
    """As ranges of the charge if the price depends on whole kWh alone or on whole minutes alone; otherwise with conditions in words."""
    known = [one for one in candidates if one.may_hold(moment)]
    limits = [one.restrictions for one in known]
    kwh = {bound for r in limits for bound in (r.min_wh, r.max_wh) if bound}
    minutes = {Decimal(bound) for r in limits for bound in (r.min_seconds, r.max_seconds) if bound}
    drawn = any(bound is not None for r in limits for bound in (r.min_w, r.max_w, r.min_ma, r.max_ma))
    if drawn or (kwh and minutes) or any(one % _KWH for one in kwh) or any(one % _MINUTE for one in minutes):
        yield from _with_conditions(tariff, known)
    elif minutes:
        starts = [0, *sorted(int(one) // _MINUTE for one in minutes)]
        for used, one in _ranges(known, {at: moment._replace(elapsed_us=at * _MINUTE * MICROS) for at in starts}):
            yield EffectivePrice(one.dimension, _price(tariff, one), one.vat, minutes=used, conditions=_steps(one))
    else:
        starts = [0, *sorted(int(one) // _KWH for one in kwh)]
        for used, one in _ranges(known, {at: moment._replace(used_wh=at * _KWH) for at in starts}):
            yield EffectivePrice(one.dimension, _price(tariff, one), one.vat, kwh=used, conditions=_steps(one))


def _ranges(known: Sequence[Candidate], starts: dict[int, Moment]) -> Iterator[tuple[UsageRange, Candidate]]:
    """The range in which each candidate applies; where none applies, the charge is free."""
    holding = [(at, active(tuple(known), moment)) for at, moment in starts.items()]
    changed = [each for index, each in enumerate(holding) if index == 0 or each[1] is not holding[index - 1][1]]
    for index, (start, one) in enumerate(changed):
        if one is not None:
            yield UsageRange(start, changed[index + 1][0] if index + 1 < len(changed) else None), one


def _with_conditions(tariff: Tariff, known: Sequence[Candidate]) -> Iterator[EffectivePrice]:
    """The first candidate that holds applies; those after an unconditional one never do."""
    for index, one in enumerate(known):
        r = one.restrictions
        amounts = Restrictions(**{name: getattr(r, name) for name in _AMOUNTS})
        first = () if index == 0 else ("where none of those before holds",)
        yield EffectivePrice(one.dimension, _price(tariff, one), one.vat, conditions=(*condition_texts(amounts), *first, *_steps(one)))
        if amounts == Restrictions():
            return


def _price(tariff: Tariff, one: Candidate) -> Decimal:
    gross = with_tax(tariff, one.component)
    match one.dimension:
        case Dimension.FLAT:
            return Money.of(gross, tariff.currency).amount
        case Dimension.ENERGY:
            return round_half_up(gross, _DECIMALS)
    return round_half_up(gross / 60, _DECIMALS)


def _steps(one: Candidate) -> tuple[str, ...]:
    """Block sizes larger than a kWh or a minute: only whole blocks are billed."""
    unit, size = ("kWh", _KWH) if one.dimension is Dimension.ENERGY else ("min", _MINUTE * MICROS)
    return (f"in blocks of {number_text(Decimal(one.block) / size)} {unit}",) if one.block > size else ()
