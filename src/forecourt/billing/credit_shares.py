"""How much of each rate and of each line a credit note takes: of what is left, never more, so that notes for everything add up to it."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from forecourt.kernel import Money, round_within
from forecourt.ledger import apportion
from forecourt.tariffs import TaxLine


class LinePart(NamedTuple):
    """A line, or a part of one, in minor units. amount: as printed, which is the net where prices exclude tax."""

    amount: int
    net: int


def rate_part(left: TaxLine, gross: Money, lines: Sequence[LinePart], tax_included: bool) -> TaxLine:
    """Split an amount including tax into net and tax so that the tax of the note, and of what it leaves, is as close to the rate as
    possible: rounding differences of single notes do not pile up in the last one. lines: what is left of those at this rate."""
    natural_net = TaxLine.from_gross(left.vat_percent, gross).net.minor
    min_net, max_net = max(left.net.minor + gross.minor - left.gross.minor, 0), min(gross.minor, left.net.minor)
    if tax_included:
        bounds = _net_bounds(lines, _amounts(gross.minor, lines))
        min_net, max_net = max(min_net, sum(low for low, _ in bounds)), min(max_net, sum(high for _, high in bounds))
    nets = dict.fromkeys(Money(min(max(net, min_net), max_net), gross.currency) for net in (natural_net, natural_net - 1, natural_net + 1))
    return _nearest_rate(left, [TaxLine(left.vat_percent, net, gross - net, gross) for net in nets])


def net_part(left: TaxLine, net: Money) -> TaxLine:
    """Add tax to a net amount: by how much the tax of the rate falls, unless the tax of the note alone is closer to the rate."""
    rest, natural_tax = (TaxLine.from_net(left.vat_percent, one).tax for one in (left.net - net, net))
    max_tax = left.tax - min(rest, left.tax)
    taxes = (max_tax,) if net == left.net else (max_tax, min(natural_tax, left.tax))
    return _nearest_rate(left, [TaxLine(left.vat_percent, net, tax, net + tax) for tax in taxes])


def line_parts(part: TaxLine, lines: Sequence[LinePart], tax_included: bool) -> tuple[LinePart, ...]:
    """Share a part of a rate among its lines in proportion to what is left of each. Where prices include tax, each line's net follows from
    its amount, to the unit before rounding, and what is left of a line has the net of what is left to print."""
    nets = [line.net for line in lines]
    if (sum(line.amount for line in lines), sum(nets)) == ((part.gross if tax_included else part.net).minor, part.net.minor):
        return tuple(lines)
    if not tax_included:
        return tuple(LinePart(net, net) for net in _shares(part.net.minor, nets))
    amounts = _amounts(part.gross.minor, lines)
    bounds = _net_bounds(lines, amounts)
    if not sum(low for low, _ in bounds) <= part.net.minor <= sum(high for _, high in bounds):
        return tuple(LinePart(amount, net) for amount, net in zip(amounts, _shares(part.net.minor, nets), strict=True))
    exact = [Fraction(amount * line.net, line.amount) if line.amount else Fraction(0) for amount, line in zip(amounts, lines, strict=True)]
    return tuple(LinePart(amount, net) for amount, net in zip(amounts, round_within(part.net.minor, exact, bounds), strict=True))


def keeps_rates(parts: Iterable[TaxLine], left: Iterable[TaxLine]) -> bool:
    """Whether the tax of each part of a rate is less than a unit off before rounding, and that of what it leaves as well (unless
    that already was off)."""
    rates = {one.vat_percent: one for one in left}
    return all(
        _off(part) < 1 and (_off(subtract_tax(rates[part.vat_percent], part)) < 1 or _off(rates[part.vat_percent]) >= 1) for part in parts
    )


def within_a_unit(left: TaxLine, part: TaxLine) -> TaxLine:
    """A part of a rate as it is, or, if its tax or that of what it leaves is a whole unit off, the same gross split anew."""
    return part if keeps_rates([part], [left]) else rate_part(left, part.gross, (), False)


def subtract_tax(left: TaxLine, part: TaxLine) -> TaxLine:
    return TaxLine(left.vat_percent, left.net - part.net, left.tax - part.tax, left.gross - part.gross)


def _off(one: TaxLine) -> Fraction:
    return abs(one.tax.minor - one.net.minor * Fraction(one.vat_percent or 0) / 100)


def _nearest_rate(left: TaxLine, parts: Sequence[TaxLine]) -> TaxLine:
    return min(parts, key=lambda part: _rate_errors(part, subtract_tax(left, part)))


def _rate_errors(part: TaxLine, rest: TaxLine) -> tuple[bool, list[int], Fraction]:
    """How far taxes are from their rates. First: whether any is off by a whole unit before rounding, which e-invoices in currencies
    without decimals must not be. Then by how many units each is off after rounding. Then what later notes have to make up for."""
    after_rounding = sorted((part.tax_deviation_minor, rest.tax_deviation_minor), reverse=True)
    return max(_off(part), _off(rest)) >= 1, after_rounding, _off(rest)


def _amounts(total_minor: int, lines: Sequence[LinePart]) -> tuple[int, ...]:
    return _shares(total_minor, [line.amount for line in lines])


def _shares(total_minor: int, left: Sequence[int]) -> tuple[int, ...]:
    """In proportion to what is left, of which a share is never more. If that sums to nothing, the first bears it all."""
    if sum(left):
        return apportion(total_minor, [Decimal(one) for one in left])
    return (total_minor, *(0 for _ in left[1:]))


def _net_bounds(lines: Sequence[LinePart], amounts: Sequence[int]) -> list[tuple[int, int]]:
    """The least and the most net of each line's part: no more than the part, and leaving no more than what is left to print."""
    bounds = []
    for line, amount in zip(lines, amounts, strict=True):
        sign = -1 if line.amount < 0 or line.net < 0 else 1
        net, part, whole = sign * line.net, sign * amount, sign * line.amount
        low, high = sorted((max(0, net - (whole - part)), min(net, part)))
        bounds.append((low, high) if sign > 0 else (-high, -low))
    return bounds
