"""Bank statements as the operator sees them, next to the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from forecourt.flows.billing import bank_moves
from forecourt.flows.ports import ListPage, PageRequest, Store
from forecourt.kernel import Money, OperatorId
from forecourt.ledger import BANK
from forecourt.settlement import BankAccount, BankMove, StoredLine
from forecourt.web.queries.names import actor_name

# Candidates for a line: the entries nearest to its day; of unmatched entries, the newest.
_CHOICES, _SHOWN = 12, 50


@dataclass(frozen=True, slots=True)
class BankSum:
    """Totals in one currency. book: the bank account in the ledger. bank: the closing balance of its statements. in_book: entries without a
    line. on_bank: lines without an entry. gap: the difference between our lines and the closing balance: a line is missing."""

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
    """A ledger entry that moved the bank account."""

    position: int
    day: date
    text: str
    amount: Money


@dataclass(frozen=True, slots=True)
class BankRow:
    """who: matched it, or sent it. choices: entries that it may match, the likeliest first."""

    kept: StoredLine
    who: str
    choices: tuple[MoveRow, ...]


@dataclass(frozen=True, slots=True)
class BankPage:
    """left, whole: how many lines are still to be processed, of how many. unmatched: the newest entries on the bank account without a line;
    unmatched_count: how many there are."""

    left: int
    whole: int
    accounts: tuple[BankAccount, ...]
    sums: tuple[BankSum, ...]
    page: ListPage[BankRow]
    unmatched: tuple[MoveRow, ...]
    unmatched_count: int


def bank_page(store: Store, operator_id: OperatorId, page_request: PageRequest) -> BankPage:
    accounts, waiting = store.bank.accounts(operator_id), store.bank.open(operator_id)
    currencies = sorted({one.closing.currency for one in accounts})
    moves = {one: bank_moves(store, operator_id, one) for one in currencies}
    found = store.bank.page(operator_id, page_request)
    unmatched = [_move(one, currency) for currency in currencies for one in moves[currency]]
    to_review, whole = store.bank.review_progress(operator_id)
    return BankPage(
        left=to_review,
        whole=whole,
        accounts=tuple(accounts),
        sums=tuple(_sum(store, [each for each in accounts if each.closing.currency == one], waiting, moves[one]) for one in currencies),
        page=found.of(_row(store, one, moves[one.line.amount.currency]) for one in found.rows),
        unmatched=tuple(sorted(unmatched, key=lambda one: one.position, reverse=True)[:_SHOWN]),
        unmatched_count=len(unmatched),
    )


def _sum(store: Store, accounts: Sequence[BankAccount], waiting: Sequence[StoredLine], moves: Sequence[BankMove]) -> BankSum:
    """accounts: of one currency, one or more."""
    operator_id, currency = accounts[0].operator_id, accounts[0].closing.currency
    closing, booked_minor = (
        sum(one.closing.minor for one in accounts),
        sum(store.bank.sum_minor(operator_id, one.account) for one in accounts),
    )
    minors = (
        store.ledger.balance(operator_id, BANK, currency),
        closing,
        sum(one.minor for one in moves),
        sum(one.missing.minor for one in waiting if one.missing.currency == currency),
        closing - booked_minor,
    )
    return BankSum(*(Money(one, currency) for one in minors))


def _row(store: Store, stored: StoredLine, moves: Sequence[BankMove]) -> BankRow:
    missing = stored.missing
    near = sorted(moves, key=lambda one: (one.minor != missing.minor, abs(one.day - stored.line.day), one.position)) if stored.open else ()
    choices = tuple(_move(one, missing.currency) for one in near if (one.minor > 0) == (missing.minor > 0))[:_CHOICES]
    return BankRow(stored, actor_name(store, stored.by), choices)


def _move(one: BankMove, currency: str) -> MoveRow:
    return MoveRow(one.position, one.day, one.txn.text, Money(one.minor, currency))
