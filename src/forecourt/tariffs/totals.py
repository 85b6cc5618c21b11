"""From quantities to lines, limits, taxes and totals. Exact throughout; money is rounded once per VAT category."""

from collections.abc import Sequence
from decimal import Decimal
from math import lcm
from typing import NamedTuple

from forecourt.kernel import Money, decimal_at, divide_half_up, minor_digits
from forecourt.tariffs.limits import Change, Sums, adjust
from forecourt.tariffs.matching import Candidate, Exact
from forecourt.tariffs.measuring import Tally
from forecourt.tariffs.model import Line, Note, Rating, Tariff, TaxLine
from forecourt.tariffs.stepping import surplus
from forecourt.tariffs.terms import Dimension, Scope, TaxIncluded

_MINUTE_US = 60_000_000
_TRILLION = 10**12
_ONE = decimal_at(_TRILLION, 12)
_BySum = dict[Decimal | None, Sums]


class Item(NamedTuple):
    """A line before its amount is worked out: quantity in 1/parts of a Wh, a microsecond, or one fee."""

    scope: Scope
    candidate: Candidate
    quantity: int
    parts: int
    because: str


def items_of(tally: Tally, scope: Scope) -> list[Item]:
    """One item per component used in the scope, step sizes applied."""
    added = surplus(tally)
    items = []
    for candidate, quantity in tally.used.items():
        if candidate.dimension is Dimension.FLAT:
            items.append(Item(scope, candidate, quantity, 1, f"{candidate.place}: once"))
            continue
        if candidate.dimension is Dimension.ENERGY:
            parts, base, unit, small = tally.wh_parts, 1000, "kWh", "Wh"
        else:
            parts, base, unit, small = tally.us_parts, _MINUTE_US, "min", "s"
        text = f"{candidate.place}: {amount_text(quantity, base * parts)} {unit}"
        extra = added.get(candidate)
        if extra:
            step = candidate.component.step_size
            text = f"{text}, rounded up by {amount_text(extra, base * parts)} {unit} to blocks of {step} {small}"
            quantity += extra
        items.append(Item(scope, candidate, quantity, parts, text))
    return items


