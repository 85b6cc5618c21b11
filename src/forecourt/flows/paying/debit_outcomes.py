"""The outcome of a direct debit at the bank: it was collected, or it was refused or reversed and the statement is owed again."""

from datetime import date

from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.money_notices import tell_mandate_ended
from forecourt.flows.paying.barred_paybacks import after_money_back
from forecourt.flows.paying.dunning import failed, settled
from forecourt.flows.paying.pay import keep
from forecourt.flows.paying.payables import Payable, lock_payable, share_paid
from forecourt.flows.ports.store import Store
from forecourt.kernel import Money, NotFound, PaymentId
from forecourt.payments import Payment, debit_refused, debited, end_mandate, ends_mandate


def debit_came(store: Store, by: Staff, payment_id: PaymentId, amount: Money, reference: str) -> Payment:
    """amount: what its file requested; anything beyond what the statement still lacks, or is charged another way, belongs to its payer.
    Raises Conflict if it was already collected or refused."""
    payable, payment = _locked(store, by, payment_id)
    paid = keep(store, debited(payment, amount, reference, by.at), by.at, by.ids)
    settled(store, payable.id, by.at)
    share_paid(store, payable, by.at, by.ids)
    after_money_back(store, payable.id, by.at, by.ids)
    note(store, by, "debit.came", payable.id, f"{payable.number}: {paid.taken}, {reference}")
    return paid


def debit_failed(store: Store, by: Staff, payment_id: PaymentId, code: str, mandate: str, on: date) -> Payment:
    """code: the bank's reason; some of them end the mandate too. Raises Conflict if it was already refused."""
    payable, payment = _locked(store, by, payment_id)
    refused = keep(store, debit_refused(payment, code, by.at), by.at, by.ids)
    given = store.debits.mandate(by.operator_id, mandate)
    if given is not None and ends_mandate(code):
        store.debits.put_mandate(end_mandate(given, code, on))
        if given.ended_on is None:
            tell_mandate_ended(store, given, by.at)
    note(store, by, "debit.failed", payable.id, f"{payable.number}: {code or 'no reason given'}, {mandate}")
    failed(store, payable.id, by.at, by.at)
    if payment.taken:
        share_paid(store, payable, by.at, by.ids)
        after_money_back(store, payable.id, by.at, by.ids)
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
