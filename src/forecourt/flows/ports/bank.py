"""What is stored of bank statements."""

from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

from forecourt.flows.ports.paging import FIRST_PAGE, ListPage, PageRequest
from forecourt.kernel import OperatorId
from forecourt.ledger import Account, ChainedTxn
from forecourt.settlement import BankAccount, StoredLine, TransferFile


class BankRepository(Protocol):
    """Lines are never deleted; their texts are cleared when the retention period for vouchers ends."""

    def lock(self, operator_id: OperatorId) -> None:
        """Lock the operator's lines: nothing else adds or matches any until this unit of work ends. Call before reading them."""
        ...

    def accounts(self, operator_id: OperatorId) -> Sequence[BankAccount]:
        """The operator's bank accounts, by account number."""
        ...

    def put_account(self, account: BankAccount) -> None: ...
    def known(self, operator_id: OperatorId, line_ids: Collection[UUID]) -> set[UUID]:
        """Which of these lines are stored."""
        ...

    def line(self, operator_id: OperatorId, line_id: UUID) -> StoredLine | None: ...
    def put(self, kept: StoredLine) -> None: ...
    def open(self, operator_id: OperatorId) -> Sequence[StoredLine]:
        """Lines that are not fully matched yet, oldest first."""
        ...

    def to_review(self, operator_id: OperatorId, limit: int) -> Sequence[StoredLine]:
        """Lines that need review: oldest first, with the opening lines of accounts at the end."""
        ...

    def review_progress(self, operator_id: OperatorId) -> tuple[int, int]:
        """How many lines still need review, and out of how many."""
        ...

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[StoredLine]:
        """Open ones first, then newest first."""
        ...

    def line_of(self, operator_id: OperatorId, position: int) -> StoredLine | None:
        """The line that the ledger entry at a position is matched with."""
        ...

    def lines_of_account(self, operator_id: OperatorId, account: Account) -> Sequence[StoredLine]:
        """Matched lines whose ledger entries all moved an account, oldest first."""
        ...

    def put_file(self, file: TransferFile) -> None: ...
    def file(self, operator_id: OperatorId, number: str) -> TransferFile | None: ...
    def file_of(self, operator_id: OperatorId, file_id: UUID) -> TransferFile | None: ...
    def files_paying(self, operator_id: OperatorId, abouts: Collection[UUID]) -> Sequence[TransferFile]:
        """Files that pay any of these statements and paybacks, newest first."""
        ...

    def files(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[TransferFile]:
        """Newest first."""
        ...

    def sum_minor(self, operator_id: OperatorId, account: str) -> int:
        """The sum of all lines of an account, in minor units."""
        ...

    def unmatched(self, operator_id: OperatorId, currency: str) -> Sequence[ChainedTxn]:
        """Ledger entries that moved the bank account and that no line is matched with, oldest first."""
        ...
