"""What has to go back by bank transfer: promised by a credit note, booked when a person has transferred it."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.own import operator_zone
from forecourt.flows.paying.pay import refund
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, Money, NotFound, utc
from forecourt.payments import Captured, Payback, Payment, left_of, pay_back, payback_returned


def refundable(store: Store, payments: Iterable[Payment], currency: str) -> Money:
    """What of these payments is there, can go back, and is promised to nobody."""
    return sum((there(store, one) for one in payments if isinstance(one.state, Captured)), Money.zero(currency))


def there(store: Store, payment: Payment) -> Money:
    """Less what a cardholder's bank has of it, and what is on its way back."""
    zero = Money.zero(payment.currency)
    taken_back = sum((one.keeps_back for one in store.disputes.of_payment(payment.id)), zero)
    return max(zero, unpromised(store, payment) - taken_back)


def unpromised(store: Store, payment: Payment) -> Money:
    return left_of(payment, store.paybacks.of_payment(payment.id)) - payment.returning


def mark_paid_back(store: Store, by: Staff, payback_id: UUID, paid_on: date, reference: str) -> Payback:
    """It was transferred on that day. Raises Conflict where somebody has said so before."""
    payback = _locked(store, by, payback_id)
    zone = operator_zone(store, by.operator_id)
    first, today = (utc(at).astimezone(zone).date() for at in (payback.owed_at, by.at))
    paid, txn = pay_back(payback, paid_on, reference, by.at)
    if not first <= paid_on <= today:
        raise BadInput("paid_on", f"{paid_on} is not between the credit note and today.", "Write the day of the bank statement.")
    store.paybacks.put(paid)
    store.ledger.post(txn)
    note(store, by, "payback.paid", payback.note_id, f"{payback.number}: {payback.amount} on {paid_on}, {paid.reference}")
    return paid


def mark_returned(store: Store, by: Staff, payback_id: UUID, reference: str) -> Payback:
    """The bank sent the transfer back. Raises Conflict where somebody has said so before."""
    payback = _locked(store, by, payback_id)
    owed, txn = payback_returned(payback, reference, by.at)
    store.paybacks.put(owed)
    store.ledger.post(txn)
    said = f"{payback.number}: {payback.amount} of {payback.reference}, {reference.strip()[:80]}"
    note(store, by, "payback.returned", payback.note_id, said)
    return owed


def to_card_again(store: Store, by: Staff, payback_id: UUID) -> Payment:
    """The card is tried once more instead of a transfer. Refused or sent back again, it is owed again. Raises Conflict where it was
    transferred, came by transfer itself, or another refund of its payment is on its way."""
    payback = _locked(store, by, payback_id)
    if not payback.open:
        raise Conflict("paid_back_already", f"{payback.amount} of {payback.number} was paid back on {payback.paid_on}.")
    store.paybacks.drop(payback.id)
    note(store, by, "payback.card", payback.note_id, f"{payback.number}: {payback.amount}")
    return refund(store, payback.payment_id, payback.amount, payback.number, by.at, by.ids)


def _locked(store: Store, by: Staff, payback_id: UUID) -> Payback:
    payback = store.paybacks.lock(payback_id)
    if payback is None or payback.operator_id != by.operator_id:
        raise NotFound("payback", "Nothing of that kind is to be paid back.", "See the list.")
    return payback
