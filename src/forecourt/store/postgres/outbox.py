"""Work for couriers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from forecourt.flows.ports import Delivery, OutboxItem, Work
from forecourt.kernel import OperatorId, TokenUid
from forecourt.stations import Outcome
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, Table

_COLUMNS = Table(
    "outbox",
    (
        ("operator_id", "uuid"),
        ("site_id", "uuid"),
        ("item_id", "uuid"),
        ("lane", "text"),
        ("key", "text"),
        ("idempotency_key", "text"),
        ("due_at", "timestamptz"),
        ("attempts", "integer"),
        ("error", "text"),
        ("data", "jsonb"),
    ),
    (),
)
_INSERT = f"{_COLUMNS.insert()} ON CONFLICT (idempotency_key) DO NOTHING"
_WORK = Codec[Work](Work)
_ITEM = "item_id, operator_id, site_id, lane, key, data, due_at, idempotency_key, attempts, error"
# Only the oldest open item of a key can be claimed, so the next one waits until it is done, even while it is being retried; but an order to
# a charger passes those of another kind of which one waits for its retry. One at a time is claimed of a key.
_CLAIM = f"""
WITH heads AS (
    SELECT one.operator_id, one.item_id FROM outbox one
    WHERE one.lane = %s AND one.done_at IS NULL AND one.due_at <= %s AND (one.claimed_until IS NULL OR one.claimed_until <= %s)
        AND NOT EXISTS (
            SELECT FROM outbox other WHERE other.lane = one.lane AND other.key = one.key AND other.done_at IS NULL
                AND CASE WHEN other.seq > one.seq THEN other.claimed_until > %s ELSE other.seq < one.seq AND NOT (
                    other.lane = 'charger' AND other.data #>> '{{order,kind}}' IS DISTINCT FROM one.data #>> '{{order,kind}}'
                    AND EXISTS (
                        SELECT FROM outbox waits WHERE waits.lane = one.lane AND waits.key = one.key AND waits.done_at IS NULL
                            AND waits.seq <= other.seq AND waits.data #>> '{{order,kind}}' = other.data #>> '{{order,kind}}'
                            AND waits.error <> '' AND waits.due_at > %s AND waits.claimed_until IS NULL
                    )
                ) END
        )
    ORDER BY one.due_at, one.seq LIMIT %s FOR UPDATE SKIP LOCKED
)
UPDATE outbox SET claimed_until = %s, claimed_by = %s, attempts = outbox.attempts + 1 FROM heads
WHERE outbox.operator_id = heads.operator_id AND outbox.item_id = heads.item_id
RETURNING {", ".join("outbox." + name for name in _ITEM.split(", "))}, seq
"""  # noqa: S608

_DONE = """UPDATE outbox SET done_at = one.at, outcome = one.outcome
FROM (
    SELECT DISTINCT ON (item_id) * FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[]) WITH ORDINALITY AS x(item_id, at, outcome, place)
    ORDER BY item_id, place
) AS one
WHERE outbox.item_id = one.item_id AND outbox.done_at IS NULL"""

# Each claim counts an attempt, so the number of attempts tells the present claim from an earlier one.
_RETRY = "UPDATE outbox SET due_at = %s, error = %s, claimed_until = NULL WHERE item_id = %s AND attempts = %s AND done_at IS NULL"
_RELEASE = """UPDATE outbox SET claimed_until = CASE WHEN outbox.attempts = one.attempts THEN NULL ELSE claimed_until END
FROM unnest(%s::uuid[], %s::integer[]) AS one(item_id, attempts)
WHERE outbox.item_id = one.item_id AND outbox.done_at IS NULL
RETURNING outbox.item_id"""

_FIRST_CLAIMS = "outbox WHERE done_at IS NULL AND attempts = 1 AND claimed_until > %s"
_CLAIMANTS = f"SELECT DISTINCT claimed_by FROM {_FIRST_CLAIMS} AND claimed_by <> '' ORDER BY claimed_by"  # noqa: S608
_RELEASE_CLAIMS = f"""UPDATE outbox SET claimed_until = NULL
WHERE item_id IN (SELECT item_id FROM {_FIRST_CLAIMS} AND claimed_by = %s FOR UPDATE SKIP LOCKED)
RETURNING item_id"""  # noqa: S608

# What somebody else is changing is left out: a wait here, while chargers are locked, could deadlock.
_RETRY_NOW = """UPDATE outbox SET due_at = %s
WHERE item_id IN (
    SELECT item_id FROM outbox
    WHERE lane = %s AND key = ANY(%s) AND done_at IS NULL AND error <> '' AND due_at > %s AND claimed_until IS NULL
    FOR UPDATE SKIP LOCKED
)"""

_STARTS = f"""SELECT {_ITEM} FROM outbox
WHERE operator_id = %s AND lane = 'charger' AND data #>> '{{order,kind}}' = 'StartCharge' AND data #>> '{{order,token}}' = %s
    AND (done_at IS NULL OR (done_at >= %s AND outcome LIKE %s)) ORDER BY seq"""  # noqa: S608


def _item(row: tuple[Any, ...]) -> OutboxItem:
    item_id, operator_id, site_id, lane, key, work, due_at, idempotency_key, attempts, error = row
    return OutboxItem(item_id, operator_id, site_id, lane, key, _WORK.read(work), due_at, idempotency_key, attempts, error)


class Outbox:
    def __init__(self, db: DbConnection) -> None:
        self._db = db
        self._pending: list[OutboxItem] = []
        self._done: list[tuple[UUID, datetime, str]] = []

    def put(self, item: OutboxItem) -> None:
        self._pending.append(item)

    def claim(self, lane: str, at: datetime, limit: int, lease_s: float, claimant: str = "") -> Sequence[OutboxItem]:
        self.flush()
        rows = self._db.rows(_CLAIM, lane, at, at, at, at, limit, at + timedelta(seconds=lease_s), claimant)
        items = [_item(row[:-1]) for row in sorted(rows, key=lambda one: (one[6], one[-1]))]
        return [replace(one, attempts=one.attempts - 1) for one in items]

    def done(self, item_id: UUID, at: datetime, outcome: str) -> None:
        self._done.append((item_id, at, outcome))

    def retry(self, item: OutboxItem, due_at: datetime, error: str) -> None:
        self.flush()
        self._db.run(_RETRY, due_at, error, item.id, item.attempts + 1)

    def retry_now(self, lane: str, keys: Sequence[str], at: datetime) -> None:
        self.flush()
        self._db.run(_RETRY_NOW, at, lane, list(keys), at)

    def release(self, items: Sequence[OutboxItem]) -> Sequence[UUID]:
        self.flush()
        rows = self._db.rows(_RELEASE, [one.id for one in items], [one.attempts + 1 for one in items])
        return sorted(item_id for (item_id,) in rows)

    def claimants(self, at: datetime) -> Sequence[str]:
        self.flush()
        return [name for (name,) in self._db.rows(_CLAIMANTS, at)]

    def release_claims(self, claimant: str, at: datetime) -> int:
        self.flush()
        return len(self._db.rows(_RELEASE_CLAIMS, at, claimant))

    def lanes_due(self, prefix: str, at: datetime) -> Sequence[str]:
        self.flush()
        query = "SELECT DISTINCT lane FROM outbox WHERE done_at IS NULL AND starts_with(lane, %s) AND due_at <= %s ORDER BY lane"
        return [lane for (lane,) in self._db.rows(query, prefix, at)]

    def open_items(self, lane: str, limit: int = 100) -> Sequence[OutboxItem]:
        self.flush()
        rows = self._db.rows(f"SELECT {_ITEM} FROM outbox WHERE lane = %s AND done_at IS NULL ORDER BY seq LIMIT %s", lane, limit)  # noqa: S608
        return [_item(row) for row in rows]

    def starts(self, operator_id: OperatorId, token: TokenUid, since: datetime) -> Sequence[OutboxItem]:
        self.flush()
        return [_item(row) for row in self._db.rows(_STARTS, operator_id, token, since, f"{Outcome.ACCEPTED}%")]

    def history(self, key: str, limit: int = 100) -> Sequence[Delivery]:
        self.flush()
        rows = self._db.rows(f"SELECT {_ITEM}, done_at, outcome FROM outbox WHERE key = %s ORDER BY seq DESC LIMIT %s", key, limit)  # noqa: S608
        return [Delivery(_item(row[:-2]), row[-2], row[-1]) for row in rows]

    def flush(self) -> None:
        if self._pending:
            items, self._pending = self._pending, []
            records = [
                {
                    "operator_id": one.operator_id,
                    "site_id": one.site_id,
                    "item_id": one.id,
                    "lane": one.lane,
                    "key": one.key,
                    "idempotency_key": one.idempotency_key,
                    "due_at": one.due_at,
                    "attempts": one.attempts,
                    "error": one.error,
                    "data": _WORK.pack(one.work),
                }
                for one in items
            ]
            self._db.write(_INSERT, records)
        if self._done:
            done, self._done = self._done, []
            self._db.run(_DONE, *map(list, zip(*done, strict=True)))
