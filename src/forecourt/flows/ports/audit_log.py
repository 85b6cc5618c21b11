"""The audit log: its entries, their seals, and repositories for both within a Store."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from forecourt.flows.ports.paging import FIRST_PAGE, ListPage, PageRequest
from forecourt.kernel import OperatorId, lowered


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what, to what, when, and why. actor: account id, "system", or a charger id."""

    id: UUID
    operator_id: OperatorId | None
    at: datetime
    actor: str
    action: str
    subject: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AuditSearch:
    """Filters for entries; an empty or None field matches everything. actors: any of these. area: the first part of the action, before the
    dot. text: part of the subject or of the detail, ignoring case. about: subjects that count as well as those with the text. since /
    until: until exclusive."""

    actors: frozenset[str] | None = None
    area: str = ""
    about: frozenset[str] = frozenset()
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def fits(self, entry: AuditEntry) -> bool:
        text = lowered(self.text)
        return (
            (self.actors is None or entry.actor in self.actors)
            and self.area in ("", entry.action.partition(".")[0])
            and (entry.subject in self.about or text in lowered(entry.subject) or text in lowered(entry.detail))
            and (self.since is None or entry.at >= self.since)
            and (self.until is None or entry.at < self.until)
        )


ALL_ENTRIES = AuditSearch()


class AuditLog(Protocol):
    def add(self, entry: AuditEntry) -> None: ...
    def recent(self, limit: int = 100) -> Sequence[AuditEntry]:
        """The latest entries of all operators, newest first."""
        ...

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE, wanted: AuditSearch = ALL_ENTRIES) -> ListPage[AuditEntry]:
        """Newest first."""
        ...

    def about(self, operator_id: OperatorId, subject: str) -> Sequence[AuditEntry]:
        """Newest first."""
        ...


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """An entry with everything that the log stores. number: in the order of writing. data: the whole entry as JSON with sorted keys."""

    number: int
    id: UUID
    operator_id: UUID | None
    at: datetime
    actor: str
    action: str
    subject: str
    salt: UUID
    data: str


@dataclass(frozen=True, slots=True)
class LogSeal:
    """number: 1, 2, 3 … until: the newest date of an entry in this or earlier seals. total: the entries in this and earlier seals.
    previous: the digest of the seal before. entries: their numbers; digests: theirs, in the same order."""

    number: int
    sealed_at: datetime
    until: datetime
    total: int
    previous: str
    digest: str
    entries: tuple[int, ...]
    digests: tuple[str, ...]


class LogSeals(Protocol):
    """One chain for all operators of an installation."""

    def lock(self) -> None:
        """Lock the chain: one unit of work at a time adds a seal. Writers of the log do not wait for it."""
        ...

    def newest(self) -> LogSeal | None: ...
    def waiting(self, before: datetime, limit: int) -> Sequence[AuditRecord]:
        """Entries in no seal yet, dated before an instant, in the order in which they were written."""
        ...

    def add(self, seal: LogSeal) -> None: ...
    def chain(self) -> Iterator[tuple[LogSeal, Sequence[AuditRecord]]]:
        """Every seal from the first on, with those of its entries that still exist."""
        ...

    def unsealed(self) -> Sequence[tuple[AuditRecord, bool]]:
        """Entries in no seal, in the order in which they were written; True: the next seal will include the entry."""
        ...
