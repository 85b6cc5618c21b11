"""The facts inbox: every charger message of a transaction, stored once, applied once."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final, Protocol, get_args
from uuid import UUID
from weakref import proxy

from psycopg.errors import DeadlockDetected, UniqueViolation

from forecourt.drivers import group_of
from forecourt.flows.ports import FIRST_PAGE, InboxRow, ListOrders, ListPage, PageRequest, QuarantineEntry
from forecourt.kernel import ChargerId, DriverId, OperatorId, SiteId
from forecourt.stations import (
    Acknowledgement,
    Fact,
    InboxItem,
    Message,
    TransactionStarted,
    Verdict,
)
from forecourt.store.codec import Codec
from forecourt.store.permutation import scatter
from forecourt.store.postgres.config_cache import ProcessCache
from forecourt.store.postgres.db_connection import DbConnection, DbQuery, Table
from forecourt.store.postgres.inbox_lines import COPY, copy_lines
from forecourt.store.postgres.paged_query import PagedQuery

_FACTS: Final[dict[str, Codec[Any]]] = {kind.__name__: Codec(kind) for kind in get_args(Fact)}
_ACK = Codec[Acknowledgement](Acknowledgement)
_QUARANTINED = Codec[QuarantineEntry](QuarantineEntry)
# Numbered in order of arrival, inserted in order of the unique key: two writers with the same repeats, in whatever order, then wait for one
# another and never deadlock. A group that is copied is in order of arrival: it may conflict once.
_INSERT: Final = """
WITH arrived AS MATERIALIZED (
    SELECT nextval('facts_id_seq') AS id, x.* FROM json_to_recordset(%s::json) AS x(
        operator_id uuid, site_id uuid, charger_id text, dedupe_key text, received_at timestamptz,
        action text, kind text, transaction text, fact json, raw text, flags text[], ack json)
)
INSERT INTO facts (
    id, operator_id, site_id, charger_id, dedupe_key, received_at, action, kind, transaction, fact, raw, flags, ack
)
SELECT id, operator_id, site_id, charger_id, dedupe_key, received_at, action, kind, transaction, fact, raw, flags, ack
FROM arrived ORDER BY charger_id, dedupe_key
ON CONFLICT DO NOTHING RETURNING charger_id, dedupe_key
"""
_QUARANTINE: Final = (
    Table(
        "quarantine",
        (
            ("operator_id", "uuid"),
            ("entry_id", "uuid"),
            ("site_id", "uuid"),
            ("charger_id", "text"),
            ("at", "timestamptz"),
            ("code", "text"),
            ("cleared", "boolean"),
            ("data", "jsonb"),
        ),
        (),
    ).insert()
    + " ON CONFLICT (operator_id, entry_id) DO NOTHING"
)
_QUARANTINE_PAGED: Final = PagedQuery(ListOrders.QUARANTINE, ("at", "entry_id"))
_CLEAR: Final = """UPDATE quarantine SET cleared = true, data = data || jsonb_build_object('cleared_at', %s::text, 'settled', %s::text)
WHERE operator_id = %s AND entry_id = %s AND NOT cleared RETURNING data"""
_NUMBERS: Final = "SELECT nextval('transaction_numbers') FROM generate_series(1, %s)"
_ROW: Final = "SELECT id, charger_id, operator_id, site_id, received_at, action, kind, fact, dedupe_key, raw, flags, ack FROM facts WHERE "


# The oldest commits of a site that together hold enough messages, then the messages. Waiting rows are few and small.
_WAITING: Final = """
WITH due AS (
    SELECT ids, sum(cardinality(ids)) OVER (ORDER BY first_id) - cardinality(ids) AS before FROM (
        SELECT first_id, ids FROM facts_waiting WHERE site_id = %s ORDER BY first_id LIMIT %s
    ) AS oldest
)
SELECT id FROM (SELECT unnest(ids) AS id FROM due WHERE before < %s) AS numbers ORDER BY id LIMIT %s
"""
# Starts that were accepted in the latest waiting commits; a longer backlog is an outage, and searching all of it would make that worse.
_BEGUN: Final = f"""
WITH latest AS (
    SELECT site_id, first_id, ids FROM facts_waiting WHERE site_id IN (SELECT site_id FROM sites WHERE operator_id = %s)
    ORDER BY first_id DESC LIMIT 1000
)
SELECT begun.* FROM latest CROSS JOIN LATERAL (
    {_ROW} site_id = latest.site_id AND id BETWEEN latest.first_id AND latest.ids[cardinality(latest.ids)]
        AND kind IN ('TransactionStarted', 'TransactionUpdated') AND ack->>'group' = %s AND ack->>'verdict' = %s
) AS begun WHERE begun.id = ANY(latest.ids) ORDER BY begun.id
"""  # noqa: S608
# The transaction that a message names, as stored in the index: a start is stored without, as its number may be ours.
_NAMED: Final = "(CASE WHEN kind = 'TransactionStarted' THEN '' ELSE coalesce(transaction, '') END)"
_OF_SESSION: Final = f"charger_id = %s AND ({_NAMED} = %s OR (kind = 'TransactionStarted' AND transaction = %s)) ORDER BY id"
_KEPT: Final = f"""SELECT charger_id, dedupe_key, ack FROM facts
WHERE (charger_id, {_NAMED}, dedupe_key) IN (SELECT * FROM unnest(%s::text[], %s::text[], %s::text[]))"""  # noqa: S608
_HERE: Final = "site_id = %s AND first_id <= %s AND ids && %s::bigint[]"
_MARK: Final = f"""WITH done AS (DELETE FROM facts_waiting WHERE {_HERE} AND ids <@ %s::bigint[])
UPDATE facts_waiting SET ids = ARRAY(SELECT one FROM unnest(ids) AS one WHERE one <> ALL(%s::bigint[]) ORDER BY one)
WHERE {_HERE} AND NOT ids <@ %s::bigint[]"""  # noqa: S608
_CAUTIOUS_FOR = 50  # groups; chargers that send repeats keep doing so for a while


def _row(row: tuple[Any, ...], waiting: Collection[int] = ()) -> InboxRow:
    number, charger_id, operator_id, site_id, received_at, action, kind, fact, dedupe_key, raw, flags, ack = row
    message = Message(charger_id, operator_id, site_id, received_at, action, _FACTS[kind].read(fact), dedupe_key, raw, tuple(flags))
    return InboxRow(number, message, _ACK.read(ack), number not in waiting)


def _record(message: Message, ack: Acknowledgement) -> dict[str, object]:
    return {
        "operator_id": message.operator_id,
        "site_id": message.site_id,
        "charger_id": message.charger_id,
        "dedupe_key": message.dedupe_key,
        "received_at": message.received_at,
        "action": message.action,
        "kind": type(message.fact).__name__,
        "transaction": getattr(message.fact, "transaction", None),
        "fact": message.fact,
        "raw": message.raw,
        "flags": message.flags,
        "ack": ack,
    }


def _named(message: Message) -> str:
    return "" if isinstance(message.fact, TransactionStarted) else getattr(message.fact, "transaction", None) or ""


class Prefetcher(Protocol):
    """What the unit of work does for the inbox: prefetch, in one query per table, what a batch of messages will need."""

    def lock_site(self, site_id: SiteId) -> None: ...
    def preload(self, site_id: SiteId, rows: Sequence[InboxRow]) -> None: ...
    def prefetch(self, said: Sequence[InboxItem]) -> None: ...


class Inbox:
    def __init__(self, db: DbConnection, process_cache: ProcessCache, prefetcher: "Prefetcher") -> None:
        self._db = db
        self._process_cache = process_cache
        self._prefetcher: Prefetcher = proxy(prefetcher)  # the unit of work, which owns this inbox
        self._quarantined: list[QuarantineEntry] = []

    def prefetch(self, said: Sequence[InboxItem]) -> None:
        self._prefetcher.prefetch(said)

    def numbers_query(self, count: int) -> DbQuery:
        """The query that `next_transactions` runs."""
        return _NUMBERS, (count,)

    def next_transactions(self, count: int) -> Sequence[str]:
        if not self._process_cache.transaction_secret:
            found = self._db.one("SELECT value FROM settings WHERE name = 'transaction_secret'")
            self._process_cache.transaction_secret = bytes(found[0]) if found else b""
        rows = self._db.rows(_NUMBERS, count)
        return [str(scatter(number, self._process_cache.transaction_secret)) for (number,) in rows]

    def add(self, messages: Sequence[Message], acks: Sequence[Acknowledgement]) -> Sequence[Acknowledgement]:
        if not messages:
            return []
        return acks if self._copy_all(messages, acks) else self._add_one_by_one(messages, acks)

    def sites_waiting(self) -> Sequence[SiteId]:
        # A loose index scan: one probe per site, however many rows wait.
        found = self._db.rows(
            """WITH RECURSIVE waiting AS (
                (SELECT site_id FROM facts_waiting ORDER BY site_id LIMIT 1)
                UNION ALL
                SELECT (SELECT f.site_id FROM facts_waiting f WHERE f.site_id > w.site_id ORDER BY f.site_id LIMIT 1)
                FROM waiting w WHERE w.site_id IS NOT NULL
            ) SELECT site_id FROM waiting WHERE site_id IS NOT NULL"""
        )
        return [site_id for (site_id,) in found]

    def lock_site(self, site_id: SiteId) -> bool:
        if not self._db.try_lock("facts", site_id):
            return False
        self._prefetcher.lock_site(site_id)
        return True

    def unapplied(self, site_id: SiteId, limit: int) -> Sequence[InboxRow]:
        numbers = [number for (number,) in self._db.rows(_WAITING, site_id, limit, limit, limit)]
        if not numbers:
            return []
        found = self._db.rows(_ROW + "site_id = %s AND id = ANY(%s) ORDER BY id", site_id, numbers)
        rows = [_row(row, numbers) for row in found]
        self._prefetcher.preload(site_id, rows)
        return rows

    def unapplied_starts(self, operator_id: OperatorId, driver_id: DriverId) -> Sequence[InboxRow]:
        found = self._db.rows(_BEGUN, operator_id, group_of(driver_id), Verdict.ACCEPTED)
        return [_row(row, (row[0],)) for row in found]

    def mark_applied(self, site_id: SiteId, row_ids: Sequence[int]) -> None:
        if row_ids:
            numbers = list(row_ids)
            parameters = (site_id, max(numbers), numbers, numbers)
            self._db.run(_MARK, *parameters, numbers, *parameters)

    def quarantine(self, entry: QuarantineEntry) -> None:
        self._quarantined.append(entry)

    def quarantined(self, limit: int = 100) -> Sequence[QuarantineEntry]:
        self.flush()
        return self._find_entries("NOT cleared ORDER BY at DESC, entry_id DESC LIMIT %s", limit)

    def quarantine_page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[QuarantineEntry]:
        self.flush()
        return _QUARANTINE_PAGED.page(self._find_entries, request, "operator_id = %s AND NOT cleared", operator_id)

    def _find_entries(self, where: str, *parameters: object) -> list[QuarantineEntry]:
        rows = self._db.rows(f"SELECT data FROM quarantine WHERE {where}", *parameters)  # noqa: S608
        return [_QUARANTINED.read(data) for (data,) in rows]

    def quarantine_count(self, operator_id: OperatorId | None = None, until: datetime | None = None) -> int:
        self.flush()
        condition = ("true",) if operator_id is None else ("operator_id = %s", operator_id)
        counted = f"SELECT count(*) FROM quarantine WHERE NOT cleared AND {condition[0]} AND at < coalesce(%s, 'infinity'::timestamptz)"  # noqa: S608
        found = self._db.one(counted, *condition[1:], until)
        return int(found[0]) if found else 0

    def clear_quarantine(self, operator_id: OperatorId, entry_id: UUID, at: datetime, settled: str = "") -> QuarantineEntry | None:
        self.flush()
        found = self._db.one(_CLEAR, at.isoformat(), settled, operator_id, entry_id)
        return _QUARANTINED.read(found[0]) if found else None

    def quarantined_about(self, operator_id: OperatorId, subject: str) -> Sequence[QuarantineEntry]:
        self.flush()
        return self._find_entries("operator_id = %s AND NOT cleared AND data->>'subject' = %s ORDER BY at, entry_id", operator_id, subject)

    def cleared_by_staff(self, site_id: SiteId, code: str) -> Sequence[QuarantineEntry]:
        self.flush()
        return self._find_entries("site_id = %s AND code = %s AND cleared AND coalesce(data->>'settled', '') = ''", site_id, code)

    def of_session(self, charger_id: ChargerId, transaction: str) -> Sequence[InboxRow]:
        rows = self._db.rows(_ROW + _OF_SESSION, charger_id, transaction, transaction)
        waiting = self._waiting({site_id for _, _, _, site_id, *_ in rows})
        return [_row(row, waiting) for row in rows]

    def all_rows(self, site_id: SiteId, after_id: int, limit: int) -> Sequence[InboxRow]:
        rows = self._db.rows(_ROW + "site_id = %s AND id > %s ORDER BY id LIMIT %s", site_id, after_id, limit)
        waiting = self._waiting({site_id})
        return [_row(row, waiting) for row in rows]

    def _waiting(self, site_ids: Collection[SiteId]) -> set[int]:
        """The numbers of the sites' messages that are not applied yet."""
        found = self._db.rows("SELECT unnest(ids) FROM facts_waiting WHERE site_id = ANY(%s)", list(site_ids))
        return {number for (number,) in found}

    def flush(self) -> None:
        if self._quarantined:
            entries, self._quarantined = self._quarantined, []
            records = [
                {
                    "operator_id": one.operator_id,
                    "entry_id": one.id,
                    "site_id": one.site_id,
                    "charger_id": one.charger_id,
                    "at": one.at,
                    "code": one.code,
                    "cleared": one.cleared_at is not None,
                    "data": one,
                }
                for one in entries
            ]
            self._db.write(_QUARANTINE, records)

    def _copy_all(self, messages: Sequence[Message], acks: Sequence[Acknowledgement]) -> bool:
        """Store all of them at once; False, with nothing stored, if some were stored before."""
        if self._process_cache.cautious_groups > 0:
            self._process_cache.cautious_groups -= 1
            return False
        try:
            with self._db.savepoint():
                self._db.copy_bytes(COPY, copy_lines(messages, acks))
        except (UniqueViolation, DeadlockDetected):
            self._process_cache.cautious_groups = _CAUTIOUS_FOR
            return False
        return True

    def _add_one_by_one(self, messages: Sequence[Message], acks: Sequence[Acknowledgement]) -> Sequence[Acknowledgement]:
        """One by one; a message that was stored before gets its first acknowledgement again."""
        firsts: dict[tuple[str, str], int] = {}
        for index, message in enumerate(messages):
            firsts.setdefault((message.charger_id, message.dedupe_key), index)
        fresh = self._insert([_record(messages[index], acks[index]) for index in firsts.values()])
        kept = self._kept([messages[index] for key, index in firsts.items() if key not in fresh])
        answers = []
        for index, (message, ack) in enumerate(zip(messages, acks, strict=True)):
            key = (message.charger_id, message.dedupe_key)
            if key in fresh and firsts[key] == index:
                answers.append(ack)
            else:
                before = kept[key] if key in kept else acks[firsts[key]]
                answers.append(Acknowledgement(before.transaction, before.verdict, repeated=True))
        return answers

    def _insert(self, records: list[dict[str, object]]) -> set[tuple[str, str]]:
        """Returns the new ones. Retries once if a group copied in order of arrival conflicted: it has been stored since."""
        try:
            return self._inserted(records)
        except DeadlockDetected:
            return self._inserted(records)

    def _inserted(self, records: list[dict[str, object]]) -> set[tuple[str, str]]:
        with self._db.savepoint():
            return {(charger_id, dedupe_key) for charger_id, dedupe_key in self._db.write_returning(_INSERT, records)}

    def _kept(self, messages: Sequence[Message]) -> dict[tuple[str, str], Acknowledgement]:
        if not messages:
            return {}
        known_by = [(one.charger_id, _named(one), one.dedupe_key) for one in messages]
        found = self._db.rows(_KEPT, *(list(column) for column in zip(*known_by, strict=True)))
        return {(charger_id, dedupe_key): _ACK.read(ack) for charger_id, dedupe_key, ack in found}
