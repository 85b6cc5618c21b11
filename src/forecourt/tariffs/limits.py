"""min_price and max_price: the least and the most a whole session costs, before and after tax."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any, NamedTuple

from forecourt.tariffs.matching import Exact
from forecourt.tariffs.model import Note, Tariff
from forecourt.tariffs.terms import TaxIncluded
from forecourt.tariffs.texts import number_text

# What is net of each rate of tax.
_Nets = dict[Decimal | None, Fraction]


class Sums(NamedTuple):
    """Net and gross, of one VAT category or of all."""

    net: Exact
    gross: Exact


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What a limit adds to one VAT category; amount is the side of the tariff's prices (net, or gross where tax is included)."""

    vat_percent: Decimal | None
    amount: Exact
    net: Exact
    gross: Exact
    because: str


class _Limit(NamedTuple):
    """choose: the greater or the lesser of numbers. bounds: the sides stated, in minor units: which of `Sums`, and how many."""

    words: str
    choose: Callable[..., Any]
    bounds: tuple[tuple[int, int], ...]

    def holds(self, sums: Sums, unit: Fraction | int = 1) -> list[bool]:
        """Whether each side does; unit: of the sums, how much a minor unit is."""
        return [self.choose(bound * unit, sums[side]) == sums[side] for side, bound in self.bounds]


def adjust_to_limits(tariff: Tariff, sums: dict[Decimal | None, Sums], shown: Sums, whole: int, notes: list[Note]) -> list[Adjustment]:
    """The adjustments that bring the session within its limits; empty if it is, both exactly and as billed (`shown`, in minor units).

    Each stated side of a limit bounds its own total, and every rate of tax holds. A maximum below the minimum goes before it.
    """
    used: _Nets = {vat: Fraction(each.net) for vat, each in sums.items()}
    nets, unit, applied = used if any(used.values()) else used | {_rate(used, tariff): Fraction(0)}, Fraction(whole, tariff.minor_units), []
    for limit in _limits(tariff):
        before, nets = nets, _within(limit, nets, unit)
        if nets != before or not all(limit.holds(shown)):
            applied.append(limit.words)
    if not applied:
        return []
    because = " and ".join(applied)
    notes.append(Note("price_limit", f"The total of the session follows {because}."))
    inside = tariff.tax_included is TaxIncluded.YES
    changes = [(vat, net - used.get(vat, 0)) for vat, net in nets.items()]
    return [Adjustment(vat, _taxed(vat, net) if inside else net, net, _taxed(vat, net), f"limit: {because}") for vat, net in changes]


def _limits(tariff: Tariff) -> Iterator[_Limit]:
    """Round to whole minor units, as parts cannot be billed: a minimum up, a maximum down."""
    for limit, name, choose, to_whole in ((tariff.min_price, "min_price", max, ceil), (tariff.max_price, "max_price", min, floor)):
        if limit is not None:
            sides = [(0, limit.before_taxes, "before"), (1, limit.after_taxes, "after")]
            stated = [(side, amount, word) for side, amount, word in sides if amount is not None]
            text = " and ".join(f"{number_text(amount, 2)} {word} tax" for _, amount, word in stated)
            yield _Limit(f"{name} {text}", choose, tuple((side, to_whole(amount * tariff.minor_units)) for side, amount, _ in stated))


def _within(limit: _Limit, nets: _Nets, unit: Fraction) -> _Nets:
    """Both sides broken: both totals are the limit, where what was used can be taxed so. Else what the limit adds or takes is shared out
    over what was billed, and moves both totals together, as far as a side asks for."""
    sums = Sums(sum(nets.values()), _gross(nets))
    met = limit.holds(sums, unit)
    if all(met):
        return nets
    shares = _shares(nets)
    if met == [False, False]:
        net, gross = (bound * unit for _, bound in limit.bounds)
        mixed = _mixed({vat: share * net for vat, share in shares.items()}, net, gross)
        if _gross(mixed) == gross and all(limit.choose(mixed[vat], was) == mixed[vat] >= 0 for vat, was in nets.items()):
            return mixed
    moves = Sums(1, _gross(shares))
    more = limit.choose(0, *((bound * unit - sums[side]) / moves[side] for side, bound in limit.bounds))
    return {vat: net + shares[vat] * more for vat, net in nets.items()}


def _mixed(even: _Nets, net: Fraction, gross: Fraction) -> _Nets:
    """A total shared out evenly, with so much at the greatest of its rates, or the least, that it comes to the gross, if it can."""
    difference = gross - _gross(even)
    rate = (max if difference > 0 else min)(even, key=lambda vat: vat or 0)
    tax_range = _taxed(rate, net) - _gross(even)
    part = difference / tax_range if tax_range else 0
    return {vat: (1 - part) * each + (part * net if vat == rate else 0) for vat, each in even.items()}


def _gross(nets: _Nets) -> Fraction:
    return sum((_taxed(vat, net) for vat, net in nets.items()), Fraction(0))


def _taxed(vat: Decimal | None, net: Fraction) -> Fraction:
    return net * (1 + Fraction(vat or 0) / 100)


def _shares(nets: _Nets) -> _Nets:
    """How a change is spread: by what was billed; where nothing was, at the first rate."""
    paid = {vat: max(net, Fraction(0)) for vat, net in nets.items()}
    whole = sum(paid.values())
    return {vat: net / whole if whole else Fraction(vat == _first(nets)) for vat, net in paid.items()}


def _rate(used: _Nets, tariff: Tariff) -> Decimal | None:
    """Of tax, where nothing was billed: the first of what was used free of charge, or could have been."""
    if tariff.tax_included is TaxIncluded.NOT_APPLICABLE:
        return None
    elements = [element for element in tariff.elements if element.restrictions.reservation is None]
    return _first((*used, *(component.vat_percent for element in elements for component in element.components)))


def _first(rates: Iterable[Decimal | None]) -> Decimal | None:
    return next((rate for rate in rates if rate is not None), None)
