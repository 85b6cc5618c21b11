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
    """what: INVOICE, CREDIT_NOTE, or LOST: the tax of a debt that is lost, positive where it is paid after all. country: of the place;
    delivered: the month in which a charge ended, else of the entry, such as "2026-09". subject: what the entry is about; number: of
    the document. position: of the entry, where it is known. rate: of what carries no tax for its buyer's sake why so, and buyer: who."""

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
    """What the month's documents and lost debts come to for one country, at one rate. delivered: the month in which charges ended.
    Credit notes, lost debts, and what no charge stands behind, count in the month of issue or entry."""

    country: str
    delivered: str
    rate: str
    invoices: VatSums
    notes: VatSums
    lost: Money

    @property
    def owed(self) -> Money:
        return self.invoices.vat + self.notes.vat + self.lost


@dataclass(frozen=True, slots=True)
class VatBuyer:
    """What was supplied in the month to one who owes its tax, or where none is owed, less what credit notes take back."""

    buyer: str
    rate: str
    net: Money


def rate_words(rate: str) -> str:
    """Of a row of the report."""
    return _KINDS.get(rate, f"{rate} %")


@dataclass(frozen=True, slots=True)
class VatReport:
    """totals: a row a currency, its rate empty. parts: the same by country and month of delivery; they sum to the totals."""

    rows: tuple[VatRow, ...]
    totals: tuple[VatRow, ...]
    parts: tuple[VatPart, ...]
    buyers: tuple[VatBuyer, ...] = ()

    @property
    def mixed(self) -> bool:
        """The parts tell more than the rows: there are several countries, or charges of another month."""
        return len({(one.country, one.delivered) for one in self.parts}) > 1

    @property
    def agrees(self) -> bool:
        return not any(one.difference for one in self.rows)
