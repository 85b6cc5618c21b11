"""Periodic work on deposits for bookings: place holds when they are due, release them when nothing is owed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from forecourt.drivers import GuestStep, PayBy
from forecourt.flows.bookings.reserving import release_slot
from forecourt.flows.desk.booking_notices import notify_unsecured
from forecourt.flows.paying.deposits import (
    deposit_holds,
    end_deposit,
    lock_deposit_pool,
    mark_unsecured,
    place_hold,
    release_deposit,
    release_deposit_payment,
    source,
)
from forecourt.flows.paying.pay import release
from forecourt.flows.ports.store import Store
from forecourt.kernel import DriverId, Ids, SiteId
from forecourt.notices import NoticeKind
from forecourt.payments import WALLET, Held
from forecourt.reservations import EARLY, Booking, Deposit
from forecourt.stations import Evse

_Step = Callable[[Store, Deposit, datetime, Ids], None]


def maintain_deposits(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> int:
    """Returns how many changed. Idempotent."""
    known = store.deposits.open_at(site_id)
    if known:  # so that the data for each below is read in two queries
        store.bookings.live_at(site_id)
        store.payments.open_holds(known[0].operator_id)
    due = [one for one in known if _due(store, one, at)]
    payments = sorted({payment_id for one in due for payment_id in one.payments})
    for payment_id in payments:
        store.payments.lock(payment_id)  # lock all of them before the first pool
    changed = 0
    for listed in due:
        deposit, _ = lock_deposit_pool(store, listed.booking_id)
        step = _due(store, deposit, at) if deposit is not None and set(deposit.payments) <= set(payments) else None
        if deposit is not None and step is not None:
            step(store, deposit, at, ids)
            changed += 1
    return changed


def free_for_charge(store: Store, evse: Evse, driver_id: DriverId, at: datetime, ids: Ids) -> None:
    """Release what was reserved from the balance for a booking, so that the charge it was made for can reserve its own amount.

    It is reserved again if no charge follows. Call before locking any pool.
    """
    for deposit in store.deposits.open_of(driver_id):
        booking = store.bookings.booking(deposit.booking_id)
        if booking is not None and _can_begin(booking, evse, at):
            for payment_id in sorted(deposit.payments):
                payment = store.payments.lock(payment_id)
                if payment is not None and payment.method == WALLET and isinstance(payment.state, Held):
                    release(store, payment_id, "held for the charge", at, ids)


def _due(store: Store, deposit: Deposit, at: datetime) -> _Step | None:
    """The step that is due now, if any."""
    booking = store.bookings.booking(deposit.booking_id)
    if deposit.step is GuestStep.OVER:
        return None
    if booking is None or not booking.live:
        return _end
    if deposit.step is GuestStep.PAYING:
        return _lapse if deposit.pay_until is not None and deposit.pay_until <= at else None
    if _charge_holds(store, booking, at):
        return _release_for_charge if deposit_holds(store, deposit) else None
    payment = store.payments.payment(deposit.payment_id) if deposit.payment_id else None
    if payment is None:
        return _place if deposit.place_at is not None and deposit.place_at <= at else None
    if isinstance(payment.state, Held):
        return _release_previous if deposit.before else None
    return None if payment.holding else _place


def _end(store: Store, deposit: Deposit, at: datetime, ids: Ids) -> None:
    end_deposit(store, deposit, store.bookings.booking(deposit.booking_id), at, ids)


def _lapse(store: Store, deposit: Deposit, at: datetime, ids: Ids) -> None:
    """The money was not put up in time."""
    booking = store.bookings.booking(deposit.booking_id)
    release_slot(store, deposit.booking_id, at, ids)
    release_deposit(store, deposit, "not paid in time", at, ids)
    store.deposits.put(replace(deposit, step=GuestStep.OVER, pay_until=None))
    if booking is not None:
        notify_unsecured(store, booking, NoticeKind.BOOKING_LET_GO, deposit.amount, at, at)


def _release_for_charge(store: Store, deposit: Deposit, at: datetime, ids: Ids) -> None:
    """The charge has its own hold, and nobody should have two."""
    release_deposit(store, deposit, "held for the charge", at, ids)


def _release_previous(store: Store, deposit: Deposit, at: datetime, ids: Ids) -> None:
    if deposit.before is not None:
        release_deposit_payment(store, deposit.before, "changed", at, ids)
    store.deposits.put(replace(deposit, before=None))


def _place(store: Store, deposit: Deposit, at: datetime, ids: Ids) -> None:
    """The hold is due, or the previous one is gone: it expired at the bank, or no charge followed its start."""
    driver, booking = store.drivers.driver(deposit.driver_id), store.bookings.booking(deposit.booking_id)
    if driver.pay_by is PayBy.ACCOUNT:  # changed since the booking
        end_deposit(store, deposit, booking, at, ids)
        return
    method = source(store, driver, deposit.amount)
    if method:
        place_hold(store, deposit, method, at, ids)
    elif booking is not None:
        mark_unsecured(store, deposit, booking, at)


def _charge_holds(store: Store, booking: Booking, at: datetime) -> bool:
    """Whether a charge that may use this booking has a hold in place."""
    if at < booking.window.start - EARLY:
        return False
    own_holds = (one for one in store.payments.open_holds(booking.operator_id) if one.driver_id == booking.driver_id)
    held_at = (one.evse_id for one in own_holds if one.evse_id and one.session_id is None and isinstance(one.state, Held))
    return any(_can_begin(booking, store.stations.evse(evse_id), at) for evse_id in held_at)


def _can_begin(booking: Booking, evse: Evse, at: datetime) -> bool:
    return booking.live and (evse.site_id, evse.kind) == (booking.site_id, booking.kind) and at >= booking.window.start - EARLY
