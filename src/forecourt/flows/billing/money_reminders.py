"""Email reminders for staff about pending money matters, on certain days rather than daily."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from forecourt.flows.billing.collection_files import collectables
from forecourt.flows.desk.notifying import notify_account
from forecourt.flows.desk.operator_scope import finance_staff, operator_day, operator_zone
from forecourt.flows.desk.runs import day_of_run
from forecourt.flows.paying import collects
from forecourt.flows.ports.job_runs import Run
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids, OperatorId
from forecourt.notices import NoticeContent, NoticeKind

# For an unanswered complaint: this many days after it came, and every week after that.
ANSWER_DAYS = 2
# For a statement in no file: this many days before the announced day, as banks want the file earlier; and on that day.
COLLECT_DAYS = -3
EVERY_DAYS = 7


@dataclass(frozen=True, slots=True)
class MoneyReminders:
    """One run per operator and day; its subjects are the accounts to remind. due: the text for a day; None: nothing."""

    name: str
    notice: NoticeKind
    due: Callable[[Store, Run], NoticeContent | None]

    def period(self, store: Store, operator_id: OperatorId, at: datetime) -> str:
        return day_of_run(store, operator_id, at)

    def subjects(self, store: Store, run: Run, limit: int) -> Sequence[UUID]:
        return [one for one in self._reminded(store, run) if run.after is None or one > run.after][:limit]

    def count(self, store: Store, run: Run) -> int:
        return len(self._reminded(store, run))

    def work(self, store: Store, run: Run, subject: UUID, at: datetime, ids: Ids) -> None:
        account, due = store.drivers.account(subject), self.due(store, run)
        if account is not None and due is not None:
            notify_account(store, account, self.notice, due, at, ids)

    def _reminded(self, store: Store, run: Run) -> list[UUID]:
        return finance_staff(store, run.operator_id) if self.due(store, run) else []


def _complaints(store: Store, run: Run) -> NoticeContent | None:
    """Complaints about bills, and questions about lines of partners' statements."""
    raised_at = [one.raised_at for book in (store.complaints, store.questions) for one in book.waiting(run.operator_id)]
    days = [_days_since(store, run, operator_day(store, run.operator_id, one)) for one in raised_at]
    if not any(one == ANSWER_DAYS or (one and one % EVERY_DAYS == 0) for one in days):
        return None
    return NoticeContent(start=min(raised_at), count=len(raised_at))


def _collections(store: Store, run: Run) -> NoticeContent | None:
    """Debits that were returned, or that someone has complained about, are left out."""
    if not collects(store.stations.operator(run.operator_id)):
        return None
    waiting = collectables(store, run.operator_id, run.started_at)
    wanted = [one.due for one in waiting if not one.return_reason and not one.complained]
    days = {due: days_late for due in wanted if (days_late := _days_since(store, run, due)) >= COLLECT_DAYS}
    if not any(late == COLLECT_DAYS or (late >= 0 and late % EVERY_DAYS == 0) for late in days.values()):
        return None
    earliest = datetime.combine(min(days), time(12), operator_zone(store, run.operator_id))
    return NoticeContent(start=earliest, count=sum(due in days for due in wanted))


def _days_since(store: Store, run: Run, day: date) -> int:
    return (operator_day(store, run.operator_id, run.started_at) - day).days


COMPLAINTS_WAIT = MoneyReminders("complaints", NoticeKind.COMPLAINTS_WAIT, _complaints)
COLLECTIONS_DUE = MoneyReminders("collections", NoticeKind.COLLECTIONS_DUE, _collections)
