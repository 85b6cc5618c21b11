"""Deposits for bookings of drivers with an account: how much, from where and when, and how the outcome affects the booking.

Locks are taken in the same order as for guests' holds: payments, then the pool, then the balance.
"""

from dataclasses import replace
from datetime import datetime

from forecourt.drivers import Driver, GuestStep, PayBy, decide, verdict_label
from forecourt.flows.desk.booking_notices import notify_secured, notify_unsecured
from forecourt.flows.paying.balances import check_currency, prepaid
from forecourt.flows.paying.booking_costs import PAY_WITHIN, no_show_fee
from forecourt.flows.paying.pay import release, store_transition
from forecourt.flows.ports.store import Store
from forecourt.kernel import BookingId, Conflict, DriverId, Forbidden, Ids, Money, PaymentId
from forecourt.notices import NoticeKind
from forecourt.payments import PAYER_PRESENT, WALLET, Held, HoldAsked, Payer, Payment, Unknown, assign_to_session, begin_booking_hold
from forecourt.reservations import EARLY, Booking, BookingRules, Deposit, DepositRule, hold_due_from, rehold_deadline
from forecourt.sessions import Session
from forecourt.stations import Verdict


def deposit_for_booking(store: Store, booking: Booking) -> Money:
    """The amount to put up for a booking under the site's current rule; zero if the rule requires none."""
    return deposit_by_rule(store.bookings.rules(booking.site_id), no_show_fee(store, booking))


def deposit_by_rule(rules: BookingRules, fee: Money) -> Money:
    """The amount by the site's rule. fee: the highest possible no-show fee."""
    match rules.deposit:
        case DepositRule.FEE:
            return fee
        case DepositRule.AMOUNT:
            return Money(rules.deposit_minor, fee.currency)
        case DepositRule.NONE:
            return Money.zero(fee.currency)


def secure_booking(
    store: Store, booking: Booking, at: datetime, ids: Ids, is_firm: bool = False, is_notified: bool = False
) -> Deposit | None:
    """Secure a booking that was just confirmed; None if no deposit is required. The caller holds the pool's lock.

    is_firm: it was confirmed before. is_notified: its driver is notified elsewhere. Drivers on account are checked without a hold.
    Raises Forbidden for a driver who may not charge, Conflict "balance_low" if the balance is too low and no card backs it.
    """
    amount = deposit_for_booking(store, booking)
    if amount.minor <= 0:
        return None
    driver = store.drivers.driver(booking.driver_id)
    _check_credit(store, booking, at)
    if driver.pay_by is PayBy.ACCOUNT:
        return None
    identity = (booking.id, booking.operator_id, booking.site_id, booking.kind, booking.driver_id)
    deposit = Deposit(*identity, amount, at, GuestStep.PAID, place_at=hold_due_from(booking), notified=is_notified or is_firm)
    if at < hold_due_from(booking):
        store.deposits.put(deposit)
        return deposit
    if not is_firm:
        deposit = replace(deposit, step=GuestStep.PAYING, pay_until=at + PAY_WITHIN)
    method = source(store, driver, amount)
    if not method and driver.pay_by is PayBy.WALLET:
        check_currency(store, driver.operator_id, amount.currency)
        raise _balance_too_low(store, driver, amount)
    return place_hold(store, deposit, method or PAYER_PRESENT, at, ids)


def source(store: Store, driver: Driver, amount: Money) -> str:
    """Where this amount can be held without the driver: the balance if it pays for charges, else the stored card; empty: nowhere."""
    if driver.pay_by is PayBy.WALLET:
        store.wallets.lock(driver.id)
        if prepaid(store, driver.operator_id, driver.id, amount.currency).available >= amount:
            return WALLET
    return driver.payment_method


def place_hold(store: Store, deposit: Deposit, method: str, at: datetime, ids: Ids) -> Deposit:
    """Request the deposit's hold. A balance answers at once, which makes the booking firm."""
    payer = Payer(deposit.operator_id, deposit.driver_id, method)
    transition = begin_booking_hold(payer, PaymentId(ids.new(at)), deposit.booking_id, deposit.amount, at)
    payment = store_transition(store, transition, at, ids)
    placed = replace(deposit, payment_id=payment.id, place_at=None)
    store.deposits.put(placed)
    return _firm(store, placed, at) if isinstance(payment.state, Held) else placed


def deposit_held(store: Store, payment: Payment, at: datetime) -> None:
    """The hold for a booking is in place, so the booking is firm. Raises Conflict if the slot was released meanwhile, or the hold is no
    longer wanted: then it must be released."""
    if payment.booking_id is None or store.deposits.of_booking(payment.booking_id) is None:
        return
    deposit, booking = lock_deposit_pool(store, payment.booking_id)
    if deposit is None or deposit.step is GuestStep.OVER or payment.id != deposit.payment_id or booking is None or not booking.live:
        raise Conflict("booking_over", "The slot is no longer kept for you.", "Book another one.")
    _firm(store, deposit, at)


def deposit_refused(store: Store, payment: Payment, at: datetime) -> None:
    """The hold was refused: the driver is told, and has some time to put the money up."""
    if payment.booking_id is None or store.deposits.of_booking(payment.booking_id) is None:
        return
    deposit, booking = lock_deposit_pool(store, payment.booking_id)
    if deposit is not None and booking is not None and booking.live and payment.id == deposit.payment_id:
        mark_unsecured(store, deposit, booking, at)


