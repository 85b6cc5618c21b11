"""What the pages of the books show."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from forecourt.flows.ports import Store
from forecourt.kernel import DriverId, Money, OperatorId, instant_text
from forecourt.ledger import AccountKind, Balance, ChainedTxn, aged
from forecourt.web.queries.names import known_as
from forecourt.web.views.console import OwedRow, Receivables

_PAGE = 50  # entries read at once: who owes mostly owes what is new
# What puts a debt on an account. Other entries that raise it (money given back) open no debt of their own: they undo a payment.
_CHARGES = ("document/", "statement/", "dunning/")


def zone_of(store: Store, operator_id: OperatorId) -> str:
    """The zone the operator's days are counted in, wherever its sites are."""
    return store.stations.operator(operator_id).zone


def receivables(store: Store, operator_id: OperatorId, at: datetime) -> Receivables:
    """One row an account and currency that is not at zero, the largest debt first, aged from the day each debt fell due."""
    owed = store.ledger.unsettled(operator_id, AccountKind.DRIVER_RECEIVABLE)
    rows = sorted((_row(store, operator_id, one, at) for one in owed), key=lambda row: -row.balance.minor)
    totals = []
    for currency in sorted({row.balance.currency for row in rows}):
        mine = [row for row in rows if row.balance.currency == currency]
        parts = [sum(column) for column in zip(*(_minors(row) for row in mine), strict=True)]
        totals.append(_owed("", "", currency, parts))
    return Receivables(tuple(rows), tuple(totals))


def journal_rows(book: Iterable[ChainedTxn]) -> Iterator[tuple[object, ...]]:
    for one in book:
        txn = one.txn
        for posting in txn.postings:
            accounts = (posting.destination.name, posting.source.name)
            about = "" if txn.about is None else instant_text(txn.about)
            head = (one.position, instant_text(txn.at), about, txn.key, txn.text, str(txn.subject))
            yield (*head, *accounts, posting.amount.amount, posting.amount.currency, one.previous, one.digest)


def _row(store: Store, operator_id: OperatorId, balance: Balance, at: datetime) -> OwedRow:
    driver_id = DriverId(UUID(balance.account.part.partition("/")[0]))  # "/wallet": a top-up the bank took back
    found = aged(balance.minor, _charged(store, operator_id, balance), at)
    return _owed(str(driver_id), known_as(store, driver_id), balance.currency, [*found.by_age, found.credit_minor])


def _charged(store: Store, operator_id: OperatorId, balance: Balance) -> Iterator[tuple[datetime, int]]:
    """When each debt of an account fell due, and over what, newest first; behind them what else was put on it, which bears what
    no debt explains. Reminder fees are due at once."""
    due_days = timedelta(days=store.dunning.rules(operator_id).due_days)
    rest: list[tuple[datetime, int]] = []
    before: int | None = None
    while some := store.ledger.of_account(operator_id, balance.account, balance.currency, _PAGE, before):
        for one in some:
            minor = sum(entry.minor for entry in one.txn.entries if entry.account == balance.account)
            if minor > 0 and one.txn.key.startswith(_CHARGES):
                yield (one.txn.happened_at if one.txn.key.startswith("dunning/") else one.txn.happened_at + due_days), minor
            elif minor > 0:
                rest.append((one.txn.happened_at, minor))
        before = some[-1].position
    yield from rest


def _owed(driver_id: str, driver: str, currency: str, minors: list[int]) -> OwedRow:
    *ages, credit = (Money(minor, currency) for minor in minors)
    return OwedRow(driver_id, driver, tuple(ages), credit, Money(sum(minors[:-1]) - minors[-1], currency))


def _minors(row: OwedRow) -> list[int]:
    return [*(one.minor for one in row.ages), row.credit.minor]
