"""Money to be returned by bank transfer: promised by a credit note, booked when a person has transferred it."""

from datetime import date
from uuid import UUID

from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.money_notices import notify_payback_cancelled
from forecourt.flows.desk.operator_scope import operator_day
from forecourt.flows.desk.webhook_notices import report_paid_back
from forecourt.flows.paying.barred_paybacks import follow_up_returned_money, payable_paybacks
from forecourt.flows.paying.dunning import close_case_if_paid
from forecourt.flows.paying.pay import refund
from forecourt.flows.paying.payables import lock_payable
from forecourt.flows.paying.refundable_amounts import file_of
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, NotFound
from forecourt.payments import Payback, Payment, pay_back, payback_returned


def mark_paid_back(store: Store, by: Staff, payback_id: UUID, paid_on: date, reference: str) -> Payback:
    """It was transferred on that day, even if it should not have been. Raises Conflict if that was already recorded."""
    payback = _locked(store, by, payback_id)
    earliest, today = (operator_day(store, by.operator_id, at) for at in (payback.owed_at, by.at))
    paid, txn = pay_back(payback, paid_on, reference, by.at)
    if not earliest <= paid_on <= today:
        raise BadInput("paid_on", f"{paid_on} is not between the credit note and today.", "Enter the date on the bank statement.")
    store.paybacks.put(paid)
    store.ledger.post(txn)
    payment = store.payments.payment(paid.payment_id)
    if payment is not None:
        report_paid_back(store, paid, payment, by.at)
    refresh_paybacks(store, by, paid)
    note(store, by, "payback.paid", payback.note_id, f"{payback.number}: {payback.amount} on {paid_on}, {paid.reference}")
    return paid


def mark_payback_returned(store: Store, by: Staff, payback_id: UUID, reference: str) -> Payback:
    """The bank returned the transfer. Raises Conflict if that was already recorded."""
    payback = _locked(store, by, payback_id)
    reopened, txn = payback_returned(payback, reference, by.at)
    store.paybacks.put(reopened)
    store.ledger.post(txn)
    refresh_paybacks(store, by, reopened)
    close_case_if_paid(store, payback.note_id, by.at)  # if a statement asked for it once more
    summary = f"{payback.number}: {payback.amount} of {payback.reference}, {reference.strip()[:80]}"
    note(store, by, "payback.returned", payback.note_id, summary)
    return reopened


def retry_on_card(store: Store, by: Staff, payback_id: UUID) -> Payment:
    """Try the card again instead of a transfer. If refused or returned again, the amount is owed again. Raises Conflict if it was
    transferred, was itself paid by transfer, or another refund of its payment is under way."""
    payback = _locked(store, by, payback_id)
    if not payback.open:
        raise Conflict("paid_back_already", f"{payback.amount} of {payback.number} was already refunded on {payback.paid_on}.")
    store.paybacks.drop(payback.id)
    note(store, by, "payback.card", payback.note_id, f"{payback.number}: {payback.amount}")
    return refund(store, payback.payment_id, payback.amount, payback.number, by.at, by.ids)


def cancel_payback(store: Store, by: Staff, payback_id: UUID) -> None:
    """Drop a payback whose payer has the money another way, and tell them. Raises Conflict if it is payable, or in a file."""
    payback = _locked(store, by, payback_id)
    if not payback.open or payable_paybacks(store, [payback]):
        raise Conflict("payback_owed", f"{payback.amount} of {payback.number} has not been refunded yet.")
    if file := file_of(store, payback):
        raise Conflict("in_file", f"It is in file {file.number}.", "If your bank never received the file, withdraw it first.")
    store.paybacks.drop(payback.id)
    notify_payback_cancelled(store, payback, by.at)
    note(store, by, "payback.drop", payback.note_id, f"{payback.number}: {payback.amount}")


def refresh_paybacks(store: Store, by: Staff, payback: Payback) -> None:
    """Update the document's other paybacks after one was paid, came back or left a file."""
    payment = store.payments.payment(payback.payment_id)
    follow_up_returned_money(store, payment.document_id if payment else None, by.at, by.ids)


def _locked(store: Store, by: Staff, payback_id: UUID) -> Payback:
    """Lock the document first, then its payback, in the order used everywhere."""
    known = store.paybacks.payback(payback_id)
    payment = store.payments.payment(known.payment_id) if known else None
    if payment is not None and payment.document_id is not None:
        lock_payable(store, payment.document_id)
    payback = store.paybacks.lock(payback_id)
    if payback is None or payback.operator_id != by.operator_id:
        raise NotFound("payback", "There is no such refund.", "Check the list.")
    return payback
