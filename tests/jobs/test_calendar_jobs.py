"""Long jobs process every subject once, also after crashes; refused subjects are recorded and do not block others."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import pytest

from forecourt.flows.ports import Run, Store, Transactions
from forecourt.jobs.calendar_jobs import BATCH, CalendarRuns
from forecourt.kernel import Conflict, Ids, Money, OperatorId
from forecourt.ledger import BANK, CLEARING, Posting, Txn
from money_world import NOON, OPERATOR, MoneyWorld

SUBJECTS = [UUID(int=number) for number in range(1, 2 * BATCH + 8)]
BAD = {SUBJECTS[3], SUBJECTS[BATCH + 1]}


class Killed(BaseException):
    """As if the process had died."""


class Posting1:
    """Posts one cent for each subject; some are refused, and now and then the worker dies in the middle."""

    name = "test"

    def __init__(self, dies_at: set[UUID]) -> None:
        self.dies_at = dies_at

    def period(self, store: Store, operator_id: OperatorId, at: datetime) -> str:
        return at.date().isoformat()

    def subjects(self, store: Store, run: Run, limit: int) -> Sequence[UUID]:
        return [one for one in SUBJECTS if run.after is None or one > run.after][:limit]

    def count(self, store: Store, run: Run) -> int:
        return len(SUBJECTS)

    def work(self, store: Store, run: Run, subject: UUID, at: datetime, ids: Ids) -> None:
        if subject in BAD:
            raise Conflict("bad", "This one cannot be done.")
        posted = store.ledger.post(Txn(f"t/{subject}", OPERATOR, at, "one", subject, (Posting(CLEARING, BANK, Money(1, "EUR")),)))
        assert posted, "done twice"
        if subject in self.dies_at:
            self.dies_at.discard(subject)
            raise Killed


class Now:
    def now(self) -> datetime:
        return NOON


@pytest.mark.parametrize("dies_at", [set(), {SUBJECTS[0]}, {SUBJECTS[10], SUBJECTS[BATCH], SUBJECTS[-1]}])
def test_every_subject_of_a_job_is_processed_once_even_after_crashes(any_transactions: Transactions, dies_at: set[UUID]) -> None:
    world = MoneyWorld(any_transactions).build()
    job = CalendarRuns(any_transactions, Now(), world.ids, (Posting1(set(dies_at)),))  # type: ignore[arg-type]
    for _ in range(100):
        try:
            if not job.run_due_batches():
                break
        except Killed:
            continue
    with any_transactions.begin() as store:
        (run,) = store.job_runs.page(OPERATOR).rows
        assert store.ledger.balance(OPERATOR, BANK, "EUR") == len(SUBJECTS) - len(BAD) == run.done
    assert run.failed == 2 and {one.subject for one in run.failures} == BAD and run.finished_at is not None
    assert not job.run_due_batches()


def test_a_job_run_locked_by_another_worker_is_skipped(transactions: Transactions) -> None:
    world = MoneyWorld(transactions).build()
    job = CalendarRuns(transactions, Now(), world.ids, (Posting1(set()),))  # type: ignore[arg-type]
    job.run_due_batches()
    with transactions.begin() as store:
        (run,) = store.job_runs.page(OPERATOR).rows
        assert store.job_runs.try_lock(run.id) is not None
        assert not job.run_due_batches()
    assert job.run_due_batches()
