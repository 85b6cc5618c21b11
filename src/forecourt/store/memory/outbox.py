"""Work for couriers, in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from forecourt.flows.ports import ChargerOrder, Delivery, OutboxItem
from forecourt.kernel import OperatorId, TokenUid
from forecourt.stations import Outcome, StartCharge
from forecourt.store.memory.database import MemoryDatabase


class Outbox:
    """The items, and beside them what PostgreSQL has in columns of its own: their order and their leases."""

    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def put(self, item: OutboxItem) -> None:
        if item.idempotency_key in self._db.outbox_keys:
            return
        self._db.outbox_keys.put(item.idempotency_key, item.id)
        self._db.outbox_seq.put(item.id, next(self._db.outbox_numbers))
        self._db.outbox.put(item.id, Delivery(item))

    def claim(self, lane: str, at: datetime, limit: int, lease_s: float, claimant: str = "") -> Sequence[OutboxItem]:
        by_key: dict[str, list[OutboxItem]] = {}
        for item in self.open_items(lane, len(self._db.outbox)):
            by_key.setdefault(item.key, []).append(item)
        heads = [one for items in by_key.values() if (one := self._head(items, at)) is not None]
        claimed = sorted(heads, key=lambda one: (one.due_at, self._seq(one.id)))[:limit]
        return [self._claimed(one, at + timedelta(seconds=lease_s), claimant) for one in claimed]

    def done(self, item_id: UUID, at: datetime, outcome: str) -> None:
        kept = self._db.outbox.get(item_id)
        if kept is not None and kept.done_at is None:
            self._db.outbox.put(item_id, replace(kept, done_at=at, outcome=outcome))

    def retry(self, item: OutboxItem, due_at: datetime, error: str) -> None:
        kept = self._db.outbox.get(item.id)
        if kept is not None and kept.done_at is None and kept.item.attempts == item.attempts + 1:
            self._db.outbox.put(item.id, replace(kept, item=replace(kept.item, due_at=due_at, error=error)))
            self._db.outbox_lease.drop(item.id)

    def retry_now(self, lane: str, keys: Sequence[str], at: datetime) -> None:
        for item in self.open_items(lane, len(self._db.outbox)):
            if item.key in keys and item.error and item.due_at > at and self._db.outbox_lease.get(item.id) is None:
                self._db.outbox.put(item.id, Delivery(replace(item, due_at=at)))

    def release(self, items: Sequence[OutboxItem]) -> Sequence[UUID]:
        claims = {one.id: one.attempts + 1 for one in items}
        kept = sorted((one.item for one in self._db.outbox if one.done_at is None and one.item.id in claims), key=lambda one: one.id)
        for one in kept:
            if one.attempts == claims[one.id]:
                self._db.outbox_lease.drop(one.id)
        return [one.id for one in kept]

    def claimants(self, at: datetime) -> Sequence[str]:
        return sorted({claimant for _, claimant in self._first_claims(at) if claimant})

    def release_claims(self, claimant: str, at: datetime) -> int:
        released = [item_id for item_id, name in self._first_claims(at) if name == claimant]
        for item_id in released:
            self._db.outbox_lease.drop(item_id)
        return len(released)

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

    def _head(self, items: Sequence[OutboxItem], at: datetime) -> OutboxItem | None:
        """The item of one key that can be claimed: the oldest, except orders of kinds of which one waits for its retry."""
        waiting: set[type] = set()
        for item in items:
            is_waiting = bool(item.error) and item.due_at > at and self._db.outbox_lease.get(item.id) is None
            if isinstance(item.work, ChargerOrder) and (is_waiting or type(item.work.order) in waiting):
                waiting.add(type(item.work.order))
                continue
            is_sending = any((self._db.outbox_lease.get(one.id) or at) > at for one in items)
            return None if is_sending or item.due_at > at else item
        return None

    def _seq(self, item_id: UUID) -> int:
        return self._db.outbox_seq.get(item_id) or 0

    def _first_claims(self, at: datetime) -> list[tuple[UUID, str]]:
        """Ids of items under a lease that is their first, and who has claimed them."""
        open_ids = sorted(one.item.id for one in self._db.outbox if one.done_at is None and one.item.attempts == 1)
        return [(one, self._db.outbox_claimant.get(one) or "") for one in open_ids if (self._db.outbox_lease.get(one) or at) > at]

    def _claimed(self, item: OutboxItem, until: datetime, claimant: str) -> OutboxItem:
        after = replace(item, attempts=item.attempts + 1)
        self._db.outbox_claimant.put(item.id, claimant)
        self._db.outbox_lease.put(item.id, until)
        self._db.outbox.put(item.id, Delivery(after))
        return item


def _starts_for(item: OutboxItem, token: TokenUid) -> bool:
    wanted = item.work.order if isinstance(item.work, ChargerOrder) else None
    return isinstance(wanted, StartCharge) and wanted.token == token
