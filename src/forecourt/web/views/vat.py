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
class VatPart:
    """What was issued in the month for one country, taxed at one rate. country: of the place; delivered: the month in which charges
    ended, such as "2026-09". Credit notes, and what no charge stands behind, count in the month of issue."""

    country: str
    delivered: str
    rate: str
    invoices: VatSums
    notes: VatSums


@dataclass(frozen=True, slots=True)
class VatReport:
    """totals: a row a currency, its rate empty. parts: the same documents by country and month of delivery; they sum to the totals."""

    rows: tuple[VatRow, ...]
    totals: tuple[VatRow, ...]
    parts: tuple[VatPart, ...]

    @property
    def mixed(self) -> bool:
        """The parts tell more than the rows: there are several countries, or charges of another month."""
        return len({(one.country, one.delivered) for one in self.parts}) > 1

    @property
    def agrees(self) -> bool:
        return not any(one.difference for one in self.rows)
