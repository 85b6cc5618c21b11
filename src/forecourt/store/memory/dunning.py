"""Reminders of unpaid documents, and runs of long jobs, in memory."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from forecourt.billing import AccountStatement, DocumentKind, Invoice
from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, PageRequest, Run, page_of
from forecourt.kernel import DocumentId, DriverId, OperatorId
from forecourt.payments import Captured, DunningCase, DunningRules
from forecourt.store.memory.database import MemoryDatabase
from forecourt.store.memory.paid_states import lacks_payment, on_account


class Runs:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def of_period(self, operator_id: OperatorId, kind: str, period: str) -> Run | None:
        wanted = (operator_id, kind, period)
        return next((one for one in self._db.runs if (one.operator_id, one.kind, one.period) == wanted), None)

    def try_lock(self, run_id: UUID) -> Run | None:
        return self._db.runs.get(run_id)  # units of work run alone here

    def put(self, run: Run) -> None:
        self._db.runs.put(run.id, run)

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[Run]:
        return page_of(self._db.runs.where(lambda one: one.operator_id == operator_id), ListOrders.RUNS, request)

    def last(self, operator_id: OperatorId, kind: str) -> Run | None:
        mine = self._db.runs.where(lambda one: one.operator_id == operator_id and one.kind == kind)
        return max(mine, key=ListOrders.RUNS.key, default=None)


class Dunning:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def rules(self, operator_id: OperatorId) -> DunningRules:
        return self._db.dunning_rules.get(operator_id) or DunningRules()

    def put_rules(self, operator_id: OperatorId, rules: DunningRules) -> None:
        self._db.dunning_rules.put(operator_id, rules)

    def case(self, document_id: DocumentId) -> DunningCase | None:
        return self._db.dunning.get(document_id)

    def put(self, case: DunningCase) -> None:
        self._db.dunning.put(case.document_id, case)

    def of_driver(self, driver_id: DriverId) -> Sequence[DunningCase]:
        mine = self._db.dunning.where(lambda one: one.driver_id == driver_id)
        return sorted(mine, key=lambda one: (one.since, one.document_id))

    def waiting(self, operator_id: OperatorId) -> Sequence[DunningCase]:
        mine = self._db.dunning.where(lambda one: one.operator_id == operator_id and one.open)
        return sorted(mine, key=ListOrders.CASES.key)

    def waiting_count(self, operator_id: OperatorId) -> int:
        return len(self.waiting(operator_id))

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[DunningCase]:
        return page_of(self._db.dunning.where(lambda one: one.operator_id == operator_id), ListOrders.CASES, request)

    def due(self, operator_id: OperatorId, at: datetime, due_days: int, after: UUID | None, limit: int) -> Sequence[DocumentId]:
        db = self._db
        taken = {one.document_id for one in db.payments if one.open or isinstance(one.state, Captured)}
        credited = {one.content.corrects for one in db.documents}
        steps = {one.document_id for one in db.dunning if one.operator_id == operator_id and one.next_at and one.next_at <= at}

        def overdue(one: Invoice | AccountStatement) -> bool:
            return one.issued_at + one.parties.due_after(due_days) <= at

        unpaid = {
            one.id
            for one in db.account_statements
            if one.operator_id == operator_id and overdue(one) and lacks_payment(db, one) and one.id not in db.dunning
        }
        late = {
            one.id
            for one in db.documents
            if (one.operator_id, one.kind) == (operator_id, DocumentKind.INVOICE)
            and one.due.minor > 0
            and overdue(one)
            and one.id not in taken | credited
            and one.id not in db.stated
            and not on_account(db, one)
            and one.id not in db.dunning
        }
        return sorted(one for one in steps | late | unpaid if after is None or one > after)[:limit]
