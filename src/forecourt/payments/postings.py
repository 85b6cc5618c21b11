"""Ledger entries for payment transitions. The money comes from the card (clearing) or the prepaid balance, and settles what the
driver owes or tops up the balance."""

from datetime import datetime

from forecourt.kernel import Money
from forecourt.ledger import CLEARING, Account, Posting, Txn, held_on_card, held_on_wallet, holdable, receivable, wallet
from forecourt.payments.model import WALLET, Payment


def hold(payment: Payment, amount: Money, at: datetime) -> Txn:
    posting = Posting(holdable(payment.driver_id), _held(payment), amount)
    text = "Held on prepaid balance" if payment.method == WALLET else "Held on card"
    return Txn(f"hold/{payment.id}", payment.operator_id, at, text, payment.id, (posting,))


def increase_hold(payment: Payment, amount: Money, total: Money, at: datetime) -> Txn:
    posting = Posting(holdable(payment.driver_id), _held(payment), amount)
    return Txn(f"hold/{payment.id}/{total.minor}", payment.operator_id, at, "Held on card", payment.id, (posting,))


def end_hold(payment: Payment, amount: Money, at: datetime) -> Txn:
    posting = Posting(_held(payment), holdable(payment.driver_id), amount)
    return Txn(f"unhold/{payment.id}", payment.operator_id, at, "Hold ended", payment.id, (posting,))


def capture(payment: Payment, amount: Money, at: datetime) -> Txn:
    posting = Posting(_for(payment), _from(payment), amount)
    return Txn(f"capture/{payment.id}", payment.operator_id, at, _captured(payment), payment.id, (posting,))


def refund(payment: Payment, amount: Money, total: Money, at: datetime) -> Txn:
    posting = Posting(_from(payment), _for(payment), amount)
    text = "Top-up refunded" if payment.top_up else "Put back on prepaid balance" if payment.method == WALLET else "Payment refunded"
    return Txn(f"refund/{payment.id}/{total.minor}", payment.operator_id, at, text, payment.id, (posting,))


def bounce(payment: Payment, amount: Money, total: int, at: datetime) -> Txn:
    """Post a bounced refund. total: what all refunds have bounced so far, so that each has a key of its own."""
    posting = Posting(_for(payment), _from(payment), amount)
    return Txn(f"bounce/{payment.id}/{total}", payment.operator_id, at, "Refund came back", payment.id, (posting,))


def reserve_for_refund(payment: Payment, amount: Money, at: datetime) -> tuple[Txn, ...]:
    """Reserve a top-up while it is being refunded to the card, so that it cannot be spent. Nothing for other payments."""
    if not payment.top_up:
        return ()
    posting = Posting(holdable(payment.driver_id), held_on_wallet(payment.driver_id), amount)
    return (Txn(f"return/{payment.id}/{payment.attempt}", payment.operator_id, at, "Kept for a refund", payment.id, (posting,)),)


def end_refund_reservation(payment: Payment, amount: Money, at: datetime) -> tuple[Txn, ...]:
    """End the reservation made by `reserve_for_refund`: the refund is done, or refused."""
    if not payment.top_up:
        return ()
    posting = Posting(held_on_wallet(payment.driver_id), holdable(payment.driver_id), amount)
    return (Txn(f"returned/{payment.id}/{payment.attempt}", payment.operator_id, at, "Refund ended", payment.id, (posting,)),)


def _held(payment: Payment) -> Account:
    return held_on_wallet(payment.driver_id) if payment.method == WALLET else held_on_card(payment.driver_id)


def _from(payment: Payment) -> Account:
    return wallet(payment.driver_id) if payment.method == WALLET else CLEARING


def _for(payment: Payment) -> Account:
    return wallet(payment.driver_id) if payment.top_up else receivable(payment.driver_id)


def _captured(payment: Payment) -> str:
    if payment.top_up:
        return "Prepaid balance topped up"
    return "Paid from prepaid balance" if payment.method == WALLET else "Payment captured"
