"""What the page of a month's VAT shows."""

from dataclasses import dataclass

from forecourt.kernel import Money


@dataclass(frozen=True, slots=True)
class VatSums:
    net: Money
    vat: Money
    gross: Money


@dataclass(frozen=True, slots=True)
class VatRow:
    """A rate in a currency. notes: what credit notes take back, negative. lost: the tax of debts written off, negative where it is
    owed no longer. booked: what the month put on the ledger's account of the rate. difference: what of it no paper explains."""

    rate: str
    invoices: VatSums
    notes: VatSums
    lost: Money
    booked: Money

    @property
    def owed(self) -> Money:
        """The tax of the month by the papers."""
        return self.invoices.vat + self.notes.vat + self.lost

    @property
    def difference(self) -> Money:
        return self.booked - self.owed


@dataclass(frozen=True, slots=True)
class VatReport:
    """totals: a row a currency, its rate empty."""

    rows: tuple[VatRow, ...]
    totals: tuple[VatRow, ...]

    @property
    def agrees(self) -> bool:
        return not any(one.difference for one in self.rows)
