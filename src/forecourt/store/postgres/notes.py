"""Who did what, and which commands have been answered."""

from collections.abc import Sequence
from datetime import datetime

from forecourt.flows.ports import FIRST_PAGE, AuditEntry, ListPage, Lists, PageAsked
from forecourt.kernel import OperatorId
from forecourt.store.codec import Codec
from forecourt.store.postgres.link import Columns, Link
from forecourt.store.postgres.listed import Listed

_AUDIT = Columns(
    "audit_log",
    (
        ("entry_id", "uuid"),
        ("operator_id", "uuid"),
        ("at", "timestamptz"),
        ("actor", "text"),
        ("action", "text"),
        ("subject", "text"),
        ("paper", "jsonb"),
    ),
    (),
).insert()
_ENTRY = Codec[AuditEntry](AuditEntry)
_LISTED = Listed(Lists.AUDIT, ("at", "entry_id"))


class AuditLog:
    def __init__(self, link: Link) -> None:
        self._link = link
        self._pending: list[AuditEntry] = []

    def add(self, entry: AuditEntry) -> None:
        self._pending.append(entry)

    def recent(self, limit: int = 100) -> Sequence[AuditEntry]:
        self.flush()
        return self._find("true ORDER BY id DESC LIMIT %s", limit)

    def page(self, operator_id: OperatorId, asked: PageAsked = FIRST_PAGE) -> ListPage[AuditEntry]:
        self.flush()
        return _LISTED.page(self._find, asked, "operator_id = %s", operator_id)

    def about(self, operator_id: OperatorId, subject: str) -> Sequence[AuditEntry]:
        self.flush()
        return self._find("operator_id = %s AND subject = %s ORDER BY id DESC", operator_id, subject)

    def _find(self, where: str, *parameters: object) -> list[AuditEntry]:
        return [_ENTRY.read(paper) for (paper,) in self._link.rows(f"SELECT paper FROM audit_log WHERE {where}", *parameters)]  # noqa: S608

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
                    "paper": one,
                }
                for one in entries
            ]
            self._link.write(_AUDIT, records)


class CommandLog:
    def __init__(self, link: Link) -> None:
        self._link = link

    def answer(self, key: str) -> bytes | None:
        """Waits while another unit of work carries out the same command, so that its answer is seen."""
        self._link.lock("command", key)
        found = self._link.one("SELECT answer FROM commands WHERE key = %s", key)
        return bytes.fromhex(found[0]) if found else None

    def keep(self, key: str, answer: bytes, at: datetime) -> None:
        self._link.run("INSERT INTO commands VALUES (%s, %s, %s)", key, answer.hex(), at)
