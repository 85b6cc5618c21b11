"""Accrued revenue of the months that are closed, posted while they are."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from forecourt.billing import Invoice, accrual_txns, accrued_documents, accrued_net
from forecourt.flows.desk.operator_scope import operator_day, operator_month
from forecourt.flows.ports.documents import DocumentSearch
from forecourt.flows.ports.ledger import AccountEntries
from forecourt.flows.ports.store import Store
from forecourt.kernel import Money, OperatorId, Span
from forecourt.ledger import ACCRUAL_KEY, ACCRUED
from forecourt.offers import months_later

_BATCH = 500


def post_accruals(store: Store, operator_id: OperatorId, first_day: date, at: datetime) -> None:
    """For the month, and the open ones before it that are closed with it. A month that is closed again is completed."""
    months = list(_open_months(store, operator_id, first_day))
    documents = list(_issued(store, operator_id, (months[0].end, at), months[-1].end))
    for month in months:
        name = f"{operator_day(store, operator_id, month.start):%Y-%m}"
        for document in accrued_documents(documents, month.end):
            store.ledger.post_all(list(accrual_txns(document, month, name)))


def accrual_outlook(store: Store, operator_id: OperatorId, month: Span, at: datetime) -> tuple[Money, ...]:
    """What closing the month now would accrue, by currency."""
    return _sums(accrued_net(one) for one in accrued_documents(_issued(store, operator_id, (month.end, at), month.end), month.end))


def accrued(store: Store, operator_id: OperatorId, month: Span) -> tuple[Money, ...]:
    """What the month's accruals have posted, by currency."""
    currencies = sorted({one.currency for one in store.ledger.trial_balance(operator_id) if one.account == ACCRUED})
    found: list[Money] = []
    for currency in currencies:
        before: int | None = None
        while batch := store.ledger.entries(operator_id, AccountEntries(ACCRUED.name, currency, month), _BATCH, before):
            txns = (one.txn for one in batch if one.txn.key.startswith(f"{ACCRUAL_KEY}/"))
            found += [Money(entry.minor, currency) for txn in txns for entry in txn.entries if entry.account == ACCRUED]
            before = batch[-1].position
    return _sums(found)


def _sums(amounts: Iterable[Money]) -> tuple[Money, ...]:
    sums: Counter[str] = Counter()
    for one in amounts:
        sums[one.currency] += one.minor
    return tuple(Money(minor, currency) for currency, minor in sorted(sums.items()) if minor)


def _open_months(store: Store, operator_id: OperatorId, first_day: date) -> Iterator[Span]:
    """The month and the open ones before it, the earliest first; it alone if none was ever closed."""
    open_from = store.ledger.open_from(operator_id)
    day = min(first_day, operator_day(store, operator_id, open_from).replace(day=1)) if open_from else first_day
    while day <= first_day:
        yield operator_month(store, operator_id, day)
        day = months_later(day, 1)


def _issued(store: Store, operator_id: OperatorId, issued: tuple[datetime, datetime], ended_before: datetime) -> Iterator[Invoice]:
    """issued: since when, and until. Only those of charges that ended before: most others are not even read."""
    wanted, last = DocumentSearch(since=issued[0], until=issued[1], delivered_before=ended_before), None
    while batch := store.documents.search(operator_id, wanted, _BATCH, last):
        yield from batch
        last = batch[-1]
