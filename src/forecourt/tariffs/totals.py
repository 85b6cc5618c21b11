"""From quantities to limits, taxes and totals. Exact throughout; money is rounded once per VAT category."""

from collections.abc import Sequence
from decimal import Decimal
from math import lcm

from forecourt.kernel import divide_half_up, minor_digits
from forecourt.tariffs.limits import Change, Sums, adjust
from forecourt.tariffs.matching import Candidate
from forecourt.tariffs.measuring import Tally
from forecourt.tariffs.model import Note, Rating, Tariff, TaxMinor
from forecourt.tariffs.stepping import surplus
from forecourt.tariffs.terms import Dimension, Scope, TaxIncluded
from forecourt.tariffs.workings import Item, Workings, rounded

_ENERGY, _FLAT = Dimension.ENERGY, Dimension.FLAT
_YES, _UNTAXED = TaxIncluded.YES, TaxIncluded.NOT_APPLICABLE
_NO_TAX = "untaxed"
# The exact amount of a VAT category on the side of the tariff's prices, and a candidate that has its rate.
_Summed = dict[str, tuple[Candidate, int]]


def items_of(tally: Tally, scope: Scope) -> list[Item]:
    """One item per component used in the scope, step sizes applied."""
    added = surplus(tally)
    items = []
    for candidate, quantity in tally.used.items():
        dimension, extra = candidate.dimension, added.get(candidate, 0)
        parts = tally.wh_parts if dimension is _ENERGY else 1 if dimension is _FLAT else tally.us_parts
        items.append((scope, candidate, quantity + extra, parts, extra))
    return items


def total(tariff: Tariff, items: list[Item], limited: bool, notes: list[Note]) -> Rating:
    """Apply the limits, sum by VAT category, round once. limited: there was a session for min_price and max_price to bound."""
    parts = 1
    for item in items:
        if item[3] != 1:
            parts = lcm(parts, item[3])
    whole = tariff.plan.whole * parts
    amounts = _amounts(items, whole)
    sums = _summed(items, amounts, tariff.tax_included)
    if limited and (tariff.min_price or tariff.max_price):
        changes = _changes(tariff, items, amounts, whole, notes)
        if changes:
            return _limited(tariff, Workings(tariff, items, amounts, whole, changes), _sides(tariff, sums), notes)
    minors = _minors(tariff, sums, whole)
    return Rating(tariff.currency, minors, tuple(notes), tariff.tax_included is _YES, Workings(tariff, items, amounts, whole))


def _amounts(items: Sequence[Item], whole: int) -> list[int]:
    """In 1/whole of the currency unit."""
    amounts = []
    for _, candidate, quantity, parts, _ in items:
        amount, counted = candidate.weight * quantity, candidate.whole * parts
        amounts.append(amount if counted == whole else amount * (whole // counted))
    return amounts


def _summed(items: Sequence[Item], amounts: Sequence[int], mode: TaxIncluded) -> _Summed:
    """In order of first use."""
    sums: _Summed = {}
    for item, amount in zip(items, amounts, strict=True):
        candidate = item[1]
        key = _NO_TAX if mode is _UNTAXED else candidate.vat_key
        before = sums.get(key)
        sums[key] = (candidate, amount) if before is None else (before[0], before[1] + amount)
    return sums


def _sides(tariff: Tariff, sums: _Summed) -> dict[Decimal | None, Sums]:
    """Exact net and gross per VAT category."""
    mode = tariff.tax_included
    sides: dict[Decimal | None, Sums] = {}
    for candidate, amount in sums.values():
        net = amount * candidate.tax_down // candidate.tax_up if mode is _YES else amount
        gross = amount * candidate.tax_up // candidate.tax_down if mode is TaxIncluded.NO else amount
        sides[None if mode is _UNTAXED else candidate.component.vat_percent] = Sums(net, gross)
    return sides


def _minors(tariff: Tariff, sums: _Summed, whole: int) -> tuple[TaxMinor, ...]:
    """Prices without tax: the net is rounded and the tax follows from it, as on an EN 16931 invoice. With tax: the gross is."""
    unit, mode = 10 ** minor_digits(tariff.currency), tariff.tax_included
    minors: list[TaxMinor] = []
    for candidate, amount in sums.values():
        net = gross = divide_half_up(amount * unit, whole)
        up, down = candidate.tax_up, candidate.tax_down
        if mode is _UNTAXED:
            minors.append((None, net, gross))
            continue
        if mode is _YES:
            net = divide_half_up(amount * down * unit, whole * up)
        elif up != down:
            gross += divide_half_up(net * (up - down), down)
        minors.append((candidate.component.vat_percent, net, gross))
    return tuple(minors)


def _changes(tariff: Tariff, items: Sequence[Item], amounts: Sequence[int], whole: int, notes: list[Note]) -> list[Change]:
    """What the limits change of the session; a reservation has none."""
    inside = [index for index, item in enumerate(items) if item[0] is Scope.SESSION]
    session = _summed([items[index] for index in inside], [amounts[index] for index in inside], tariff.tax_included)
    return adjust(tariff, _sides(tariff, session), whole, notes)


def _limited(tariff: Tariff, workings: Workings, sums: dict[Decimal | None, Sums], notes: list[Note]) -> Rating:
    for change in workings.changes:
        before = sums.get(change.vat_percent, Sums(0, 0))
        sums[change.vat_percent] = Sums(before.net + change.net, before.gross + change.gross)
    minors = _limited_minors(tariff.currency, sums, workings.whole)
    return Rating(tariff.currency, minors, tuple(notes), tariff.tax_included is _YES, workings)


def _limited_minors(currency: str, sums: dict[Decimal | None, Sums], whole: int) -> tuple[TaxMinor, ...]:
    """Rounded so that the categories together are the limit to the cent: each takes the step of the rounded running total."""
    unit = 10 ** minor_digits(currency)
    minors: list[TaxMinor] = []
    upto = Sums(0, 0)
    shown_net = shown_gross = 0
    for vat, each in sums.items():
        upto = Sums(upto.net + each.net, upto.gross + each.gross)
        net, gross = rounded(upto.net, whole, unit), rounded(upto.gross, whole, unit)
        minors.append((vat, net - shown_net, gross - shown_gross))
        shown_net, shown_gross = net, gross
    return tuple(minors)
