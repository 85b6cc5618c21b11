"""The VAT of a month: its lines, and their sums."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from forecourt.billing import NOT_TAXABLE, REVERSED, REVERSED_HOME
from forecourt.kernel import Money

LOST = "LOST"
_KINDS = {REVERSED: "Reverse charge, abroad", REVERSED_HOME: "Reverse charge, at home", NOT_TAXABLE: "Not taxable, outside the EU"}


@dataclass(frozen=True, slots=True)
class VatLine:
    """what: INVOICE, CREDIT_NOTE, or LOST: the tax of a debt written off, positive if it is paid after all. country: of the place;
    delivered: the month in which a charge ended, otherwise that of the entry, such as "2026-09". subject: of the entry; number: of the
    document. position: of the entry, if known. rate: for supplies without tax because of their buyer, the reason, and buyer: who."""

    what: str
    country: str
    delivered: str
    rate: str
    at: datetime
    net: Money
    vat: Money
    subject: UUID
    number: str
    position: int = 0
    buyer: str = ""


@dataclass(frozen=True, slots=True)
class VatSums:
    net: Money
    vat: Money
    gross: Money


@dataclass(frozen=True, slots=True)
class VatRow:
    """A rate in a currency. credit_notes: negative. written_off: the tax of debts written off, negative if it is no longer
    owed. booked: the month's total on the ledger account of the rate. difference: the part of it that no document explains."""

    rate: str
    invoices: VatSums
    credit_notes: VatSums
    written_off: Money
    booked: Money

    @property
    def owed(self) -> Money:
        """The month's tax by its documents."""
        return self.invoices.vat + self.credit_notes.vat + self.written_off

    @property
    def difference(self) -> Money:
        return self.booked - self.owed


@dataclass(frozen=True, slots=True)
class VatPart:
    """The total of the month's documents and written-off debts for one country, at one rate. delivered: the month in which charges ended.
    Credit notes, written-off debts, and supplies without a charge count in the month of issue or entry."""

    country: str
    delivered: str
    rate: str
    invoices: VatSums
    credit_notes: VatSums
    written_off: Money

    @property
    def owed(self) -> Money:
        return self.invoices.vat + self.credit_notes.vat + self.written_off


@dataclass(frozen=True, slots=True)
class VatBuyer:
    """Supplies of the month to a buyer who owes the tax, or for which none is owed, less credit notes."""

    buyer: str
    rate: str
    net: Money


def rate_label(rate: str) -> str:
    """Of a row of the report."""
    return _KINDS.get(rate, f"{rate} %")


@dataclass(frozen=True, slots=True)
class VatReport:
    """totals: a row per currency, its rate empty. parts: the same by country and month of delivery; they add up to the totals."""

    rows: tuple[VatRow, ...]
    totals: tuple[VatRow, ...]
    parts: tuple[VatPart, ...]
    buyers: tuple[VatBuyer, ...] = ()

    @property
    def has_several_parts(self) -> bool:
        """Whether the parts tell more than the rows: there are several countries, or charges of another month."""
        return len({(one.country, one.delivered) for one in self.parts}) > 1

    @property
    def agrees(self) -> bool:
        return not any(one.difference for one in self.rows)
