"""A top-up on a payment page, without a stored card: credited once, even if repeated, cancelled, late or declined before."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from forecourt.drivers import PayBy
from forecourt.flows.paying import (
    TopUpRequest,
    cancel_top_up,
    cards_of,
    maintain_holds,
    open_top_up,
    own_top_up,
    payer_returned,
    set_auto_top_up,
    set_pay_by,
    top_up,
)
from forecourt.kernel import BadInput, Conflict, NotFound
from forecourt.payments import AtPayer, AutoTopUp, Captured, Payment, Prepaid, Released, TopUp, Withdrawing
from in_process_provider import OwnBank
from money_world import ACCOUNT_DRIVER, CARD_DRIVER, NOON, OPERATOR
from stores import both_stores

from .test_wallet import WalletWorld, eur

CHALLENGED, REFUSED = "4000002500003155", "4000000000000002"


class PayInWorld(WalletWorld):
    """Ada pays from a balance and has no card with us; the bank is the simulated provider's."""

    bank: OwnBank

    def begin(self, minor: int = 2500, wish: int = 1, keep_card: bool = False) -> Payment:
        wanted = TopUpRequest(eur(minor), UUID(int=wish), keep_card)
        made = self.do(lambda store: open_top_up(store, CARD_DRIVER, wanted, self.bank.at, self.ids))
        self.heard()
        return self.payment(made)

    def heard(self) -> None:
        self.bank.deliver(self.transactions, self.ids)

    def back(self, one: Payment) -> None:
        self.do(lambda store: payer_returned(store, own_top_up(store, CARD_DRIVER, one.id), self.bank.at, self.ids))

    def cards(self) -> list[str]:
        return [one.name for one in self.do(lambda store: cards_of(store, CARD_DRIVER))]


@pytest.fixture
def world(any_transactions) -> PayInWorld:
    world = PayInWorld(any_transactions).ready(method="")
    world.bank = OwnBank(NOON)
    return world


def test_a_top_up_paid_with_strong_authentication_is_credited_and_stores_no_card(world: PayInWorld) -> None:
    made = world.begin()
    assert isinstance(made.state, AtPayer) and made.state.page and world.has() == Prepaid(eur(0), eur(0))
    world.bank.pays(made.id, CHALLENGED)
    world.bank.says(made.id, True)
    world.heard()
    paid = world.payment(made)
    assert (paid.state_name, paid.taken, paid.top_up, world.lines()) == ("Captured", eur(2500), TopUp.DRIVER, [2500])
    assert world.has() == Prepaid(eur(2500), eur(0)) and world.cards() == []


@pytest.mark.parametrize("order", ["news first", "return first", "news lost"])
def test_a_top_up_is_credited_once_in_any_order_of_webhook_and_return(world: PayInWorld, order: str) -> None:
    made = world.begin()
    world.bank.pays(made.id)
    told, world.bank.events[:] = list(world.bank.events), []
    if order != "news first":
        world.back(made)
    if order != "news lost":
        world.bank.events += told
    world.heard()
    for _ in range(2):
        world.back(made)
        world.heard()
    assert world.lines() == [2500] and isinstance(world.payment(made).state, Captured)


def test_a_second_top_up_with_the_same_key_reuses_the_page_and_another_amount_is_refused(world: PayInWorld) -> None:
    made = world.begin()
    assert world.begin() == made and len(world.bank.bank.intents()) == 1
    with pytest.raises(Conflict, match="already started"):
        world.begin(3000)
    with pytest.raises(Conflict, match="already started"):  # nor is it charged to a stored card beside it
        world.do(lambda store: top_up(store, CARD_DRIVER, eur(3000), UUID(int=1), NOON, world.ids))
    world.bank.pays(made.id)
    world.heard()
    assert world.begin().taken == eur(2500) and world.lines() == [2500]


