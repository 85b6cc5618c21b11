"""Amounts to be returned by bank transfer, because they came by one or their card cannot be refunded: owed until a person says paid."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID, uuid5

from forecourt.billing import AccountStatement, Invoice
from forecourt.kernel import BadInput, Conflict, DocumentId, DriverId, Money, OperatorId, PaymentId
from forecourt.ledger import BANK, Posting, Txn, receivable
from forecourt.payments.model import Payment


@dataclass(frozen=True, slots=True)
class Payback:
    """note_id, number: of the credit note that promised it, or of the bill that was overpaid. paid_on: the bank's day; None while owed.
    reference: of that transfer. returns: how often a transfer came back."""

    id: UUID
    operator_id: OperatorId
    driver_id: DriverId
    payment_id: PaymentId
    note_id: DocumentId
    number: str
    amount: Money
    owed_at: datetime
    paid_on: date | None = None
    reference: str = ""
    returns: int = 0

    def __post_init__(self) -> None:
        if self.amount.minor <= 0:
            raise BadInput("payback_amount", f"{self.amount} cannot be paid back.")

    @property
    def open(self) -> bool:
        return self.paid_on is None


def payback_for_note(note: Invoice, payment: Payment, amount: Money) -> Payback:
    """A credit note promises part of a payment back. The id is derived from both, so that it is promised only once."""
    payback_id = uuid5(payment.id, str(note.id))
    return Payback(payback_id, note.operator_id, payment.driver_id, payment.id, note.id, note.number, amount, note.issued_at)


def payback_for_refund(document: Invoice, payment: Payment, amount: Money, payback_id: UUID, at: datetime) -> Payback:
    """A refund did not reach its payer: it was refused, or bounced. document: the credit note that promised it."""
    return Payback(payback_id, document.operator_id, payment.driver_id, payment.id, document.id, document.number, amount, at)


def payback_for_surplus(payable: Invoice | AccountStatement, payment: Payment, amount: Money, payback_id: UUID, at: datetime) -> Payback:
    """Part of a payment exceeds what the bill asks: it was paid twice, or too much was paid."""
    return Payback(payback_id, payable.operator_id, payment.driver_id, payment.id, payable.id, payable.number, amount, at)


def pay_back(payback: Payback, paid_on: date, reference: str, at: datetime) -> tuple[Payback, Txn]:
    """Record the transfer. Booked at the time it is reported, never backdated; the text names the bank's day."""
    if not payback.open:
        raise Conflict("paid_back_already", f"{payback.amount} of {payback.number} was already refunded on {payback.paid_on}.")
    text = _reference(reference)
    posting = Posting(BANK, receivable(payback.driver_id), payback.amount)
    text_of_entry = f"{payback.number} paid back by transfer on {paid_on.isoformat()}"
    txn = Txn(payback_txn_key(payback), payback.operator_id, at, text_of_entry, payback.note_id, (posting,))
    return replace(payback, paid_on=paid_on, reference=text), txn


def payback_txn_key(payback: Payback) -> str:
    """The ledger key of the transfer that pays it."""
    return f"payback/{payback.id}/{payback.returns}" if payback.returns else f"payback/{payback.id}"


def payback_returned(payback: Payback, reference: str, at: datetime) -> tuple[Payback, Txn]:
    """The bank returned the transfer, so it is owed as before. reference: of the return."""
    if payback.open:
        raise Conflict("not_paid_back", f"{payback.amount} of {payback.number} has not been refunded yet.")
    times = payback.returns + 1
    posting = Posting(receivable(payback.driver_id), BANK, payback.amount)
    text_of_entry = f"{payback.number}: the transfer {payback.reference} came back, {_reference(reference)}"
    txn = Txn(f"payback/{payback.id}/returned/{times}", payback.operator_id, at, text_of_entry, payback.note_id, (posting,))
    return replace(payback, paid_on=None, reference="", returns=times), txn


def _reference(text: str) -> str:
    if not text.strip():
        raise BadInput("reference", "The transfer has no reference.", "Enter the one on the bank statement.")
    return text.strip()[:80]


def unpromised_amount(payment: Payment, paybacks: Iterable[Payback]) -> Money:
    """What is left of a payment and not promised to anyone. paybacks: of this payment, paid and owed."""
    return payment.captured - sum((one.amount for one in paybacks), Money.zero(payment.currency))
