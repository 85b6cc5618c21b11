"""Apply the processor's answers and records to a payment. Late, repeated or reordered news changes nothing."""

from dataclasses import replace
from datetime import datetime

from forecourt.kernel import Money
from forecourt.payments.model import (
    PAYER_PRESENT,
    AtPayer,
    Captured,
    Capturing,
    Charging,
    Declined,
    Expired,
    Held,
    HoldAsked,
    Payment,
    PaymentState,
    Pending,
    Refunding,
    Released,
    Releasing,
    Unknown,
    Withdrawing,
)
from forecourt.payments.orders import Accepted, Answer, Opened, PaymentOrder, ProcessorEvent, ProcessorRecord, Rejected, Unanswered
from forecourt.payments.postings import bounce, capture, end_hold, end_refund_reservation, hold, increase_hold, refund
from forecourt.payments.transitions import Transition, pending_order, release

# The processor's codes for a hold that is gone.
HOLD_GONE = ("hold_expired", "hold_released")


def apply_answer(payment: Payment, order: PaymentOrder, answer: Answer, at: datetime) -> Transition:
    """The payment after an answer to an order. An answer to any order but the one it waits for changes nothing."""
    pending = _pending(payment)
    if pending is None or pending_order(payment).key != order.key:
        return Transition(payment)
    if isinstance(answer, Unanswered):
        since = payment.state.since if isinstance(payment.state, Unknown) else at
        return Transition(replace(payment, state=Unknown(pending, since, answer.error)))
    if isinstance(answer, Opened):
        return _payer_page_opened(payment, pending, answer) if isinstance(pending, HoldAsked) else Transition(payment)
    return _apply_accepted(payment, pending, answer) if isinstance(answer, Accepted) else _apply_rejected(payment, pending, answer, at)


def apply_record(payment: Payment, record: ProcessorRecord, at: datetime) -> Transition:
    """The payment after reading the processor's own record, which is authoritative."""
    pending = _pending(payment)
    if record.status == "captured" and not payment.taken:
        return _apply_rest(_taken(payment, pending or payment.state, record), record, at)
    if pending is not None:
        is_requested = isinstance(pending, HoldAsked) and payment.method == PAYER_PRESENT
        # A payer whose card was refused may try another: the page is still open.
        answer = None if is_requested and record.status == "declined" else _answer_from(pending, record)
        if answer is not None:
            return _apply_rest(apply_answer(payment, pending_order(payment), answer, at), record, at)
        return _bounced(payment, pending, record, at) if isinstance(pending, Refunding) else Transition(payment)
    state = payment.state
    if isinstance(state, AtPayer):
        return _apply_payer_outcome(payment, state, record)
    if isinstance(state, Held) and record.status in ("expired", "released"):
        return lapse(payment, record.at)
    if isinstance(state, Held) and record.status == "held" and record.held > state.amount:  # the hold was increased at a terminal
        grown = increase_hold(payment, record.held - state.amount, record.held, at)
        return Transition(replace(payment, state=replace(state, amount=record.held)), txns=(grown,))
    if isinstance(state, Captured) and record.refunded > state.refunded:
        additional = record.refunded - state.refunded
        refunding = Refunding(
            state.amount, additional, state.refunded, state.reference, state.captured_at, at, "found at the processor", state.bounced
        )
        return _apply_rest(_apply_refund(payment, refunding, record.at), record, at)
    return _bounced(payment, state, record, at) if isinstance(state, Captured) else Transition(payment)


def _bounced(payment: Payment, state: Captured | Refunding, record: ProcessorRecord, at: datetime) -> Transition:
    """A refund that the payer's bank could not deliver came back to us days later, perhaps while another is under way. Both totals only
    grow, so a late record changes nothing."""
    total = min(record.bounced, state.refunded).minor if record.bounced else 0
    if total <= state.bounced:
        return Transition(payment)
    known = replace(state, bounced=total)
    state_after = replace(payment.state, pending=known) if isinstance(payment.state, Unknown) and isinstance(known, Refunding) else known
    additional = Money(total - state.bounced, payment.currency)
    return Transition(replace(payment, state=state_after), txns=(bounce(payment, additional, total, at),))


def _apply_rest(transition: Transition, record: ProcessorRecord, at: datetime) -> Transition:
    """Apply the rest of the record: more may have been refunded than we asked for."""
    if not isinstance(transition.payment.state, Captured):
        return transition
    rest = apply_record(transition.payment, record, at)
    return Transition(rest.payment, txns=transition.txns + rest.txns)


def is_news(payment: Payment, event: ProcessorEvent) -> bool:
    """Whether an event can tell us anything new; a late or repeated one concerns a state that the payment has already been through."""
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


def lapse(payment: Payment, at: datetime) -> Transition:
    """The processor has released a hold automatically."""
    if not isinstance(payment.state, Held):
        return Transition(payment)
    return Transition(replace(payment, state=Expired(at)), txns=(end_hold(payment, payment.state.amount, at),))


def _pending(payment: Payment) -> Pending | None:
    state = payment.stage
    return state if isinstance(state, HoldAsked | Withdrawing | Capturing | Releasing | Charging | Refunding) else None


