"""What the pages of the clearing show."""

from dataclasses import dataclass
from datetime import datetime

from forecourt.flows.ports import ListPage
from forecourt.kernel import Money
from forecourt.payments import Payment
from forecourt.settlement import Finding, KeptRow


@dataclass(frozen=True, slots=True)
class FindingRow:
    """by: who explained it. payment: its id, where there is such a payment. stated, beyond: the statement that can ask for it once more,
    and how much; empty where none can."""

    finding: Finding
    title: str
    by: str
    payment: str
    stated: str = ""
    beyond: Money | None = None


@dataclass(frozen=True, slots=True)
class ClearingPage:
    """page: what waits before what is over. read_at: when the file was read last. wanted: from when on somebody wants it read again."""

    zone: str
    page: ListPage[FindingRow]
    read_at: datetime | None
    wanted: datetime | None

    @property
    def waiting(self) -> tuple[FindingRow, ...]:
        return tuple(row for row in self.page.rows if row.finding.open)

    @property
    def over(self) -> tuple[FindingRow, ...]:
        return tuple(row for row in self.page.rows if not row.finding.open)


@dataclass(frozen=True, slots=True)
class PayoutPage:
    """payouts: the row of the payout itself, where it is known. sums: what the rows come to."""

    id: str
    payouts: tuple[KeptRow, ...]
    rows: tuple[KeptRow, ...]
    sums: tuple[Money, ...]
    zone: str


@dataclass(frozen=True, slots=True)
class EntryLine:
    position: int
    at: datetime
    text: str
    postings: str


@dataclass(frozen=True, slots=True)
class PaymentPage:
    """number: of the document it pays, which is a month's statement where stated. driver_page: empty for a guest."""

    payment: Payment
    zone: str
    driver: str
    driver_page: str
    number: str
    stated: bool
    entries: tuple[EntryLine, ...]
    rows: tuple[KeptRow, ...]
    findings: tuple[FindingRow, ...]
