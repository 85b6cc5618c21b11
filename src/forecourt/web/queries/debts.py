"""Data for the pages of debts and of long-running jobs."""

from dataclasses import dataclass

from markupsafe import Markup

from forecourt.drivers import Driver
from forecourt.flows.paying import payment_progress_of
from forecourt.flows.ports import ListOrders, ListPage, PageRequest, Run, Store, page_of
from forecourt.kernel import DriverId, Money, OperatorId
from forecourt.payments import WRITTEN_OFF, Declined, DunningCase, DunningRules, PaymentProgress, PaymentStatus, written_off_amount
from forecourt.web.queries.money_totals import total_by_currency
from forecourt.web.queries.qr_codes import girocode
from forecourt.web.queries.refusals import decline_text
from forecourt.wording import remittance_reference


@dataclass(frozen=True, slots=True)
class DebtRow:
    """reason: the processor's code if a card was declined; empty if there was nobody to charge. lost: the part written off. debited: it is
    to be collected by direct debit."""

    case: DunningCase
    driver: str
    email: str
    reason: str
    tries: int
    lost: Money
    debited: bool

    @property
    def given_up(self) -> bool:
        return self.case.outcome == WRITTEN_OFF


@dataclass(frozen=True, slots=True)
class Debts:
    """owed: the total. The rows of the page are open, written off, or closed otherwise. driver_name: the driver shown; empty: all."""

    zone: str
    currency: str
    page: ListPage[DebtRow]
    owed: tuple[Money, ...]
    rules: DunningRules
    last_run: Run | None
    driver_name: str = ""


@dataclass(frozen=True, slots=True)
class DriverDebt:
    """A debt as its driver sees it. being_charged: right now. bank: where to transfer; may be empty. reference: to state with
    it; code: the QR code that fills in the transfer. debit: how it is collected by direct debit, if it is."""

    case: DunningCase
    zone: str
    reason: str
    being_charged: bool
    bank: str
    reference: str
    code: Markup
    debit: PaymentProgress | None = None


def debts_of(store: Store, operator_id: OperatorId, page_request: PageRequest, driver: Driver | None = None) -> Debts:
    """driver: restricts it to one driver; None: all."""
    operator = store.stations.operator(operator_id)
    if driver is None:
        found, waiting = store.dunning.page(operator_id, page_request), store.dunning.waiting(operator_id)
    else:
        cases = store.dunning.of_driver(driver.id)
        found, waiting = page_of(cases, ListOrders.CASES, page_request), [one for one in cases if one.open]
    rules, last = store.dunning.rules(operator_id), store.job_runs.last(operator_id, "dunning")
    rows, totals = found.of(_row(store, one) for one in found.rows), total_by_currency(one.owed for one in waiting)
    return Debts(operator.zone, operator.currency, rows, totals, rules, last, driver.name if driver else "")


def driver_debts(store: Store, driver_id: DriverId) -> tuple[DriverDebt, ...]:
    return tuple(_driver_debt(store, one) for one in store.dunning.of_driver(driver_id) if one.open)


def _driver_debt(store: Store, case: DunningCase) -> DriverDebt:
    payments = store.payments.of_document(case.document_id)
    being_charged = any(one.pending_amount for one in payments)
    operator = store.stations.operator(case.operator_id)
    reference, code = remittance_reference(case.number, operator.bank), girocode(operator.legal_name, operator.bank, case.owed, case.number)
    return DriverDebt(case, operator.zone, _reason(store, case), being_charged, operator.bank, reference, code, _debit(store, case))


def _debit(store: Store, case: DunningCase) -> PaymentProgress | None:
    stated = store.statements.statement(case.document_id) if case.open else None
    progress = payment_progress_of(store, stated) if stated else None
    return progress if progress and progress.status is PaymentStatus.STATED_DEBIT else None


def _row(store: Store, case: DunningCase) -> DebtRow:
    driver = store.drivers.driver(case.driver_id)
    posted = [one.txn for one in store.ledger.of_subject(case.document_id)] if case.outcome == WRITTEN_OFF else []
    written_off = written_off_amount(case.driver_id, case.amount.currency, posted)
    tries, debited = len(store.payments.of_document(case.document_id)), _debit(store, case) is not None
    return DebtRow(case, driver.name, driver.email, _reason(store, case), tries, written_off, debited)


def _reason(store: Store, case: DunningCase) -> str:
    declined = [one.state for one in store.payments.of_document(case.document_id) if isinstance(one.state, Declined)]
    return decline_text(declined[-1].code) if declined else ""
