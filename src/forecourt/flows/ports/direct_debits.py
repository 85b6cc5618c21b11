"""What is stored of direct debits: drivers' mandates, and an operator's collection files."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from forecourt.billing import AccountStatement
from forecourt.flows.ports.paging import FIRST_PAGE, ListPage, PageRequest
from forecourt.kernel import DriverId, OperatorId, PaymentId
from forecourt.payments import Mandate
from forecourt.settlement import CollectedStatement, CollectionFile


class DirectDebitRepository(Protocol):
    """Mandates and files are never deleted; account holders and numbers are cleared when their retention period ends."""

    def put_mandate(self, mandate: Mandate) -> None: ...
    def mandates_of(self, driver_id: DriverId) -> Sequence[Mandate]:
        """The driver's mandates, latest number first. At most one of them has not ended."""
        ...

    def active_mandates(self, operator_id: OperatorId) -> Sequence[Mandate]:
        """Mandates that have not ended, by number."""
        ...

    def mandate(self, operator_id: OperatorId, number: str) -> Mandate | None:
        """The mandate with a number as it is now, locked until this unit of work ends."""
        ...

    def open_statements(self, operator_id: OperatorId, limit: int) -> Sequence[AccountStatement]:
        """Statements that are neither paid, being paid nor written off, and whose payers have a mandate in force; oldest first."""
        ...

    def put_file(self, file: CollectionFile) -> None: ...
    def file(self, operator_id: OperatorId, number: str) -> CollectionFile | None: ...
    def file_of(self, operator_id: OperatorId, file_id: UUID) -> CollectionFile | None: ...
    def files(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[CollectionFile]:
        """Newest first."""
        ...

    def collected_of(self, operator_id: OperatorId, payment_ids: Collection[PaymentId]) -> Sequence[CollectedStatement]:
        """The entries of collection files for these payments, oldest file first."""
        ...

    def files_with(self, operator_id: OperatorId, payment_ids: Collection[PaymentId]) -> Sequence[CollectionFile]:
        """Files that include one of these payments, oldest first."""
        ...

    def open_debit_counts(self, files: Collection[CollectionFile]) -> Mapping[UUID, int]:
        """The number of debits of each file that the bank has neither collected nor refused yet, by the file's id."""
        ...
