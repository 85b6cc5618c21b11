"""The audit log with its seals, and the answers of commands, in memory."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from forecourt.flows.ports import (
    ALL_ENTRIES,
    FIRST_PAGE,
    AuditEntry,
    AuditRecord,
    AuditSearch,
    ListOrders,
    ListPage,
    LogSeal,
    PageRequest,
    page_of,
)
from forecourt.kernel import OperatorId
from forecourt.store.codec import Codec, json_bytes, sorted_json
from forecourt.store.memory.database import MemoryDatabase

_ENTRY = Codec[AuditEntry](AuditEntry)


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
        """Each of them waits to be sealed: none can have been written past the log."""
        sealed = {number for seal in self._db.log_seals for number in seal.entries}
        return [(one, True) for one in self._logged() if one.number not in sealed]

    def _logged(self) -> Iterator[AuditRecord]:
        """Here a digest is never visible without its entry, so the id can serve as a salt."""
        for number, one in enumerate(self._db.audit, 1):
            data = sorted_json(json_bytes(_ENTRY.pack(one)))
            yield AuditRecord(number, one.id, one.operator_id, one.at, one.actor, one.action, one.subject, one.id, data)


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
