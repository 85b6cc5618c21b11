"""Long jobs as runs: one row per job and period, with a cursor that moves in the commit of the work it covers.

A worker that dies loses only its current batch: the next one continues after the last commit. A refused subject is recorded
with its reason and left to a later run.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from forecourt.flows.desk.operator_scope import operator_day
from forecourt.flows.ports.job_runs import Failure, Run
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids, OperatorId, Refused, SiteId

MAX_FAILURES = 200


class RunKind(Protocol):
    """A job that runs by the calendar. subjects: those still to be worked on, in order of id, after the cursor."""

    @property
    def name(self) -> str: ...
    def period(self, store: Store, operator_id: OperatorId, at: datetime) -> str:
        """The period whose run is due at an instant; it is begun once."""
        ...

    def subjects(self, store: Store, run: Run, limit: int) -> Sequence[UUID]: ...
    def count(self, store: Store, run: Run) -> int: ...
    def work(self, store: Store, run: Run, subject: UUID, at: datetime, ids: Ids) -> None: ...


def day_of_run(store: Store, operator_id: OperatorId, at: datetime) -> str:
    """The period of a daily job: the day in the operator's zone."""
    return operator_day(store, operator_id, at).isoformat()


@dataclass(frozen=True, slots=True)
class NightlyRun:
    """Once a day for each site of an operator. each: what to do for it."""

    name: str
    each: Callable[[Store, SiteId, datetime], None]

    def period(self, store: Store, operator_id: OperatorId, at: datetime) -> str:
        return day_of_run(store, operator_id, at)

    def subjects(self, store: Store, run: Run, limit: int) -> Sequence[UUID]:
        ids = sorted(site.id for site in store.stations.sites(run.operator_id))
        return [one for one in ids if run.after is None or one > run.after][:limit]

    def count(self, store: Store, run: Run) -> int:
        return len(store.stations.sites(run.operator_id))

    def work(self, store: Store, run: Run, subject: UUID, at: datetime, ids: Ids) -> None:
        self.each(store, SiteId(subject), at)


@dataclass(frozen=True, slots=True)
class BatchResult:
    """done: how many of the batch were worked on. over: the run is finished, or another worker has it."""

    done: int
    over: bool


def begin_run(store: Store, kind: RunKind, operator_id: OperatorId, at: datetime, ids: Ids) -> UUID | None:
    """The open run of a job, begun if its period has none. None: the period's run is finished, or the job has nothing to do."""
    period = kind.period(store, operator_id, at)
    known = store.job_runs.of_period(operator_id, kind.name, period)
    if known is not None:
        return None if known.finished_at else known.id
    new_run = Run(ids.new(at), operator_id, kind.name, period, at, 0)
    store.job_runs.put(replace(new_run, total=kind.count(store, new_run)))
    return new_run.id


def work_batch(store: Store, kind: RunKind, run_id: UUID, at: datetime, ids: Ids, limit: int) -> BatchResult:
    """Work on the next subjects and move the cursor, in the caller's commit. A refusal rolls all of it back: see `skip_refused`."""
    run = store.job_runs.try_lock(run_id)
    if run is None or run.finished_at is not None:
        return BatchResult(0, over=True)
    subjects = kind.subjects(store, run, limit)
    for subject in subjects:
        kind.work(store, run, subject, at, ids)
    is_over = len(subjects) < limit
    last = subjects[-1] if subjects else run.after
    store.job_runs.put(replace(run, done=run.done + len(subjects), after=last, finished_at=at if is_over else None))
    return BatchResult(len(subjects), is_over)


def skip_refused(store: Store, kind: RunKind, run_id: UUID, error: Refused, at: datetime) -> None:
    """The next subject was refused: record why, and continue after it."""
    run = store.job_runs.try_lock(run_id)
    if run is None or not (subjects := kind.subjects(store, run, 1)):
        return
    failed = (*run.failures, Failure(subjects[0], error.code, str(error)[:300], at))
    store.job_runs.put(replace(run, after=subjects[0], failed=run.failed + 1, failures=failed[-MAX_FAILURES:]))
