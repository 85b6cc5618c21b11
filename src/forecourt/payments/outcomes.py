"""What the processor's answers and records do to a payment. Late, repeated and reordered news changes nothing."""

from dataclasses import replace
from datetime import datetime

from forecourt.kernel import Money
from forecourt.ledger import CLEARING, Posting, Txn, held_on_card, holdable, receivable
from forecourt.payments.model import (
    Captured,
    Capturing,
    Charging,
    Declined,
    Expired,
    Held,
    HoldAsked,
    Payment,
    Pending,
    Refunding,
    Released,
    Releasing,
    Unknown,
)
from forecourt.payments.moves import Moved, order_of, release
from forecourt.payments.orders import Accepted, Answer, PaymentOrder, ProcessorEvent, ProcessorRecord, Rejected, Unanswered

# How the processor says that a hold is gone.
GONE = ("hold_expired", "hold_released")


def answered(payment: Payment, order: PaymentOrder, answer: Answer, at: datetime) -> Moved:
    """The payment after an answer to an order. An answer to anything but the order it waits for changes nothing."""
    pending = _pending(payment)
    if pending is None or order_of(payment).key != order.key:
        return Moved(payment)
    if isinstance(answer, Unanswered):
        since = payment.state.since if isinstance(payment.state, Unknown) else at
        return Moved(replace(payment, state=Unknown(pending, since, answer.error)))
    return _done(payment, pending, answer) if isinstance(answer, Accepted) else _refused(payment, pending, answer, at)


def found(payment: Payment, record: ProcessorRecord, at: datetime) -> Moved:
    """The payment after reading the processor's own record of it: what happened there has happened."""
    pending = _pending(payment)
    if pending is not None:
        answer = _answer_in(pending, record)
        return answered(payment, order_of(payment), answer, at) if answer else Moved(payment)
    state = payment.state
    if isinstance(state, Held) and record.status == "captured":
        taking = Capturing(state.amount, record.captured, state.reference, at)
        return _done(payment, taking, Accepted(state.reference, record.at))
    if isinstance(state, Held) and record.status in ("expired", "released"):
        return lapse(payment, record.at)
    if isinstance(state, Captured) and record.refunded > state.refunded:
        more = record.refunded - state.refunded
        giving = Refunding(state.amount, more, state.refunded, state.reference, state.captured_at, at, "found at the processor")
        return _done(payment, giving, Accepted(state.reference, record.at))
    return Moved(payment)


def is_news(payment: Payment, event: ProcessorEvent) -> bool:
    """Whether an event can tell what we do not know: a late or repeated one is of a state the payment has been through."""
    known: dict[type, tuple[str, ...]] = {
        Held: ("held",),
        Capturing: ("held",),
        Releasing: ("held",),
        Captured: ("held", "captured"),
        Released: ("held", "released"),
        Expired: ("held", "expired"),
        Declined: ("declined",),
    }
    return event.name not in known.get(type(payment.state), ())


def lapse(payment: Payment, at: datetime) -> Moved:
    """A hold that the processor has let go by itself."""
    if not isinstance(payment.state, Held):
        return Moved(payment)
    return Moved(replace(payment, state=Expired(at)), txns=(_unhold(payment, payment.state.amount, at),))


def _pending(payment: Payment) -> Pending | None:
    state = payment.state.pending if isinstance(payment.state, Unknown) else payment.state
    return state if isinstance(state, HoldAsked | Capturing | Releasing | Charging | Refunding) else None


def _done(payment: Payment, pending: Pending, answer: Accepted) -> Moved:
    at = answer.at
    match pending:
        case HoldAsked():
            held = Held(pending.amount, answer.reference, answer.expires_at or at, at)
            moved = Moved(replace(payment, state=held), txns=(_hold(payment, pending.amount, at),))
            if not pending.unwanted:
                return moved
            returned = release(moved.payment, pending.unwanted, at)
            return Moved(returned.payment, returned.orders, moved.txns)
        case Capturing():
            txns = (_unhold(payment, pending.hold, at), _capture(payment, pending.amount, at))
            return Moved(_captured(payment, pending.amount, pending.reference, at), txns=txns)
        case Charging():
            return Moved(_captured(payment, pending.amount, answer.reference, at), txns=(_capture(payment, pending.amount, at),))
        case Releasing():
            return Moved(replace(payment, state=Released(at, pending.why)), txns=(_unhold(payment, pending.hold, at),))
        case Refunding():
            total = pending.refunded + pending.amount
            state = Captured(pending.captured, pending.reference, pending.captured_at, total)
            return Moved(replace(payment, state=state), txns=(_refund(payment, pending.amount, total, at),))


def _refused(payment: Payment, pending: Pending, answer: Rejected, at: datetime) -> Moved:
    match pending:
        case HoldAsked() | Charging():
            return Moved(replace(payment, state=Declined(pending.amount, at, answer.code, answer.text)))
        case Capturing():
            over = Expired(at) if answer.code in GONE else Declined(pending.amount, at, answer.code, answer.text)
            return Moved(replace(payment, state=over), txns=(_unhold(payment, pending.hold, at),))
        case Releasing():
            gone = Expired(at) if answer.code == "hold_expired" else Released(at, pending.why)
            return Moved(replace(payment, state=gone), txns=(_unhold(payment, pending.hold, at),))
        case Refunding():
            kept = Captured(pending.captured, pending.reference, pending.captured_at, pending.refunded)
            return Moved(replace(payment, state=kept))


def _answer_in(pending: Pending, record: ProcessorRecord) -> Answer | None:
    """What a record says about the thing asked; None while it says nothing yet."""
    accepted = Accepted(record.reference, record.at, record.expires_at)
    rejected = Rejected(record.code or ("declined" if record.status == "declined" else f"hold_{record.status}"))
    says: dict[str, Answer] = {}
    match pending:
        case HoldAsked():
            says = {"held": accepted, "declined": rejected, "expired": rejected, "released": rejected}
        case Capturing():
            says = {"captured": accepted, "expired": rejected, "released": rejected}
        case Releasing():
            says = {"released": accepted, "expired": rejected}
        case Charging():
            says = {"captured": accepted, "declined": rejected}
        case Refunding():
            says = {"captured": accepted} if record.refunded >= pending.refunded + pending.amount else {}
    return says.get(record.status)


def _captured(payment: Payment, amount: Money, reference: str, at: datetime) -> Payment:
    return replace(payment, state=Captured(amount, reference, at, Money.zero(amount.currency)))


def _hold(payment: Payment, amount: Money, at: datetime) -> Txn:
    posting = Posting(holdable(payment.driver_id), held_on_card(payment.driver_id), amount)
    return Txn(f"hold/{payment.id}", payment.operator_id, at, "Held on card", payment.id, (posting,))


def _unhold(payment: Payment, amount: Money, at: datetime) -> Txn:
    posting = Posting(held_on_card(payment.driver_id), holdable(payment.driver_id), amount)
    return Txn(f"unhold/{payment.id}", payment.operator_id, at, "Hold ended", payment.id, (posting,))


def _capture(payment: Payment, amount: Money, at: datetime) -> Txn:
    posting = Posting(receivable(payment.driver_id), CLEARING, amount)
    return Txn(f"capture/{payment.id}", payment.operator_id, at, "Payment captured", payment.id, (posting,))


def _refund(payment: Payment, amount: Money, total: Money, at: datetime) -> Txn:
    posting = Posting(CLEARING, receivable(payment.driver_id), amount)
    return Txn(f"refund/{payment.id}/{total.minor}", payment.operator_id, at, "Payment refunded", payment.id, (posting,))
