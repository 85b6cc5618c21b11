"""The breakdown of a rating, computed on demand: lines, reasons and totals before rounding."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from forecourt.kernel import divide_half_up, scaled_decimal
from forecourt.tariffs.limits import Adjustment
from forecourt.tariffs.matching import Candidate, Exact
from forecourt.tariffs.measuring import Tally
from forecourt.tariffs.model import Line
from forecourt.tariffs.terms import Dimension, Scope, TaxIncluded

_YES, _NO = TaxIncluded.YES, TaxIncluded.NO
_ENERGY, _FLAT = Dimension.ENERGY, Dimension.FLAT
_MINUTE_US = 60_000_000
_TRILLION = 10**12
_ONE = scaled_decimal(_TRILLION, 12)


class _Item(NamedTuple):
    """A component's line: quantity, and what of it a step size added, in 1/parts of a Wh, a microsecond or one fee."""

    scope: Scope
    candidate: Candidate
    quantity: int
    parts: int
    added: int
    amount: int


class Breakdown:
    """The exact amounts of a rating, in 1/whole of the currency unit, and what they are for.

    Most readers of a rating want its total alone, so that lines and texts are made when they are first read.
    """

    _lines: tuple[Line, ...] | None = None
    _exact: tuple[Decimal, Decimal] | None = None

    def __init__(self, mode: TaxIncluded, tallies: Sequence[Tally], whole: int, changes: Sequence[Adjustment] = ()) -> None:
        self.mode, self.tallies, self.whole, self.changes = mode, tallies, whole, changes

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

    def _items(self) -> list[_Item]:
        items = []
        for tally in self.tallies:
            for candidate, quantity in tally.used.items():
                parts = tally.parts(candidate.dimension)
                amount = candidate.weight * quantity * (self.whole // (candidate.whole * parts))
                items.append(_Item(tally.scope, candidate, quantity, parts, tally.added.get(candidate, 0), amount))
        return items

    def _sums(self) -> tuple[Exact, Exact]:
        net: Exact = sum((change.net for change in self.changes), 0)
        gross: Exact = sum((change.gross for change in self.changes), 0)
        for item in self._items():
            up, down = item.candidate.tax_up, item.candidate.tax_down
            net += item.amount * down // up if self.mode is _YES else item.amount
            gross += item.amount * up // down if self.mode is _NO else item.amount
        return net, gross

    def _made(self) -> tuple[Line, ...]:
        """Amounts to 12 decimals, carried forward so that their sum is the rounded exact sum. Limits come last, a line per VAT rate."""
        items = self._items()
        shown_as: list[Decimal] = []
        so_far: Exact = 0
        shown = 0
        for amount in (*(item.amount for item in items), *(change.amount for change in self.changes)):
            so_far += amount
            upto = rounded(so_far, self.whole, _TRILLION)
            shown_as.append(scaled_decimal(upto - shown, 12))
            shown = upto
        lines = [_line(item, its) for item, its in zip(items, shown_as, strict=False)]
        for change, more in zip(self.changes, shown_as[len(lines) :], strict=True):
            lines.append(Line(Dimension.FLAT, Scope.SESSION, _ONE, "", more, more, change.vat_percent, change.because))
        return tuple(lines)


def _line(item: _Item, amount: Decimal) -> Line:
    candidate = item.candidate
    quantity = scaled_decimal(divide_half_up(item.quantity * _TRILLION, candidate.base * item.parts), 12)
    return Line(candidate.dimension, item.scope, quantity, candidate.unit, candidate.component.price, amount, candidate.vat, _because(item))


def _because(item: _Item) -> str:
    _, candidate, quantity, parts, added, _ = item
    if candidate.dimension is _FLAT:
        return f"{candidate.place}: once"
    base, unit, small = (1000, "kWh", "Wh") if candidate.dimension is _ENERGY else (_MINUTE_US, "min", "s")
    text = f"{candidate.place}: {amount_text(quantity - added, base * parts)} {unit}"
    if not added:
        return text
    return f"{text}, rounded up by {amount_text(added, base * parts)} {unit} to blocks of {candidate.component.step_size} {small}"


def rounded(amount: Exact, whole: int, unit: int) -> int:
    """amount / whole in 1/unit, halves away from zero."""
    if type(amount) is int:
        return divide_half_up(amount * unit, whole)
    return divide_half_up(amount.numerator * unit, amount.denominator * whole)


def _decimal(amount: Exact, whole: int) -> Decimal:
    return scaled_decimal(rounded(amount, whole, _TRILLION), 12)


def amount_text(quantity: int, base: int) -> str:
    """quantity / base with up to four decimals."""
    whole, rest = divmod(divide_half_up(quantity * 10_000, base), 10_000)
    return f"{whole}.{rest:04d}".rstrip("0") if rest else str(whole)
