"""Transfers above what a bill asks, as it is being collected or was already paid. A surplus on a statement pays the next one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from forecourt.billing import AccountStatement, Invoice
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.paying.barred_paybacks import follow_up_returned_money
from forecourt.flows.paying.dunning import close_case_if_paid
from forecourt.flows.paying.lost_disputes import unassigned_refund
from forecourt.flows.paying.pay import store_transition, unpaid
from forecourt.flows.paying.payables import Payable, is_owed_elsewhere, lock_payable, share_payment
from forecourt.flows.paying.refundable_amounts import file_of, withheld_amount
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, DocumentId, Ids, Money, NotFound, PaymentId
from forecourt.payments import DEBIT, WRITTEN_OFF, Payback, Payment, paid_by_transfer, payback_for_surplus


def accepts_overpayment(store: Store, payable: Payable) -> bool:
    """Whether any amount received for it can be assigned: it is not being charged to a card, disputed, written off, credited, or on a
    statement."""
    case, payments = store.dunning.case(payable.id), store.payments.of_document(payable.id)
    if is_owed_elsewhere(store, payable) or (case is not None and case.outcome == WRITTEN_OFF):
        return False
    return not any(one.pending_amount for one in payments if one.method != DEBIT) and not withheld_amount(store, payments, payable.currency)


def record_overpayment(store: Store, by: Staff, document_id: DocumentId, amount: Money, reference: str) -> list[Payment]:
    """Take the whole transfer for a bill: it pays what the bill lacks, even while that is being collected, and the rest awaits a transfer
    back (for a statement, or the next statement). Raises NotFound; BadInput for less than the bill lacks; Conflict if it is unclear what
    it lacks."""
    payable = lock_payable(store, document_id)
    if payable is None or payable.operator_id != by.operator_id:
        raise NotFound("document", "There is no such document.")
    if not accepts_overpayment(store, payable):
        text = f"{payable.number} is written off, credited, disputed, on a statement, or being charged to a card."
        raise Conflict("bank_unclear", text, "Settle that first.")
    missing = max(unpaid(store, payable), Money.zero(payable.currency))
    if amount.currency != payable.currency or amount < missing:
        raise BadInput("amount", f"{amount} is less than the {missing} owed on {payable.number}.", "A bill is paid in full.")
    parts = [part for part in (missing, amount - missing) if part.minor > 0]
    payments = [
        store_transition(store, paid_by_transfer(payable, part, reference, PaymentId(by.ids.new(by.at)), by.at), by.at, by.ids)
        for part in parts
    ]
    close_case_if_paid(store, payable.id, by.at)
    share_payment(store, payable, by.at, by.ids)
    if isinstance(payable, Invoice) and (beyond := unassigned_refund(store, payable)).minor > 0:
        store.paybacks.put(payback_for_surplus(payable, payments[-1], beyond, by.ids.new(by.at), by.at))
    follow_up_returned_money(store, payable.id, by.at, by.ids)
    surplus_text = f", {amount - missing} beyond it" if amount > missing else ""
    note(store, by, "payment.transfer", payable.id, f"{payable.number}: {amount}, {reference}{surplus_text}")
    return payments


def apply_surplus(store: Store, statement: AccountStatement, at: datetime, ids: Ids) -> None:
    """Pay a new statement with payments that exceeded earlier ones, one by one, unless a file is to transfer them back."""
    system, used = Staff(statement.operator_id, "system", at, ids), False
    for payback, payment in _unused(store, statement):
        if unpaid(store, statement).minor <= 0:
            break
        store.paybacks.drop(payback.id)
        store.payments.put(replace(payment, document_id=statement.id))
        follow_up_returned_money(store, payback.note_id, at, ids)
        note(store, system, "payment.used", statement.id, f"{payback.amount} of {payback.number} for {statement.number}")
        used = True
    if used and unpaid(store, statement).minor <= 0:
        share_payment(store, statement, at, ids)
        follow_up_returned_money(store, statement.id, at, ids)


def _unused(store: Store, statement: AccountStatement) -> Iterator[tuple[Payback, Payment]]:
    """Whole payments that exceeded the statements they were made for and await a transfer back."""
    waiting = [one for one in store.paybacks.of_driver(statement.driver_id) if one.open and one.amount.currency == statement.currency]
    for known in sorted(waiting, key=lambda one: (one.note_id, one.owed_at, one.id)):
        earlier = lock_payable(store, known.note_id)
        payment, payback = store.payments.lock(known.payment_id), store.paybacks.lock(known.id)
        is_whole = payment is not None and payback is not None and payback.amount == payment.captured
        if isinstance(earlier, AccountStatement) and payment and payback and payback.open and is_whole and not file_of(store, payback):
            yield payback, payment
