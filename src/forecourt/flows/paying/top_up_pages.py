"""Top-ups paid on the processor's page by a driver who is present, with any card or a device's wallet; none needs to be stored."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from forecourt.flows.paying.balances import prepaid
from forecourt.flows.paying.pay import release, store_transition
from forecourt.flows.ports.store import Store
from forecourt.kernel import DriverId, Ids, Money, NotFound, PaymentId
from forecourt.payments import PAYER_PRESENT, Payer, Payment, begin_top_up_at_page, check_same_amount, check_top_up


@dataclass(frozen=True, slots=True)
class TopUpRequest:
    """A top-up that a driver wants to pay. wish: the request's own id. keep_card: store the card that is used."""

    amount: Money
    wish: UUID
    keep_card: bool = False


def top_up_id(driver_id: DriverId, request_id: UUID) -> PaymentId:
    """The payment id of a driver's request: one top-up, however often and from wherever the request is sent."""
    return PaymentId(uuid5(driver_id, f"top-up/{request_id}"))


def open_top_up(store: Store, driver_id: DriverId, wanted: TopUpRequest, at: datetime, ids: Ids) -> Payment:
    """Get a page from the processor where the driver tops up the balance. Repeating the request gives the same page.

    A page left open for another request is withdrawn, so that nobody pays twice by mistake. Raises Conflict for another
    amount under the same request, BadInput for an amount that the operator's rules do not allow.
    """
    driver, amount, payment_id = store.drivers.driver(driver_id), wanted.amount, top_up_id(driver_id, wanted.wish)
    if (requested := store.payments.payment(payment_id)) is not None:  # a request that arrives late must not withdraw a newer page
        check_same_amount(requested, amount)
        return requested
    for other in store.payments.top_ups(driver_id, 50):
        if other.id != payment_id and other.is_direct_top_up and other.waits_for_payer:
            release(store, other.id, "another was asked for", at, ids)
    store.wallets.lock(driver_id)
    known = store.payments.payment(payment_id)
    if known is not None:
        check_same_amount(known, amount)
        return known
    rules = store.wallets.rules(driver.operator_id)
    check_top_up(amount, rules, prepaid(store, driver.operator_id, driver_id, amount.currency), store.payments.top_ups(driver_id))
    payer = Payer(driver.operator_id, driver_id, PAYER_PRESENT)
    return store_transition(store, begin_top_up_at_page(payer, payment_id, amount, wanted.keep_card, at), at, ids)


def own_top_up(store: Store, driver_id: DriverId, payment_id: PaymentId) -> Payment:
    """The driver's top-up. Raises NotFound for anyone else's."""
    payment = store.payments.payment(payment_id)
    if payment is None or payment.driver_id != driver_id or payment.top_up is None:
        raise NotFound("top_up", "You have no such top-up.", "Yours are listed under Prepaid balance.")
    return payment


def cancel_top_up(store: Store, payment: Payment, at: datetime, ids: Ids) -> None:
    """The driver decides not to pay. If it was paid meanwhile, the balance has it all the same."""
    if payment.is_direct_top_up and payment.waits_for_payer:
        release(store, payment.id, "not wanted", at, ids)
