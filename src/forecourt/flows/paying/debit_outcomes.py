"""The outcome of a direct debit at the bank: it was collected, or it was refused or reversed and the statement is owed again."""

from datetime import date

from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.money_notices import notify_mandate_ended
from forecourt.flows.paying.barred_paybacks import follow_up_returned_money
from forecourt.flows.paying.dunning import close_case_if_paid, open_dunning_case
from forecourt.flows.paying.pay import store_transition
from forecourt.flows.paying.payables import Payable, lock_payable, share_payment
from forecourt.flows.ports.store import Store
from forecourt.kernel import Money, NotFound, PaymentId
from forecourt.payments import Payment, code_ends_mandate, debit_collected, debit_refused, end_mandate


def record_debit_collected(store: Store, by: Staff, payment_id: PaymentId, amount: Money, reference: str) -> Payment:
    """amount: what its file requested; anything beyond what the statement still lacks, or is charged another way, belongs to its payer.
    Raises Conflict if it was already collected or refused."""
    payable, payment = _locked(store, by, payment_id)
    paid = store_transition(store, debit_collected(payment, amount, reference, by.at), by.at, by.ids)
    close_case_if_paid(store, payable.id, by.at)
    share_payment(store, payable, by.at, by.ids)
    follow_up_returned_money(store, payable.id, by.at, by.ids)
    note(store, by, "debit.came", payable.id, f"{payable.number}: {paid.taken}, {reference}")
    return paid


def record_debit_refused(store: Store, by: Staff, payment_id: PaymentId, code: str, mandate: str, on: date) -> Payment:
    """code: the bank's reason; some of them end the mandate too. Raises Conflict if it was already refused."""
    payable, payment = _locked(store, by, payment_id)
    refused = store_transition(store, debit_refused(payment, code, by.at), by.at, by.ids)
    stored = store.direct_debits.mandate(by.operator_id, mandate)
    if stored is not None and code_ends_mandate(code):
        store.direct_debits.put_mandate(end_mandate(stored, code, on))
        if stored.ended_on is None:
            notify_mandate_ended(store, stored, by.at)
    note(store, by, "debit.failed", payable.id, f"{payable.number}: {code or 'no reason given'}, {mandate}")
    open_dunning_case(store, payable.id, by.at, by.at)
    if payment.taken:
        share_payment(store, payable, by.at, by.ids)
        follow_up_returned_money(store, payable.id, by.at, by.ids)
    return refused


def _locked(store: Store, by: Staff, payment_id: PaymentId) -> tuple[Payable, Payment]:
    """Lock the document first, then its payments, in the order used everywhere."""
    known = store.payments.payment(payment_id)
    payable = lock_payable(store, known.document_id) if known and known.document_id else None
    payment = store.payments.lock(payment_id)
    if payable and payment and payment.document_id and payment.document_id != payable.id:
        payable = lock_payable(store, payment.document_id)  # a later statement has taken over the payment
    if payable is None or payment is None or payment.operator_id != by.operator_id:
        raise NotFound("payment", "There is no such payment.")
    return payable, payment