def test_after_a_declined_card_or_failed_authentication_a_top_up_can_be_paid_with_another_card(world: PayInWorld) -> None:
    made = world.begin()
    world.bank.pays(made.id, REFUSED)
    world.heard()
    assert world.payment(made).state.refusal == "card_declined"  # type: ignore[union-attr]
    world.bank.later(seconds=30)
    world.bank.pays(made.id, CHALLENGED)
    world.bank.says(made.id, False)
    world.heard()
    assert world.payment(made).state.refusal == "authentication_failed" and world.lines() == []  # type: ignore[union-attr]
    world.bank.pays(made.id)
    world.heard()
    assert world.lines() == [2500]


@both_stores
def test_an_open_payment_page_is_cancelled_after_a_quarter_of_an_hour_or_by_a_new_top_up(world: PayInWorld) -> None:
    made = world.begin()
    other = world.begin(4000, wish=2)
    assert isinstance(world.payment(made).state, Released) and isinstance(other.state, AtPayer)
    world.bank.later(minutes=16)
    world.do(lambda store: maintain_holds(store, OPERATOR, world.bank.at, world.ids))
    world.heard()
    assert isinstance(world.payment(other).state, Released) and world.lines() == []
    assert [one.status for one in world.bank.bank.intents()] == ["released", "released"]


def test_a_top_up_paid_while_it_is_being_cancelled_is_credited(world: PayInWorld) -> None:
    made = world.begin()
    world.do(lambda store: cancel_top_up(store, own_top_up(store, CARD_DRIVER, made.id), NOON, world.ids))
    assert isinstance(world.payment(made).state, Withdrawing)
    world.bank.pays(made.id)
    world.bank.events.clear()  # the news of it is lost: the answer to the withdrawal tells
    world.heard()
    assert isinstance(world.payment(made).state, Captured) and world.lines() == [2500]


def test_a_card_stored_with_a_top_up_becomes_the_default_and_serves_automatic_top_ups(world: PayInWorld) -> None:
    made = world.begin(keep_card=True)
    world.bank.pays(made.id, CHALLENGED)
    assert world.cards() == []
    world.bank.says(made.id, True)
    world.heard()
    assert world.cards() == ["Visa ending in 3155"] and world.driver(CARD_DRIVER).payment_method.startswith("pm_card")
    world.do(lambda store: set_auto_top_up(store, AutoTopUp(OPERATOR, CARD_DRIVER, eur(1000), eur(2000)), NOON, world.ids))
    world.back(made)
    world.heard()
    assert len(world.cards()) == 1


def test_a_top_up_pays_an_outstanding_debt(world: PayInWorld) -> None:
    bill = world.charged()
    assert world.do(lambda store: store.payments.debt_status(CARD_DRIVER).owed) == bill.due
    made = world.begin()
    world.bank.pays(made.id)
    world.heard()
    assert world.do(lambda store: store.payments.debt_status(CARD_DRIVER).owed) is None and world.lines() == [2500, -bill.due.minor]


@both_stores
def test_an_open_payment_page_adds_no_balance_and_blocks_no_change_of_payment_method(world: PayInWorld) -> None:
    world.begin()
    assert world.has() == Prepaid(eur(0), eur(0))
    world.do(lambda store: set_pay_by(store, CARD_DRIVER, PayBy.CARD))
    with pytest.raises(BadInput, match="cannot top up"):
        world.begin(10, wish=2)


def test_a_top_up_of_another_driver_is_not_found(world: PayInWorld) -> None:
    made = world.begin()
    with pytest.raises(NotFound):
        world.do(lambda store: own_top_up(store, ACCOUNT_DRIVER, made.id))
    late = replace(made, made_at=NOON - timedelta(days=1))
    assert late.is_direct_top_up and not late.is_in_force  # another driver's start at any socket does not wait for it


def test_a_late_repeat_of_an_earlier_top_up_does_not_cancel_a_newer_one(world: PayInWorld) -> None:
    old, newer = world.begin(wish=1), world.begin(wish=2)
    assert world.begin(wish=1) == world.payment(old) and isinstance(world.payment(newer).state, AtPayer)
