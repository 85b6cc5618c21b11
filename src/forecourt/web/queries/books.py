"""What the pages of the books show."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from forecourt.flows.ports import FIRST_PAGE, Debt, OwedAsked, PageAsked, Store
from forecourt.kernel import DriverId, Money, OperatorId, instant_text
from forecourt.ledger import ChainedTxn
from forecourt.web.queries.names import known_as
from forecourt.web.views.console import OwedRow, Receivables

_BATCH = 500


def zone_of(store: Store, operator_id: OperatorId) -> str:
    """The zone the operator's days are counted in, wherever its sites are."""
    return store.stations.operator(operator_id).zone


def receivables(store: Store, operator_id: OperatorId, at: datetime, text: str = "", page: PageAsked = FIRST_PAGE) -> Receivables:
    """One row an account and currency that is not at zero, the largest debt first, aged from the day each debt fell due. text: of whose
    name or address. The totals are of all that is meant, not of the page."""
    asked = _asked(store, operator_id, at, text)
    found = store.owed.page(operator_id, asked, page)
    totals = tuple(_row(store, one) for one in store.owed.totals(operator_id, asked))
    return Receivables(found.of(_row(store, one) for one in found.rows), totals)


def all_receivables(store: Store, operator_id: OperatorId, at: datetime, text: str) -> Iterator[tuple[OwedRow, ...]]:
    """Every row, a batch at a time."""
    asked, page = _asked(store, operator_id, at, text), PageAsked(limit=_BATCH)
    while True:
        found = store.owed.page(operator_id, asked, page)
        yield tuple(_row(store, one) for one in found.rows)
        if not found.older:
            return
        page = PageAsked(found.older, limit=_BATCH)


def journal_rows(book: Iterable[ChainedTxn]) -> Iterator[tuple[object, ...]]:
    for one in book:
        txn = one.txn
        for posting in txn.postings:
            accounts = (posting.destination.name, posting.source.name)
            about = "" if txn.about is None else instant_text(txn.about)
            head = (one.position, instant_text(txn.at), about, txn.key, txn.text, str(txn.subject))
            yield (*head, *accounts, posting.amount.amount, posting.amount.currency, one.previous, one.digest)


def _asked(store: Store, operator_id: OperatorId, at: datetime, text: str) -> OwedAsked:
    return OwedAsked(at, timedelta(days=store.dunning.rules(operator_id).due_days), text)


def _row(store: Store, one: Debt) -> OwedRow:
    driver_id = one.account and DriverId(UUID(one.account.part.partition("/")[0]))  # "/wallet": a top-up the bank took back
    *ages, credit, balance = (Money(minor, one.currency) for minor in (*one.aged.by_age, one.aged.credit_minor, one.minor))
    return OwedRow(str(driver_id or ""), known_as(store, driver_id) if driver_id else "", tuple(ages), credit, balance)
