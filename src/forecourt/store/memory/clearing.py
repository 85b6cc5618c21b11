"""The rows of the processor's clearing file, and what was found in them, in memory."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from forecourt.flows.ports import FIRST_PAGE, ClearingProgress, ListOrders, ListPage, PageRequest, page_of
from forecourt.kernel import Money, OperatorId, PaymentId
from forecourt.payments import RowKind
from forecourt.settlement import Finding, StoredRow
from forecourt.store.memory.database import MemoryDatabase

_ONLY = "processor"


class Clearing:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def rows(self, row_ids: Collection[str]) -> Mapping[str, StoredRow]:
        return {one.line.id: one for one in self._db.clearing_rows.where(lambda one: one.line.id in row_ids)}

    def put_row(self, row: StoredRow) -> None:
        self._db.clearing_rows.put(row.line.id, row)

    def waiting(self, since: datetime) -> Sequence[StoredRow]:
        return _by_day(self._db.clearing_rows.where(lambda one: not one.booked and one.line.at >= since))

    def rows_of_payment(self, payment_id: PaymentId) -> Sequence[StoredRow]:
        return _by_day(self._db.clearing_rows.where(lambda one: one.line.payment_id == payment_id))

    def rows_of_payout(self, payout: str) -> Sequence[StoredRow]:
        return _by_day(self._db.clearing_rows.where(lambda one: one.line.payout == payout))

    def mismatched_payouts(self, since: datetime) -> Sequence[tuple[StoredRow, Money]]:
        def is_payout(one: StoredRow) -> bool:
            return one.line.kind is RowKind.PAYOUT and one.line.payout != "" and one.line.at >= since

        sums = ((payout, self._sum(payout)) for payout in _by_day(self._db.clearing_rows.where(is_payout)))
        return [(payout, rows) for payout, rows in sums if payout.line.net != -rows]

    def _sum(self, payout: StoredRow) -> Money:
        currency = payout.line.gross.currency
        rows = (one.line for one in self.rows_of_payout(payout.line.payout) if one.line.id != payout.line.id)
        return Money(sum(line.net.minor for line in rows if line.gross.currency == currency), currency)

    def recent(self, operator_id: OperatorId, limit: int, before: tuple[datetime, str] | None = None) -> Sequence[StoredRow]:
        mine = _by_day(self._db.clearing_rows.where(lambda one: one.operator_id in (None, operator_id)))[::-1]
        return [one for one in mine if before is None or (one.line.at, one.line.id) < before][:limit]

    def lock_finding(self, finding_id: UUID) -> Finding | None:
        return self._db.clearing_findings.get(finding_id)

    def put_finding(self, finding: Finding) -> None:
        self._db.clearing_findings.put(finding.id, finding)

    def open_findings(self, operator_id: OperatorId | None = None) -> Sequence[Finding]:
        mine = self._db.clearing_findings.where(
            lambda one: one.open and (operator_id is None or one.doubt.operator_id in (None, operator_id))
        )
        return _by_find(mine)

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[Finding]:
        mine = self._db.clearing_findings.where(lambda one: one.doubt.operator_id in (None, operator_id))
        return page_of(mine, ListOrders.FINDINGS, request)

    def findings_of_payment(self, payment_id: PaymentId) -> Sequence[Finding]:
        return _by_find(self._db.clearing_findings.where(lambda one: one.doubt.payment_id == payment_id))

    def progress(self) -> ClearingProgress | None:
        return self._db.clearing_reading.get(_ONLY)

    def put_progress(self, reading: ClearingProgress) -> None:
        self._db.clearing_reading.put(_ONLY, reading)


def _by_day(rows: Sequence[StoredRow]) -> list[StoredRow]:
    return sorted(rows, key=lambda one: (one.line.at, one.line.id))


def _by_find(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda one: (one.found_at, one.id))
