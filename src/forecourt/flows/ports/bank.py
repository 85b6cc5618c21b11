"""What is kept of the bank's statements."""

from collections.abc import Collection, Sequence
from typing import Protocol
from uuid import UUID

from forecourt.flows.ports.listing import FIRST_PAGE, ListPage, PageAsked
from forecourt.kernel import OperatorId
from forecourt.ledger import Account, ChainedTxn
from forecourt.settlement import BankAccount, KeptLine, TransferFile


class BankBook(Protocol):
    """Lines are kept for ever, each under its id; their words end with the time that vouchers are kept."""

    def lock(self, operator_id: OperatorId) -> None:
        """Nobody else takes or matches lines of this operator until this unit of work ends; call before reading."""
        ...

    def accounts(self, operator_id: OperatorId) -> Sequence[BankAccount]: ...
    def put_account(self, account: BankAccount) -> None: ...
    def known(self, operator_id: OperatorId, line_ids: Collection[UUID]) -> set[UUID]: ...
    def line(self, operator_id: OperatorId, line_id: UUID) -> KeptLine | None: ...
    def put(self, kept: KeptLine) -> None: ...
    def open(self, operator_id: OperatorId) -> Sequence[KeptLine]:
        """Oldest first."""
        ...

    def asked(self, operator_id: OperatorId, limit: int) -> Sequence[KeptLine]:
        """Those that are to be looked at, oldest first, and what accounts open with behind them."""
        ...

    def left(self, operator_id: OperatorId) -> tuple[int, int]:
        """How many are to be looked at, of how many that were."""
        ...

    def page(self, operator_id: OperatorId, asked: PageAsked = FIRST_PAGE) -> ListPage[KeptLine]:
        """Open ones first, then newest first."""
        ...

    def line_of(self, operator_id: OperatorId, position: int) -> KeptLine | None:
        """That an entry of the book is matched with."""
        ...

    def lines_about(self, operator_id: OperatorId, account: Account) -> Sequence[KeptLine]:
        """Those all of whose entries moved an account, oldest first."""
        ...

    def put_file(self, file: TransferFile) -> None: ...
    def file(self, operator_id: OperatorId, number: str) -> TransferFile | None: ...
    def file_of(self, operator_id: OperatorId, file_id: UUID) -> TransferFile | None: ...
    def files_about(self, operator_id: OperatorId, abouts: Collection[UUID]) -> Sequence[TransferFile]:
        """Those that pay any of these statements and paybacks, newest first."""
        ...

    def files(self, operator_id: OperatorId, asked: PageAsked = FIRST_PAGE) -> ListPage[TransferFile]:
        """Newest first."""
        ...

    def sum_minor(self, operator_id: OperatorId, account: str) -> int:
        """Of all lines of an account."""
        ...

    def unmatched(self, operator_id: OperatorId, currency: str) -> Sequence[ChainedTxn]:
        """What moved the bank in the book and no line is matched with, oldest first."""
        ...
