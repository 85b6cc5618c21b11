"""Repositories for the ledger and for manual entries, within a Store."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from forecourt.flows.ports.paging import FIRST_PAGE, ListPage, PageRequest
from forecourt.kernel import NotFound, OperatorId, Span
from forecourt.ledger import DRIVER_KINDS, Account, AccountKind, Balance, ChainedTxn, ManualEntry, Txn


@dataclass(frozen=True, slots=True)
class AccountEntries:
    """A selection of entries. name: of an account, or the kind of drivers' accounts to select those of all drivers. span: of the dates of
    the entries."""

    name: str
    currency: str
    span: Span | None = None

    def __post_init__(self) -> None:
        if self.name.partition(":")[0] not in list(AccountKind):
            raise NotFound("account", f"There is no account {self.name[:40]!r}.")

    @property
    def covers_all_drivers(self) -> bool:
        return self.name in DRIVER_KINDS

    def means(self, account: Account) -> bool:
        return account.name == self.name or (self.covers_all_drivers and account.kind.value == self.name)


class LedgerRepository(Protocol):
    """Append-only. Each operator has one hash chain."""

    def post(self, txn: Txn) -> bool:
        """Append, chained to the operator's last transaction (its row stays locked until this unit of work ends).

        Returns False, and changes nothing, if the operator's ledger has that key already. An entry dated before the first open day is
        dated to that day, and records the day it is about (`ledger.dated`).
        """
        ...

    def post_all(self, txns: Sequence[Txn]) -> int:
        """Append many in order, like `post`. Returns how many were new."""
        ...

    def head(self, operator_id: OperatorId) -> int:
        """The position of the newest entry; locks the ledger, so nothing else is posted until this unit of work ends."""
        ...

    def open_from(self, operator_id: OperatorId) -> datetime | None:
        """The instant before which nothing may be dated; None if no period was ever closed."""
        ...

    def close(self, operator_id: OperatorId, until: datetime) -> int:
        """Close the ledger up to that instant: from now on nothing is dated before it. Earlier closings stay. Waits for transactions being
        posted. Returns the position of the last one."""
        ...

    def reopen(self, operator_id: OperatorId, since: datetime) -> None:
        """Allow entries to be dated from that instant on again."""
        ...

    def balance(self, operator_id: OperatorId, account: Account, currency: str, until: int | None = None) -> int:
        """Debits less credits, in minor units; until: up to and including this position."""
        ...

    def account_page(
        self, operator_id: OperatorId, account: Account, currency: str, request: PageRequest = FIRST_PAGE
    ) -> ListPage[ChainedTxn]:
        """Transactions that moved an account in a currency, newest first."""
        ...

    def entries(self, operator_id: OperatorId, wanted: AccountEntries, limit: int, before: int | None = None) -> Sequence[ChainedTxn]:
        """The transactions of the selected entries, newest first. before: only those at a lower position."""
        ...

    def sum_of(self, operator_id: OperatorId, wanted: AccountEntries) -> Balance:
        """The sum of the debits and of the credits of the selected entries."""
        ...

    def entry(self, operator_id: OperatorId, position: int) -> ChainedTxn | None: ...
    def trial_balance(self, operator_id: OperatorId, kind: AccountKind | None = None) -> Sequence[Balance]:
        """Balances of all accounts that ever moved, by name and currency. kind: only accounts of this kind, one whose names have parts
        after a colon."""
        ...

    def unsettled(self, operator_id: OperatorId, kind: AccountKind) -> Sequence[Balance]:
        """Balances of the accounts of a kind that are not zero, by name and currency. Their names have parts after a colon."""
        ...

    def summary(self, operator_id: OperatorId) -> Sequence[Balance]:
        """The trial balance, with the accounts of all drivers summed up in one row for each kind."""
        ...

    def moved(self, operator_id: OperatorId, span: Span) -> Sequence[Balance]:
        """Like `summary`, of only the entries dated within a span."""
        ...

    def wrong_balances(self) -> Sequence[Account]:
        """Accounts of all operators whose stored balance is not the sum of their entries; any at all means a broken ledger."""
        ...

    def of_subject(self, subject: UUID) -> Sequence[ChainedTxn]:
        """Transactions about a subject (a document or payment, say), in the order of posting."""
        ...

    def prefetch_of_subjects(self, subjects: Collection[UUID]) -> None:
        """An optional hint: what was posted about these is about to be read, one at a time."""
        ...

    def uncleared(self, operator_id: OperatorId, since: datetime) -> Sequence[UUID]:
        """Subjects of entries on the processor's clearing account since an instant whose incoming or outgoing money is not fully covered by
        rows of its file."""
        ...

    def chain(self, operator_id: OperatorId, after: int = 0) -> Iterator[ChainedTxn]:
        """All transactions at higher positions, in ascending order; by default, the whole ledger."""
        ...

    def positions(self, operator_id: OperatorId, span: Span) -> range:
        """Positions that include everything dated in a span; they may include other entries too."""
        ...

    def posted(self, operator_id: OperatorId, positions: range) -> Sequence[ChainedTxn]:
        """The transactions at those positions, in ascending order."""
        ...

    def sum_minor(self, currency: str) -> int:
        """The sum of all entries of all operators in a currency, in minor units; anything but 0 means a broken ledger."""
        ...


class ManualEntryRepository(Protocol):
    """Manual entries: never changed, never deleted."""

    def put(self, entry: ManualEntry) -> None: ...
    def entry(self, entry_id: UUID) -> ManualEntry | None: ...
    def by_number(self, operator_id: OperatorId, number: str) -> ManualEntry | None: ...
    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[ManualEntry]:
        """Newest first."""
        ...
