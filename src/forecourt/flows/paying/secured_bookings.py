"""Bookings that need a deposit, for drivers with an account: make, repeat, accept, change, cancel and pay for them."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from forecourt.drivers import GuestStep, PayBy
from forecourt.flows.bookings.recurring import SeriesBooking, reserve_series
from forecourt.flows.bookings.reserving import ReserveRequest, cancel_own_booking, change_booking, create_booking, release_slot
from forecourt.flows.bookings.waitlist import own_entry
from forecourt.flows.desk.booking_notices import notify_booked, notify_booking
from forecourt.flows.paying.deposits import (
    deposit_for_booking,
    deposit_holds,
    end_deposit,
    place_hold,
    release_deposit,
    release_deposit_payment,
    secure_booking,
    source,
)
from forecourt.flows.paying.pay import payer_returned
from forecourt.flows.ports.store import Store
from forecourt.kernel import BookingId, Conflict, DriverId, Ids, NotFound, Text
from forecourt.notices import NoticeKind
from forecourt.payments import PAYER_PRESENT, WALLET
from forecourt.reservations import Booking, Deposit, Offered, Repeat, Taken, accept_booking, accept_offer, hold_due_from

# How many bookings without their money one driver may have before making another.
MAX_UNPAID_BOOKINGS = 3


def make_booking(store: Store, request: ReserveRequest, at: datetime, ids: Ids) -> Booking:
    """Like `hold_for_charge`, with a deposit if the site requires one: the booking is firm, and the driver notified, once that is in place.
    A request that is refused is refused before anything is held."""
    _check_unpaid_limit(store, request.driver_id)
    return _secured(store, create_booking(store, request, at, ids), at, ids)


def take_offer(store: Store, driver_id: DriverId, wait_id: UUID, at: datetime, ids: Ids) -> Booking:
    """Accept an offered time: from now on it is like a new booking, with its deposit and at the price that was offered. Accepting it
    twice has no further effect."""
    wait = own_entry(store, driver_id, wait_id)
    known = store.bookings.booking(wait.state.booking_id) if isinstance(wait.state, Taken | Offered) else None
    if isinstance(wait.state, Taken) and known is not None:
        return known
    accepted = accept_offer(wait, at)
    if known is None or not known.live:
        raise Conflict("offer_over", "The offer has expired, and the time went to the next driver.", "Look for another time.")
    _check_unpaid_limit(store, driver_id)
    booking = accept_booking(known, at)
    store.bookings.put(booking)
    store.waitlist.put(accepted)
    return _secured(store, booking, at, ids)


def _secured(store: Store, booking: Booking, at: datetime, ids: Ids) -> Booking:
    deposit = secure_booking(store, booking, at, ids)
    if deposit is None or (deposit.step is GuestStep.PAID and not deposit.notified):
        notify_booked(store, booking, at)
        if deposit is not None:
            store.deposits.put(replace(deposit, notified=True))
    return booking


def make_series(store: Store, request: ReserveRequest, repeat: Repeat, weeks: int, at: datetime, ids: Ids) -> tuple[SeriesBooking, ...]:
    """Like `reserve_series`; each booking is secured separately, some days before it. So only the next days' bookings have holds at
    any time, and one that fails does not affect the others."""
    _check_unpaid_limit(store, request.driver_id)
    done = reserve_series(store, request, repeat, weeks, at, ids)
    for one in done:
        if one.booking is not None:
            secure_booking(store, one.booking, at, ids, is_notified=True)
    return done


def cancel_booking(store: Store, driver_id: DriverId, booking_id: BookingId, at: datetime, ids: Ids) -> Booking:
    """Like `cancel_own_booking`; the hold is released at once, or the fee taken from it. A booking without its money costs nothing."""
    deposit = lock_deposit(store, driver_id, booking_id)
    if deposit is None or deposit.step is GuestStep.OVER:
        return cancel_own_booking(store, driver_id, booking_id, at, ids)
    booking = _withdrawn(store, deposit, at, ids)
    end_deposit(store, deposit, booking, at, ids)
    return booking


def move_booking(store: Store, booking_id: BookingId, request: ReserveRequest, at: datetime, ids: Ids) -> Booking:
    """Like `change_booking`; the deposit follows the new time. A card's new hold is requested first, and the old one released once it is
    in place. Raises Conflict while the booking still needs its money."""
    deposit = lock_deposit(store, request.driver_id, booking_id)
    if deposit is not None and deposit.step is GuestStep.PAYING:
        raise Conflict("not_paid_yet", "The deposit for this booking is not held yet.", "Sort that out first, or cancel the booking.")
    booking = change_booking(store, booking_id, request, at, ids)
    if deposit is None or deposit.step is GuestStep.OVER:
        secure_booking(store, booking, at, ids, is_firm=True)
    else:
        _resize(store, deposit, booking, at, ids)
    return booking


def put_up(store: Store, driver_id: DriverId, booking_id: BookingId, by_page: bool, at: datetime, ids: Ids) -> Deposit:
    """Retry a failed deposit: from the balance or stored card, or (by_page) with a card on the processor's page, where the bank can
    authenticate the cardholder. Repeating it requests one hold only. Raises Conflict if nothing needs to be put up."""
    deposit = lock_deposit(store, driver_id, booking_id)
    booking = store.bookings.booking(booking_id)
    if deposit is None or deposit.step is not GuestStep.PAYING or booking is None or not booking.live:
        raise Conflict("nothing_to_put_up", "There is no deposit to hold for this booking.", "See your bookings.")
    payment = store.payments.payment(deposit.payment_id) if deposit.payment_id else None
    if payment is not None and payment.waits_for_payer and (payment.method == PAYER_PRESENT) == by_page:
        return deposit
    if payment is not None and payment.holding:
        release_deposit_payment(store, payment.id, "another way was chosen", at, ids)
    driver = store.drivers.driver(driver_id)
    method = PAYER_PRESENT if by_page else source(store, driver, deposit.amount)
    if not method:
        remedy = Text("Top up, or enter a card.") if driver.pay_by is PayBy.WALLET else Text("Enter a card, or store one under Cards.")
        raise Conflict(
            "nothing_to_hold", "We cannot hold {amount}: you have no stored card that can be used.", remedy, amount=deposit.amount
        )
    return place_hold(store, deposit, method, at, ids)


def payer_returned_to_booking(store: Store, deposit: Deposit, at: datetime, ids: Ids) -> None:
    """The driver returns from the processor's page."""
    payment = store.payments.payment(deposit.payment_id) if deposit.payment_id else None
    if payment is not None:
        payer_returned(store, payment, at, ids)