def mark_unsecured(store: Store, deposit: Deposit, booking: Booking, at: datetime) -> None:
    """A booking has no money behind it: one that was firm stays for a limited time to fix that; a new one for some minutes."""
    if deposit.step is GuestStep.OVER:
        return
    until = deposit.pay_until or rehold_deadline(booking, at, PAY_WITHIN)
    store.deposits.put(replace(deposit, step=GuestStep.PAYING, pay_until=until, place_at=None))
    notify_unsecured(store, booking, NoticeKind.BOOKING_UNSECURED, deposit.amount, until, at)


def lock_deposit_pool(store: Store, booking_id: BookingId) -> tuple[Deposit | None, Booking | None]:
    """A deposit and its booking, read anew under the pool's lock. The caller holds the locks of the payments."""
    deposit = store.deposits.of_booking(booking_id)
    if deposit is not None:
        store.bookings.lock_pool(deposit.site_id, deposit.kind)
        deposit = store.deposits.of_booking(booking_id)
    return deposit, store.bookings.booking(booking_id)


def deposit_holds(store: Store, deposit: Deposit) -> tuple[Payment, ...]:
    """The holds in place for a deposit."""
    known = (store.payments.payment(one) for one in deposit.payments)
    return tuple(one for one in known if one is not None and isinstance(one.state, Held))


def release_deposit(store: Store, deposit: Deposit, reason: str, at: datetime, ids: Ids) -> None:
    """Release whatever is held or requested, except what a charge is paid from; the caller holds the payments' locks."""
    for payment_id in deposit.payments:
        release_deposit_payment(store, payment_id, reason, at, ids)


def free_deposit(store: Store, booking_id: BookingId, reason: str, at: datetime, ids: Ids) -> None:
    """Release what was kept for a booking's fee, as there is no fee after all."""
    deposit = store.deposits.of_booking(booking_id)
    if deposit is not None:
        for payment_id in sorted(deposit.payments):
            store.payments.lock(payment_id)
        release_deposit(store, deposit, reason, at, ids)


def release_deposit_payment(store: Store, payment_id: PaymentId, reason: str, at: datetime, ids: Ids) -> None:
    """Release one payment, unless it is, or may be (unknown), under release already."""
    payment = store.payments.payment(payment_id)
    is_pending = payment is None or (isinstance(payment.state, Unknown) and not isinstance(payment.state.pending, HoldAsked))
    if payment is not None and not is_pending and payment.session_id is None:
        release(store, payment_id, reason, at, ids)


def use_for_charge(store: Store, session: Session, booking: Booking | None) -> None:
    """Use what was reserved from the balance for a booking for the charge that fulfils it. A hold on a card is released instead, so that
    the bank shows one payment per charge."""
    deposit = store.deposits.of_booking(booking.id) if booking else None
    for payment in deposit_holds(store, deposit) if deposit else ():
        if payment.method == WALLET:
            store.payments.put(assign_to_session(payment, session.id))


def reserved_from_balance(store: Store, driver_id: DriverId, at: datetime) -> Money | None:
    """What is reserved from the balance for bookings that a charge may now fulfil; None = nothing."""
    found: Money | None = None
    for deposit in store.deposits.open_of(driver_id):
        booking = store.bookings.booking(deposit.booking_id)
        if booking is not None and booking.live and at >= booking.window.start - EARLY:
            for payment in deposit_holds(store, deposit):
                if payment.method == WALLET and isinstance(payment.state, Held):
                    found = payment.state.amount if found is None else found + payment.state.amount
    return found


def end_deposit(store: Store, deposit: Deposit, booking: Booking | None, at: datetime, ids: Ids) -> None:
    """The booking is over: release everything, unless a fee will be taken from it; billing that fee releases the rest."""
    fee = booking is not None and booking.given_up_at is not None and no_show_fee(store, booking).minor > 0
    if not fee:
        release_deposit(store, deposit, "booking over", at, ids)
    store.deposits.put(replace(deposit, step=GuestStep.OVER, pay_until=None, place_at=None))


def _firm(store: Store, deposit: Deposit, at: datetime) -> Deposit:
    confirmed = replace(deposit, step=GuestStep.PAID, pay_until=None, notified=True)
    store.deposits.put(confirmed)
    booking = store.bookings.booking(deposit.booking_id)
    if booking is not None and not deposit.notified:
        notify_secured(store, booking, at)
    return confirmed


def _check_credit(store: Store, booking: Booking, at: datetime) -> None:
    """As at the start of a charge: a driver in debt, or with a blocked token, cannot book anything that costs."""
    token = store.drivers.token(booking.operator_id, booking.token)
    verdict = decide(token, store.payments.debt_status(booking.driver_id), at)
    if verdict is not Verdict.ACCEPTED:
        raise Forbidden(
            "token_refused", "Your account cannot book here: {why}.", "Check what you owe in your account.", why=verdict_label(verdict)
        )


def _balance_too_low(store: Store, driver: Driver, amount: Money) -> Conflict:
    available = prepaid(store, driver.operator_id, driver.id, amount.currency).available
    return Conflict(
        "balance_low",
        "A booking here needs {amount} set aside, and {free} of your balance is free.",
        "Top up first.",
        amount=amount,
        free=available,
    )
