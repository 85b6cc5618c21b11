"""The facts inbox: every charger message of a transaction, kept once, applied once."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from forecourt.flows import InboxRow, Quarantined
from forecourt.kernel import ChargerId, OperatorId, SiteId, TokenUid
from forecourt.stations import (
    Acknowledgement,
    ChargerBooted,
    ConnectorReported,
    Message,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from forecourt.store.codec import Codec
from forecourt.store.permutation import scatter
from forecourt.store.postgres.catalogue import Shared
from forecourt.store.postgres.link import Columns, Link

_KINDS: Final = (ChargerBooted, ConnectorReported, TransactionStarted, TransactionUpdated, TransactionEnded)
_FACTS: Final[dict[str, Codec[Any]]] = {kind.__name__: Codec(kind) for kind in _KINDS}
_ACK = Codec[Acknowledgement](Acknowledgement)
_QUARANTINED = Codec[Quarantined](Quarantined)
# Numbered in the order of arrival, inserted in the order of the unique key: two writers with the same repeats, in whatever
# order, then wait for one another and never deadlock.
_INSERT: Final = """
WITH arrived AS MATERIALIZED (
    SELECT nextval('facts_id_seq') AS id, x.* FROM json_to_recordset(%s::json) AS x(
        operator_id uuid, site_id uuid, charger_id text, dedupe_key text, received_at timestamptz, occurred_at timestamptz,
        action text, kind text, transaction text, fact json, raw text, flags text[], ack json)
)
INSERT INTO facts (
    id, operator_id, site_id, charger_id, dedupe_key, received_at, occurred_at, action, kind, transaction, fact, raw, flags, ack
)
SELECT id, operator_id, site_id, charger_id, dedupe_key, received_at, occurred_at, action, kind, transaction, fact, raw, flags, ack
FROM arrived ORDER BY charger_id, dedupe_key
ON CONFLICT (charger_id, dedupe_key) DO NOTHING RETURNING charger_id, dedupe_key
"""
_QUARANTINE: Final = (
    Columns(
        "quarantine",
        (
            ("operator_id", "uuid"),
            ("entry_id", "uuid"),
            ("site_id", "uuid"),
            ("charger_id", "text"),
            ("at", "timestamptz"),
            ("code", "text"),
            ("paper", "jsonb"),
        ),
        (),
    ).insert()
    + " ON CONFLICT (operator_id, entry_id) DO NOTHING"
)
_ROW: Final = (
    "SELECT id, charger_id, operator_id, site_id, received_at, action, kind, fact, dedupe_key, raw, flags, ack, applied_at"
    " FROM facts WHERE "
)


def _row(row: tuple[Any, ...]) -> InboxRow:
    number, charger_id, operator_id, site_id, received_at, action, kind, fact, dedupe_key, raw, flags, ack, applied_at = row
    message = Message(charger_id, operator_id, site_id, received_at, action, _FACTS[kind].read(fact), dedupe_key, raw, tuple(flags))
    return InboxRow(number, message, _ACK.read(ack), applied_at)


def _record(message: Message, ack: Acknowledgement) -> dict[str, object]:
    return {
        "operator_id": message.operator_id,
        "site_id": message.site_id,
        "charger_id": message.charger_id,
        "dedupe_key": message.dedupe_key,
        "received_at": message.received_at,
        "occurred_at": message.fact.at,
        "action": message.action,
        "kind": type(message.fact).__name__,
        "transaction": getattr(message.fact, "transaction", None),
        "fact": message.fact,
        "raw": message.raw,
        "flags": message.flags,
        "ack": ack,
    }


class Readers(Protocol):
    """What the unit of work does for the inbox: reading ahead, in one query a table, what a batch of messages will need."""

    def lock_site(self, site_id: SiteId) -> None: ...
    def warm(self, site_id: SiteId, rows: Sequence[InboxRow]) -> None: ...
    def expect(self, messages: Sequence[Message]) -> None: ...
    def expect_tokens(self, tokens: Collection[tuple[OperatorId, TokenUid]]) -> None: ...


class Inbox:
    def __init__(self, link: Link, shared: Shared, readers: "Readers") -> None:
        self._link = link
        self._shared = shared
        self._readers = readers
        self._quarantined: list[Quarantined] = []
        self._sites_of_rows: dict[int, SiteId] = {}

    def expect(self, messages: Sequence[Message]) -> None:
        self._readers.expect(messages)

    def expect_tokens(self, tokens: Collection[tuple[OperatorId, TokenUid]]) -> None:
        self._readers.expect_tokens(tokens)

    def next_transactions(self, count: int) -> Sequence[str]:
        if not self._shared.transaction_secret:
            found = self._link.one("SELECT value FROM settings WHERE name = 'transaction_secret'")
            self._shared.transaction_secret = bytes(found[0]) if found else b""
        rows = self._link.rows("SELECT nextval('transaction_numbers') FROM generate_series(1, %s)", count)
        return [str(scatter(number, self._shared.transaction_secret)) for (number,) in rows]

    def add(self, messages: Sequence[Message], acks: Sequence[Acknowledgement]) -> Sequence[Acknowledgement]:
        if not messages:
            return []
        firsts: dict[tuple[str, str], int] = {}
        for index, message in enumerate(messages):
            firsts.setdefault((message.charger_id, message.dedupe_key), index)
        fresh = self._insert([_record(messages[index], acks[index]) for index in firsts.values()])
        kept = self._kept([key for key in firsts if key not in fresh])
        answers = []
        for index, (message, ack) in enumerate(zip(messages, acks, strict=True)):
            key = (message.charger_id, message.dedupe_key)
            if key in fresh and firsts[key] == index:
                answers.append(ack)
            else:
                before = kept[key] if key in kept else acks[firsts[key]]
                answers.append(Acknowledgement(before.transaction, before.verdict, repeated=True))
        return answers

    def sites_waiting(self) -> Sequence[SiteId]:
        # A loose index scan: one probe a site, however many rows wait.
        found = self._link.rows(
            """WITH RECURSIVE waiting AS (
                (SELECT site_id FROM facts WHERE applied_at IS NULL ORDER BY site_id LIMIT 1)
                UNION ALL
                SELECT (SELECT f.site_id FROM facts f WHERE f.applied_at IS NULL AND f.site_id > w.site_id ORDER BY f.site_id LIMIT 1)
                FROM waiting w WHERE w.site_id IS NOT NULL
            ) SELECT site_id FROM waiting WHERE site_id IS NOT NULL"""
        )
        return [site_id for (site_id,) in found]

    def lock_site(self, site_id: SiteId) -> bool:
        if not self._link.try_lock("facts", site_id):
            return False
        self._readers.lock_site(site_id)
        return True

    def unapplied(self, site_id: SiteId, limit: int) -> Sequence[InboxRow]:
        rows = [_row(row) for row in self._link.rows(_ROW + "site_id = %s AND applied_at IS NULL ORDER BY id LIMIT %s", site_id, limit)]
        self._sites_of_rows.update((row.id, site_id) for row in rows)
        if rows:
            self._readers.warm(site_id, rows)
        return rows

    def mark_applied(self, row_ids: Sequence[int], at: datetime) -> None:
        by_site: dict[SiteId | None, list[int]] = {}
        for row_id in row_ids:
            by_site.setdefault(self._sites_of_rows.get(row_id), []).append(row_id)
        for site_id, ids in by_site.items():
            # With the site the index of waiting rows serves; rows this unit has not read are rare.
            here = "site_id = %s" if site_id else "%s::uuid IS NULL"
            self._link.run(f"UPDATE facts SET applied_at = %s WHERE {here} AND id = ANY(%s) AND applied_at IS NULL", at, site_id, ids)  # noqa: S608

    def quarantine(self, entry: Quarantined) -> None:
        self._quarantined.append(entry)

    def quarantined(self, limit: int = 100) -> Sequence[Quarantined]:
        self.flush()
        found = self._link.rows("SELECT paper FROM quarantine WHERE NOT cleared ORDER BY at DESC, entry_id LIMIT %s", limit)
        return [_QUARANTINED.read(paper) for (paper,) in found]

    def quarantine_count(self) -> int:
        self.flush()
        found = self._link.one("SELECT count(*) FROM quarantine WHERE NOT cleared")
        return int(found[0]) if found else 0

    def clear_quarantine(self, entry_id: UUID, at: datetime) -> None:
        self.flush()
        query = "UPDATE quarantine SET cleared = true, paper = paper || jsonb_build_object('cleared_at', %s::text) WHERE entry_id = %s"
        self._link.run(query, at.isoformat(), entry_id)

    def of_session(self, charger_id: ChargerId, transaction: str) -> Sequence[InboxRow]:
        return [_row(row) for row in self._link.rows(_ROW + "charger_id = %s AND transaction = %s ORDER BY id", charger_id, transaction)]

    def all_rows(self, site_id: SiteId, after_id: int, limit: int) -> Sequence[InboxRow]:
        where = "operator_id = (SELECT operator_id FROM sites WHERE site_id = %s) AND site_id = %s AND id > %s ORDER BY id LIMIT %s"
        return [_row(row) for row in self._link.rows(_ROW + where, site_id, site_id, after_id, limit)]

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
                    "paper": one,
                }
                for one in entries
            ]
            self._link.write(_QUARANTINE, records)

    def _insert(self, records: list[dict[str, object]]) -> set[tuple[str, str]]:
        return {(charger_id, dedupe_key) for charger_id, dedupe_key in self._link.write_returning(_INSERT, records)}

    def _kept(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Acknowledgement]:
        if not keys:
            return {}
        found = self._link.rows(
            "SELECT charger_id, dedupe_key, ack FROM facts"
            " WHERE (charger_id, dedupe_key) IN (SELECT * FROM unnest(%s::text[], %s::text[]))",
            [one for one, _ in keys],
            [one for _, one in keys],
        )
        return {(charger_id, dedupe_key): _ACK.read(ack) for charger_id, dedupe_key, ack in found}
