"""The audit log, its seals, and the answers to commands."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from forecourt.flows.ports import ALL_ENTRIES, FIRST_PAGE, AuditEntry, AuditRecord, AuditSearch, ListOrders, ListPage, LogSeal, PageRequest
from forecourt.kernel import OperatorId
from forecourt.store.codec import Codec, sorted_json
from forecourt.store.postgres.db_connection import DbConnection, Table
from forecourt.store.postgres.paged_query import PagedQuery

_AUDIT = Table(
    "audit_log",
    (
        ("entry_id", "uuid"),
        ("operator_id", "uuid"),
        ("at", "timestamptz"),
        ("actor", "text"),
        ("action", "text"),
        ("subject", "text"),
        ("data", "jsonb"),
    ),
    (),
).insert()
_ENTRY = Codec[AuditEntry](AuditEntry)
_PAGED = PagedQuery(ListOrders.AUDIT, ("at", "entry_id"))
_ABOUT = "(subject = ANY(%s) OR strpos(lower(subject), lower(%s)) > 0 OR strpos(lower(data->>'detail'), lower(%s)) > 0)"

_LOGGED = "SELECT a.id, a.entry_id, a.operator_id, a.at, a.actor, a.action, a.subject, a.salt, a.data"
_SEAL = "SELECT number, sealed_at, until, total, previous, digest, entries, digests FROM audit_seals"
_UNSEALED = f"""{_LOGGED}, u.id IS NOT NULL FROM audit_log a LEFT JOIN audit_unsealed u USING (id)
    LEFT JOIN (SELECT unnest(entries) AS id FROM audit_seals) s USING (id) WHERE s.id IS NULL ORDER BY a.id"""  # noqa: S608
_AT_ONCE = 50  # number of seals whose entries are read at once


class AuditLog:
    def __init__(self, db: DbConnection) -> None:
        self._db = db
        self._pending: list[AuditEntry] = []

    def add(self, entry: AuditEntry) -> None:
        self._pending.append(entry)

    def recent(self, limit: int = 100) -> Sequence[AuditEntry]:
        self.flush()
        return self._find("true ORDER BY id DESC LIMIT %s", limit)

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE, wanted: AuditSearch = ALL_ENTRIES) -> ListPage[AuditEntry]:
        self.flush()
        where, parameters = _searched(operator_id, wanted)
        return _PAGED.page(self._find, request, where, *parameters)

    def about(self, operator_id: OperatorId, subject: str) -> Sequence[AuditEntry]:
        self.flush()
        return self._find("operator_id = %s AND subject = %s ORDER BY id DESC", operator_id, subject)

    def _find(self, where: str, *parameters: object) -> list[AuditEntry]:
        return [_ENTRY.read(data) for (data,) in self._db.rows(f"SELECT data FROM audit_log WHERE {where}", *parameters)]  # noqa: S608

    def flush(self) -> None:
        if self._pending:
            entries, self._pending = self._pending, []
            records = [
                {
                    "entry_id": one.id,
                    "operator_id": one.operator_id,
                    "at": one.at,
                    "actor": one.actor,
                    "action": one.action,
                    "subject": one.subject,
                    "data": one,
                }
                for one in entries
            ]
            self._db.write(_AUDIT, records)


def _searched(operator_id: OperatorId, wanted: AuditSearch) -> tuple[str, list[object]]:
    """The condition for what is searched for, with its parameters; only what is asked for is compared."""
    parts: list[tuple[str, tuple[object, ...]]] = [("operator_id = %s", (operator_id,))]
    if wanted.since is not None:
        parts.append(("at >= %s", (wanted.since,)))
    if wanted.until is not None:
        parts.append(("at < %s", (wanted.until,)))
    if wanted.actors is not None:
        parts.append(("actor = ANY(%s)", (sorted(wanted.actors),)))
    if wanted.area:
        parts.append(("split_part(action, '.', 1) = %s", (wanted.area,)))
    if wanted.text:
        parts.append((_ABOUT, (sorted(wanted.about), wanted.text, wanted.text)))
    return " AND ".join(part for part, _ in parts), [value for _, values in parts for value in values]


class LogSeals:
    """The database itself records which entries wait for a seal."""

    def __init__(self, db: DbConnection) -> None:
        self._db = db

    def lock(self) -> None:
        self._db.lock("log seals")

    def newest(self) -> LogSeal | None:
        found = self._db.one(f"{_SEAL} ORDER BY number DESC LIMIT 1")
        return _seal(found) if found else None

    def waiting(self, before: datetime, limit: int) -> Sequence[AuditRecord]:
        query = f"{_LOGGED} FROM audit_unsealed JOIN audit_log a USING (id) WHERE a.at < %s ORDER BY a.id LIMIT %s"
        return [_logged(row) for row in self._db.rows(query, before, limit)]

    def add(self, seal: LogSeal) -> None:
        head = (seal.number, seal.sealed_at, seal.until, seal.total, seal.previous, seal.digest)
        statement = "INSERT INTO audit_seals VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
        self._db.run(statement, *head, list(seal.entries), list(seal.digests))

    def chain(self) -> Iterator[tuple[LogSeal, Sequence[AuditRecord]]]:
        after = 0
        while seals := [_seal(row) for row in self._db.rows(f"{_SEAL} WHERE number > %s ORDER BY number LIMIT %s", after, _AT_ONCE)]:
            numbers = [number for one in seals for number in one.entries]
            found = {row[0]: _logged(row) for row in self._db.rows(f"{_LOGGED} FROM audit_log a WHERE a.id = ANY(%s)", numbers)}
            for one in seals:
                yield one, [found[number] for number in one.entries if number in found]
            after = seals[-1].number

    def unsealed(self) -> Sequence[tuple[AuditRecord, bool]]:
        return [(_logged(row[:-1]), row[-1]) for row in self._db.rows(_UNSEALED)]


def _logged(row: tuple[Any, ...]) -> AuditRecord:
    number, entry_id, operator_id, at, actor, action, subject, salt, data = row
    return AuditRecord(number, entry_id, operator_id, at, actor, action, subject, salt, sorted_json(data))


def _seal(row: tuple[Any, ...]) -> LogSeal:
    number, sealed_at, until, total, previous, digest, entries, digests = row
    return LogSeal(number, sealed_at, until, total, previous, digest, tuple(entries), tuple(digests))


class CommandResults:
    def __init__(self, db: DbConnection) -> None:
        self._db = db

    def answer(self, key: str) -> bytes | None:
        """Waits while another unit of work carries out the same command, so that its answer is seen."""
        self._db.lock("command", key)
        found = self._db.one("SELECT answer FROM commands WHERE key = %s", key)
        return bytes.fromhex(found[0]) if found else None

    def request_digest(self, key: str) -> str:
        found = self._db.one("SELECT asked FROM commands WHERE key = %s", key)
        return str(found[0]) if found else ""

    def put(self, key: str, answer: bytes, at: datetime, asked: str = "") -> None:
        self._db.run("INSERT INTO commands VALUES (%s, %s, %s, %s)", key, answer.hex(), at, asked)