def lock_deposit(store: Store, driver_id: DriverId, booking_id: BookingId) -> Deposit | None:
    """The deposit of a driver's own booking, with all its locks; None if there is none. Raises NotFound for anyone else's booking."""
    booking = store.bookings.booking(booking_id)
    if booking is None or booking.driver_id != driver_id:
        raise NotFound("booking", "You have no such booking.")
    seen = store.deposits.of_booking(booking_id)
    for payment_id in sorted(seen.payments) if seen else ():
        store.payments.lock(payment_id)
    store.bookings.lock_pool(booking.site_id, booking.kind)
    deposit = store.deposits.of_booking(booking_id)
    if deposit is not None and (seen is None or set(deposit.payments) - set(seen.payments)):
        raise Conflict("deposit_moving", "The deposit for this booking is being processed.", "Try again in a moment.")
    return deposit


def _check_unpaid_limit(store: Store, driver_id: DriverId) -> None:
    """Limit the slots that are kept for a driver who still has to put money up."""
    if sum(one.step is GuestStep.PAYING for one in store.deposits.open_of(driver_id)) >= MAX_UNPAID_BOOKINGS:
        raise Conflict("many_unpaid", "Other bookings of yours still need their deposit.", "Finish or cancel them first.")


def _withdrawn(store: Store, deposit: Deposit, at: datetime, ids: Ids) -> Booking:
    booking = store.bookings.booking(deposit.booking_id)
    if booking is None or not booking.live or deposit.step is not GuestStep.PAYING:
        return cancel_own_booking(store, deposit.driver_id, deposit.booking_id, at, ids)
    release_slot(store, booking.id, at, ids)
    if deposit.notified:
        notify_booking(store, booking, NoticeKind.BOOKING_CANCELLED, at)
    return store.bookings.booking(booking.id) or booking


def _resize(store: Store, deposit: Deposit, booking: Booking, at: datetime, ids: Ids) -> None:
    driver, amount = store.drivers.driver(booking.driver_id), deposit_for_booking(store, booking)
    if amount.minor <= 0 or driver.pay_by is PayBy.ACCOUNT:
        end_deposit(store, deposit, booking, at, ids)
        return
    wanted = replace(deposit, amount=amount)
    if at < hold_due_from(booking):
        release_deposit(store, deposit, "changed", at, ids)
        store.deposits.put(replace(wanted, payment_id=None, before=None, place_at=hold_due_from(booking)))
        return
    current = store.payments.payment(deposit.payment_id) if deposit.payment_id else None
    if current is not None and current.holding and amount == deposit.amount:
        return
    hold = next((one for one in deposit_holds(store, deposit) if one.method != WALLET), None)
    for payment_id in deposit.payments:
        if hold is None or payment_id != hold.id:
            release_deposit_payment(store, payment_id, "changed", at, ids)
    method = source(store, driver, amount)
    if not method:
        text = Text("That time needs {amount} to be held, and you do not have that much.", amount=amount)
        raise Conflict("balance_low", text, "Top up first, or choose another time.")
    place_hold(store, replace(wanted, before=hold.id if hold else None), method, at, ids)
