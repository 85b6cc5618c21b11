"""Dunning from a failed payment to the last reminder: a case is opened in the commit of the failure and closed in that of the payment.

Whoever changes a case must hold its document's lock.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.money_notices import notify_debt
from forecourt.flows.desk.runs import day_of_run
from forecourt.flows.paying.mandates import mandate_for
from forecourt.flows.paying.pay import charge, is_being_charged, outstanding, store_transition, unpaid
from forecourt.flows.paying.payables import Payable, has_open_complaint, is_owed_elsewhere, lock_payable, share_payment
from forecourt.flows.paying.recovered_debts import amount_written_off, reverse_credited_write_off, reverse_paid_write_off
from forecourt.flows.ports.job_runs import Run
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, DocumentId, DriverId, Ids, Money, NotFound, OperatorId, PaymentId
from forecourt.payments import (
    CREDITED,
    WRITTEN_OFF,
    DunningCase,
    DunningRules,
    DunningStep,
    Payment,
    close_case,
    debit_was_refused,
    fee_waiver,
    next_dunning_step,
    paid_by_transfer,
    reopen_case,
)


class DunningRun:
    """The daily job: all cases with a step to take, and all overdue invoices."""

    name = "dunning"

    def period(self, store: Store, operator_id: OperatorId, at: datetime) -> str:
        return day_of_run(store, operator_id, at)

    def subjects(self, store: Store, run: Run, limit: int) -> Sequence[UUID]:
        return store.dunning.due(run.operator_id, run.started_at, store.dunning.rules(run.operator_id).due_days, run.after, limit)

    def count(self, store: Store, run: Run) -> int:
        return len(self.subjects(store, run, 1_000_000))

    def work(self, store: Store, run: Run, subject: UUID, at: datetime, ids: Ids) -> None:
        take_dunning_step(store, DocumentId(subject), at, ids)


def open_dunning_case(store: Store, document_id: DocumentId, since: datetime, at: datetime) -> DunningCase | None:
    """A payment failed, or fell due and could not be charged: open a case for the document. An open case stays as it is."""
    invoice = lock_payable(store, document_id)
    if invoice is None or is_owed_elsewhere(store, invoice):
        return None
    known = store.dunning.case(document_id)
    missing = outstanding(store, invoice)
    if missing.minor <= 0 or (known is not None and known.open):
        return known
    rules = store.dunning.rules(invoice.operator_id)
    opened = DunningCase(document_id, invoice.operator_id, invoice.driver_id, invoice.number, missing, since)
    opened = opened if known is None else reopen_case(known, missing, since, rules)
    if known is not None and known.notices:
        notify_debt(store, opened, at, again=True)
    return _store_step(store, next_dunning_step(opened, rules, at), at)


def close_case_if_paid(store: Store, document_id: DocumentId, at: datetime) -> None:
    """A payment for a document came in: close its case, and unblock the driver, once everything is paid."""
    invoice = lock_payable(store, document_id)
    case = store.dunning.case(document_id)
    if invoice is None or case is None:
        return
    if case.outcome == WRITTEN_OFF:
        reverse_paid_write_off(store, invoice, case, at)
    elif case.open and (
        (outstanding(store, invoice).minor <= 0 and not is_being_charged(store, invoice)) or unpaid(store, invoice).minor <= 0
    ):
        store.dunning.put(close_case(case, "paid", at))


def close_case_as_credited(store: Store, payable: Payable, at: datetime) -> None:
    """Credit notes cover the whole document: its reminder fees are waived, and it is no longer a loss. The caller holds its
    lock."""
    case = store.dunning.case(payable.id)
    if case is not None and (case.open or case.outcome == WRITTEN_OFF):
        reverse_credited_write_off(store, payable, at)
        undone = fee_waiver(case, at)
        if undone is not None:
            store.ledger.post(undone)
        store.dunning.put(replace(close_case(case, CREDITED, at), outcome=CREDITED))


def take_dunning_step(store: Store, document_id: DocumentId, at: datetime, ids: Ids) -> DunningCase | None:
    """Take today's step for a debt: its next reminder, or a retry of the stored method; an overdue invoice is first charged.

    Nothing happens while a payment is under way or its outcome unknown, or while a complaint about the debt is open. Repeating it
    has no further effect.
    """
    invoice = lock_payable(store, document_id)
    if invoice is None or is_being_charged(store, invoice) or is_owed_elsewhere(store, invoice) or has_open_complaint(store, invoice):
        return None
    driver = store.drivers.driver(invoice.driver_id)
    case = store.dunning.case(document_id)
    if case is None:
        if mandate_for(store, invoice, at):
            return None  # the operator collects it
        if driver.payment_method and not store.payments.of_document(document_id):
            charge(store, invoice, driver, at, ids)
            return None
        return open_dunning_case(store, document_id, at, at)
    if mandate_for(store, invoice, at) and not debit_was_refused(store.payments.of_document(document_id)):
        return case  # its payer has meanwhile agreed to direct debit
    reminded = next_dunning_step(case, store.dunning.rules(invoice.operator_id), at)
    stored_case = _store_step(store, reminded, at)
    if reminded.retry and driver.payment_method:
        charge(store, invoice, driver, at, ids)
    return stored_case


def pay_now(store: Store, driver_id: DriverId, document_id: DocumentId, at: datetime, ids: Ids) -> Payment:
    """Charge what is owed to the stored method at once, at the driver's request. Raises Conflict if it is already being charged."""
    invoice = lock_payable(store, document_id)
    if invoice is None or invoice.driver_id != driver_id:
        raise NotFound("document", "You owe nothing for that document.")
    if is_being_charged(store, invoice):
        raise Conflict("being_paid", f"A payment for {invoice.number} is in progress.", "Try again in a minute.")
    driver = store.drivers.driver(driver_id)
    payments = charge(store, invoice, driver, at, ids)
    if not payments:
        raise Conflict("paid_already", f"{invoice.number} is paid.")
    return payments[0]


