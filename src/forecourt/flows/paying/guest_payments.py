"""How guests pay: by holds put up on the processor's page, and by paying what a bill lacks."""

from dataclasses import replace
from datetime import datetime

from forecourt.drivers import GuestBooking, GuestVisit
from forecourt.flows.paying.hold_guard import is_stop_ordered
from forecourt.flows.paying.pay import expected_hold, outstanding, payer_returned, release, store_transition
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, Ids, Money, PaymentId, SessionId
from forecourt.payments import PAYER_PRESENT, Held, Payer, Payment, assign_to_session, begin_hold


def payments_of(store: Store, visit: GuestVisit | GuestBooking) -> tuple[Payment, ...]:
    """Oldest first."""
    return tuple(reversed(store.payments.of_driver(visit.driver_id)))


def session_of(store: Store, visit: GuestVisit) -> SessionId | None:
    """The charge of a visit, running or ended."""
    for session in store.sessions.open_of(visit.driver_id):
        return session.id
    return next((record.session_id for record in store.sessions.records_of(visit.driver_id, 1)), None)


def request_more_hold(store: Store, visit: GuestVisit, at: datetime, ids: Ids) -> Payment:
    """Request another hold: the same amount again while the charge runs, or what the bill lacks after it. One at a time, however often
    the button is pressed."""
    for first in payments_of(store, visit)[:1]:
        store.payments.lock(first.id)
    session_id = session_of(store, visit)
    if session_id is None:
        raise Conflict("not_charging", "The charge has not begun.", "Top up once it runs.")
    waiting = next((one for one in payments_of(store, visit) if one.waits_for_payer), None)
    if waiting is not None:
        return waiting
    if store.sessions.session(session_id) is not None:
        amount = raised_by(store, visit, at)
    else:
        amount = owed(store, session_id)
        if amount.minor <= 0:
            raise Conflict("nothing_owed", "Nothing is lacking.")
    return request_hold(store, visit, amount, session_id, at, ids)


def check_further_hold(store: Store, payment: Payment, at: datetime) -> None:
    """A guest's additional hold is in place. Raises Conflict if the charge is being stopped: then the hold must be released at once."""
    if payment.session_id is not None and store.drivers.driver(payment.driver_id).guest:
        _refuse_stopping(store, payment.session_id, at)


def _refuse_stopping(store: Store, session_id: SessionId, at: datetime) -> None:
    """A stop cannot be undone, so a later hold would pay for nothing."""
    session = store.sessions.session(session_id)
    if session is not None and is_stop_ordered(store, session, at):
        raise Conflict("stopping", "The charge is being stopped, so nothing more is held.", "Begin another one when it has ended.")


def raised_by(store: Store, visit: GuestVisit, at: datetime) -> Money:
    """The additional hold to offer for a running charge: the amount of the first hold again or, without one, what a charge costs."""
    held_amounts = [one.state.amount for one in payments_of(store, visit) if isinstance(one.state, Held)]
    return held_amounts[0] if held_amounts else expected_hold(store, None, store.stations.evse(visit.evse_id), at)


def owed(store: Store, session_id: SessionId) -> Money:
    """What is unpaid of a charge's invoice; zero if it was credited. Raises Conflict while the invoice is being made."""
    invoice = next(iter(store.documents.of_session(session_id)), None)
    if invoice is None:
        raise Conflict("not_billed", "The bill is being made.", "Try again in a moment.")
    return Money.zero(invoice.currency) if store.documents.credit_notes_of(invoice.id) else outstanding(store, invoice)


def abandon_payment(store: Store, visit: GuestVisit, at: datetime, ids: Ids) -> None:
    """The guest decides not to pay. A hold in place remains, as the charger has already been ordered to start."""
    for payment in payments_of(store, visit):
        if payment.waits_for_payer:
            release(store, payment.id, "not wanted", at, ids)


def end_at_terminal(store: Store, payment: Payment, reason: str, at: datetime, ids: Ids) -> None:
    """No charge followed at the charger's terminal: release the hold, and invalidate its token."""
    release(store, payment.id, reason, at, ids)
    for token in store.drivers.tokens_of(payment.driver_id):
        store.drivers.put_token(replace(token, valid_until=at))


def guest_returned(store: Store, visit: GuestVisit | GuestBooking, at: datetime, ids: Ids) -> None:
    """The guest returns from the processor's page."""
    for payment in payments_of(store, visit):
        payer_returned(store, payment, at, ids)


def request_hold(store: Store, visit: GuestVisit, amount: Money, session_id: SessionId | None, at: datetime, ids: Ids) -> Payment:
    if session_id is not None:
        _refuse_stopping(store, session_id, at)
    payer = Payer(visit.operator_id, visit.driver_id, PAYER_PRESENT)
    transition = begin_hold(payer, PaymentId(ids.new(at)), visit.evse_id, amount, at)
    payment = store_transition(store, transition, at, ids)
    if session_id is None:
        return payment
    assigned = assign_to_session(payment, session_id)
    store.payments.put(assigned)
    return assigned
