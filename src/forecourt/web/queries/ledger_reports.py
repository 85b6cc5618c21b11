"""Data for the pages of the ledger."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from uuid import UUID

from forecourt.flows.desk import operator_day, operator_zone
from forecourt.flows.ports import FIRST_PAGE, Debt, DebtQuery, ListPage, PageRequest, Store, Transactions
from forecourt.kernel import BadInput, DriverId, Money, OperatorId, Span, instant_text
from forecourt.ledger import Balance, ChainedTxn
from forecourt.web.queries.names import ledger_driver_name

BATCH = 500


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """account: the kind only, if it stands for all drivers."""

    account: str
    currency: str
    debit: Money
    credit: Money


@dataclass(frozen=True, slots=True)
class TrialBalance:
    rows: tuple[BalanceRow, ...]
    totals: tuple[BalanceRow, ...]


@dataclass(frozen=True, slots=True)
class ReceivableRow:
    """ages: owed for up to 30, 60, 90 days, and longer. credit: held in the driver's favour. balance: as in the ledger."""

    driver_id: str
    driver: str
    ages: tuple[Money, ...]
    credit: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class Receivables:
    found: ListPage[ReceivableRow]
    totals: tuple[ReceivableRow, ...]


def trial_balance(store: Store, operator_id: OperatorId) -> TrialBalance:
    """Every account that ever moved; drivers' own accounts are summed, for there are thousands. Debits equal credits."""
    found = sorted(store.ledger.summary(operator_id), key=lambda one: (one.currency, one.account.name))
    totals = (_balance_row("", list(some)) for _, some in groupby(found, lambda one: one.currency))
    return TrialBalance(tuple(_balance_row(one.account.name, [one]) for one in found), tuple(totals))


def _balance_row(name: str, balances: Sequence[Balance]) -> BalanceRow:
    currency = balances[0].currency
    debit, credit = sum(one.debit_minor for one in balances), sum(one.credit_minor for one in balances)
    return BalanceRow(name, currency, Money(debit, currency), Money(credit, currency))


def debts_as_of(store: Store, operator_id: OperatorId, at: datetime, day: date | None = None, text: str = "") -> DebtQuery:
    """Selects what was owed at the end of a local day; of today, or without a day, what is owed now (at). text: searches names and
    addresses. Raises BadInput for a day to come."""
    today, due = operator_day(store, operator_id, at), timedelta(days=store.dunning.rules(operator_id).due_days)
    if day is None or day == today:
        return DebtQuery(at, due, text)
    if day > today:
        raise BadInput("day", f"{day} is still to come.", "Choose today or an earlier day.")
    end = span_of_days(store, operator_id, day, day).end
    return DebtQuery(end, due, text, end)


def receivables(store: Store, operator_id: OperatorId, wanted: DebtQuery, page: PageRequest = FIRST_PAGE) -> Receivables:
    """One row per account and currency with a balance, the largest debt first, aged from the day each debt fell due. The totals are of
    all rows found, not of the page."""
    totals = tuple(_row(store, one) for one in store.debts.totals(operator_id, wanted))
    return Receivables(receivables_found(store, operator_id, wanted, page), totals)


def receivables_found(store: Store, operator_id: OperatorId, wanted: DebtQuery, page: PageRequest) -> ListPage[ReceivableRow]:
    """The rows only."""
    found = store.debts.page(operator_id, wanted, page)
    store.drivers.prefetch({driver_id for one in found.rows if (driver_id := _driver_of(one))})
    return found.of(_row(store, one) for one in found.rows)


def span_of_days(store: Store, operator_id: OperatorId, start: date, end: date) -> Span:
    """Local days, both included. Raises BadInput."""
    if end < start:
        raise BadInput("days", f"{end} lies before {start}.", "Give the first day and the last.")
    zone = operator_zone(store, operator_id)
    first, after = (datetime.combine(day, time(0), zone) for day in (start, end + timedelta(days=1)))
    return Span(first, after)


def batches_of(store: Store, operator_id: OperatorId, days: Span) -> list[range]:
    """The ranges of ledger positions that contain all of the days' entries, in parts: the database finds positions without looking at
    dates."""
    positions = store.ledger.positions(operator_id, days)
    return [positions[first : first + BATCH] for first in range(0, len(positions), BATCH)]


def entries_in(store: Store, operator_id: OperatorId, days: Span, positions: range) -> list[ChainedTxn]:
    """In the order of the ledger; entries dated back or ahead are among them and left out."""
    return [one for one in store.ledger.posted(operator_id, positions) if days.contains(one.txn.at)]


def journal_batches(transactions: Transactions, operator_id: OperatorId, days: Span) -> Iterator[list[tuple[object, ...]]]:
    """Each part is a unit of work of its own, so that a slow reader holds up nobody."""
    with transactions.begin() as store:
        parts = batches_of(store, operator_id, days)
    for positions in parts:
        with transactions.begin() as store:
            batch = entries_in(store, operator_id, days, positions)
        yield list(journal_rows(batch))


def journal_rows(book: Iterable[ChainedTxn]) -> Iterator[tuple[object, ...]]:
    for one in book:
        txn = one.txn
        for posting in txn.postings:
            accounts = (posting.destination.name, posting.source.name)
            about = "" if txn.about is None else instant_text(txn.about)
            head = (one.position, instant_text(txn.at), about, txn.key, txn.text, str(txn.subject))
            yield (*head, *accounts, posting.amount.amount, posting.amount.currency, one.previous, one.digest)


def _driver_of(one: Debt) -> DriverId | None:
    """None for a sum over all drivers."""
    return DriverId(UUID(one.account.part.partition("/")[0])) if one.account else None  # "/wallet": a top-up the bank took back


def _row(store: Store, one: Debt) -> ReceivableRow:
    driver_id = _driver_of(one)
    *ages, credit, balance = (Money(minor, one.currency) for minor in (*one.aged.by_age, one.aged.credit_minor, one.minor))
    return ReceivableRow(str(driver_id or ""), ledger_driver_name(store, driver_id) if driver_id else "", tuple(ages), credit, balance)
