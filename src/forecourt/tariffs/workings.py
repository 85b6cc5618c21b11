"""How a rating came about, told when it is asked for: lines, reasons and the totals before any rounding."""

from collections.abc import Sequence
from decimal import Decimal

from forecourt.kernel import decimal_at, divide_half_up
from forecourt.tariffs.limits import Change
from forecourt.tariffs.matching import Candidate, Exact
from forecourt.tariffs.model import Line, Tariff
from forecourt.tariffs.terms import Dimension, Scope, TaxIncluded

# Scope, component, quantity with what a step size added to it, in 1/parts of a Wh, a microsecond or one fee, and what it added.
Item = tuple[Scope, Candidate, int, int, int]

_MINUTE_US = 60_000_000
_TRILLION = 10**12
_ONE = decimal_at(_TRILLION, 12)


class Workings:
    """The exact amounts of a rating, in 1/whole of the currency unit, and what they are for.

    Most readers of a rating want its total alone, so that lines and texts are made when they are first read.
    """

    __slots__ = ("_exact", "_lines", "amounts", "changes", "items", "tariff", "whole")

    def __init__(self, tariff: Tariff, items: list[Item], amounts: list[int], whole: int, changes: Sequence[Change] = ()) -> None:
        self.tariff, self.items, self.amounts, self.whole, self.changes = tariff, items, amounts, whole, changes
        self._lines: tuple[Line, ...] | None = None
        self._exact: tuple[Decimal, Decimal] | None = None

    def lines(self) -> tuple[Line, ...]:
        if self._lines is None:
            self._lines = self._made()
        return self._lines

    def exact(self) -> tuple[Decimal, Decimal]:
        """Net and gross of everything."""
        if self._exact is None:
            net, gross = self._sums()
            self._exact = _decimal(net, self.whole), _decimal(gross, self.whole)
        return self._exact

    def _sums(self) -> tuple[Exact, Exact]:
        net: Exact = sum((change.net for change in self.changes), 0)
        gross: Exact = sum((change.gross for change in self.changes), 0)
        mode = self.tariff.tax_included
        for item, amount in zip(self.items, self.amounts, strict=True):
            up, down = item[1].tax_up, item[1].tax_down
            net += amount * down // up if mode is TaxIncluded.YES else amount
            gross += amount * up // down if mode is TaxIncluded.NO else amount
        return net, gross

    def _made(self) -> tuple[Line, ...]:
        """Amounts to 12 decimals, carried forward so that their sum is the rounded exact sum. Limits come last, a line per VAT rate."""
        shown_as: list[Decimal] = []
        so_far: Exact = 0
        shown = 0
        for each in (*self.amounts, *(change.amount for change in self.changes)):
            so_far += each
            upto = rounded(so_far, self.whole, _TRILLION)
            shown_as.append(decimal_at(upto - shown, 12))
            shown = upto
        untaxed = self.tariff.tax_included is TaxIncluded.NOT_APPLICABLE
        lines = [_line(item, amount, untaxed) for item, amount in zip(self.items, shown_as, strict=False)]
        for change, amount in zip(self.changes, shown_as[len(lines) :], strict=True):
            lines.append(Line(Dimension.FLAT, Scope.SESSION, _ONE, "", amount, amount, change.vat_percent, change.because))
        return tuple(lines)


def _line(item: Item, amount: Decimal, untaxed: bool) -> Line:
    scope, candidate, count, parts, _ = item
    component = candidate.component
    quantity = decimal_at(divide_half_up(count * _TRILLION, candidate.base * parts), 12)
    vat = None if untaxed else component.vat_percent
    return Line(candidate.dimension, scope, quantity, candidate.unit, component.price, amount, vat, _because(item))


def _because(item: Item) -> str:
    _, candidate, quantity, parts, extra = item
    if candidate.dimension is Dimension.FLAT:
        return f"{candidate.place}: once"
    base, unit, small = (1000, "kWh", "Wh") if candidate.dimension is Dimension.ENERGY else (_MINUTE_US, "min", "s")
    text = f"{candidate.place}: {amount_text(quantity - extra, base * parts)} {unit}"
    if not extra:
        return text
    return f"{text}, rounded up by {amount_text(extra, base * parts)} {unit} to blocks of {candidate.component.step_size} {small}"


def rounded(amount: Exact, whole: int, unit: int) -> int:
    """amount / whole in 1/unit, halves away from zero."""
    if type(amount) is int:
        return divide_half_up(amount * unit, whole)
    return divide_half_up(amount.numerator * unit, amount.denominator * whole)


def _decimal(amount: Exact, whole: int) -> Decimal:
    return decimal_at(rounded(amount, whole, _TRILLION), 12)


def amount_text(quantity: int, base: int) -> str:
    """quantity / base with up to four decimals."""
    whole, rest = divmod(divide_half_up(quantity * 10_000, base), 10_000)
    return f"{whole}.{rest:04d}".rstrip("0") if rest else str(whole)
