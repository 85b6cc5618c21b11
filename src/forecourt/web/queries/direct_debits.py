"""Statements to be collected by direct debit, and the files made of them, as the operator sees them."""

from dataclasses import dataclass
from datetime import date, datetime

from forecourt.flows.billing import Collectable, collectables, outdated, paid_meanwhile
from forecourt.flows.paying import OrphanedMandates, collects, orphaned_mandates
from forecourt.flows.ports import ListPage, PageRequest, Store
from forecourt.kernel import Money, OperatorId
from forecourt.settlement import CollectionFile
from forecourt.web.queries.local_days import local_date
from forecourt.web.queries.names import actor_name

# At most this many, the oldest first; the others follow once these are in a file.
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class CollectableRow:
    """ready: it is due by the next collection date offered, and nothing prevents it."""

    one: Collectable
    ready: bool


@dataclass(frozen=True, slots=True)
class CollectionRow:
    """open: how many of its items the bank has neither collected nor refused yet. paid: those of their statements that are paid another
    way. outdated: it names a creditor or an account that the company no longer uses."""

    file: CollectionFile
    who: str
    open: int
    paid: tuple[str, ...]
    outdated: bool


@dataclass(frozen=True, slots=True)
class DirectDebitsPage:
    """collects: the company has the data a bank needs. more: how many wait beyond the rows. day: the next possible collection date.
    orphans: mandates for a creditor identifier that is not the company's."""

    collects: bool
    day: date
    rows: tuple[CollectableRow, ...]
    more: int
    sum: Money
    page: ListPage[CollectionRow]
    orphans: tuple[OrphanedMandates, ...]


def direct_debits_page(store: Store, operator_id: OperatorId, page_request: PageRequest, at: datetime) -> DirectDebitsPage:
    operator, found = store.stations.operator(operator_id), store.direct_debits.files(operator_id, page_request)
    waiting = collectables(store, operator_id, at)
    day, open_debits = _next_day(local_date(at, operator.zone)), store.direct_debits.open_debit_counts(found.rows)
    return DirectDebitsPage(
        collects=collects(operator),
        day=day,
        rows=tuple(CollectableRow(one, one.due <= day and not one.return_reason and not one.complained) for one in waiting[:_SHOWN]),
        more=max(0, len(waiting) - _SHOWN),
        sum=sum((one.amount for one in waiting), Money.zero("EUR")),
        page=found.of(_row(store, one, open_debits[one.id]) for one in found.rows),
        orphans=tuple(orphaned_mandates(store, operator, at)),
    )


def _row(store: Store, file: CollectionFile, open_debits: int) -> CollectionRow:
    paid = tuple(one.number for one in paid_meanwhile(store, file)) if open_debits else ()
    return CollectionRow(
        file, actor_name(store, file.by), open_debits, paid, bool(open_debits) and not file.withdrawn and outdated(store, file)
    )


def _next_day(today: date) -> date:
    """The next working day after today."""
    ahead = {4: 3, 5: 2}.get(today.weekday(), 1)
    return date.fromordinal(today.toordinal() + ahead)
