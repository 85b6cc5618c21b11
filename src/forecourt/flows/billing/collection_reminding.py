"""Statements that are to be collected and that no file asks for: the operator's people who look after money are reminded by mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from forecourt.flows.billing.collecting import collectables
from forecourt.flows.desk.own import money_people, operator_zone
from forecourt.flows.desk.runs import day_of_run
from forecourt.flows.desk.telling import tell_account
from forecourt.flows.paying import collects
from forecourt.flows.ports.run import Run
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids, OperatorId
from forecourt.notices import NoticeKind, Says

# Of one: so many days before the day that its payer was told, for banks want the file before that; on it; and each week behind it.
BEFORE_DAYS, EVERY_DAYS = 3, 7


@dataclass(frozen=True, slots=True)
class CollectionRun:
    """One run of an operator for each day; its subjects are those to be reminded, where a statement comes to a day of that."""

    name: str = "collections"

    def period(self, store: Store, operator_id: OperatorId, at: datetime) -> str:
        return day_of_run(store, operator_id, at)

    def subjects(self, store: Store, run: Run, limit: int) -> Sequence[UUID]:
        return [one for one in _reminded(store, run) if run.after is None or one > run.after][:limit]

    def count(self, store: Store, run: Run) -> int:
        return len(_reminded(store, run))

    def work(self, store: Store, run: Run, subject: UUID, at: datetime, ids: Ids) -> None:
        account, days = store.drivers.account(subject), _days(store, run)
        if account is not None and days:
            first = datetime.combine(min(days), time(12), operator_zone(store, run.operator_id))
            tell_account(store, account, NoticeKind.COLLECTIONS_DUE, Says(start=first, count=len(days)), at, ids)


def _reminded(store: Store, run: Run) -> list[UUID]:
    today = run.started_at.astimezone(operator_zone(store, run.operator_id)).date()
    late = [(today - due).days for due in _days(store, run)]
    if not any(one == -BEFORE_DAYS or (one >= 0 and one % EVERY_DAYS == 0) for one in late):
        return []
    return money_people(store, run.operator_id)


def _days(store: Store, run: Run) -> list[date]:
    """Of each that is to be collected by now: the day that its payer was told. What came back, or somebody complains of, is not."""
    if not collects(store.stations.operator(run.operator_id)):
        return []
    today = run.started_at.astimezone(operator_zone(store, run.operator_id)).date()
    waiting = collectables(store, run.operator_id, run.started_at)
    return [one.due for one in waiting if not one.came_back and not one.complained and (one.due - today).days <= BEFORE_DAYS]
