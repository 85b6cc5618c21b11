"""Calendar jobs, done in batches: any worker may take the next batch, and a crashed one loses only its own."""

from functools import partial

import structlog

from forecourt.flows.billing import COLLECTIONS_DUE, COMPLAINTS_WAIT, StatementRun
from forecourt.flows.desk import MessageRetentionRun, RunKind, begin_run, skip_refused, work_batch
from forecourt.flows.paying import DunningRun
from forecourt.flows.ports import Transactions
from forecourt.flows.power import HABITS, POWER_DAYS
from forecourt.jobs.isolation import run_isolated
from forecourt.kernel import Clock, Ids, OperatorId, Refused

_log = structlog.get_logger("forecourt.jobs")

KINDS: tuple[RunKind, ...] = (StatementRun(), DunningRun(), COMPLAINTS_WAIT, COLLECTIONS_DUE, HABITS, POWER_DAYS, MessageRetentionRun())
BATCH = 50


class CalendarRuns:
    def __init__(self, transactions: Transactions, clock: Clock, ids: Ids, kinds: tuple[RunKind, ...] = KINDS) -> None:
        self._transactions, self._clock, self._ids, self._kinds = transactions, clock, ids, kinds

    def run_due_batches(self) -> bool:
        """Do one batch of each due job of every operator. True if there is more."""
        with self._transactions.begin() as store:
            operators = [one.id for one in store.stations.operators()]
        due = [(kind, operator_id) for operator_id in operators for kind in self._kinds]
        more_due = [
            run_isolated(f"{kind.name} {operator_id}", partial(self._run_batch, kind, operator_id), False) for kind, operator_id in due
        ]
        return any(more_due)

    def _run_batch(self, kind: RunKind, operator_id: OperatorId) -> bool:
        at = self._clock.now()
        try:
            with self._transactions.begin() as store:
                run_id = begin_run(store, kind, operator_id, at, self._ids)
        except Refused:  # another worker has just started it
            return True
        if run_id is None:
            return False
        for limit in (BATCH, 1):
            try:
                with self._transactions.begin() as store:
                    return not work_batch(store, kind, run_id, at, self._ids, limit).over
            except Refused as error:
                _log.warning("run_refused", run=kind.name, operator=str(operator_id), code=error.code, text=str(error))
                refused = error
        with self._transactions.begin() as store:
            skip_refused(store, kind, run_id, refused, at)
        return True
