"""Stored payment cards: each stored once, the default one charged, none removed that is still needed."""

from dataclasses import replace

import pytest

from forecourt.flows.paying import (
    apply_setup_record,
    begin_setup,
    cards_of,
    make_default,
    own_setup,
    remove_card,
    set_auto_top_up,
    store_setup_page,
)
from forecourt.flows.ports import Transactions
from forecourt.kernel import Conflict, NotFound
from forecourt.payments import AutoTopUp, SetupPage, SetupRecord
from money_world import ACCOUNT_DRIVER, CARD_DRIVER, NOON, OPERATOR
from stores import both_stores

from .test_wallet import WalletWorld, eur


class CardWorld(WalletWorld):
    def add(self, last4: str) -> str:
        """A card is added; its event is received twice."""
        setup = self.do(lambda store: begin_setup(store, CARD_DRIVER, NOON, self.ids))
        self.do(lambda store: store_setup_page(store, setup, SetupPage("set_1", "https://cards.example")))
        record = SetupRecord(setup.id, "stored", f"pm_{last4}", "visa", last4, 2027, 3)
        for _ in range(2):
            self.do(lambda store: apply_setup_record(store, record, NOON, self.ids))
        return f"pm_{last4}"

    def methods(self) -> list[str]:
        return [one.method for one in self.do(lambda store: cards_of(store, CARD_DRIVER))]

    def chosen(self) -> str:
        return self.driver(CARD_DRIVER).payment_method

    def remove(self, place: int) -> None:
        card = self.do(lambda store: cards_of(store, CARD_DRIVER))[place]
        self.do(lambda store: remove_card(store, CARD_DRIVER, card.id))


@pytest.fixture
def world(any_transactions: Transactions) -> CardWorld:
    return CardWorld(any_transactions).ready()  # type: ignore[return-value]


def test_a_new_payment_card_is_stored_once_beside_the_existing_one(world: CardWorld) -> None:
    world.add("4242")
    assert world.methods() == ["pm_Ada", "pm_4242"] and world.chosen() == "pm_Ada"


def test_the_first_payment_card_is_the_default_and_removing_the_last_ends_automatic_top_ups(world: CardWorld) -> None:
    ada = replace(world.driver(CARD_DRIVER), payment_method="")
    world.do(lambda store: store.drivers.put_driver(ada))
    assert world.add("4242") == world.chosen()
    world.load(2000)
    world.do(lambda store: set_auto_top_up(store, AutoTopUp(OPERATOR, CARD_DRIVER, eur(1000), eur(2000)), NOON, world.ids))
    world.remove(0)
    auto = world.do(lambda store: store.wallets.auto_top_up(CARD_DRIVER))
    assert (world.methods(), world.chosen()) == ([], "") and auto is not None and not auto.on


@both_stores
def test_the_default_payment_card_is_charged_and_another_replaces_it_when_removed(world: CardWorld) -> None:
    world.add("4242")
    card = world.do(lambda store: cards_of(store, CARD_DRIVER))[1]
    world.do(lambda store: make_default(store, CARD_DRIVER, card.id))
    assert world.load(1000).method == "pm_4242"
    world.remove(1)
    assert (world.methods(), world.chosen()) == (["pm_Ada"], "pm_Ada")


def test_a_refused_payment_card_is_not_stored_and_another_driver_cannot_see_or_remove_cards(world: CardWorld) -> None:
    setup = world.do(lambda store: begin_setup(store, CARD_DRIVER, NOON, world.ids))
    world.do(lambda store: apply_setup_record(store, SetupRecord(setup.id, "failed", refusal="expired"), NOON, world.ids))
    assert world.do(lambda store: own_setup(store, CARD_DRIVER, setup.id)).refusal == "expired"
    assert world.methods() == ["pm_Ada"]
    with pytest.raises(NotFound):
        world.do(lambda store: own_setup(store, ACCOUNT_DRIVER, setup.id))
    with pytest.raises(NotFound):
        world.do(lambda store: remove_card(store, ACCOUNT_DRIVER, cards_of(store, CARD_DRIVER)[0].id))


def test_a_payment_card_with_an_open_hold_cannot_be_removed(world: CardWorld) -> None:
    world.add("4242")
    assert world.reserved().method == "pm_Ada", "an empty balance: the card holds"
    with pytest.raises(Conflict, match="held"):
        world.remove(0)
    world.remove(1)
    assert world.methods() == ["pm_Ada"]
