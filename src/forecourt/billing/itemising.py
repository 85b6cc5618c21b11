"""From a rating's exact lines to printed lines in whole minor units, which sum to the rounded totals of each VAT category."""

from decimal import Decimal
from fractions import Fraction

from forecourt.billing.model import InvoiceLine, LineKind
from forecourt.kernel import Money, minor_digits, round_to_total
from forecourt.tariffs import Dimension, Line, Rating, Scope, TaxLine

_SESSION = {
    Dimension.ENERGY: LineKind.ENERGY,
    Dimension.TIME: LineKind.CHARGING_TIME,
    Dimension.PARKING_TIME: LineKind.IDLE_TIME,
    Dimension.FLAT: LineKind.SESSION_FEE,
}
# How a rating marks the line for a minimum or maximum price.
_LIMIT = "limit:"


def itemised(rating: Rating, reserved_as: LineKind = LineKind.RESERVATION, legacy_rounding: bool = False) -> tuple[InvoiceLine, ...]:
    """The rating's lines in order, as printed. reserved_as: the kind for reservation lines. apart: as in `bill`."""
    printed: dict[int, InvoiceLine] = {}
    for tax in rating.taxes:
        members = [(index, line) for index, line in enumerate(rating.lines) if line.vat_percent == tax.vat_percent]
        for (index, line), amount, net in zip(members, *_units(rating, tax, [line for _, line in members], legacy_rounding), strict=True):
            printed[index] = InvoiceLine(
                what=_kind(line, reserved_as),
                quantity=line.quantity,
                unit=line.unit,
                unit_price=line.unit_price,
                exact=line.amount,
                amount=Money(amount, rating.currency),
                net=Money(net, rating.currency),
                vat_percent=line.vat_percent,
                because=line.because,
            )
    return tuple(printed[index] for index in sorted(printed))


def _units(rating: Rating, tax: TaxLine, lines: list[Line], legacy_rounding: bool) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The printed amount and the net of each line of one VAT category, in minor units. If prices include tax, net follows from amount."""
    scale = 10 ** minor_digits(rating.currency)
    exact = [Fraction(line.amount) * scale for line in lines]
    if not rating.tax_included:
        net = round_to_total(tax.net.minor, exact)
        return net, net
    gross_factor = 1 + Fraction(tax.vat_percent or Decimal(0)) / 100
    amounts = round_to_total(tax.gross.minor, exact)
    return amounts, round_to_total(
        tax.net.minor, [each / gross_factor for each in exact], None if legacy_rounding else [each / gross_factor for each in amounts]
    )


def _kind(line: Line, reserved_as: LineKind) -> LineKind:
    if line.scope is not Scope.SESSION:
        return reserved_as
    return LineKind.PRICE_LIMIT if line.because.startswith(_LIMIT) else _SESSION[line.dimension]
