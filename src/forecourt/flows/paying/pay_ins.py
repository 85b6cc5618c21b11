"""A top-up paid at the processor's page by a driver who is at hand: with any card or a device's wallet, none stored before."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from forecourt.flows.paying.balances import prepaid
from forecourt.flows.paying.pay import keep, release
from forecourt.flows.ports.store import Store
from forecourt.kernel import DriverId, Ids, Money, NotFound, PaymentId
from forecourt.payments import PRESENT, Payer, Payment, check_load, check_same, load_at_page


@dataclass(frozen=True, slots=True)
class PayIn:
    """What a driver wants to pay in. wish: told once. keep_card: the card that is shown is stored."""

    amount: Money
    wish: UUID
    keep_card: bool = False


def wish_id(driver_id: DriverId, wish: UUID) -> PaymentId:
    """A driver's wish is one top-up, however often and from wherever it is sent."""
    return PaymentId(uuid5(driver_id, f"top-up/{wish}"))


def open_top_up(store: Store, driver_id: DriverId, wanted: PayIn, at: datetime, ids: Ids) -> Payment:
    """Ask the processor for a page where the driver pays into the balance. The same wish again is the same page.

    A page the driver left open for another wish is taken back: two would be paid by mistake. Raises Conflict
    for another amount under the same wish, BadInput for one the operator does not take.
    """
    driver, amount, payment_id = store.drivers.driver(driver_id), wanted.amount, wish_id(driver_id, wanted.wish)
    if (asked := store.payments.payment(payment_id)) is not None:  # told late, an old wish takes no newer page back
        check_same(asked, amount)
        return asked
    for other in store.payments.top_ups(driver_id, 50):
        if other.id != payment_id and other.paid_in and other.waits_for_payer:
            release(store, other.id, "another was asked for", at, ids)
    store.wallets.lock(driver_id)
    known = store.payments.payment(payment_id)
    if known is not None:
        check_same(known, amount)
        return known
    rules = store.wallets.rules(driver.operator_id)
    check_load(amount, rules, prepaid(store, driver.operator_id, driver_id, amount.currency), store.payments.top_ups(driver_id))
    payer = Payer(driver.operator_id, driver_id, PRESENT)
    return keep(store, load_at_page(payer, payment_id, amount, wanted.keep_card, at), at, ids)


def own_top_up(store: Store, driver_id: DriverId, payment_id: PaymentId) -> Payment:
    """A top-up of the driver's; somebody else's does not exist."""
    payment = store.payments.payment(payment_id)
    if payment is None or payment.driver_id != driver_id or payment.top_up is None:
        raise NotFound("top_up", "You have no such top-up.", "Yours are listed under Prepaid balance.")
    return payment


def drop_top_up(store: Store, payment: Payment, at: datetime, ids: Ids) -> None:
    """The driver does not want to pay after all. What was paid meanwhile is on the balance all the same."""
    if payment.paid_in and payment.waits_for_payer:
        release(store, payment.id, "not wanted", at, ids)
