"""The processor's clearing file as the operator sees it: discrepancies, rows, and a payment with everything known about it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from forecourt.flows.paying import reclaimable
from forecourt.flows.ports import ListPage, PageRequest, Store
from forecourt.kernel import DocumentId, Money, NotFound, OperatorId, PaymentId, instant_text
from forecourt.payments import Payment, RowKind
from forecourt.settlement import Discrepancy, Finding, Mismatch, StoredRow
from forecourt.web.queries.charge_trace import postings
from forecourt.web.queries.money_totals import total_by_currency
from forecourt.web.queries.names import actor_name, driver_name, driver_url

CLEARING_COLUMNS = ("id", "kind", "at", "payment", "payout", "gross", "fee", "net", "currency", "booked", "seen_at", "words")
_BATCH = 500
_TITLES = {
    Mismatch.UNKNOWN: "Row about nothing we know",
    Mismatch.CURRENCY: "Currency differs from the payment",
    Mismatch.AMOUNT: "Amount differs from what was posted",
    Mismatch.MISSING: "Posted, but no row reports it",
    Mismatch.UNBOOKED: "Reported, but not posted",
    Mismatch.CHANGED: "Reported again with other amounts",
    Mismatch.PAYOUT: "Payout differs from the total of its rows",
    Mismatch.TWICE: "Refunded more than was paid",
}


@dataclass(frozen=True, slots=True)
class FindingRow:
    """by: who explained it. payment: its id, if there is such a payment. stated, beyond: the statement that can request it again, and how
    much; empty if none can."""

    finding: Finding
    title: str
    by: str
    payment: str
    stated: str = ""
    beyond: Money | None = None


@dataclass(frozen=True, slots=True)
class ClearingPage:
    """page: open findings before closed ones. read_at: when the file was last read. wanted: the instant from which somebody wants it read
    again."""

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
    """payouts: the row of the payout itself, if it is known. sums: the totals of the rows."""

    id: str
    payouts: tuple[StoredRow, ...]
    rows: tuple[StoredRow, ...]
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
    """number: of the document it pays, or of a monthly statement if `stated`. driver_url: empty for a guest."""

    payment: Payment
    zone: str
    driver: str
    driver_url: str
    number: str
    stated: bool
    entries: tuple[EntryLine, ...]
    rows: tuple[StoredRow, ...]
    findings: tuple[FindingRow, ...]


def clearing_page(store: Store, operator_id: OperatorId, page_request: PageRequest) -> ClearingPage:
    found = store.clearing.page(operator_id, page_request)
    reading = store.clearing.progress()
    return ClearingPage(
        zone=store.stations.operator(operator_id).zone,
        page=found.of(_finding(store, one) for one in found.rows),
        read_at=reading.read_at if reading else None,
        wanted=reading.wanted if reading else None,
    )


def payout_page(store: Store, operator_id: OperatorId, payout: str) -> PayoutPage:
    """The rows paid out together. Only this operator's rows are included."""
    rows = [one for one in store.clearing.rows_of_payout(payout) if one.operator_id in (None, operator_id)]
    if not rows:
        raise NotFound("payout", "There is no such payout.", "It may be among the rows not paid out yet.")
    payout_rows, settled_rows = ([one for one in rows if (one.line.kind is RowKind.PAYOUT) == is_own] for is_own in (True, False))
    return PayoutPage(
        payout,
        tuple(payout_rows),
        tuple(settled_rows),
        total_by_currency(one.line.net for one in settled_rows),
        store.stations.operator(operator_id).zone,
    )


def payment_page(store: Store, operator_id: OperatorId, payment_id: PaymentId) -> PaymentPage:
    payment = store.payments.payment(payment_id)
    if payment is None or payment.operator_id != operator_id:
        raise NotFound("payment", "There is no such payment.")
    paid = store.documents.document(payment.document_id) if payment.document_id else None
    stated = store.statements.statement(payment.document_id) if payment.document_id and paid is None else None
    entries = [EntryLine(one.position, one.txn.happened_at, one.txn.text, postings(one)) for one in store.ledger.of_subject(payment_id)]
    return PaymentPage(
        payment=payment,
        zone=store.stations.operator(operator_id).zone,
        driver=driver_name(store, payment.driver_id),
        driver_url=driver_url(store, payment.driver_id),
        number=paid.number if paid else stated.number if stated else "",
        stated=stated is not None,
        entries=tuple(entries),
        rows=tuple(store.clearing.rows_of_payment(payment_id)),
        findings=tuple(_finding(store, one) for one in store.clearing.findings_of_payment(payment_id)),
    )


def clearing_batches(store: Store, operator_id: OperatorId, start: datetime, end: datetime) -> Iterator[list[tuple[object, ...]]]:
    """For a spreadsheet: the rows of a period, newest first."""
    last: tuple[datetime, str] | None = (end, "")
    while last is not None:
        batch = store.clearing.recent(operator_id, _BATCH, last)
        yield [_cells(one) for one in batch if one.line.at >= start]
        last = (batch[-1].line.at, batch[-1].line.id) if len(batch) == _BATCH and batch[-1].line.at >= start else None


def _finding(store: Store, finding: Finding) -> FindingRow:
    discrepancy = finding.doubt
    known = store.payments.payment(discrepancy.payment_id) if discrepancy.payment_id else None
    title = _TITLES[discrepancy.kind] if discrepancy.kind is not Mismatch.TWICE or discrepancy.payment_id else "Partner paid more than once"
    row = FindingRow(finding, title, actor_name(store, finding.by), str(known.id) if known else "")
    statement = (
        store.statements.statement(DocumentId(UUID(discrepancy.subject.partition("/")[0])))
        if finding.open and _is_twice(discrepancy)
        else None
    )
    beyond = reclaimable(store, statement) if statement else None
    return replace(row, stated=statement.number, beyond=beyond) if statement and beyond else row


def _is_twice(discrepancy: Discrepancy) -> bool:
    return discrepancy.kind is Mismatch.TWICE and discrepancy.payment_id is not None


def _cells(one: StoredRow) -> tuple[object, ...]:
    line = one.line
    amounts = (line.gross.amount, line.fee.amount, line.net.amount, line.gross.currency)
    head = (line.id, line.kind.value, instant_text(line.at), str(line.payment_id or ""), line.payout)
    return (*head, *amounts, one.booked, instant_text(one.seen_at), line.description)
