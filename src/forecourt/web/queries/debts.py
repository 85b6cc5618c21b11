"""What the pages of debts and of long jobs show."""

from dataclasses import dataclass

from forecourt.flows.ports import Run, Store
from forecourt.kernel import DriverId, Money, NotFound, OperatorId
from forecourt.payments import WRITTEN_OFF, Declined, DunningCase, DunningRules, lost_of
from forecourt.web.queries.refusals import decline_words


@dataclass(frozen=True, slots=True)
class DebtRow:
    """reason: the processor's word where a card was declined; empty where nobody could be asked. lost: what of it is given up."""

    case: DunningCase
    driver: str
    email: str
    reason: str
    tries: int
    lost: Money


@dataclass(frozen=True, slots=True)
class Debts:
    zone: str
    currency: str
    rows: tuple[DebtRow, ...]
    given_up: tuple[DebtRow, ...]
    closed: tuple[DebtRow, ...]
    owed: tuple[Money, ...]
    rules: DunningRules
    last_run: Run | None


@dataclass(frozen=True, slots=True)
class Due:
    """A debt as its driver sees it. taken: it is being taken at this moment."""

    case: DunningCase
    zone: str
    reason: str
    taken: bool


def debts_of(store: Store, operator_id: OperatorId) -> Debts:
    operator = store.stations.operator(operator_id)
    rows = [_row(store, one) for one in store.dunning.cases(operator_id)]
    waiting = [one for one in rows if one.case.open]
    sums: dict[str, Money] = {}
    for one in waiting:
        owed = one.case.owed
        sums[owed.currency] = sums.get(owed.currency, Money.zero(owed.currency)) + owed
    last = next((one for one in store.runs.recent(operator_id) if one.kind == "dunning"), None)
    given_up = tuple(one for one in rows if one.case.outcome == WRITTEN_OFF)
    closed = tuple(one for one in rows if not one.case.open and one not in given_up)[:20]
    known = (tuple(waiting), given_up, closed, tuple(sums.values()))
    return Debts(operator.zone, operator.currency, *known, store.dunning.rules(operator_id), last)


def dues_of(store: Store, driver_id: DriverId) -> tuple[Due, ...]:
    return tuple(_due(store, one) for one in store.dunning.of_driver(driver_id) if one.open)


def runs_of(store: Store, operator_id: OperatorId) -> tuple[str, tuple[Run, ...]]:
    """The operator's zone and its runs, newest first."""
    return store.stations.operator(operator_id).zone, tuple(store.runs.recent(operator_id))


def _due(store: Store, case: DunningCase) -> Due:
    payments = store.payments.of_document(case.document_id)
    taken = any(one.asked for one in payments)
    return Due(case, store.stations.operator(case.operator_id).zone, _reason(store, case), taken)


def _row(store: Store, case: DunningCase) -> DebtRow:
    try:
        driver = store.drivers.driver(case.driver_id)
        name, email = driver.name, driver.email
    except NotFound:
        name, email = "A driver who is gone", ""
    posted = [one.txn for one in store.ledger.of_subject(case.document_id)] if case.outcome == WRITTEN_OFF else []
    lost = lost_of(case.driver_id, case.amount.currency, posted)
    return DebtRow(case, name, email, _reason(store, case), len(store.payments.of_document(case.document_id)), lost)


def _reason(store: Store, case: DunningCase) -> str:
    declined = [one.state for one in store.payments.of_document(case.document_id) if isinstance(one.state, Declined)]
    return decline_words(declined[-1].code) if declined else ""
