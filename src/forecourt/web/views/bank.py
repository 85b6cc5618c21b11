"""What the page of the bank's statements shows."""

from dataclasses import dataclass
from datetime import date

from forecourt.flows.ports import ListPage
from forecourt.kernel import Money
from forecourt.settlement import BankAccount, KeptLine


@dataclass(frozen=True, slots=True)
class BankSum:
    """In a currency. book: the bank in the ledger. bank: what its statements close with. in_book: of entries that no line is. on_bank: of
    lines that are not in the book. gap: between the lines we have and what the statements close with: one is missing."""

    book: Money
    bank: Money
    in_book: Money
    on_bank: Money
    gap: Money

    @property
    def difference(self) -> Money:
        return self.book - self.bank


@dataclass(frozen=True, slots=True)
class MoveRow:
    """An entry of the ledger that moved the bank."""

    position: int
    day: date
    text: str
    amount: Money


@dataclass(frozen=True, slots=True)
class BankRow:
    """who: matched it, or sent it. choices: entries that it may be, the likeliest first."""

    kept: KeptLine
    who: str
    choices: tuple[MoveRow, ...]


@dataclass(frozen=True, slots=True)
class BankPage:
    """left, whole: lines that are still being looked at, of how many. alone: the newest entries on the bank that no line is; alone_count:
    how many there are."""

    zone: str
    left: int
    whole: int
    accounts: tuple[BankAccount, ...]
    sums: tuple[BankSum, ...]
    page: ListPage[BankRow]
    alone: tuple[MoveRow, ...]
    alone_count: int
