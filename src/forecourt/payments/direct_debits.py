"""Statements collected by direct debit: requested from the bank by a file, booked from the bank's own statement, possibly reversed."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from forecourt.billing import AccountStatement
from forecourt.kernel import Conflict, Money, PaymentId
from forecourt.ledger import BANK, Posting, Txn, receivable
from forecourt.payments.model import Captured, Charging, Declined, Payment, Released, check_amount
from forecourt.payments.transitions import Transition

# The method of a payment collected by the operator's bank.
DEBIT = "debit"
# Why such a payment was released after its payer had been told that the announced day no longer holds.
_CALLED_OFF = "called off"


def request_debit(statement: AccountStatement, amount: Money, payment_id: PaymentId, at: datetime) -> Transition:
    """Start collecting a statement: it will be put in a file, without a processor. Raises BadInput."""
    check_amount(amount)
    state = Charging(amount, at)
    details = (statement.operator_id, statement.driver_id, DEBIT, amount.currency, at, state)
    return Transition(Payment(payment_id, *details, document_id=statement.id))


def withdraw_debit(payment: Payment, at: datetime, called_off: bool = False) -> Transition:
    """The payment's file was never given to the bank. called_off: the payer is told so. Raises Conflict."""
    _requested_amount(payment)
    return Transition(replace(payment, state=Released(at, _CALLED_OFF if called_off else "withdrawn")))


def is_debit_called_off(payments: Iterable[Payment]) -> bool:
    """Whether an announced debit was called off, so that the next one must be announced again."""
    return any(one.method == DEBIT and isinstance(one.state, Released) and one.state.why == _CALLED_OFF for one in payments)


def debit_collected(payment: Payment, amount: Money, reference: str, at: datetime) -> Transition:
    """The money has arrived, even if its file was declared not sent. amount: what the file requested. reference: the one on the bank's
    statement. Raises Conflict."""
    if payment.method != DEBIT or not isinstance(payment.state, Released):
        amount = _requested_amount(payment)
    posting = Posting(receivable(payment.driver_id), BANK, amount)
    txn = Txn(f"debit/{payment.id}", payment.operator_id, at, f"Collected by direct debit {reference}", payment.id, (posting,))
    return Transition(replace(payment, state=Captured(amount, reference, at, Money.zero(amount.currency))), txns=(txn,))


def debit_refused(payment: Payment, code: str, at: datetime) -> Transition:
    """The bank did not collect the money, or reversed the debit. code: its reason. Raises Conflict if neither is possible."""
    if not isinstance(payment.state, Captured):
        return Transition(replace(payment, state=Declined(_requested_amount(payment), at, code)))
    amount, name = payment.state.amount, payment.state.reference
    posting = Posting(BANK, receivable(payment.driver_id), amount)
    text = f"Direct debit {name} came back {code}".strip()
    txn = Txn(f"debit-back/{payment.id}", payment.operator_id, at, text, payment.id, (posting,))
    return Transition(replace(payment, state=Declined(amount, at, code)), txns=(txn,))


def _requested_amount(payment: Payment) -> Money:
    if payment.method != DEBIT or not isinstance(payment.state, Charging):
        raise Conflict("not_collected", f"A payment that is {payment.state_name} is not being collected.", "Look again.")
    return payment.state.amount
