"""Signed webhooks of the payment provider over HTTP and the ledger entries that follow: disputes and failed refunds."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from forecourt.assembly.payment_webhooks import ProviderEvents
from forecourt.billing import Invoice
from forecourt.flows.billing import CreditRequest, issue_credit_note
from forecourt.flows.desk import Staff
from forecourt.flows.paying import collect_payment
from forecourt.kernel import Money
from forecourt.ledger import CLEARING, DISPUTED, WRITE_OFF, Account, receivable
from forecourt.processors import ProviderClient, ProviderOptions
from forecourt.simulation.clock import Clock
from forecourt.simulation.provider import HEADER, Intent, ProviderSettings, signature
from forecourt.simulation.provider.webhooks import own_format
from forecourt.store import MemoryTransactions
from money_world import CARD_DRIVER, NOON, OPERATOR, C, MoneyWorld
from provider_thread import ProviderThread, provider_thread

from .apps import app_of
from .conftest import Browser, Scene

SECRET, COURIER = "sk_test_of_this_run", NOON + timedelta(days=1)


@dataclass
class Bank:
    """A bill that was paid by card, at a provider over HTTP, and the app that its news comes to."""

    world: MoneyWorld
    serving: ProviderThread
    client: ProviderClient
    app: Browser
    bill: Invoice
    told: list[tuple[bytes, str]] = field(default_factory=list)

    def does(self, what: Callable[..., Intent], name: str, *given: object) -> None:
        """Something happens at the provider; its webhook arrives twice, and then the courier reads the record."""
        intent = self.serving.calls(what, self.intent, *given)
        at = NOON.timestamp()
        body = json.dumps(own_format("acct_forecourt")(f"evt_{len(self.told)}", name, intent, at)).encode()
        self.told.append((body, signature(SECRET, body, at)))
        for _ in range(2):
            assert self.post(*self.told[-1]) == 200
        assert self.delivers() == 1, "told twice, read once"

    def post(self, body: bytes, signed: str) -> int:
        return self.app.post("/webhooks/payments", content=body, headers={HEADER: signed}).status_code

    def delivers(self) -> int:
        return self.world.deliver(COURIER, answer=lambda item, _: self.client.carry_out(item.work))

    @property
    def intent(self) -> str:
        with self.world.transactions.begin() as store:
            (payment,) = store.payments.of_document(self.bill.id)
        return payment.reference

    def has(self, *accounts: Account) -> list[int]:
        with self.world.transactions.begin() as store:
            assert self.world.sum_is_zero(store)
            return [store.ledger.balance(OPERATOR, one, "EUR") for one in accounts]


@pytest.fixture
def bank(scene: Scene) -> Iterator[Bank]:
    world = MoneyWorld(MemoryTransactions()).build()
    bill = world.billed(world.ended((C, 60, 10_000)), NOON)
    assert bill is not None
    clock = Clock.starting(datetime(2026, 6, 1, 12, tzinfo=UTC), 1000.0)
    options = ProviderOptions(tolerance_s=1e9)
    with (
        provider_thread(ProviderSettings(SECRET, ""), clock) as serving,
        ProviderClient(serving.provider.url, SECRET, options) as client,
        Browser(app=app_of(replace(scene.ports(payment_events=ProviderEvents(client)), transactions=world.transactions))) as app,
    ):
        made = Bank(world, serving, client, app, bill)
        with world.transactions.begin() as store:
            collect_payment(store, bill.id, NOON, world.ids)
        assert made.delivers() == 1 and made.has(CLEARING, receivable(CARD_DRIVER)) == [bill.due.minor, 0]
        yield made


def test_a_dispute_webhook_is_posted_once_and_a_forged_one_is_refused(bank: Bank) -> None:
    due, at = bank.bill.due.minor, bank.serving.provider.bank
    bank.does(at.dispute, "dispute_opened")
    assert bank.has(CLEARING, DISPUTED, WRITE_OFF) == [0, due, 0]
    body, signed = bank.told[0]
    assert bank.post(body + b" ", signed) == bank.post(body, "t=1,v1=00") == 403 and bank.delivers() == 0
    bank.does(at.decide, "dispute_closed", "LOST")
    tax = bank.bill.content.tax.minor
    assert bank.has(CLEARING, DISPUTED, WRITE_OFF, receivable(CARD_DRIVER)) == [0, 0, due - tax, 0]


def test_a_failed_refund_is_posted_and_owed_by_transfer(bank: Bank) -> None:
    by, part = Staff(OPERATOR, "ops", NOON, bank.world.ids), Money(100, "EUR")
    with bank.world.transactions.begin() as store:
        issue_credit_note(store, by, CreditRequest(bank.bill.id, 0, "too much", amount=part))
    assert bank.delivers() == 1 and bank.has(CLEARING, receivable(CARD_DRIVER)) == [bank.bill.due.minor - 100, 0]
    bank.does(bank.serving.provider.bank.bounce, "refund_failed", 100)
    assert bank.has(CLEARING, receivable(CARD_DRIVER)) == [bank.bill.due.minor, -100]
    with bank.world.transactions.begin() as store:
        assert [one.amount for one in store.paybacks.waiting(OPERATOR)] == [part]
