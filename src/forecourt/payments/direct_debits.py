"""A statement collected by direct debit: asked of the bank by a file, booked by the bank's own statement, which may take it back again."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from forecourt.billing import AccountStatement
from forecourt.kernel import Conflict, Money, PaymentId
from forecourt.ledger import BANK, Posting, Txn, receivable
from forecourt.payments.model import Captured, Charging, Declined, Payment, Released, check_amount
from forecourt.payments.moves import Moved

# The method of a payment that the operator's bank collects.
DEBIT = "debit"
# Of one whose payer was told that it is not collected on the day that was announced.
_CALLED_OFF = "called off"


def ask_debit(statement: AccountStatement, amount: Money, payment_id: PaymentId, at: datetime) -> Moved:
    """It goes into a file; no processor has to do with it. Raises BadInput."""
    check_amount(amount)
    state = Charging(amount, at)
    about = (statement.operator_id, statement.driver_id, DEBIT, amount.currency, at, state)
    return Moved(Payment(payment_id, *about, document_id=statement.id))


def debit_withdrawn(payment: Payment, at: datetime, called_off: bool = False) -> Moved:
    """Its file was never given to the bank. called_off: its payer is told. Raises Conflict."""
    _asked_of(payment)
    return Moved(replace(payment, state=Released(at, _CALLED_OFF if called_off else "withdrawn")))


def debit_called_off(payments: Iterable[Payment]) -> bool:
    """A day was announced and then called off: what is collected is to be announced again."""
    return any(one.method == DEBIT and isinstance(one.state, Released) and one.state.why == _CALLED_OFF for one in payments)


def debited(payment: Payment, amount: Money, reference: str, at: datetime) -> Moved:
    """The money has come, also by a file that was said not to be sent. amount: that its file asked for. reference: by which the bank's
    statement tells of it. Raises Conflict."""
    if payment.method != DEBIT or not isinstance(payment.state, Released):
        amount = _asked_of(payment)
    posting = Posting(receivable(payment.driver_id), BANK, amount)
    txn = Txn(f"debit/{payment.id}", payment.operator_id, at, f"Collected by direct debit {reference}", payment.id, (posting,))
    return Moved(replace(payment, state=Captured(amount, reference, at, Money.zero(amount.currency))), txns=(txn,))


def debit_refused(payment: Payment, code: str, at: datetime) -> Moved:
    """The bank did not collect it, or has taken it back. code: its reason. Raises Conflict where neither can be."""
    if not isinstance(payment.state, Captured):
        return Moved(replace(payment, state=Declined(_asked_of(payment), at, code)))
    amount, name = payment.state.amount, payment.state.reference
    posting = Posting(BANK, receivable(payment.driver_id), amount)
    text = f"Direct debit {name} came back {code}".strip()
    txn = Txn(f"debit-back/{payment.id}", payment.operator_id, at, text, payment.id, (posting,))
    return Moved(replace(payment, state=Declined(amount, at, code)), txns=(txn,))


def _asked_of(payment: Payment) -> Money:
    if payment.method != DEBIT or not isinstance(payment.state, Charging):
        raise Conflict("not_collected", f"A payment that is {payment.state_name} is not being collected.", "Look again.")
    return payment.state.amount
