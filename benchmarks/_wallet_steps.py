"""The events of prepaid balances in the small world of money, and the checks of them at the end."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from uuid import UUID

from _money_world import World

from forecourt.flows.paying import (
    TopUpRequest,
    cancel_top_up,
    open_top_up,
    pay_debt,
    payer_returned,
    refund_prepaid_balance,
    set_auto_top_up,
    set_wallet_rules,
    top_up,
)
from forecourt.flows.ports import PageRequest, Store
from forecourt.kernel import DriverId, Money, OperatorId, PaymentId
from forecourt.ledger import AccountKind, held_on_wallet, overdrawn, wallet
from forecourt.payments import WALLET, AutoTopUp, Captured, Held, Payment, ProcessorEvent, WalletRules
from forecourt.simulation.provider import Refusal

OPERATOR = OperatorId(UUID(int=1))
CARDS = ("4242424242424242", "wallet", "4000002500003155", "4000000000000002")


class WalletSteps:
    """Three drivers pay from their balance: one with a good card, one whose card is now and then refused, one without."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.news: list[ProcessorEvent] = []  # of what happened at the processor alone: told for days, until somebody hears it
        self.steps: tuple[Callable[[], None], ...] = (
            self.load, self.load, self.ask_page, self.pay_in, self.pay_in, self.leave_page,
            self._world.start, self.give_balance_back, self.wish, self.owed, self.bank_takes_back, self.change_card,
        )  # fmt: skip

    def load(self) -> None:
        """Pressed twice as often as not, by the same wish."""
        world, driver_id, wish = self._world, self._driver(), UUID(int=self._world.random.getrandbits(64))
        amount = self._money(1, 4000)
        for _ in range(1 + world.random.randrange(2)):
            world.within(lambda store: top_up(store, driver_id, amount, wish, world.at, world.ids))

    def ask_page(self) -> None:
        """A page to pay at, asked for twice as often as not, now and then with another amount, now and then to keep the card."""
        world, driver_id, wish = self._world, self._driver(), UUID(int=self._world.random.getrandbits(64))
        wanted = TopUpRequest(self._money(1, 4000), wish, world.random.random() < 0.3)
        other = replace(wanted, amount=self._money(1, 4000)) if world.unlucky(0.2) else wanted
        for one in (wanted, other)[: 1 + world.random.randrange(2)]:
            world.within(partial(open_top_up, driver_id=driver_id, wanted=one, at=world.at, ids=world.ids))

    def pay_in(self) -> None:
        """A driver at the provider's page: a card, a refused one, the bank's question; then back to us, or not."""
        world = self._world
        waiting = [one for one in world.bank.intents() if one.status == "requested" and one.takes]
        if waiting:
            intent = world.random.choice(waiting)
            if intent.challenged_at is not None:
                world.bank.challenged(intent.id, intent.secret, world.random.random() < 0.7)
            else:
                world.bank.pay(intent.id, intent.secret, world.random.choice(CARDS))
            if world.random.random() < 0.5:
                payment_id = PaymentId(UUID(intent.reference))
                world.within(lambda store: self._back(store, payment_id))

    def _back(self, store: Store, payment_id: PaymentId) -> None:
        payment = store.payments.payment(payment_id)
        if payment is not None:
            payer_returned(store, payment, self._world.at, self._world.ids)

    def leave_page(self) -> None:
        world, driver_id = self._world, self._driver()
        with world.transactions.begin() as store:
            open_pages = [one for one in store.payments.top_ups(driver_id, 20) if one.is_direct_top_up and one.open]
        if open_pages:
            chosen = world.random.choice(open_pages)
            world.within(lambda store: cancel_top_up(store, chosen, world.at, world.ids))

    def give_balance_back(self) -> None:
        world, driver_id, amount = self._world, self._driver(), self._money(1, 3000)
        world.within(lambda store: refund_prepaid_balance(store, driver_id, amount, "asked", world.at, world.ids))

    def wish(self) -> None:
        world, driver_id = self._world, self._driver()
        auto = AutoTopUp(OPERATOR, driver_id, self._money(1, 2000), self._money(500, 3000), on=world.random.random() < 0.8)
        world.within(lambda store: set_auto_top_up(store, auto, world.at, world.ids))

    def owed(self) -> None:
        world = self._world
        with world.transactions.begin() as store:
            open_cases = [one for one in store.dunning.page(OPERATOR).rows if one.open and one.driver_id in world.drivers[4:]]
        if open_cases:
            case = world.random.choice(open_cases)
            world.within(lambda store: pay_debt(store, case.driver_id, case.document_id, world.at, world.ids))

    def bank_takes_back(self) -> None:
        """A top-up is refunded at the processor, behind our back, spent or not."""
        world = self._world
        if not world.unlucky(0.15):
            return
        with world.transactions.begin() as store:
            loads = [one for driver in world.drivers for one in store.payments.top_ups(driver) if isinstance(one.state, Captured)]
        if loads:
            chosen = world.random.choice(loads)
            try:
                world.bank.refund(chosen.state.reference, world.random.randrange(1, chosen.taken.minor + 1))  # type: ignore[union-attr]
                world.counted["_top-ups taken back"] += 1
                self.news.append(world.events[-1])
            except Refusal:
                pass  # it is back already

    def change_card(self) -> None:
        """The lean driver's card is refused, or not."""
        world = self._world
        method = "pm_lean" if world.random.random() < 0.6 else "pm_declined_lean"
        world.within(lambda store: store.drivers.put_driver(replace(store.drivers.driver(world.drivers[5]), payment_method=method)))

    def build(self, store: Store) -> None:
        amounts = (Money(minor, self._world.currency) for minor in (500, 4000, 20_000, 200, 8000))
        set_wallet_rules(store, self._world.staff(), WalletRules(*amounts))

    def check_now(self) -> None:
        """Between any two units of work: no balance below nothing, nothing held twice over."""
        with self._world.transactions.begin() as store:
            for one in store.ledger.trial_balance(OPERATOR):
                assert one.account.kind is not AccountKind.WALLET or one.minor <= 0, f"{one.account.name} is below nothing: {-one.minor}"
                assert one.account.kind is not AccountKind.WALLET_HOLD or one.minor >= 0, (
                    f"{one.account.name} is below nothing: {one.minor}"
                )

    def check(self, store: Store) -> None:
        """At rest: the liability is the sum of the movements, told by payments and the provider alike; nothing is held."""
        world, currency = self._world, self._world.currency
        balances = {one.account: one.minor for one in store.ledger.trial_balance(OPERATOR)}
        liability = -sum(minor for account, minor in balances.items() if account.kind is AccountKind.WALLET)
        told = 0
        for driver_id in world.drivers:
            payments = store.payments.of_driver(driver_id, 100_000)
            loads = [one for one in payments if one.top_up]
            assert not [one for one in loads if one.open], "a top-up is still being asked for"
            spent = sum(one.captured.minor for one in payments if one.method == WALLET)
            owed = balances.get(overdrawn(driver_id), 0)
            disputed = sum(dispute.withheld.minor for one in loads for dispute in store.disputes.of_payment(one.id))
            balance = sum(one.captured.minor for one in loads) - disputed - spent + owed
            assert balance == -balances.get(wallet(driver_id), 0) >= 0, f"a balance of {balances.get(wallet(driver_id))}, moved {balance}"
            lines = store.ledger.account_page(OPERATOR, wallet(driver_id), currency, PageRequest(limit=100_000)).rows
            moved = sum(-entry.minor for one in lines for entry in one.txn.entries if entry.account == wallet(driver_id))
            assert moved == balance, "the statement's lines are not the balance"
            held = sum(one.state.amount.minor for one in payments if one.method == WALLET and isinstance(one.state, Held))
            assert balances.get(held_on_wallet(driver_id), 0) == held, "held and not held differ"
            assert owed >= 0, "overdrawn below nothing"
            told += balance
            self._count(loads, payments)
        assert liability == told, f"a liability of {liability}, movements of {told}"

    def _count(self, loads: Sequence[Payment], payments: Sequence[Payment]) -> None:
        counted = self._world.counted
        counted.update(f"_top-ups {one.top_up.value.lower()} {one.state_name.lower()}" for one in loads if one.top_up)
        counted["_top-ups at a page captured"] += sum(1 for one in loads if one.is_direct_top_up and one.taken)
        counted["_top-ups refunded"] += sum(1 for one in loads if one.returned)
        counted["_paid from balance"] += sum(1 for one in payments if one.method == WALLET and one.taken)

    def _driver(self) -> DriverId:
        return self._world.random.choice(self._world.drivers[-3:])

    def _money(self, least: int, most: int) -> Money:
        return Money(self._world.random.randrange(least, most), self._world.currency)
