"""Bookings without an account: a slot is kept for minutes, a hold makes it firm, and from then on a link is all a guest needs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from forecourt.drivers import Driver, GuestBooking, GuestStep, GuestVisit, PayBy, Token, TokenKind, guest_token
from forecourt.flows.bookings.reserving import ReserveRequest, cancel_own_booking, change_booking, create_booking, is_movable
from forecourt.flows.chargers.socket_codes import socket_by_code
from forecourt.flows.charging.starting import ask_charger, check_startable
from forecourt.flows.guests.visits import NOBODY
from forecourt.flows.paying.booking_costs import PAY_WITHIN, hold_of_booking
from forecourt.flows.paying.guest_holds import finish
from forecourt.flows.paying.pay import store_transition
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.price_finding import sockets_of
from forecourt.kernel import (
    BadInput,
    BookingId,
    Conflict,
    DriverId,
    Ids,
    NotFound,
    OperatorId,
    PaymentId,
    SiteId,
    Span,
    TokenUid,
)
from forecourt.notices import LANGUAGES, mail_address
from forecourt.payments import PAYER_PRESENT, Held, Payer, begin_booking_hold
from forecourt.reservations import EARLY, Booking, outcome_label
from forecourt.stations import ANY_BAY, BayNeed, Evse, Site, local_time_text

# Banks keep a hold for about a week; a booking must be over, and its fee charged, well within that.
GUESTS_AHEAD = timedelta(days=5)
# Limits on slots without money behind them: for one address from one place, and from one place.
MAX_UNPAID, MAX_PER_ADDRESS = 2, 6
# The token outlives the booking a little: a charge may begin in its last minute.
_SPARE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class GuestBookingRequest:
    """window, energy_wh, flexible: as in ReserveRequest. language: for emails. origin: a keyed hash of where the request comes from."""

    site_id: SiteId
    kind: str
    window: Span
    energy_wh: int
    flexible: timedelta
    email: str
    language: str
    origin: str
    need: BayNeed = ANY_BAY


def book_guest(store: Store, request: GuestBookingRequest, digest_of: Callable[[BookingId], bytes], at: datetime, ids: Ids) -> GuestBooking:
    """Keep the slot for minutes, with its quote, and request the processor's page for putting up the hold.

    digest_of: SHA-256 of the secret in a booking's link. Of concurrent requests one wins; the others have not been asked for money.
    """
    operator_id = store.stations.site(request.site_id).operator_id
    email = mail_address(request.email)
    if request.language not in LANGUAGES:
        raise BadInput(
            "language",
            "{given!r} is not a language we offer.",
            "Choose one of {known}.",
            given=request.language[:20],
            known=", ".join(LANGUAGES),
        )
    _check_soon(request.window.end + request.flexible, at)
    _check_few(store, operator_id, email, request, at)
    driver_id, payment_id = DriverId(ids.new(at)), PaymentId(ids.new(at))
    token = guest_token(payment_id)
    booking = create_booking(store, replace(as_request(request), driver_id=driver_id, guest=token), at, ids)
    # The address becomes the driver's once it is paid for: until then no email is sent.
    store.drivers.put_driver(Driver(driver_id, operator_id, "Guest", "", request.language, PayBy.CARD, guest=True))
    until = booking.promised.end
    store.drivers.put_token(Token(token, operator_id, driver_id, TokenKind.GUEST, valid_until=until + _SPARE))
    identity = (booking.id, operator_id, request.site_id, request.kind, driver_id, digest_of(booking.id))
    guest = GuestBooking(*identity, email, request.language, request.origin, payment_id, at, at + PAY_WITHIN, until)
    store.guests.put_booking(guest)
    payer = Payer(operator_id, driver_id, PAYER_PRESENT)
    store_transition(store, begin_booking_hold(payer, payment_id, booking.id, hold_of_booking(store, booking), at), at, ids)
    return guest


def as_request(request: GuestBookingRequest) -> ReserveRequest:
    """The request without a driver, for finding the nearest windows to offer instead."""
    return ReserveRequest(
        request.site_id, request.kind, NOBODY, request.window, request.energy_wh, request.flexible, TokenUid("GUEST"), need=request.need
    )


def booked_guest(store: Store, digest: bytes) -> GuestBooking:
    guest = store.guests.booking_by_digest(digest)
    if guest is None:
        raise NotFound("booking", "There is no such booking.", "Open the link we gave you.")
    return guest


def booking_of(store: Store, guest: GuestBooking) -> Booking:
    booking = store.bookings.booking(guest.booking_id)
    if booking is None:
        raise NotFound("booking", "There is no such booking.", "Open the link we gave you.")
    return booking


def cancel_guest(store: Store, guest: GuestBooking, at: datetime, ids: Ids) -> None:
    """Cancel a booking: free while it is unpaid, otherwise like anyone's. Cancelling twice has no further effect."""
    store.payments.lock(guest.payment_id)
    guest = store.guests.booking(guest.booking_id) or guest
    if guest.step is GuestStep.OVER:
        return
    if guest.step is GuestStep.PAID:
        cancel_own_booking(store, guest.driver_id, guest.booking_id, at, ids)
    finish(store, guest, at, ids)


