"""Complaints that nobody answers: the operator's people who look after money are reminded by mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from forecourt.flows.desk.own import money_people, operator_zone
from forecourt.flows.desk.runs import day_of_run
from forecourt.flows.desk.telling import tell_account
from forecourt.flows.ports.run import Run
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids, OperatorId
from forecourt.notices import NoticeKind, Says

FIRST_DAYS, EVERY_DAYS = 2, 7


@dataclass(frozen=True, slots=True)
class ComplaintRun:
    """One run of an operator for each day; its subjects are those to be reminded, where a complaint has waited two days, or weeks."""

    name: str = "complaints"

    def period(self, store: Store, operator_id: OperatorId, at: datetime) -> str:
        return day_of_run(store, operator_id, at)

    def subjects(self, store: Store, run: Run, limit: int) -> Sequence[UUID]:
        return [one for one in _reminded(store, run) if run.after is None or one > run.after][:limit]

    def count(self, store: Store, run: Run) -> int:
        return len(_reminded(store, run))

    def work(self, store: Store, run: Run, subject: UUID, at: datetime, ids: Ids) -> None:
        account, waiting = store.drivers.account(subject), store.complaints.waiting(run.operator_id)
        if account is not None and waiting:
            tell_account(store, account, NoticeKind.COMPLAINTS_WAIT, Says(start=waiting[0].said_at, count=len(waiting)), at, ids)


def _reminded(store: Store, run: Run) -> list[UUID]:
    zone = operator_zone(store, run.operator_id)
    today = run.started_at.astimezone(zone).date()
    days = [(today - one.said_at.astimezone(zone).date()).days for one in store.complaints.waiting(run.operator_id)]
    if not any(one == FIRST_DAYS or (one and one % EVERY_DAYS == 0) for one in days):
        return []
    return money_people(store, run.operator_id)
