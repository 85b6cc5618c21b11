"""The prepaid balance: topped up once, held, spent on its charge, refunded; never below zero."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Thread
from typing import Any, TypeVar
from uuid import UUID

import pytest

from forecourt.billing import Invoice
from forecourt.drivers import PayBy
from forecourt.flows.answers import apply_payment_answer, receive_payment_event
from forecourt.flows.billing import rate_and_invoice
from forecourt.flows.paying import (
    apply_dispute,
    clear,
    collect_payment,
    maintain_holds,
    pay_debt,
    prepaid,
    refund,
    refund_prepaid_balance,
    set_auto_top_up,
    set_pay_by,
    top_up,
)
from forecourt.flows.paying.pay import look_up
from forecourt.flows.paying.wallet import hold_balance_for_session, hold_for_charge
from forecourt.flows.ports import OutboxItem, PageRequest, Store, Transactions
from forecourt.kernel import BadInput, Conflict, DriverId, Money
from forecourt.ledger import overdrawn, receivable, verify_chain, wallet
from forecourt.notices import NoticeKind
from forecourt.payments import (
    WALLET,
    AutoTopUp,
    Captured,
    Charging,
    ClearingLine,
    DisputeRecord,
    DisputeState,
    Held,
    Payment,
    Prepaid,
    ProcessorEvent,
    ProcessorRecord,
    Rejected,
    Released,
    TopUp,
    Unanswered,
    Unknown,
    WalletRules,
)
from forecourt.sessions import Session
from forecourt.tariffs import PhaseState
from money_world import CARD_DRIVER, EVSE, NOON, OPERATOR, C, MoneyWorld, yes

T = TypeVar("T")
END, BEFORE = NOON + timedelta(hours=2), NOON - timedelta(minutes=1)
COST = 536  # 0.50 + 10 kWh at 0.40, and 19 %


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def no(item: OutboxItem, at: datetime) -> Any:
    return Rejected("insufficient_funds")


def silence(item: OutboxItem, at: datetime) -> Any:
    return Unanswered("timeout")


class WalletWorld(MoneyWorld):
    """Ada pays from her balance."""

    def do(self, work: Callable[[Store], T]) -> T:
        with self.transactions.begin() as store:
            return work(store)

    def ready(self, method: str = "pm_Ada") -> "WalletWorld":
        self.build()
        ada = replace(self.driver(CARD_DRIVER), pay_by=PayBy.WALLET, payment_method=method)
        self.do(lambda store: store.drivers.put_driver(ada))
        return self

    def load(self, minor: int, at: datetime = BEFORE, number: int = 1, **answer: Any) -> Payment:
        made = self.do(lambda store: top_up(store, CARD_DRIVER, eur(minor), UUID(int=number), at, self.ids))
        self.deliver(at, **answer)
        return self.payment(made)

    def payment(self, one: Payment) -> Payment:
        found = self.do(lambda store: store.payments.payment(one.id))
        assert found is not None
        return found

    def has(self, driver_id: DriverId = CARD_DRIVER) -> Prepaid:
        with self.transactions.begin() as store:
            assert self.sum_is_zero(store)
            verify_chain(store.ledger.chain(OPERATOR))
            return prepaid(store, OPERATOR, driver_id, "EUR")

    def reserved(self, at: datetime = BEFORE) -> Payment:
        driver, evse = self.driver(CARD_DRIVER), self.evse()
        return self.do(lambda store: hold_for_charge(store, driver, evse, at, self.ids))

    def charged(self, number: int = 1, wh: int = 10_000) -> Invoice:
        made = self.billed(self.ended((C, 60, wh), number=number), END)
        assert made is not None
        return made

    def lines(self) -> list[int]:
        """The statement, oldest first."""
        book = self.do(lambda store: store.ledger.account_page(OPERATOR, wallet(CARD_DRIVER), "EUR", PageRequest(limit=100)).rows)
        return [-entry.minor for one in reversed(book) for entry in one.txn.entries if entry.account == wallet(CARD_DRIVER)]


@pytest.fixture
def world(any_transactions: Transactions) -> WalletWorld:
    return WalletWorld(any_transactions).ready()


def test_a_charge_is_paid_from_its_held_balance_and_the_rest_is_available_again(world: WalletWorld) -> None:
    world.load(3000)
    hold = world.reserved()
    assert isinstance(hold.state, Held) and world.has() == Prepaid(eur(3000), hold.state.amount)
    invoice = world.charged()
    (paid_by,) = world.do(lambda store: store.payments.of_document(invoice.id))
    assert (paid_by.id, paid_by.method, paid_by.taken) == (hold.id, WALLET, invoice.due)
    assert world.has() == Prepaid(eur(3000 - COST), eur(0)) and world.lines() == [3000, -COST]
    world.do(lambda store: collect_payment(store, invoice.id, END, world.ids))
    assert not world.deliver(END), "the card is asked for nothing"
    assert world.do(lambda store: store.ledger.balance(OPERATOR, receivable(CARD_DRIVER), "EUR")) == 0


def test_an_invoice_above_the_balance_takes_the_rest_from_the_card(world: WalletWorld) -> None:
    world.load(1000)
    invoice = world.charged(wh=40_000)
    world.do(lambda store: collect_payment(store, invoice.id, END, world.ids))
    world.deliver(END)
    payments = world.do(lambda store: store.payments.of_document(invoice.id))
    assert [(one.method, one.taken.minor) for one in payments] == [(WALLET, 1000), ("pm_Ada", invoice.due.minor - 1000)]
    assert world.has().balance == eur(0)


def test_without_a_card_the_amount_above_the_balance_is_a_debt_that_the_next_top_up_pays(any_transactions: Transactions) -> None:
    world = WalletWorld(any_transactions).ready()
    world.load(1000)
    world.ready(method="")
    invoice = world.charged(wh=40_000)
    case = world.do(lambda store: store.dunning.case(invoice.id))
    assert case is not None and case.owed == invoice.due - eur(1000)
    world.ready()
    world.load(2000, END, number=2)
    case = world.do(lambda store: store.dunning.case(invoice.id))
    assert case is not None and case.outcome == "paid"
    assert world.has().balance == eur(3000) - invoice.due


def test_a_debt_is_paid_from_the_balance_on_demand(world: WalletWorld) -> None:
    invoice = world.charged()
    world.do(lambda store: collect_payment(store, invoice.id, END, world.ids))
    world.deliver(END, no)
    world.do(lambda store: set_pay_by(store, CARD_DRIVER, PayBy.CARD))
    world.load(1000, END)
    assert world.has().balance == eur(1000), "who pays by card keeps the balance"
    world.do(lambda store: set_pay_by(store, CARD_DRIVER, PayBy.WALLET))
    world.do(lambda store: pay_debt(store, CARD_DRIVER, invoice.id, END, world.ids))
    assert world.has().balance == eur(1000 - COST)
    case = world.do(lambda store: store.dunning.case(invoice.id))
    assert case is not None and not case.open


def test_a_top_up_is_credited_once_despite_repeated_requests_and_missing_answers(world: WalletWorld) -> None:
    made = world.load(2000, answer=silence)
    assert isinstance(made.state, Unknown) and world.has().balance == eur(0)
    assert world.load(2000, answer=silence).id == made.id, "the same wish is the same top-up"
    event = ProcessorEvent("evt1", "captured", made.id, END)
    assert world.do(lambda store: receive_payment_event(store, event, END, world.ids))
    assert not world.do(lambda store: receive_payment_event(store, event, END, world.ids))
    record = ProcessorRecord(made.id, "captured", "pay_1", eur(0), eur(2000), eur(0), END)
    world.deliver(END + timedelta(hours=1), lambda item, at: record)
    assert world.has().balance == eur(2000) and world.lines() == [2000]


def test_a_second_top_up_with_the_same_key_and_another_amount_is_refused(world: WalletWorld) -> None:
    made = world.load(2000)
    with pytest.raises(Conflict) as refusal:
        world.load(3000)
    assert refusal.value.code == "wish_taken" and world.load(2000).id == made.id and world.lines() == [2000]


def test_a_refund_known_only_from_the_settlement_report_queries_the_payment_once(world: WalletWorld) -> None:
    made, at = world.load(2000), END
    taken, back = (ClearingLine(name, made.id, eur(minor), eur(0), at) for name, minor in (("c1", 2000), ("c2", -700)))
    assert world.do(lambda store: clear(store, [taken], at, world.ids)) == 1 and world.deliver(at) == 0
    assert [world.do(lambda store: clear(store, [taken, back], at, world.ids)) for _ in range(2)] == [1, 0]
    record = ProcessorRecord(made.id, "captured", "pay_1", eur(0), eur(2000), eur(700), at)
    assert world.deliver(at, lambda item, at: record) == 1
    assert world.has().balance == eur(1300) and world.payment(made).returned == eur(700)


def test_a_repeated_answer_of_the_processor_credits_a_top_up_once(world: WalletWorld) -> None:
    made = world.do(lambda store: top_up(store, CARD_DRIVER, eur(2000), UUID(int=1), BEFORE, world.ids))
    with world.transactions.begin() as store:
        (item,) = store.outbox.claim("payment", BEFORE, 1, 60.0)
    for _ in range(3):
        world.do(lambda store: apply_payment_answer(store, item, yes(item, BEFORE), BEFORE, world.ids))
    assert world.has().balance == eur(2000) and isinstance(world.payment(made).state, Captured)


def test_a_declined_top_up_credits_nothing_and_does_not_block_the_driver(world: WalletWorld) -> None:
    made = world.load(2000, answer=no)
    assert made.state_name == "Declined" and world.has().balance == eur(0)
    assert not world.do(lambda store: store.payments.debt_status(CARD_DRIVER)).blocked


def test_a_low_balance_is_topped_up_automatically_once_and_a_declined_card_pauses_it(world: WalletWorld) -> None:
    world.load(1000)
    wish = AutoTopUp(OPERATOR, CARD_DRIVER, eur(800), eur(2000))
    world.do(lambda store: set_auto_top_up(store, wish, BEFORE, world.ids))
    assert not world.deliver(BEFORE), "1000 is not below 800"
    world.charged(1)
    world.charged(2)
    auto = [one for one in world.do(lambda store: store.payments.top_ups(CARD_DRIVER)) if one.top_up is TopUp.AUTO]
    assert len(auto) == 1 and isinstance(auto[0].state, Charging)
    world.deliver(END, no)
    kept = world.do(lambda store: store.wallets.auto_top_up(CARD_DRIVER))
    assert kept is not None and (kept.active, kept.paused_why) == (False, "insufficient_funds")
    world.charged(3)
    automatic = [one for one in world.do(lambda store: store.payments.top_ups(CARD_DRIVER)) if one.top_up is TopUp.AUTO]
    assert len(automatic) == 1, "a pause is a pause"
    world.do(lambda store: set_auto_top_up(store, wish, END, world.ids))
    world.deliver(END)
    assert world.has().balance.minor >= 2000 - COST


def test_automatic_top_ups_stop_at_the_operators_daily_limit(world: WalletWorld) -> None:
    with world.transactions.begin() as store:
        rules = store.wallets.rules(OPERATOR)
        store.wallets.put_rules(OPERATOR, replace(rules, auto_most=eur(3000)))
    wish = AutoTopUp(OPERATOR, CARD_DRIVER, eur(5000), eur(2000))
    for minute in range(3):
        world.do(lambda store, minute=minute: set_auto_top_up(store, wish, END + timedelta(minutes=minute), world.ids))
        world.deliver(END + timedelta(minutes=minute))
    assert world.has().balance == eur(2000)
    world.do(lambda store: set_auto_top_up(store, wish, END + timedelta(hours=25), world.ids))
    world.deliver(END + timedelta(hours=25))
    assert world.has().balance == eur(4000)


def test_a_refunded_balance_goes_to_its_original_cards_and_cannot_be_spent_meanwhile(world: WalletWorld) -> None:
    first, second = world.load(1000), world.load(2000, NOON, 2)
    world.do(lambda store: refund_prepaid_balance(store, CARD_DRIVER, eur(2500), "moving away", END, world.ids))
    assert world.has() == Prepaid(eur(3000), eur(2500))
    with pytest.raises(BadInput):
        world.do(lambda store: refund_prepaid_balance(store, CARD_DRIVER, eur(501), "again", END, world.ids))
    world.deliver(END)
    assert world.has() == Prepaid(eur(500), eur(0))
    assert (world.payment(first).returned, world.payment(second).returned) == (eur(500), eur(2000))
    assert world.lines() == [1000, 2000, -500, -2000] or world.lines() == [1000, 2000, -2000, -500]


def test_a_declined_refund_leaves_the_balance_unchanged(world: WalletWorld) -> None:
    made = world.load(1000)
    world.do(lambda store: refund(store, made.id, eur(400), "asked", END, world.ids))
    assert world.has().available == eur(600)
    world.deliver(END, no)
    assert world.has() == Prepaid(eur(1000), eur(0))


def test_the_spent_part_of_a_top_up_cannot_be_refunded(world: WalletWorld) -> None:
    made = world.load(1000)
    world.charged()
    with pytest.raises(BadInput, match="available"):
        world.do(lambda store: refund(store, made.id, eur(1000), "asked", END, world.ids))


def test_the_refund_of_a_charge_is_credited_to_the_balance_at_once(world: WalletWorld) -> None:
    world.load(1000)
    invoice = world.charged()
    (one,) = world.do(lambda store: store.payments.of_document(invoice.id))
    back = world.do(lambda store: refund(store, one.id, eur(COST), "goodwill", END, world.ids))
    assert back.returned == eur(COST) and world.has().balance == eur(1000)


def test_a_top_up_refunded_after_it_was_spent_is_a_debt_that_the_next_top_up_pays(world: WalletWorld) -> None:
    made = world.load(1000)
    world.charged()
    event = ProcessorEvent("evt_back", "refunded", made.id, END)
    world.do(lambda store: receive_payment_event(store, event, END, world.ids))
    record = ProcessorRecord(made.id, "captured", "pay_1", eur(0), eur(1000), eur(1000), END)
    world.deliver(END, lambda item, at: record)
    assert world.has().balance == eur(0)
    assert world.do(lambda store: store.ledger.balance(OPERATOR, overdrawn(CARD_DRIVER), "EUR")) == COST
    world.load(2000, END, 2)
    assert world.has().balance == eur(2000 - COST)
    assert world.do(lambda store: store.ledger.balance(OPERATOR, overdrawn(CARD_DRIVER), "EUR")) == 0


def test_a_failed_refund_of_a_spent_top_up_clears_the_debt_and_can_be_refunded_again(world: WalletWorld) -> None:
    made = world.load(1000)
    world.charged()
    for bounced in (0, 1000, 1000):
        record = ProcessorRecord(made.id, "captured", "pay_1", eur(0), eur(1000), eur(1000), END, bounced=eur(bounced))
        world.do(lambda store: look_up(store, made, f"look/{world.ids.new(END)}", END, world.ids))
        world.deliver(END, lambda item, at, told=record: told)
    assert world.has().balance == eur(1000 - COST)
    assert world.do(lambda store: store.ledger.balance(OPERATOR, overdrawn(CARD_DRIVER), "EUR")) == 0
    world.do(lambda store: refund_prepaid_balance(store, CARD_DRIVER, eur(1000 - COST), "moving away", END, world.ids))
    world.deliver(END)
    assert world.has().balance == eur(0) and world.payment(made).captured == eur(COST)


def test_a_disputed_top_up_is_deducted_from_the_balance_and_restored_if_the_dispute_is_won(world: WalletWorld) -> None:
    made = world.load(1000)
    world.charged()

    def says(state: DisputeState, hours: int) -> tuple[int, int]:
        """What there is, and what is owed because it was spent."""
        at = END + timedelta(hours=hours)
        record = DisputeRecord("dp_1", state, eur(1000), eur(1500), "fraudulent", END, at, END + timedelta(days=7))
        world.do(lambda store: apply_dispute(store, made, record, at, world.ids))
        return world.has().balance.minor, world.do(lambda store: store.ledger.balance(OPERATOR, overdrawn(CARD_DRIVER), "EUR"))

    assert says(DisputeState.NEEDS_ANSWER, 0) == (0, COST)
    assert says(DisputeState.LOST, 1) == says(DisputeState.LOST, 1) == (0, COST)
    assert says(DisputeState.WON, 2) == (1000 - COST, 0)
    assert says(DisputeState.LOST, 3) == (0, COST)


def test_a_balance_is_not_refunded_to_a_card_whose_top_up_is_disputed(world: WalletWorld) -> None:
    first, second = world.load(1000, NOON), world.load(1000, BEFORE, 2)
    record = DisputeRecord("dp_1", DisputeState.NEEDS_ANSWER, eur(1000), eur(1500), "fraudulent", END, END, END + timedelta(days=7))
    world.do(lambda store: apply_dispute(store, first, record, END, world.ids))
    world.do(lambda store: refund_prepaid_balance(store, CARD_DRIVER, eur(1000), "moving away", END, world.ids))
    world.deliver(END)
    assert (world.payment(first).returned, world.payment(second).returned) == (eur(0), eur(1000))


def test_an_unused_hold_on_the_balance_is_released_within_an_hour(world: WalletWorld) -> None:
    world.load(3000)
    hold = world.reserved()
    world.do(lambda store: maintain_holds(store, OPERATOR, NOON + timedelta(hours=1), world.ids))
    assert isinstance(world.payment(hold).state, Released) and world.has().held == eur(0)


def test_a_charge_without_enough_balance_or_a_card_is_refused(any_transactions: Transactions) -> None:
    world = WalletWorld(any_transactions).ready(method="")
    with pytest.raises(Conflict, match="Your balance"):
        world.reserved()
    with pytest.raises(Conflict, match="no stored card"):
        world.load(1000)


def test_a_balance_in_another_currency_is_refused_naming_both_currencies(world: WalletWorld) -> None:
    francs = WalletRules(*(Money(minor, "CHF") for minor in (1000, 50000, 100000, 500, 10000)))
    world.do(lambda store: store.wallets.put_rules(OPERATOR, francs))
    world.do(lambda store: store.drivers.put_driver(replace(store.drivers.driver(CARD_DRIVER), payment_method="")))
    with pytest.raises(Conflict, match="in CHF and this place charges in EUR") as refused:
        world.reserved()
    assert refused.value.code == "balance_currency"


def test_with_an_empty_balance_the_hold_is_placed_on_the_card(world: WalletWorld) -> None:
    assert world.reserved().method == "pm_Ada"


def test_a_charge_begun_at_the_charger_holds_the_available_balance_once(world: WalletWorld, any_transactions: Transactions) -> None:
    world.load(1000)
    record, evse = world.ended((C, 60, 10_000)), world.evse()
    session = Session(
        record.session_id, OPERATOR, record.site_id, EVSE, record.charger_id, "1", NOON, NOON, PhaseState.CHARGING, 0,
        driver_id=CARD_DRIVER, token=record.token, tariff_version_id=record.tariff_version_id,
    )  # fmt: skip
    for _ in range(2):
        world.do(lambda store: hold_balance_for_session(store, session, evse, NOON, world.ids))
    assert world.has() == Prepaid(eur(1000), eur(1000))
    invoice = world.do(lambda store: rate_and_invoice(store, record.session_id, END, world.ids))
    assert invoice is not None and world.has() == Prepaid(eur(1000 - COST), eur(0))


def test_the_payment_method_cannot_be_changed_while_a_charge_has_a_hold(world: WalletWorld) -> None:
    world.load(3000)
    world.reserved()
    with pytest.raises(Conflict, match="held"):
        world.do(lambda store: set_pay_by(store, CARD_DRIVER, PayBy.CARD))
    with pytest.raises(Conflict, match="operator"):
        world.do(lambda store: set_pay_by(store, CARD_DRIVER, PayBy.ACCOUNT))


def test_two_charges_that_end_concurrently_never_spend_the_same_balance(world: WalletWorld) -> None:
    world.load(1000)
    records = [world.ended((C, 60, 20_000), number=number) for number in (1, 2)]
    threads = [Thread(target=world.billed, args=(one, END)) for one in records]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = sum(-line for line in world.lines() if line < 0)
    assert taken == 1000 and world.has() == Prepaid(eur(0), eur(0))


def test_each_manual_or_automatic_top_up_sends_one_receipt_and_a_declined_one_none(world: WalletWorld) -> None:
    mailed = replace(world.driver(CARD_DRIVER), email="ada@example.org")
    world.do(lambda store: store.drivers.put_driver(mailed))

    def told() -> list[int]:
        found = world.do(lambda store: store.notices.of_driver(CARD_DRIVER).rows)
        return sorted(one.content.amount.minor for one in found if one.kind is NoticeKind.TOPPED_UP and one.content.amount)

    world.load(2500, answer=no)
    assert told() == []
    made = world.load(1000, number=2)
    event = ProcessorEvent("evt1", "captured", made.id, END)
    world.do(lambda store: receive_payment_event(store, event, END, world.ids))
    world.deliver(END)
    assert told() == [1000]
    world.do(lambda store: set_auto_top_up(store, AutoTopUp(OPERATOR, CARD_DRIVER, eur(1100), eur(2000)), BEFORE, world.ids))
    world.deliver(END)
    assert told() == [1000, 2000]
