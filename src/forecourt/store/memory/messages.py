"""The inbox, the outbox, the audit log with its seals and answered commands, in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from forecourt.drivers import group_of
from forecourt.flows.ports import (
    ALL_ENTRIES,
    FIRST_PAGE,
    AuditEntry,
    AuditRecord,
    AuditSearch,
    ChargerOrder,
    Delivery,
    InboxRow,
    ListOrders,
    ListPage,
    LogSeal,
    OutboxItem,
    PageRequest,
    QuarantineEntry,
    page_of,
)
from forecourt.kernel import ChargerId, DriverId, OperatorId, SiteId, TokenUid
from forecourt.stations import Acknowledgement, InboxItem, Message, Outcome, StartCharge, TransactionStarted, TransactionUpdated, Verdict
from forecourt.store.codec import Codec, json_bytes, sorted_json
from forecourt.store.memory.database import MemoryDatabase
from forecourt.store.permutation import scatter

_ENTRY = Codec[AuditEntry](AuditEntry)


class Inbox:
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

    def _waiting(self, operator_id: OperatorId | None) -> list[QuarantineEntry]:
        return self._db.quarantine.where(lambda one: one.cleared_at is None and operator_id in (None, one.operator_id))

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


class Outbox:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def put(self, item: OutboxItem) -> None:
        if item.idempotency_key in self._db.outbox_keys:
            return
        self._db.outbox_keys.put(item.idempotency_key, item.id)
        self._db.outbox_seq.put(item.id, next(self._db.outbox_numbers))
        self._db.outbox.put(item.id, Delivery(item))

    def claim(self, lane: str, at: datetime, limit: int, lease_s: float) -> Sequence[OutboxItem]:
        heads: dict[str, OutboxItem] = {}
        for item in self.open_items(lane, len(self._db.outbox)):
            heads.setdefault(item.key, item)
        free = [one for one in heads.values() if one.due_at <= at and (self._db.outbox_lease.get(one.id) or at) <= at]
        claimed = sorted(free, key=lambda one: (one.due_at, self._seq(one.id)))[:limit]
        return [self._claimed(one, at + timedelta(seconds=lease_s)) for one in claimed]

    def done(self, item_id: UUID, at: datetime, outcome: str) -> None:
        kept = self._db.outbox.get(item_id)
        if kept is not None and kept.done_at is None:
            self._db.outbox.put(item_id, replace(kept, done_at=at, outcome=outcome))

    def retry(self, item_id: UUID, due_at: datetime, error: str) -> None:
        kept = self._db.outbox.get(item_id)
        if kept is not None and kept.done_at is None:
            self._db.outbox.put(item_id, replace(kept, item=replace(kept.item, due_at=due_at, error=error)))
            self._db.outbox_lease.drop(item_id)

    def release(self, item_ids: Sequence[UUID]) -> Sequence[UUID]:
        released = sorted(one.item.id for one in self._db.outbox if one.done_at is None and one.item.id in item_ids)
        for item_id in released:
            self._db.outbox_lease.drop(item_id)
        return released

    def lanes_due(self, prefix: str, at: datetime) -> Sequence[str]:
        waiting = [one.item for one in self._db.outbox if one.done_at is None]
        return sorted({one.lane for one in waiting if one.lane.startswith(prefix) and one.due_at <= at})

    def open_items(self, lane: str, limit: int = 100) -> Sequence[OutboxItem]:
        waiting = [one.item for one in self._db.outbox if one.item.lane == lane and one.done_at is None]
        return sorted(waiting, key=lambda one: self._seq(one.id))[:limit]

    def starts(self, operator_id: OperatorId, token: TokenUid, since: datetime) -> Sequence[OutboxItem]:
        kept = self._db.outbox.where(lambda one: one.item.operator_id == operator_id and _starts_for(one.item, token))
        counted = [one.item for one in kept if one.done_at is None or (one.done_at >= since and one.outcome.startswith(Outcome.ACCEPTED))]
        return sorted(counted, key=lambda one: self._seq(one.id))

    def history(self, key: str, limit: int = 100) -> Sequence[Delivery]:
        kept = self._db.outbox.where(lambda one: one.item.key == key)
        return sorted(kept, key=lambda one: self._seq(one.item.id), reverse=True)[:limit]

    def _seq(self, item_id: UUID) -> int:
        return self._db.outbox_seq.get(item_id) or 0

    def _claimed(self, item: OutboxItem, until: datetime) -> OutboxItem:
        after = replace(item, attempts=item.attempts + 1)
        self._db.outbox_lease.put(item.id, until)
        self._db.outbox.put(item.id, Delivery(after))
        return item


def _starts_for(item: OutboxItem, token: TokenUid) -> bool:
    wanted = item.work.order if isinstance(item.work, ChargerOrder) else None
    return isinstance(wanted, StartCharge) and wanted.token == token


class AuditLog:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def add(self, entry: AuditEntry) -> None:
        self._db.audit.put(entry.id, entry)

    def recent(self, limit: int = 100) -> Sequence[AuditEntry]:
        return list(self._db.audit)[::-1][:limit]

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE, wanted: AuditSearch = ALL_ENTRIES) -> ListPage[AuditEntry]:
        found = self._db.audit.where(lambda one: one.operator_id == operator_id and wanted.fits(one))
        return page_of(found, ListOrders.AUDIT, request)

    def about(self, operator_id: OperatorId, subject: str) -> Sequence[AuditEntry]:
        return self._db.audit.where(lambda one: (one.operator_id, one.subject) == (operator_id, subject))[::-1]


class LogSeals:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def lock(self) -> None:
        """Nothing to do: units of work run one after another here."""

    def newest(self) -> LogSeal | None:
        return next(reversed(list(self._db.log_seals)), None)

    def waiting(self, before: datetime, limit: int) -> Sequence[AuditRecord]:
        return [one for one, _ in self.unsealed() if one.at < before][:limit]

    def add(self, seal: LogSeal) -> None:
        self._db.log_seals.put(seal.number, seal)

    def chain(self) -> Iterator[tuple[LogSeal, Sequence[AuditRecord]]]:
        found = {one.number: one for one in self._logged()}
        for seal in self._db.log_seals:
            yield seal, [found[number] for number in seal.entries]

    def unsealed(self) -> Sequence[tuple[AuditRecord, bool]]:
        sealed = {number for seal in self._db.log_seals for number in seal.entries}
        return [(one, True) for one in self._logged() if one.number not in sealed]

    def _logged(self) -> Iterator[AuditRecord]:
        """Here a digest is never visible without its entry, so the id can serve as a salt."""
        for number, one in enumerate(self._db.audit, 1):
            paper = sorted_json(json_bytes(_ENTRY.pack(one)))
            yield AuditRecord(number, one.id, one.operator_id, one.at, one.actor, one.action, one.subject, one.id, paper)


class CommandResults:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def answer(self, key: str) -> bytes | None:
        found = self._db.answers.get(key)
        return found[0] if found else None

    def request_digest(self, key: str) -> str:
        found = self._db.answers.get(key)
        return found[1] if found else ""

    def put(self, key: str, answer: bytes, at: datetime, asked: str = "") -> None:
        self._db.answers.put(key, (answer, asked))
