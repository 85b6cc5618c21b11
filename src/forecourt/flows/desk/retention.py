"""Delete old messages that are not about money, once the operator's retention time for them is over."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import operator_for_update
from forecourt.flows.desk.runs import day_of_run
from forecourt.flows.ports.job_runs import Run
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Ids, OperatorId
from forecourt.notices import NoticeKind, Topic, topic_of

MIN_DAYS, MAX_DAYS = 30, 3650
# A bill can be disputed until three years after the end of its year.
MIN_MONTHS, MAX_MONTHS = 48, 120
# Receipts, reminders and other messages about a bill are kept with it.
EXPIRING_KINDS = tuple(kind for kind in NoticeKind if topic_of(kind) is not Topic.MONEY)


@dataclass(frozen=True, slots=True)
class MessageRetentionRun:
    """One run per operator and day; its subjects are finished notices: sent, stored for lack of a mail server, or too late."""

    name: str = "messages"

    def period(self, store: Store, operator_id: OperatorId, at: datetime) -> str:
        return day_of_run(store, operator_id, at)

    def subjects(self, store: Store, run: Run, limit: int) -> Sequence[UUID]:
        return store.notices.finished_before(run.operator_id, self._until(store, run), EXPIRING_KINDS, run.after, limit)

    def count(self, store: Store, run: Run) -> int:
        return len(store.notices.finished_before(run.operator_id, self._until(store, run), EXPIRING_KINDS, None, 1_000_000))

    def work(self, store: Store, run: Run, subject: UUID, at: datetime, ids: Ids) -> None:
        store.notices.forget(subject)

    @staticmethod
    def _until(store: Store, run: Run) -> datetime:
        """As of the run's beginning: a later batch deletes nothing that was not counted."""
        return run.started_at - timedelta(days=store.stations.operator(run.operator_id).keep_messages_days)


def set_message_retention(store: Store, by: Staff, days: int) -> None:
    """Effective from the next night. Raises BadInput."""
    if not MIN_DAYS <= days <= MAX_DAYS:
        raise BadInput("days", f"Messages cannot be kept for {days} days.", f"Enter {MIN_DAYS} to {MAX_DAYS} days.")
    store.stations.put_operator(replace(operator_for_update(store, by), keep_messages_days=days))
    note(store, by, "notice.retention", by.operator_id, f"{days} d")


def set_reading_retention(store: Store, by: Staff, months: int) -> None:
    """Effective from the next month. Raises BadInput."""
    if not MIN_MONTHS <= months <= MAX_MONTHS:
        raise BadInput("months", f"Readings cannot be kept for {months} months.", f"Enter {MIN_MONTHS} to {MAX_MONTHS} months.")
    store.stations.put_operator(replace(operator_for_update(store, by), keep_readings_months=months))
    note(store, by, "readings.retention", by.operator_id, f"{months} months")
