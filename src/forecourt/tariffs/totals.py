"""From quantities to limits, taxes and totals. Exact throughout; money is rounded once per VAT category."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Any

from forecourt.kernel import divide_half_up, minor_digits, net_of_gross, round_to_total
from forecourt.tariffs.breakdown import Breakdown, rounded
from forecourt.tariffs.limits import Adjustment, Sums, adjust_to_limits
from forecourt.tariffs.matching import Candidate
from forecourt.tariffs.measuring import Tally
from forecourt.tariffs.model import Note, Rating, Tariff, TaxMinor
from forecourt.tariffs.terms import Dimension, Scope, TaxIncluded, gross_over_net

_YES, _NO = TaxIncluded.YES, TaxIncluded.NO
_ENERGY, _TIME, _PARKING, _FLAT = Dimension.ENERGY, Dimension.TIME, Dimension.PARKING_TIME, Dimension.FLAT
_SESSION = Scope.SESSION
# The exact amount of a VAT category on the side of the tariff's prices, and a candidate that has its rate.
_Summed = dict[str, list[Any]]


def total(tariff: Tariff, tallies: Sequence[Tally], notes: list[Note]) -> Rating:
    """Apply the limits, sum by VAT category, round once. min_price and max_price bound a session, where there was one."""
    parts, mode = 1, tariff.tax_included
    for tally in tallies:
        if tally.wh_parts != 1 or tally.us_parts != 1:
            parts = lcm(parts, tally.wh_parts, tally.us_parts)
    base = tariff.plan.whole
    whole = base * parts
    sums = _summed(tallies, base, parts)
    if tariff.min_price or tariff.max_price:
        session = [tally for tally in tallies if tally.scope is _SESSION]
        changes = _changes(tariff, _summed(session, base, parts), whole, notes) if session else []
        if changes:
            return _limited(tariff, Breakdown(mode, tallies, whole, changes), _sides(sums, mode), notes)
    minors = _minors(tariff, sums, whole)
    return Rating(tariff.currency, minors, tuple(notes), mode is _YES, Breakdown(mode, tallies, whole))


def _minors(tariff: Tariff, sums: _Summed, whole: int) -> tuple[TaxMinor, ...]:
    return tuple([rounded_tax(of, amount, tariff, whole) for of, amount in sums.values()])


def _changes(tariff: Tariff, sums: _Summed, whole: int, notes: list[Note]) -> list[Adjustment]:
    minors = _minors(tariff, sums, whole)
    shown = Sums(sum(net for _, net, _ in minors), sum(gross for _, _, gross in minors))
    return adjust_to_limits(tariff, _sides(sums, tariff.tax_included), shown, whole, notes)


def _summed(tallies: Sequence[Tally], base: int, parts: int) -> _Summed:
    """The amount of every VAT category in 1/(base × parts) of the currency unit, in order of first use."""
    sums: _Summed = {}
    for tally in tallies:
        finer = _finer(tally, parts) if parts != 1 else {}
        for candidate, quantity in tally.used.items():
            amount = candidate.weight * quantity
            if finer:
                amount *= finer[candidate.dimension]
            if candidate.whole != base:
                amount *= base // candidate.whole
            key = candidate.vat_key
            if key in sums:
                sums[key][1] += amount
            else:
                sums[key] = [candidate, amount]
    return sums


def _finer(tally: Tally, parts: int) -> dict[Dimension, int]:
    """How many of the document's parts one part of the tally has, by dimension."""
    time = parts // tally.us_parts
    return {_ENERGY: parts // tally.wh_parts, _TIME: time, _PARKING: time, _FLAT: parts}


def _sides(sums: _Summed, mode: TaxIncluded) -> dict[Decimal | None, Sums]:
    """Exact net and gross per VAT category."""
    sides: dict[Decimal | None, Sums] = {}
    for candidate, amount in sums.values():
        net = amount * candidate.tax_down // candidate.tax_up if mode is _YES else amount
        gross = amount * candidate.tax_up // candidate.tax_down if mode is _NO else amount
        sides[candidate.vat] = Sums(net, gross)
    return sides


def rounded_tax(of: Candidate, amount: int, tariff: Tariff, whole: int) -> TaxMinor:
    """One VAT category, of an amount in 1/whole on the side of the tariff's prices.

    Prices without tax: the net is rounded and the tax follows from it, as on an EN 16931 invoice. With tax: the gross is, and the tax in
    that follows from it.
    """
    net = gross = divide_half_up(amount * tariff.minor_units, whole)
    up, down = of.tax_up, of.tax_down
    if up != down:
        if tariff.tax_included is _NO:
            gross += divide_half_up(net * (up - down), down)
        else:
            net = net_of_gross(gross, up, down)
    return of.vat, net, gross


def _limited(tariff: Tariff, breakdown: Breakdown, sums: dict[Decimal | None, Sums], notes: list[Note]) -> Rating:
    for change in breakdown.changes:
        before = sums.get(change.vat_percent, Sums(0, 0))
        sums[change.vat_percent] = Sums(before.net + change.net, before.gross + change.gross)
    minors = _limited_minors(sums, breakdown.whole, tariff.minor_units)
    return Rating(tariff.currency, minors, tuple(notes), tariff.tax_included is _YES, breakdown)


def _limited_minors(sums: dict[Decimal | None, Sums], whole: int, unit: int) -> tuple[TaxMinor, ...]:
    """Both totals are rounded once, so that they are the limit; then shared out. Where there is no tax to pay none is shown."""
    net, gross = (rounded(sum(side), whole, unit) for side in zip(*sums.values(), strict=True))
    nets = dict(zip(sums, round_to_total(net, [Fraction(each.net * unit, whole) for each in sums.values()]), strict=True))
    taxed = [(vat, nets[vat] * Fraction(vat) / 100) for vat in sums if vat]
    grosses = nets | {
        vat: nets[vat] + tax for (vat, _), tax in zip(taxed, round_to_total(gross - net, [tax for _, tax in taxed]), strict=True)
    }
    return tuple([(vat, nets[vat], grosses[vat]) for vat in sums])


def rounded_separately(rating: Rating) -> Rating:
    """As ratings were rounded before the net of prices with tax followed from the gross (decision 159): each by itself. For bills of that
    time; under a limit nothing differs."""
    if not rating.tax_included or any(note.code == "price_limit" for note in rating.notes):
        return rating
    exact, unit = dict[Decimal | None, Fraction](), 10 ** minor_digits(rating.currency)
    for line in rating.lines:
        up, down = gross_over_net(line.vat_percent)
        exact[line.vat_percent] = exact.get(line.vat_percent, Fraction(0)) + Fraction(line.amount) * unit * down / up
    minors = [(vat, divide_half_up(exact[vat].numerator, exact[vat].denominator), gross) for vat, _, gross in rating.minors]
    return rating._replace(minors=tuple(minors))
