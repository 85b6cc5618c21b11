"""What the pages of the ledger's entries show."""

from dataclasses import dataclass, field
from datetime import datetime

from forecourt.flows.ports import AccountEntries, ListPage
from forecourt.kernel import Money
from forecourt.ledger import ChainedTxn, HandEntry


@dataclass(frozen=True, slots=True)
class Subject:
    """What an entry is about; all empty where it has no page. session: the charge behind it."""

    words: str = ""
    href: str = ""
    session: str = ""


@dataclass(frozen=True, slots=True)
class EntryRow:
    """debit, credit: what of it is on the account that is shown, if one is."""

    position: int
    at: datetime
    text: str
    subject: Subject = field(default_factory=Subject)
    debit: Money | None = None
    credit: Money | None = None


@dataclass(frozen=True, slots=True)
class AccountPage:
    """words: its name. debit, credit: of all its entries, not of this page alone. earlier: where the next page begins; None where
    there is none."""

    wanted: AccountEntries
    words: str
    zone: str
    debit: Money
    credit: Money
    rows: tuple[EntryRow, ...]
    earlier: int | None


@dataclass(frozen=True, slots=True)
class PostingRow:
    """debit, credit: accounts; the words name a driver instead of an id."""

    debit: str
    debit_words: str
    credit: str
    credit_words: str
    amount: Money


@dataclass(frozen=True, slots=True)
class HandRow:
    """who: posted it. reversal: that takes it back, if one does."""

    entry: HandEntry
    who: str
    reversal: HandEntry | None


@dataclass(frozen=True, slots=True)
class HandPage:
    """currencies: of the book, the operator's own first."""

    zone: str
    currencies: tuple[str, ...]
    page: ListPage[HandRow]


@dataclass(frozen=True, slots=True)
class EntryPage:
    """by_hand: where a person posted it. beside: the other entries about the same."""

    entry: ChainedTxn
    zone: str
    subject: Subject
    postings: tuple[PostingRow, ...]
    by_hand: HandRow | None
    beside: tuple[EntryRow, ...]
