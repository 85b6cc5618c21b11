"""Extending a guest's booked charge while it runs; the hold is topped up first if it does not suffice."""

from dataclasses import dataclass, replace
from datetime import datetime

from forecourt.drivers import GuestBooking, GuestVisit, LongerStay
from forecourt.flows.bookings.reserving import extend_stay, fit_longer_stay
from forecourt.flows.guests.booking import booking_of
from forecourt.flows.paying.booking_costs import cost_of_booking, hold_of_booking
from forecourt.flows.paying.guest_payments import payments_of, request_hold
from forecourt.flows.paying.hold_guard import held_for
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, Ids, Money, Span
from forecourt.payments import Payment
from forecourt.reservations import Booking, Kept
from forecourt.sessions import Session


@dataclass(frozen=True, slots=True)
class LongerStayPrice:
    """A stay until `end`: the expected cost of the whole charge, and the further hold needed; None = the present one suffices."""

    end: datetime
    cost: Money
    more: Money | None


def price_of_longer_stay(store: Store, booking: Booking, end: datetime) -> LongerStayPrice | None:
    """By the rule of the bill, at the price quoted with the booking; None if no charge of it runs (any more)."""
    session = _running(store, booking)
    if session is None:
        return None
    longer = _as_it_runs(store, booking, session, end)
    cost, needed = cost_of_booking(store, longer), hold_of_booking(store, longer)
    held_amount = held_for(store, session) or Money.zero(cost.currency)
    return LongerStayPrice(end, cost, needed - held_amount if needed > held_amount else None)


def stay_longer(store: Store, guest: GuestBooking, end: datetime, at: datetime, ids: Ids) -> Payment | None:
    """Extend the stay, at once if the present hold suffices; otherwise request the missing hold and return it while it is pending.

    Repeating it for the same end has no further effect. Raises Conflict if no charge runs, the socket is promised to someone else, or
    another payment is pending.
    """
    store.payments.lock(guest.payment_id)  # repeated requests wait here; payments before pools
    store.bookings.lock_pool(guest.site_id, guest.kind)
    booking, visit = booking_of(store, guest), store.guests.by_digest(guest.digest)
    session = _running(store, booking)
    if visit is None or session is None:
        raise Conflict("not_charging", "You can only stay longer while you are charging.", "Check your booking.")
    if booking.window.end == end:
        return None
    waiting = next((one for one in payments_of(store, visit) if one.waits_for_payer), None)
    if waiting is not None:
        if visit.longer == LongerStay(end, waiting.id):
            return waiting
        raise Conflict("paying_already", "Another payment for this charge is waiting.", "Pay it, or choose not to.")
    fit_longer_stay(store, booking, end, at)
    price = price_of_longer_stay(store, booking, end)
    if price is None or price.more is None:
        extend_stay(store, guest.driver_id, guest.booking_id, end, at)
        return None
    payment = request_hold(store, visit, price.more, session.id, at, ids)
    store.guests.put_visit(replace(visit, longer=LongerStay(end, payment.id)))
    return payment


def longer_held(store: Store, payment: Payment, at: datetime) -> None:
    """The hold for a longer stay is in place, so extend it. Raises Conflict if that is no longer possible: release the hold."""
    visit = store.guests.of_driver(payment.driver_id)
    if visit is None or visit.longer is None or visit.longer.payment_id != payment.id:
        return
    guest = store.guests.booking_by_digest(visit.digest)
    if guest is None or _running(store, booking_of(store, guest)) is None:
        raise Conflict("not_charging", "The charge has ended.")
    extend_stay(store, guest.driver_id, guest.booking_id, visit.longer.end, at)


def longer_stay_payment(store: Store, visit: GuestVisit) -> Payment | None:
    """The hold requested for a longer stay, whatever became of it."""
    return store.payments.payment(visit.longer.payment_id) if visit.longer else None


def _running(store: Store, booking: Booking) -> Session | None:
    return store.sessions.session(booking.state.session_id) if isinstance(booking.state, Kept) else None


def _as_it_runs(store: Store, booking: Booking, session: Session, end: datetime) -> Booking:
    """The booking with the longer window and the quoted energy, or what the car has already taken if that is more."""
    assert booking.quote is not None  # noqa: S101 - a promise is made with its quote
    points = store.sessions.points(session.id)
    taken_wh = points[-1].energy_wh if points else 0
    quote = replace(booking.quote, energy_wh=max(booking.quote.energy_wh, taken_wh))
    return replace(booking, window=Span(booking.window.start, end), within=None, quote=quote)
