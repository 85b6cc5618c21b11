"""Debts and long jobs, in memory."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from forecourt.billing import DocumentKind
from forecourt.drivers import PayBy
from forecourt.flows.ports import Run
from forecourt.kernel import DocumentId, DriverId, OperatorId
from forecourt.payments import Captured, DunningCase, DunningRules
from forecourt.store.errors import refusal
from forecourt.store.memory.world import World


class Runs:
    def __init__(self, world: World) -> None:
        self._world = world

    def of_period(self, operator_id: OperatorId, kind: str, period: str) -> Run | None:
        wanted = (operator_id, kind, period)
        return next((one for one in self._world.runs if (one.operator_id, one.kind, one.period) == wanted), None)

    def take(self, run_id: UUID) -> Run | None:
        return self._world.runs.get(run_id)  # a unit of work is alone here

    def put(self, run: Run) -> None:
        known = self.of_period(run.operator_id, run.kind, run.period)
        if known is not None and known.id != run.id:
            raise refusal("job_runs_period")
        self._world.runs.put(run.id, run)

    def recent(self, operator_id: OperatorId, limit: int = 50) -> Sequence[Run]:
        mine = self._world.runs.where(lambda one: one.operator_id == operator_id)
        return sorted(mine, key=lambda one: (one.started_at, one.id), reverse=True)[:limit]


class Dunning:
    def __init__(self, world: World) -> None:
        self._world = world

    def rules(self, operator_id: OperatorId) -> DunningRules:
        return self._world.dunning_rules.get(operator_id) or DunningRules()

    def put_rules(self, operator_id: OperatorId, rules: DunningRules) -> None:
        self._world.dunning_rules.put(operator_id, rules)

    def case(self, document_id: DocumentId) -> DunningCase | None:
        return self._world.dunning.get(document_id)

    def put(self, case: DunningCase) -> None:
        self._world.dunning.put(case.document_id, case)

    def of_driver(self, driver_id: DriverId) -> Sequence[DunningCase]:
        mine = self._world.dunning.where(lambda one: one.driver_id == driver_id)
        return sorted(mine, key=lambda one: (one.since, one.document_id))

    def cases(self, operator_id: OperatorId, limit: int = 200) -> Sequence[DunningCase]:
        mine = self._world.dunning.where(lambda one: one.operator_id == operator_id)
        newest = sorted(mine, key=lambda one: (one.since, one.document_id), reverse=True)
        return sorted(newest, key=lambda one: not one.open)[:limit]

    def due(self, operator_id: OperatorId, at: datetime, overdue: datetime, after: UUID | None, limit: int) -> Sequence[DocumentId]:
        world = self._world
        taken = {one.document_id for one in world.payments if one.open or isinstance(one.state, Captured)}
        credited = {one.content.corrects for one in world.documents}
        steps = {one.document_id for one in world.dunning if one.operator_id == operator_id and one.next_at and one.next_at <= at}
        on_account = {one.id for one in world.drivers if one.pay_by is PayBy.ACCOUNT}
        unpaid = {
            one.id
            for one in world.account_statements
            if one.operator_id == operator_id and one.issued_at <= overdue and one.id not in taken and one.id not in world.dunning
        }
        late = {
            one.id
            for one in world.documents
            if (one.operator_id, one.kind) == (operator_id, DocumentKind.INVOICE)
            and one.due.minor > 0
            and one.issued_at <= overdue
            and one.id not in taken | credited
            and one.id not in world.stated
            and one.driver_id not in on_account
            and one.id not in world.dunning
        }
        return sorted(one for one in steps | late | unpaid if after is None or one > after)[:limit]
