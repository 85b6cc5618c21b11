"""What the pages of the books show."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from forecourt.billing import DocumentKind
from forecourt.flows import Store
from forecourt.kernel import DriverId, Money, NotFound, OperatorId, instant_text
from forecourt.ledger import AccountKind, Balance, ChainedTxn, aged
from forecourt.web.views.console import OwedRow, Receivables

# Of one driver; what is older falls into the last age class.
_MOST_DOCUMENTS = 500


def zone_of(store: Store, operator_id: OperatorId) -> str:
    """The zone the operator's days are counted in: that of the first site."""
    sites = store.stations.sites(operator_id)
    return sites[0].zone if sites else "UTC"


def receivables(store: Store, operator_id: OperatorId, at: datetime) -> Receivables:
    """One row a driver and currency whose account is not at zero, the largest debt first."""
    moved = [one for one in store.ledger.trial_balance(operator_id) if one.account.kind is AccountKind.DRIVER_RECEIVABLE and one.minor]
    rows = sorted((_row(store, one, at) for one in moved), key=lambda row: -row.balance.minor)
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
            head = (one.position, instant_text(txn.at), txn.key, txn.text, str(txn.subject))
            yield (*head, *accounts, posting.amount.amount, posting.amount.currency, one.previous, one.digest)


def _row(store: Store, balance: Balance, at: datetime) -> OwedRow:
    driver_id = DriverId(UUID(balance.account.part.partition("/")[0]))  # "/wallet": a top-up the bank took back
    documents = store.documents.of_driver(driver_id, _MOST_DOCUMENTS)
    charged = [
        (one.issued_at, one.gross.minor) for one in documents if one.kind is DocumentKind.INVOICE and one.currency == balance.currency
    ]
    found = aged(balance.minor, charged, at)
    return _owed(str(driver_id), _name(store, driver_id), balance.currency, [*found.by_age, found.credit_minor])


def _name(store: Store, driver_id: DriverId) -> str:
    try:
        return store.drivers.driver(driver_id).name
    except NotFound:
        return "A driver who is gone"


def _owed(driver_id: str, driver: str, currency: str, minors: list[int]) -> OwedRow:
    *ages, credit = (Money(minor, currency) for minor in minors)
    return OwedRow(driver_id, driver, tuple(ages), credit, Money(sum(minors[:-1]) - minors[-1], currency))


def _minors(row: OwedRow) -> list[int]:
    return [*(one.minor for one in row.ages), row.credit.minor]
