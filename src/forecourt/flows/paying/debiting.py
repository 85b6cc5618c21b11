"""What a bank did of a collection: the money has come, or it was refused or taken back, and the statement is owed again."""

from datetime import date

from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.telling import tell_mandate_ended
from forecourt.flows.paying.barred_paybacks import after_money_back
from forecourt.flows.paying.dunning import failed, settled
from forecourt.flows.paying.pay import keep
from forecourt.flows.paying.payables import Payable, lock_payable, share_paid
from forecourt.flows.ports.store import Store
from forecourt.kernel import Money, NotFound, PaymentId
from forecourt.payments import Payment, debit_refused, debited, end_mandate, ends_mandate


def debit_came(store: Store, by: Staff, payment_id: PaymentId, amount: Money, reference: str) -> Payment:
    """amount: that its file asked for; what the statement has been paid by then, or is asked of it beside, is its payer's. Raises Conflict
    where it came before or was refused."""
    payable, payment = _locked(store, by, payment_id)
    paid = keep(store, debited(payment, amount, reference, by.at), by.at, by.ids)
    settled(store, payable.id, by.at)
    share_paid(store, payable, by.at, by.ids)
    after_money_back(store, payable.id, by.at, by.ids)
    note(store, by, "debit.came", payable.id, f"{payable.number}: {paid.taken}, {reference}")
    return paid


def debit_failed(store: Store, by: Staff, payment_id: PaymentId, code: str, mandate: str, on: date) -> Payment:
    """code: the bank's reason; of some the mandate ends with it. Raises Conflict where it was refused before."""
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
    """First the document, then its payments: as everybody does."""
    known = store.payments.payment(payment_id)
    payable = lock_payable(store, known.document_id) if known and known.document_id else None
    payment = store.payments.lock(payment_id)
    if payable and payment and payment.document_id and payment.document_id != payable.id:
        payable = lock_payable(store, payment.document_id)  # a later statement took it meanwhile
    if payable is None or payment is None or payment.operator_id != by.operator_id:
        raise NotFound("payment", "There is no such payment.")
    return payable, payment
