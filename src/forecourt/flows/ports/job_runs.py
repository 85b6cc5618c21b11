"""Repository for runs of long jobs, within a Store."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from forecourt.flows.ports.paging import FIRST_PAGE, ListPage, PageRequest
from forecourt.kernel import OperatorId


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


class JobRunRepository(Protocol):
    def of_period(self, operator_id: OperatorId, kind: str, period: str) -> Run | None: ...
    def try_lock(self, run_id: UUID) -> Run | None:
        """The run, locked until this unit of work ends; None if another unit has locked it, or there is no such run. Does not wait."""
        ...

    def put(self, run: Run) -> None:
        """The store refuses a second run of an operator's job and period."""
        ...

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[Run]:
        """Newest first."""
        ...

    def last(self, operator_id: OperatorId, kind: str) -> Run | None:
        """The job's run that was started last, finished or not."""
        ...
