"""Transitions between payment states. Pure: each returns the new payment, the orders to deliver and what to post."""

from dataclasses import dataclass, replace
from datetime import datetime

from forecourt.billing import AccountStatement, Invoice
from forecourt.kernel import BadInput, BookingId, Conflict, DocumentId, DriverId, EvseId, Money, OperatorId, PaymentId, SessionId
from forecourt.ledger import BANK, Posting, Txn, receivable
from forecourt.payments.model import (
    PAYER_PRESENT,
    AtPayer,
    Captured,
    Capturing,
    Charging,
    Held,
    HoldAsked,
    Payment,
    Refunding,
    Releasing,
    Unknown,
    Withdrawing,
)
from forecourt.payments.orders import Capture, Charge, OpenCharge, OpenHold, PaymentOrder, PlaceHold, Refund, Release
from forecourt.payments.postings import reserve_for_refund

# The method of a payment that came by bank transfer.
TRANSFER = "transfer"


@dataclass(frozen=True, slots=True)
class Payer:
    """Whose stored method is used. method: the processor's reference for it."""

    operator_id: OperatorId
    driver_id: DriverId
    method: str

    def __post_init__(self) -> None:
        if not self.method:
            raise Conflict("no_payment_method", "Your account has no stored card.", "Add one in your account.")


@dataclass(frozen=True, slots=True)
class Transition:
    """A payment after a transition, with what must be stored in the same commit."""

    payment: Payment
    orders: tuple[PaymentOrder, ...] = ()
    txns: tuple[Txn, ...] = ()


def begin_hold(payer: Payer, payment_id: PaymentId, evse_id: EvseId, amount: Money, at: datetime) -> Transition:
    """Request a hold before a charge at a socket."""
    state = HoldAsked(amount, at)
    payment = Payment(payment_id, payer.operator_id, payer.driver_id, payer.method, amount.currency, at, state, evse_id=evse_id)
    return Transition(payment, (pending_order(payment),))


def begin_booking_hold(payer: Payer, payment_id: PaymentId, booking_id: BookingId, amount: Money, at: datetime) -> Transition:
    """Request the hold that secures a guest's booking; the socket it will pay for is chosen later."""
    state = HoldAsked(amount, at)
    payment = Payment(payment_id, payer.operator_id, payer.driver_id, payer.method, amount.currency, at, state, booking_id=booking_id)
    return Transition(payment, (pending_order(payment),))


def begin_charge(
    payer: Payer, payment_id: PaymentId, document_id: DocumentId, session_id: SessionId | None, amount: Money, at: datetime
) -> Transition:
    """Request an amount at once, for a document."""
    payment = Payment(
        payment_id,
        payer.operator_id,
        payer.driver_id,
        payer.method,
        amount.currency,
        at,
        Charging(amount, at),
        session_id=session_id,
        document_id=document_id,
    )
    return Transition(payment, (pending_order(payment),))


def paid_by_transfer(invoice: Invoice | AccountStatement, amount: Money, reference: str, payment_id: PaymentId, at: datetime) -> Transition:
    """A document, or the rest of it, was paid by bank transfer: the money is already there, and no processor is involved."""
    state = Captured(amount, reference, at, Money.zero(amount.currency))
    payment = Payment(payment_id, invoice.operator_id, invoice.driver_id, TRANSFER, amount.currency, at, state, document_id=invoice.id)
    posting = Posting(receivable(invoice.driver_id), BANK, amount)
    return Transition(payment, txns=(Txn(f"transfer/{payment_id}", invoice.operator_id, at, "Paid by transfer", payment_id, (posting,)),))


def assign_to_session(payment: Payment, session_id: SessionId) -> Payment:
    """Tie a hold to one session for good."""
    if payment.session_id not in (None, session_id):
        raise Conflict("hold_tied", "This hold belongs to another charge.")
    return replace(payment, session_id=session_id)


def capture(payment: Payment, amount: Money, document_id: DocumentId, at: datetime) -> Transition:
    """Capture an amount of a hold for a document, never more than is held."""
    held = payment.state
    if not isinstance(held, Held):
        raise Conflict("not_held", f"A payment that is {payment.state_name} cannot be captured.")
    if amount > held.amount:
        raise BadInput("capture_above_hold", f"{amount} is more than the {held.amount} held.", "Take the rest by a second payment.")
    if held.expires_at <= at:
        raise Conflict("hold_expired", f"The hold of {held.amount} has expired.", "Charge the stored method instead.")
    state = Capturing(held.amount, amount, held.reference, at)
    return _with_pending_order(replace(payment, state=state, document_id=document_id, attempt=payment.attempt + 1))


def release(payment: Payment, why: str, at: datetime) -> Transition:
    """Release a hold. One still being placed is released as soon as it is in place; one that is gone stays gone."""
    state = payment.state
    if isinstance(state, Held):
        return _with_pending_order(replace(payment, state=Releasing(state.amount, state.reference, why, at), attempt=payment.attempt + 1))
    if isinstance(state, AtPayer):
        withdrawing = Withdrawing(state.amount, state.reference, why, at)
        return _with_pending_order(replace(payment, state=withdrawing, attempt=payment.attempt + 1))
    if isinstance(state, HoldAsked):
        return Transition(replace(payment, state=replace(state, unwanted=why)))
    if isinstance(state, Unknown) and isinstance(state.pending, HoldAsked):
        return Transition(replace(payment, state=replace(state, pending=replace(state.pending, unwanted=why))))
    if isinstance(state, Capturing | Charging | Captured | Refunding | Unknown):
        raise Conflict("not_held", f"A payment that is {payment.state_name} cannot be released.")
    return Transition(payment)


def refund(payment: Payment, amount: Money, reason: str, at: datetime) -> Transition:
    """Refund an amount of what was captured, never more than is left of it."""
    state = payment.state
    if not isinstance(state, Captured):
        raise Conflict("not_captured", f"A payment that is {payment.state_name} cannot be refunded.")
    refundable = payment.captured
    if amount > refundable:
        raise BadInput("refund_above_paid", f"{amount} is more than the {refundable} that can be refunded.", "Refund at most that.")
    refunding = Refunding(state.amount, amount, state.refunded, state.reference, state.captured_at, at, reason, state.bounced)
    transition = _with_pending_order(replace(payment, state=refunding, attempt=payment.attempt + 1))
    return replace(transition, txns=reserve_for_refund(transition.payment, amount, at))


def pending_order(payment: Payment) -> PaymentOrder:
    """The order that a pending (or unknown) payment waits for. The same payment gives the same order, under the same key."""
    state = payment.stage
    key = f"{payment.id}/{payment.attempt}"
    head = (payment.id, payment.operator_id)
    match state:
        case HoldAsked() if payment.is_direct_top_up:
            return OpenCharge(*head, state.amount, key, state.keep_card)
        case HoldAsked() if payment.method == PAYER_PRESENT:
            return OpenHold(*head, state.amount, key)
        case HoldAsked():
            return PlaceHold(*head, state.amount, payment.method, key)
        case Capturing():
            return Capture(*head, state.amount, payment.method, key, state.reference)
        case Releasing() | Withdrawing():
            return Release(*head, state.hold, payment.method, key, state.reference)
        case Charging():
            return Charge(*head, state.amount, payment.method, key)
        case Refunding():
            return Refund(*head, state.amount, payment.method, key, state.reference, state.refunded)
    raise Conflict("nothing_asked", f"A payment that is {payment.state_name} waits for nothing.")


def _with_pending_order(payment: Payment) -> Transition:
    return Transition(payment, (pending_order(payment),))
