"""What is stored of the processor's clearing file, and of mismatches with it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from forecourt.flows.ports.paging import FIRST_PAGE, ListPage, PageRequest
from forecourt.kernel import Money, OperatorId, PaymentId
from forecourt.settlement import Finding, StoredRow


@dataclass(frozen=True, slots=True)
class ClearingProgress:
    """How far the file has been read. wanted: a person has asked for it to be read again from that instant."""

    read_at: datetime
    wanted: datetime | None = None


class ClearingRepository(Protocol):
    """Rows are never deleted; each has the processor's id. operator_id None: the owner is unknown, so every operator sees the row."""

    def rows(self, row_ids: Collection[str]) -> Mapping[str, StoredRow]:
        """Those of these rows that are stored, by id."""
        ...

    def put_row(self, row: StoredRow) -> None: ...
    def waiting(self, since: datetime) -> Sequence[StoredRow]:
        """Rows since then that are not booked yet, oldest first."""
        ...

    def rows_of_payment(self, payment_id: PaymentId) -> Sequence[StoredRow]:
        """The rows of a payment, oldest first."""
        ...

    def rows_of_payout(self, payout: str) -> Sequence[StoredRow]:
        """The rows of a payout, including the payout's own, oldest first."""
        ...

    def mismatched_payouts(self, since: datetime) -> Sequence[tuple[StoredRow, Money]]:
        """Payouts since then, oldest first, whose own row does not offset the sum of the payout's other rows; with that sum."""
        ...

    def recent(self, operator_id: OperatorId, limit: int, before: tuple[datetime, str] | None = None) -> Sequence[StoredRow]:
        """The operator's rows and those without an owner, newest first. before: instant and id of the previous page's last row."""
        ...

    def lock_finding(self, finding_id: UUID) -> Finding | None:
        """The finding as it is now, locked until this unit of work ends."""
        ...

    def put_finding(self, finding: Finding) -> None: ...
    def open_findings(self, operator_id: OperatorId | None = None) -> Sequence[Finding]:
        """Open findings of an operator and those without an owner, oldest first. None: those of all operators."""
        ...

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[Finding]:
        """Open ones first, then newest first."""
        ...

    def findings_of_payment(self, payment_id: PaymentId) -> Sequence[Finding]:
        """Earliest found first."""
        ...

    def progress(self) -> ClearingProgress | None: ...
    def put_progress(self, reading: ClearingProgress) -> None: ...
