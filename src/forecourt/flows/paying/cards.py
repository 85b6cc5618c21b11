"""Stored cards: added on the processor's page, one of them the default, and not removable while needed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid5

from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, DriverId, Ids, NotFound, PaymentId
from forecourt.payments import CardSetup, GivenCard, Payment, SetupPage, SetupRecord, StoredCard

# For a method stored by the operator, at an unknown time.
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def cards_of(store: Store, driver_id: DriverId) -> Sequence[StoredCard]:
    """Oldest first. Includes a method that the operator stored for the driver, although nothing is known of it."""
    driver, cards = store.drivers.driver(driver_id), list(store.cards.of_driver(driver_id))
    if driver.payment_method and all(one.method != driver.payment_method for one in cards):
        made_at = cards[0].added_at if cards else _LONG_AGO
        known = StoredCard(uuid5(driver_id, driver.payment_method), driver.operator_id, driver_id, driver.payment_method, made_at)
        cards.insert(0, known)
    return cards


def begin_setup(store: Store, driver_id: DriverId, at: datetime, ids: Ids) -> CardSetup:
    """A driver wants to add a card. The processor's page is requested next, outside this unit of work."""
    setup = CardSetup(ids.new(at), store.drivers.driver(driver_id).operator_id, driver_id, at)
    store.cards.put_setup(setup)
    return setup


def store_setup_page(store: Store, setup: CardSetup, page: SetupPage) -> CardSetup:
    """Store the processor's page for a setup."""
    stored = replace(setup, reference=page.reference, page=page.page)
    store.cards.put_setup(stored)
    return stored


def own_setup(store: Store, driver_id: DriverId, setup_id: UUID) -> CardSetup:
    """The driver's setup. Raises NotFound for anyone else's."""
    setup = store.cards.setup(setup_id)
    if setup is None or setup.driver_id != driver_id:
        raise NotFound("setup", "You are not adding that card.", "See your cards.")
    return setup


def apply_setup_record(store: Store, record: SetupRecord, at: datetime, ids: Ids) -> CardSetup:
    """Apply the processor's record of a setup. A card is stored once, however often it is reported; the first becomes the default."""
    setup = store.cards.setup(record.setup_id)
    if setup is None:
        raise NotFound("setup", "No one is adding that card.")
    if setup.card_id is not None or record.status == "open":
        return setup
    if record.status == "failed":
        setup = replace(setup, refusal=record.refusal or "refused")
        store.cards.put_setup(setup)
        return setup
    details = (record.brand, record.last4, record.year, record.month)
    card = StoredCard(ids.new(at), setup.operator_id, setup.driver_id, record.method, at, *details)
    _store(store, card)
    setup = replace(setup, card_id=card.id, refusal="")
    store.cards.put_setup(setup)
    return setup


def store_used_card(store: Store, payment: Payment, used: GivenCard, at: datetime) -> None:
    """Store the card used for a payment, as its payer wanted; the caller ensures that this happens once."""
    if all(one.method != used.method for one in store.cards.of_driver(payment.driver_id)):
        details = (used.brand, used.last4, used.year, used.month)
        _store(store, StoredCard(stored_card_id(payment.id), payment.operator_id, payment.driver_id, used.method, at, *details))


def stored_card_id(payment_id: PaymentId) -> UUID:
    """The id under which the card used for a payment is stored, if it is."""
    return uuid5(payment_id, "card")


def make_default(store: Store, driver_id: DriverId, card_id: UUID) -> StoredCard:
    """From now on charges, top-ups and debts are charged to this card; payments under way stay on the other."""
    card = _own_card(store, driver_id, card_id)
    _store_known_method(store, driver_id)
    store.drivers.put_driver(replace(store.drivers.driver(driver_id), payment_method=card.method))
    return card


def remove_card(store: Store, driver_id: DriverId, card_id: UUID) -> None:
    """Remove a card. Another becomes the default; if there is none, automatic top-ups stop.

    Raises Conflict while the card has a hold or a payment under way, or if it is the last one and something is owed.
    """
    card, driver = _own_card(store, driver_id, card_id), store.drivers.driver(driver_id)
    if any(one.open and one.method == card.method for one in store.payments.of_driver(driver_id, 500)):
        raise Conflict(
            "card_in_use", "Money is held on {card}, or a payment with it is on its way.", "Remove it once that is over.", card=card.name
        )
    others = [one for one in cards_of(store, driver_id) if one.id != card.id]
    if not others and store.payments.debt_status(driver_id).owed:
        raise Conflict("card_owed", "You have something to pay, and this is your only card.", "Pay first, or add another card.")
    if not others and store.sessions.open_of(driver_id):
        raise Conflict("card_in_use", "You are charging, and this is your only card.", "Remove it once the charge is paid.")
    store.cards.drop(card)
    if driver.payment_method == card.method:
        store.drivers.put_driver(replace(driver, payment_method=others[-1].method if others else ""))
    auto = store.wallets.auto_top_up(driver_id)
    if not others and auto is not None and auto.on:
        store.wallets.put_auto_top_up(replace(auto, on=False))


def _store(store: Store, card: StoredCard) -> None:
    """Add a card; the first becomes the default."""
    _store_known_method(store, card.driver_id)
    store.cards.put(card)
    driver = store.drivers.driver(card.driver_id)
    if not driver.payment_method:
        store.drivers.put_driver(replace(driver, payment_method=card.method))


def _own_card(store: Store, driver_id: DriverId, card_id: UUID) -> StoredCard:
    card = next((one for one in cards_of(store, driver_id) if one.id == card_id), None)
    if card is None:
        raise NotFound("card", "You have no such card.", "See your cards.")
    return card


def _store_known_method(store: Store, driver_id: DriverId) -> None:
    """Store the method added by the operator as a card before it stops being the only one."""
    for card in cards_of(store, driver_id):
        store.cards.put(card)