def total(tariff: Tariff, items: Sequence[Item], limited: bool, notes: list[Note]) -> Rating:
    """Apply the limits, sum by VAT category, round once. limited: there was a session for min_price and max_price to bound."""
    parts = 1
    for item in items:
        if item.parts != 1:
            parts = lcm(parts, item.parts)
    whole = tariff.plan.whole * parts
    amounts = [item.candidate.weight * item.quantity * (whole // (item.candidate.whole * item.parts)) for item in items]
    sums = _sums(tariff, items, amounts)
    changes: list[Change] = []
    if limited and (tariff.min_price or tariff.max_price):
        in_session = [(item, amount) for item, amount in zip(items, amounts, strict=True) if item.scope is Scope.SESSION]
        session = _sums(tariff, [item for item, _ in in_session], [amount for _, amount in in_session])
        changes = adjust(tariff, session, whole, notes)
    if not changes:
        return _rating(tariff, _lines(tariff, items, amounts, whole), (sums, _taxes(tariff, sums, whole)), whole, notes)
    for change in changes:
        before = sums.get(change.vat_percent, Sums(0, 0))
        sums[change.vat_percent] = Sums(before.net + change.net, before.gross + change.gross)
    lines = _lines(tariff, items, [*amounts, *(change.amount for change in changes)], whole, changes)
    return _rating(tariff, lines, (sums, _limited_taxes(tariff.currency, sums, whole)), whole, notes)


def _sums(tariff: Tariff, items: Sequence[Item], amounts: Sequence[int]) -> _BySum:
    """Exact net and gross per VAT category."""
    untaxed, inside = tariff.tax_included is TaxIncluded.NOT_APPLICABLE, tariff.tax_included is TaxIncluded.YES
    sums: _BySum = {}
    for item, amount in zip(items, amounts, strict=True):
        candidate = item.candidate
        vat = None if untaxed else candidate.component.vat_percent
        net = gross = amount
        if vat and inside:
            net = amount * candidate.tax_down // candidate.tax_up
        elif vat:
            gross = amount * candidate.tax_up // candidate.tax_down
        before = sums.get(vat)
        sums[vat] = Sums(net, gross) if before is None else Sums(before.net + net, before.gross + gross)
    return sums


def _rating(tariff: Tariff, lines: tuple[Line, ...], sums: tuple[_BySum, tuple[TaxLine, ...]], whole: int, notes: list[Note]) -> Rating:
    net = gross = 0
    for tax in sums[1]:
        net += tax.net.minor
        gross += tax.gross.minor
    exact_net: Exact = 0
    exact_gross: Exact = 0
    for each_net, each_gross in sums[0].values():
        exact_net += each_net
        exact_gross += each_gross
    currency = tariff.currency
    return Rating(
        currency,
        lines,
        sums[1],
        Money(net, currency),
        Money(gross - net, currency),
        Money(gross, currency),
        tuple(notes),
        decimal_at(_rounded(exact_net, whole, _TRILLION), 12),
        decimal_at(_rounded(exact_gross, whole, _TRILLION), 12),
        tariff.tax_included is TaxIncluded.YES,
    )


def _taxes(tariff: Tariff, sums: _BySum, whole: int) -> tuple[TaxLine, ...]:
    """Prices without tax: the net is rounded and the tax follows from it, as on an EN 16931 invoice. With tax: the gross is."""
    currency = tariff.currency
    unit, inside = 10 ** minor_digits(currency), tariff.tax_included is TaxIncluded.YES
    lines = []
    for vat, each in sums.items():
        net = gross = _rounded(each.net, whole, unit)
        if inside:
            gross = _rounded(each.gross, whole, unit)
        elif vat:
            numerator, denominator = vat.as_integer_ratio()
            gross += divide_half_up(net * numerator, denominator * 100)
        lines.append(_tax_line(vat, net, gross, currency))
    return tuple(lines)


def _limited_taxes(currency: str, sums: _BySum, whole: int) -> tuple[TaxLine, ...]:
    """Rounded so that the categories together are the limit to the cent: each takes the step of the rounded running total."""
    unit = 10 ** minor_digits(currency)
    lines = []
    net_sum: Exact = 0
    gross_sum: Exact = 0
    shown_net = shown_gross = 0
    for vat, each in sums.items():
        net_sum, gross_sum = net_sum + each.net, gross_sum + each.gross
        upto_net, upto_gross = _rounded(net_sum, whole, unit), _rounded(gross_sum, whole, unit)
        lines.append(_tax_line(vat, upto_net - shown_net, upto_gross - shown_gross, currency))
        shown_net, shown_gross = upto_net, upto_gross
    return tuple(lines)


def _tax_line(vat: Decimal | None, net: int, gross: int, currency: str) -> TaxLine:
    return TaxLine(vat, Money(net, currency), Money(gross - net, currency), Money(gross, currency))


def _lines(tariff: Tariff, items: Sequence[Item], amounts: Sequence[Exact], whole: int, changes: Sequence[Change] = ()) -> tuple[Line, ...]:
    """Amounts to 12 decimals, carried forward so that their sum is the rounded exact sum. Limits come last, a line per VAT rate."""
    shown_as: list[Decimal] = []
    so_far: Exact = 0
    shown = 0
    for each in amounts:
        so_far += each
        upto = _rounded(so_far, whole, _TRILLION)
        shown_as.append(decimal_at(upto - shown, 12))
        shown = upto
    untaxed = tariff.tax_included is TaxIncluded.NOT_APPLICABLE
    lines = []
    for (scope, candidate, count, parts, because), amount in zip(items, shown_as, strict=False):
        component = candidate.component
        quantity = decimal_at(divide_half_up(count * _TRILLION, candidate.base * parts), 12)
        vat = None if untaxed else component.vat_percent
        lines.append(Line(candidate.dimension, scope, quantity, candidate.unit, component.price, amount, vat, because))
    for change, amount in zip(changes, shown_as[len(items) :], strict=True):
        lines.append(Line(Dimension.FLAT, Scope.SESSION, _ONE, "", amount, amount, change.vat_percent, change.because))
    return tuple(lines)


def _rounded(amount: Exact, whole: int, unit: int) -> int:
    """amount / whole in 1/unit, halves away from zero."""
    if type(amount) is int:
        return divide_half_up(amount * unit, whole)
    return divide_half_up(amount.numerator * unit, amount.denominator * whole)


def amount_text(quantity: int, base: int) -> str:
    """quantity / base with up to four decimals."""
    whole, rest = divmod(divide_half_up(quantity * 10_000, base), 10_000)
    return f"{whole}.{rest:04d}".rstrip("0") if rest else str(whole)