def record_transfer(store: Store, by: Staff, document_id: DocumentId, reference: str, received: Money | None = None) -> Payment:
    """What is owed, or part of what was written off, came in by bank transfer. Raises Conflict if nothing is owed, or a card is being
    charged."""
    invoice = own_payable(store, by, document_id)
    text = reference.strip()[:80]
    if not text:
        raise BadInput("reference", "The transfer has no reference.", "Enter the one on the bank statement.")
    amount = _late_payment(store, invoice, received)
    if amount is None:
        amount = amount_owed_now(store, invoice)
        if received not in (None, amount):
            raise BadInput("amount", f"{received} is not the {amount} owed.", "A debt that was not written off is paid in full.")
    payment = store_transition(store, paid_by_transfer(invoice, amount, text, PaymentId(by.ids.new(by.at)), by.at), by.at, by.ids)
    close_case_if_paid(store, document_id, by.at)
    if not amount_written_off(store, invoice):
        share_payment(store, invoice, by.at, by.ids)
    note(store, by, "payment.transfer", document_id, f"{invoice.number}: {amount}, {text}")
    return payment


def set_dunning_rules(store: Store, by: Staff, rules: DunningRules) -> None:
    """Set the rules for the next step of every case."""
    store.dunning.put_rules(by.operator_id, rules)
    days = ", ".join(f"{level.after_days} d{f' {level.fee}' if level.fee else ''}" for level in rules.levels)
    note(store, by, "dunning.rules", by.operator_id, f"{days}; blocks from level {rules.blocks_from}")


def _store_step(store: Store, reminded: DunningStep, at: datetime) -> DunningCase:
    if reminded.txn is not None:
        store.ledger.post(reminded.txn)
    store.dunning.put(reminded.case)
    if reminded.case.open:
        notify_debt(store, reminded.case, at)
    return reminded.case


def own_payable(store: Store, by: Staff, document_id: DocumentId) -> Payable:
    """The operator's own document, locked. Raises NotFound."""
    invoice = lock_payable(store, document_id)
    if invoice is None or invoice.operator_id != by.operator_id:
        raise NotFound("document", "There is no such document.")
    return invoice


def _late_payment(store: Store, invoice: Payable, stated: Money | None) -> Money | None:
    """The amount that came in for a written-off document; None if it is not written off."""
    if is_owed_elsewhere(store, invoice) or not (written_off_part := amount_written_off(store, invoice)):
        return None
    received = written_off_part if stated is None else stated
    if not 0 < received.minor <= written_off_part.minor:
        raise BadInput("amount", f"{received} is not part of the {written_off_part} written off.", f"Enter at most {written_off_part}.")
    return received


def amount_owed_now(store: Store, invoice: Payable) -> Money:
    """The amount owed. Raises Conflict if there is none, or if it is being charged right now."""
    if is_owed_elsewhere(store, invoice):
        raise Conflict("owed_elsewhere", f"{invoice.number} was credited, or is on a monthly statement.", "Nothing is owed for it.")
    if is_being_charged(store, invoice):
        raise Conflict("being_paid", f"A payment for {invoice.number} is in progress.", "Try again in a minute.")
    amount = outstanding(store, invoice)
    if amount.minor <= 0:
        raise Conflict("paid_already", f"{invoice.number} is paid.")
    return amount