def change_guest(store: Store, guest: GuestBooking, window: Span, flexible: timedelta, at: datetime, ids: Ids) -> Booking:
    """Change to another time at today's price, within what is held. The old booking stands until the new one is made."""
    payment = store.payments.lock(guest.payment_id)
    before = booking_of(store, guest)
    if payment is None or not isinstance(payment.state, Held):
        raise Conflict(
            "no_hold", "No deposit is held for this booking, so it cannot be changed.", "Pay for it first, or make a new booking."
        )
    _check_soon(window.end + flexible, at)
    energy_wh = before.quote.energy_wh if before.quote else 0
    request = ReserveRequest(guest.site_id, guest.kind, guest.driver_id, window, energy_wh, flexible, before.token)
    booking = change_booking(store, guest.booking_id, request, at, ids)
    needed = hold_of_booking(store, booking)
    if needed > payment.state.amount:
        raise Conflict(
            "hold_too_small",
            "That time needs a deposit of {needed}, but only {held} is held.",
            "Make a new booking for that time, then cancel this one: that is still free, and its deposit is released immediately.",
            needed=needed,
            held=payment.state.amount,
        )
    token = store.drivers.token(guest.operator_id, before.token)
    if token is not None:
        store.drivers.put_token(replace(token, valid_until=booking.promised.end + _SPARE))
    store.guests.put_booking(replace(guest, until=booking.promised.end))
    return booking


def start_booked(store: Store, guest: GuestBooking, code: str, at: datetime, ids: Ids) -> GuestVisit:
    """The guest is at a socket and has its code: start the charge from the booking's hold. Repeats within a minute are ignored.

    Raises Conflict if the code is for another site or kind, it is too early, the booking is over, or no hold is in place.
    """
    payment = store.payments.lock(guest.payment_id)
    evse = socket_by_code(store, code)
    store.bookings.lock_pool(guest.site_id, guest.kind)  # the clock may be about to release it
    booking = booking_of(store, guest)
    _check_now(booking, evse, store.stations.site(booking.site_id), at)
    if payment is None or not isinstance(payment.state, Held) or payment.session_id is not None:
        raise Conflict("no_hold", "No deposit is held for this booking (any more).", "Pay at the bay as you would without a booking.")
    check_startable(store, evse, guest.driver_id, booking.token, at)
    visit = _visit(store, guest, booking, evse, at, ids)
    store.guests.put_visit(visit)
    store.payments.put(replace(payment, evse_id=evse.id))
    ask_charger(store, evse, booking.token, at, ids, f"start/{booking.id}/{evse.id}/{int(at.timestamp()) // 60}")
    return visit


def _visit(store: Store, guest: GuestBooking, booking: Booking, evse: Evse, at: datetime, ids: Ids) -> GuestVisit:
    """The charge is viewed and stopped with the booking's own secret."""
    assert booking.quote is not None  # noqa: S101 - a promise is made with its quote
    known = store.guests.by_digest(guest.digest)
    if known is not None:
        return replace(known, evse_id=evse.id)
    reason = f"{booking.quote.because}, as quoted with the booking".removeprefix(", ")
    identity = (guest.operator_id, guest.site_id, evse.id, guest.driver_id)
    return GuestVisit(ids.new(at), *identity, guest.digest, booking.quote.tariff_version_id, reason, at)


def _check_now(booking: Booking, evse: Evse, site: Site, at: datetime) -> None:
    if (evse.site_id, evse.kind) != (booking.site_id, booking.kind):
        raise Conflict(
            "other_place",
            "{socket} is not the kind of bay you booked, or not at the place you booked.",
            "Scan the code at your bay.",
            socket=evse.label,
        )
    if not booking.live:
        raise Conflict("booking_over", "This booking is already {over}.", "Check your booking.", over=outcome_label(booking))
    if at < booking.window.start - EARLY:
        begins, opens = (local_time_text(site, one, at) for one in (booking.window.start, booking.window.start - EARLY))
        raise Conflict("too_early", "A bay is reserved for you from {begins}.", "You can start from {opens}.", begins=begins, opens=opens)


def _check_soon(end: datetime, at: datetime) -> None:
    if end > at + GUESTS_AHEAD:
        raise BadInput(
            "too_far",
            "Without an account, you can book up to {days} days ahead.",
            "Choose an earlier day, or register.",
            days=GUESTS_AHEAD.days,
        )


def _check_few(store: Store, operator_id: OperatorId, email: str, request: GuestBookingRequest, at: datetime) -> None:
    """Limit slots without money behind them: per place, per address from that place, and per kind of socket.

    Requests for an address from elsewhere do not count, nor its bookings: the answer would reveal them to anyone.
    """
    unpaid = [one for one in store.guests.unpaid(operator_id) if one.pay_until > at]
    own_unpaid = [one for one in unpaid if one.origin == request.origin]
    if _count(own_unpaid, lambda one: one.email == email) >= MAX_UNPAID:
        raise Conflict("many_unpaid", "You already have other bookings waiting for payment.", "Pay for them, or cancel them, first.")
    if len(own_unpaid) >= MAX_PER_ADDRESS:
        raise Conflict("many_unpaid", "Several bookings from your network are waiting for payment.", "Try again in a few minutes.")
    unpaid_here = _count(unpaid, lambda one: (one.site_id, one.kind) == (request.site_id, request.kind))
    if unpaid_here >= max(2, len(sockets_of(store, request.site_id, request.kind))):
        raise Conflict("many_paying", "Other people are paying for bookings here right now.", "Try again in a few minutes.")


def _count(guests: Sequence[GuestBooking], condition: Callable[[GuestBooking], bool]) -> int:
    return sum(1 for one in guests if condition(one))


def may_change(store: Store, guest: GuestBooking, at: datetime) -> bool:
    """Whether the booking can still be moved to another time."""
    return guest.step is GuestStep.PAID and is_movable(store, booking_of(store, guest), at)