def _payer_page_opened(payment: Payment, pending: HoldAsked, answer: Opened) -> Transition:
    """Now it is the payer's turn. If the payment is no longer wanted, the request is withdrawn at once."""
    opened = replace(payment, state=AtPayer(pending.amount, pending.requested_at, answer.reference, answer.page, answer.secret))
    return release(opened, pending.unwanted, answer.at) if pending.unwanted else Transition(opened)


def _taken(payment: Payment, state: PaymentState, record: ProcessorRecord) -> Transition:
    """Record a capture, whatever we knew or were about to do: the payer paid, someone else was quicker, or a terminal settled what had
    been given up here. The hold it came from is gone."""
    held = state.amount if isinstance(state, Held) else state.hold if isinstance(state, Capturing | Releasing) else None
    ended = (end_hold(payment, held, record.at),) if held else ()
    txns = (*ended, capture(payment, record.captured, record.at))
    return Transition(_captured(payment, record.captured, record.reference, record.at), txns=txns)


def _apply_payer_outcome(payment: Payment, state: AtPayer, record: ProcessorRecord) -> Transition:
    """Apply what the payer did. After a refusal another card may be tried: only the processor, or we, end the request."""
    match record.status:
        case "held":
            held = Held(record.held, record.reference, record.expires_at or record.at, record.at)
            return Transition(replace(payment, state=held), txns=(hold(payment, record.held, record.at),))
        case "declined":
            return Transition(replace(payment, state=replace(state, refusal=record.code or "declined")))
        case "released":
            return Transition(replace(payment, state=Released(record.at, "not put up")))
        case "expired":
            return Transition(replace(payment, state=Expired(record.at)))
    return Transition(payment)


def _apply_accepted(payment: Payment, pending: Pending, answer: Accepted) -> Transition:
    at = answer.at
    match pending:
        case HoldAsked():
            held = Held(pending.amount, answer.reference, answer.expires_at or at, at)
            transition = Transition(replace(payment, state=held), txns=(hold(payment, pending.amount, at),))
            if not pending.unwanted:
                return transition
            returned = release(transition.payment, pending.unwanted, at)
            return Transition(returned.payment, returned.orders, transition.txns)
        case Capturing():
            txns = (end_hold(payment, pending.hold, at), capture(payment, pending.amount, at))
            return Transition(_captured(payment, pending.amount, pending.reference, at), txns=txns)
        case Charging():
            return Transition(_captured(payment, pending.amount, answer.reference, at), txns=(capture(payment, pending.amount, at),))
        case Releasing():
            return Transition(replace(payment, state=Released(at, pending.why)), txns=(end_hold(payment, pending.hold, at),))
        case Withdrawing():
            return Transition(replace(payment, state=Released(at, pending.why)))
        case Refunding():
            transition = _apply_refund(payment, pending, at)
            return Transition(transition.payment, txns=(*end_refund_reservation(payment, pending.amount, at), *transition.txns))


def _apply_rejected(payment: Payment, pending: Pending, answer: Rejected, at: datetime) -> Transition:
    match pending:
        case HoldAsked() | Charging():
            return Transition(replace(payment, state=Declined(pending.amount, at, answer.code, answer.text)))
        case Capturing():
            state = Expired(at) if answer.code in HOLD_GONE else Declined(pending.amount, at, answer.code, answer.text)
            return Transition(replace(payment, state=state), txns=(end_hold(payment, pending.hold, at),))
        case Releasing():
            released = Expired(at) if answer.code == "hold_expired" else Released(at, pending.why)
            return Transition(replace(payment, state=released), txns=(end_hold(payment, pending.hold, at),))
        case Withdrawing():
            return Transition(replace(payment, state=Expired(at) if answer.code == "hold_expired" else Released(at, pending.why)))
        case Refunding():
            state_after = Captured(pending.captured, pending.reference, pending.captured_at, pending.refunded, pending.bounced)
            return Transition(replace(payment, state=state_after), txns=end_refund_reservation(payment, pending.amount, at))


def _answer_from(pending: Pending, record: ProcessorRecord) -> Answer | None:
    """What a record says about the pending request; None if it says nothing yet."""
    accepted = Accepted(record.reference, record.at, record.expires_at)
    rejected = Rejected(record.code or ("declined" if record.status == "declined" else f"hold_{record.status}"))
    outcomes: dict[str, Answer] = {}
    match pending:
        case HoldAsked():
            outcomes = {"held": accepted, "declined": rejected, "expired": rejected, "released": rejected}
        case Capturing():
            outcomes = {"expired": rejected, "released": rejected}
        case Releasing() | Withdrawing():
            outcomes = {"released": accepted, "expired": rejected}
        case Charging():
            outcomes = {"declined": rejected}
        case Refunding():
            outcomes = {"captured": accepted} if record.refunded >= pending.refunded + pending.amount else {}
    return outcomes.get(record.status)


def _apply_refund(payment: Payment, refunding: Refunding, at: datetime) -> Transition:
    total = refunding.refunded + refunding.amount
    state = Captured(refunding.captured, refunding.reference, refunding.captured_at, total, refunding.bounced)
    return Transition(replace(payment, state=state), txns=(refund(payment, refunding.amount, total, at),))


def _captured(payment: Payment, amount: Money, reference: str, at: datetime) -> Payment:
    return replace(payment, state=Captured(amount, reference, at, Money.zero(amount.currency)))
