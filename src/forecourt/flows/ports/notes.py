"""Who did what, and which commands have been answered: repositories within a Store."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from forecourt.flows.ports.listing import FIRST_PAGE, ListPage, PageAsked
from forecourt.flows.ports.papers import AuditEntry
from forecourt.kernel import OperatorId


class Audit(Protocol):
    def add(self, entry: AuditEntry) -> None: ...
    def recent(self, limit: int = 100) -> Sequence[AuditEntry]:
        """Of every operator, newest first."""
        ...

    def page(self, operator_id: OperatorId, asked: PageAsked = FIRST_PAGE) -> ListPage[AuditEntry]: ...
    def about(self, operator_id: OperatorId, subject: str) -> Sequence[AuditEntry]:
        """Newest first."""
        ...


class Commands(Protocol):
    """Answers already given, by idempotency key, so that a command sent twice has one effect."""

    def answer(self, key: str) -> bytes | None: ...
    def keep(self, key: str, answer: bytes, at: datetime) -> None: ...
