"""Holds, bills and payments over real HTTP while the provider fails: every invoice is paid exactly once, to the unit."""

import random
from datetime import datetime, timedelta

import pytest

from forecourt.flows.answers import apply_payment_answer, receive_payment_event
from forecourt.flows.paying import clear, collect, collect_payment, maintain_holds, reconcile
from forecourt.flows.paying.pay import hold
from forecourt.ledger import CLEARING, held_on_card, receivable, verify_chain
from forecourt.payments import PaymentOrder
from forecourt.store import MemoryTransactions
from money_world import ACCOUNT_DRIVER, CARD_DRIVER, NOON, OPERATOR, C, MoneyWorld

FAULTS = ("timeouts_after_effect", "errors_after_effect", "errors_before_effect", "webhooks_lost")
CHARGES = 12


class Bench:
    """A worker's rounds, with a clock that jumps."""

    def __init__(self, world, heard, seed: int) -> None:  # type: ignore[no-untyped-def]
        self.provider, self.client, self.clock, self.heard = world.provider, world.client, world.clock, heard
        self.money = MoneyWorld(MemoryTransactions()).build()
        self.random = random.Random(seed)
        self.at: datetime = NOON
        self.read = 0

    def round(self, minutes: float = 5) -> int:
        """Tick, deliver what is due, hear the webhooks twice. How many orders there were."""
        self.at += timedelta(minutes=minutes)
        with self.money.transactions.begin() as store:
            maintain_holds(store, OPERATOR, self.at, self.money.ids)
            items = store.outbox.claim("payment", self.at, 100, 60.0)
            tasks = store.outbox.claim("task", self.at, 100, 60.0)
            for item in tasks:
                if hasattr(item.work, "document_id"):
                    collect_payment(store, item.work.document_id, self.at, self.money.ids)
                store.outbox.done(item.id, self.at, "done")
        for item in items:
            assert isinstance(item.work, PaymentOrder)
            answer = self.client.carry_out(item.work, repeated=item.attempts > 0)
            with self.money.transactions.begin() as store:
                apply_payment_answer(store, item, answer, self.at, self.money.ids)
        fresh, self.read = self.heard.got[self.read :], len(self.heard.got)
        for body, text in self.random.sample(fresh * 2, len(fresh) * 2):
            with self.money.transactions.begin() as store:
                receive_payment_event(store, self.client.parse_webhook(body, text, self.clock.now()), self.at, self.money.ids)
        return len(items) + len(tasks)

    def fail_somehow(self) -> None:
        setattr(self.provider.faults, self.random.choice(FAULTS), 1)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_invoice_is_paid_once_through_any_faults(world, heard, seed: int) -> None:  # type: ignore[no-untyped-def]
    world.provider.faults.hang_s = 1.1
    bench = Bench(world, heard, seed)
    money = bench.money
    driver, evse = money.driver(CARD_DRIVER), money.evse()
    invoices = []
    for number in range(CHARGES):
        by_card = number % 3 > 0
        if by_card:
            with money.transactions.begin() as store:
                hold(store, driver, evse, bench.at, money.ids)
        bench.fail_somehow()
        bench.round()
        payer = CARD_DRIVER if by_card else ACCOUNT_DRIVER
        ended = money.ended((C, 10, 100 + 7919 * number), number=number + 1, driver=payer, begin=bench.at)
        bench.fail_somehow()
        bench.round(minutes=15)
        invoices.append(money.billed(ended, bench.at))
    with money.transactions.begin() as store:
        collect(store, OPERATOR, bench.at, money.ids)
    idle = 0
    while idle < 3:
        idle = idle + 1 if bench.round(minutes=30) == 0 else 0
    with money.transactions.begin() as store:
        owed = {invoice.id: invoice.gross.minor for invoice in invoices if invoice}
        taken = {key: sum(one.taken.minor for one in store.payments.of_document(key)) for key in owed}
        assert taken == owed and len(owed) == CHARGES
        totals = world.provider.bank.totals()
        assert totals.from_customers == {"EUR": sum(owed.values())} and totals.open_holds == 0
        for account in (receivable(CARD_DRIVER), receivable(ACCOUNT_DRIVER), held_on_card(CARD_DRIVER)):
            assert store.ledger.balance(OPERATOR, account, "EUR") == 0
        clear(store, world.client.clearing(NOON - timedelta(days=999)), bench.at, money.ids)
        assert reconcile(store, bench.at + timedelta(days=30)) == 0
        assert store.ledger.balance(OPERATOR, CLEARING, "EUR") == 0
        assert money.sum_is_zero(store) and verify_chain(store.ledger.chain(OPERATOR)) > 0
