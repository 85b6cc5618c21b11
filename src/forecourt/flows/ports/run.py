"""What flows need for debts and long jobs: repositories within a Store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from forecourt.flows.ports.listing import FIRST_PAGE, ListPage, PageAsked
from forecourt.kernel import DocumentId, DriverId, OperatorId
from forecourt.payments import DunningCase, DunningRules


@dataclass(frozen=True, slots=True)
class Failure:
    """What a run could not do for one subject."""

    subject: UUID
    code: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a job for a period ("2026-06-01", "2026-06"). after: the last subject worked on; subjects come in order of id.

    total: how many there were at the start. failures: the newest, with their reasons; failed counts all.
    """

    id: UUID
    operator_id: OperatorId
    kind: str
    period: str
    started_at: datetime
    total: int
    done: int = 0
    failed: int = 0
    failures: tuple[Failure, ...] = ()
    after: UUID | None = None
    finished_at: datetime | None = None


class RunBook(Protocol):
    def of_period(self, operator_id: OperatorId, kind: str, period: str) -> Run | None: ...
    def take(self, run_id: UUID) -> Run | None:
        """The run, this unit of work's alone until it ends; None where another has it."""
        ...

    def put(self, run: Run) -> None:
        """The store refuses a second run of an operator's job and period."""
        ...

    def page(self, operator_id: OperatorId, asked: PageAsked = FIRST_PAGE) -> ListPage[Run]: ...
    def last(self, operator_id: OperatorId, kind: str) -> Run | None: ...


class DunningBook(Protocol):
    def rules(self, operator_id: OperatorId) -> DunningRules:
        """The operator's own, else the usual ones."""
        ...

    def put_rules(self, operator_id: OperatorId, rules: DunningRules) -> None: ...
    def case(self, document_id: DocumentId) -> DunningCase | None: ...
    def put(self, case: DunningCase) -> None: ...
    def of_driver(self, driver_id: DriverId) -> Sequence[DunningCase]:
        """Closed ones too, oldest first."""
        ...

    def waiting(self, operator_id: OperatorId) -> Sequence[DunningCase]:
        """All that are open, oldest first."""
        ...

    def waiting_count(self, operator_id: OperatorId) -> int: ...

    def page(self, operator_id: OperatorId, asked: PageAsked = FIRST_PAGE) -> ListPage[DunningCase]:
        """Open ones first, then what was closed, newest first."""
        ...

    def due(self, operator_id: OperatorId, at: datetime, due_days: int, after: UUID | None, limit: int) -> Sequence[DocumentId]:
        """By id, after one: documents whose case has a step to take at an instant; and invoices (not of those on account) and statements
        that are past the days they say themselves, else `due_days`, lack money, have no case, and of which no payment is open or
        captured."""
        ...
