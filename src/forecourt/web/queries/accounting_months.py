"""Which months of the books are closed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from forecourt.flows.billing import can_close
from forecourt.flows.desk import operator_month, operator_zone
from forecourt.flows.ports import Store
from forecourt.kernel import BadInput, OperatorId, Span, Text, month_name

_MAX_MONTHS = 24


@dataclass(frozen=True, slots=True)
class AccountingMonth:
    """name: "2026-06". begins: its first instant. can_close: it ended long enough ago."""

    name: str
    begins: datetime
    closed: bool
    can_close: bool


@dataclass(frozen=True, slots=True)
class AccountingMonths:
    """Newest first. last_closed: the latest closed month, with which reopening begins."""

    rows: tuple[AccountingMonth, ...]

    @property
    def last_closed(self) -> AccountingMonth | None:
        return next((one for one in self.rows if one.closed), None)


def parse_month(month: str) -> date:
    """The first day of a month given as "2026-06"."""
    try:
        day = datetime.strptime(month, "%Y-%m").date()  # noqa: DTZ007 - a month, no instant
    except ValueError as error:
        raise BadInput("month", Text("{month!r} is not a month.", month=month[:20]), Text("Write it as 2026-06.")) from error
    if not 2000 <= day.year <= 2100:
        raise BadInput("month", Text("{month!r} lies outside 2000 to 2100.", month=month[:20]))
    return day


def accounting_months(store: Store, operator_id: OperatorId, at: datetime) -> AccountingMonths:
    """From the current one back to the ledger's first, at most two years."""
    open_from = store.ledger.open_from(operator_id)
    zone = operator_zone(store, operator_id)
    rows = (_row(one, month_name(one.start, zone), open_from, at) for one in _spans(store, operator_id, at))
    return AccountingMonths(tuple(rows))


def is_final(store: Store, operator_id: OperatorId, until: datetime) -> bool:
    """Whether everything up to an instant is closed: exports of it will always be the same."""
    open_from = store.ledger.open_from(operator_id)
    return open_from is not None and until <= open_from


def _spans(store: Store, operator_id: OperatorId, at: datetime) -> Iterator[Span]:
    first_entry = store.ledger.entry(operator_id, 1)
    month = operator_month(store, operator_id, at)
    for _ in range(_MAX_MONTHS):
        yield month
        if first_entry is None or month.start <= first_entry.txn.happened_at:
            return
        month = operator_month(store, operator_id, month.start - timedelta(days=1))


def _row(month: Span, name: str, open_from: datetime | None, at: datetime) -> AccountingMonth:
    closed = open_from is not None and month.end <= open_from
    return AccountingMonth(name, month.start, closed, not closed and can_close(month, at))
