"""Views of the ledger's entries."""

from dataclasses import dataclass, field
from datetime import datetime

from forecourt.flows.ports import AccountEntries, ListPage
from forecourt.kernel import Money
from forecourt.ledger import ChainedTxn, ManualEntry


@dataclass(frozen=True, slots=True)
class Subject:
    """What an entry is about; all empty if it has no page. session: the charge behind it."""

    label: str = ""
    href: str = ""
    session: str = ""


@dataclass(frozen=True, slots=True)
class EntryRow:
    """debit, credit: the entry's amounts on the account shown, if one is."""

    position: int
    at: datetime
    text: str
    subject: Subject = field(default_factory=Subject)
    debit: Money | None = None
    credit: Money | None = None


@dataclass(frozen=True, slots=True)
class AccountPage:
    """label: its name. debit, credit: of all its entries, not only this page. earlier: where the next page begins; None if there is
    none."""

    wanted: AccountEntries
    label: str
    zone: str
    debit: Money
    credit: Money
    rows: tuple[EntryRow, ...]
    earlier: int | None


@dataclass(frozen=True, slots=True)
class PostingRow:
    """debit, credit: accounts; debit_name, credit_name: the same with a driver's name instead of the id."""

    debit: str
    debit_name: str
    credit: str
    credit_name: str
    amount: Money


@dataclass(frozen=True, slots=True)
class ManualEntryRow:
    """who: posted it. reversal: the entry that reverses it, if any."""

    entry: ManualEntry
    who: str
    reversal: ManualEntry | None


@dataclass(frozen=True, slots=True)
class ManualEntriesPage:
    """currencies: of the ledger, the operator's own first."""

    zone: str
    currencies: tuple[str, ...]
    page: ListPage[ManualEntryRow]


@dataclass(frozen=True, slots=True)
class EntryPage:
    """manual_entry: if a person posted it. related: the other entries about the same subject."""

    entry: ChainedTxn
    zone: str
    subject: Subject
    postings: tuple[PostingRow, ...]
    manual_entry: ManualEntryRow | None
    related: tuple[EntryRow, ...]
