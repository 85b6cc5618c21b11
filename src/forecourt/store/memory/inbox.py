"""Chargers' messages, and those quarantined, in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from forecourt.drivers import group_of
from forecourt.flows.ports import FIRST_PAGE, InboxRow, ListOrders, ListPage, PageRequest, QuarantineEntry, page_of
from forecourt.kernel import ChargerId, DriverId, OperatorId, SiteId
from forecourt.stations import Acknowledgement, InboxItem, Message, TransactionStarted, TransactionUpdated, Verdict
from forecourt.store.memory.database import MemoryDatabase
from forecourt.store.permutation import scatter


class Inbox:
    """All messages stay in one list, so that `unapplied` reads all of them."""

    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def prefetch(self, said: Sequence[InboxItem]) -> None:
        """Nothing to read ahead."""

    def next_transactions(self, count: int) -> Sequence[str]:
        return [str(scatter(next(self._db.transaction_numbers), self._db.secret)) for _ in range(count)]

    def add(self, messages: Sequence[Message], acks: Sequence[Acknowledgement]) -> Sequence[Acknowledgement]:
        return [self._add(message, ack) for message, ack in zip(messages, acks, strict=True)]

    def sites_waiting(self) -> Sequence[SiteId]:
        return sorted({row.message.site_id for row in self._db.rows if not row.applied})

    def lock_site(self, site_id: SiteId) -> bool:
        """True: no other unit of work can have the lock."""
        return True

    def unapplied(self, site_id: SiteId, limit: int) -> Sequence[InboxRow]:
        return self._db.rows.where(lambda row: not row.applied and row.message.site_id == site_id)[:limit]

    def unapplied_starts(self, operator_id: OperatorId, driver_id: DriverId) -> Sequence[InboxRow]:
        let = (operator_id, Verdict.ACCEPTED, group_of(driver_id))
        waiting = self._db.rows.where(lambda row: not row.applied and (row.message.operator_id, row.ack.verdict, row.ack.group) == let)
        return [one for one in waiting if isinstance(one.message.fact, TransactionStarted | TransactionUpdated)]

    def mark_applied(self, site_id: SiteId, row_ids: Sequence[int]) -> None:
        for row_id in row_ids:
            row = self._db.rows.get(row_id)
            if row is not None and row.message.site_id == site_id:
                self._db.rows.put(row_id, replace(row, applied=True))

    def quarantine(self, entry: QuarantineEntry) -> None:
        if entry.id not in self._db.quarantine:
            self._db.quarantine.put(entry.id, entry)

    def quarantined(self, limit: int = 100) -> Sequence[QuarantineEntry]:
        return sorted(self._waiting(None), key=ListOrders.QUARANTINE.key, reverse=True)[:limit]

    def quarantine_page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[QuarantineEntry]:
        return page_of(self._waiting(operator_id), ListOrders.QUARANTINE, request)

    def quarantine_count(self, operator_id: OperatorId | None = None, until: datetime | None = None) -> int:
        return sum(until is None or one.at < until for one in self._waiting(operator_id))

    def clear_quarantine(self, operator_id: OperatorId, entry_id: UUID, at: datetime, settled: str = "") -> QuarantineEntry | None:
        entry = next((one for one in self._waiting(operator_id) if one.id == entry_id), None)
        if entry is None:
            return None
        cleared = replace(entry, cleared_at=at, settled=settled)
        self._db.quarantine.put(entry_id, cleared)
        return cleared

    def quarantined_about(self, operator_id: OperatorId, subject: str) -> Sequence[QuarantineEntry]:
        return sorted((one for one in self._waiting(operator_id) if one.subject == subject), key=lambda one: (one.at, one.id))

    def cleared_by_staff(self, site_id: SiteId, code: str) -> Sequence[QuarantineEntry]:
        cleared = self._db.quarantine.where(lambda one: one.cleared_at is not None and not one.settled)
        return [one for one in cleared if (one.site_id, one.code) == (site_id, code)]

    def of_session(self, charger_id: ChargerId, transaction: str) -> Sequence[InboxRow]:
        key = (charger_id, transaction)
        return self._db.rows.where(lambda row: (row.message.charger_id, getattr(row.message.fact, "transaction", None)) == key)

    def all_rows(self, site_id: SiteId, after_id: int, limit: int) -> Sequence[InboxRow]:
        return self._db.rows.where(lambda row: row.message.site_id == site_id and row.id > after_id)[:limit]

    def _add(self, message: Message, ack: Acknowledgement) -> Acknowledgement:
        named = "" if isinstance(message.fact, TransactionStarted) else getattr(message.fact, "transaction", None) or ""
        key = (message.charger_id, named, message.dedupe_key)
        known = self._db.rows.get(self._db.row_of.get(key) or 0)
        if known is not None:
            return Acknowledgement(known.ack.transaction, known.ack.verdict, repeated=True)
        number = next(self._db.inbox_numbers)
        self._db.row_of.put(key, number)
        self._db.rows.put(number, InboxRow(number, message, ack))
        return ack

    def _waiting(self, operator_id: OperatorId | None) -> list[QuarantineEntry]:
        return self._db.quarantine.where(lambda one: one.cleared_at is None and operator_id in (None, one.operator_id))
