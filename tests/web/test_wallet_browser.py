"""In a real browser on a phone: a balance is topped up and pays a charge; a card is stored, made the default and charged."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from forecourt.flows.answers import apply_payment_answer
from forecourt.flows.billing import rate_and_invoice
from forecourt.flows.paying import collect_payment
from forecourt.processors import ProviderCards, ProviderClient
from forecourt.simulation.clock import Clock
from forecourt.simulation.provider import Provider, ProviderSettings
from provider_thread import provider_thread

from .conftest import NOW, Scene
from .page_checks import check_page
from .test_browser import chromium, served, visit  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
SECRET, PHONE = "sk_of_this_run", {"width": 390, "height": 844}


@pytest.fixture
def provider() -> Iterator[Provider]:
    """The simulated provider over real HTTP, in a thread with a loop of its own."""
    with provider_thread(ProviderSettings(SECRET), Clock.starting(datetime.now(UTC), 1.0)) as serving:
        yield serving.provider


def delivered(scene: Scene, provider: Provider) -> None:
    """What is asked of the processor is asked of it, over its API."""
    with ProviderClient(provider.url, SECRET) as client:
        with scene.transactions.begin() as store:
            items = store.outbox.claim("payment", scene.clock.at, 100, 60.0)
        for item in items:
            answer = client.carry_out(item.work)
            with scene.transactions.begin() as store:
                apply_payment_answer(store, item, answer, scene.clock.at, scene.ids)


def charged(scene: Scene, provider: Provider) -> str:
    """Ada charges at a bay; her bill's number."""
    with scene.transactions.begin() as store:
        token = store.drivers.tokens_of(scene.ada)[0].uid
    scene.charge(1, token, NOW - timedelta(hours=1), 60, 7_200, end=True)
    with scene.transactions.begin() as store:
        invoice = rate_and_invoice(store, store.sessions.records_of(scene.ada)[0].session_id, scene.clock.at, scene.ids)
        assert invoice is not None
        collect_payment(store, invoice.id, scene.clock.at, scene.ids)
    delivered(scene, provider)
    return invoice.number


def test_a_topped_up_balance_pays_a_charge_and_the_statement_lists_both(chromium, scene, provider):  # noqa: F811
    with served(scene) as address:
        page = visit(chromium, address, "ada", viewport=PHONE).new_page()
        page.goto(f"{address}/account")
        page.get_by_role("link", name="Prepaid balance").click()
        page.get_by_label("Top up, EUR").fill("40")
        page.get_by_role("button", name="Top up from your stored card").click()
        page.get_by_text("We are charging your card.").wait_for()
        delivered(scene, provider)
        page.get_by_role("button", name="Pay from balance").click()
        page.get_by_text("Changed.").wait_for()
        assert "€40.00" in page.locator(".figure-big").inner_text()
        number = charged(scene, provider)
        page.goto(f"{address}/receipts/{number}")
        assert "your prepaid balance" in page.locator("dt:has-text('Paid from') + dd").inner_text()
        assert page.get_by_text("Paid", exact=True).is_visible()
        check_page(page, address, "/wallet")
        lines = page.get_by_label("Movements").locator("li")
        assert number in lines.first.inner_text() and "+€40.00" in lines.last.inner_text()
        lines.last.get_by_role("link").click()
        page.get_by_text("There is no VAT on a top-up.").wait_for()
    with scene.transactions.begin() as store:
        (took,) = [one for one in store.payments.of_driver(scene.ada) if one.document_id]
        assert took.method == "wallet" and store.ledger.sum_minor("EUR") == 0


class Events:
    """Only says that cards can be taken: here the driver's return has the record read."""

    def accept(self, store, body, signature, at) -> None:
        raise NotImplementedError


def test_a_top_up_on_the_payment_page_passes_the_banks_check_and_stores_the_card(chromium, scene, provider):  # noqa: F811
    scene.ports = lambda ports=scene.ports: ports(payment_events=Events())
    with scene.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(scene.ada), payment_method=""))
    with served(scene) as address:
        page = visit(chromium, address, "ada", viewport=PHONE).new_page()
        page.goto(f"{address}/wallet")
        page.get_by_label("Top up, EUR").fill("25")
        page.get_by_label("Store the card").check()
        page.get_by_role("button", name="Pay by card or phone").click()
        page.get_by_role("heading", name="One moment").wait_for()
        asked_at = page.url
        delivered(scene, provider)
        page.get_by_role("link", name="Pay by card or phone").wait_for(timeout=30_000)
        check_page(page, address, asked_at.removeprefix(address))
        page.close()  # and back by the page of the balance
        page = visit(chromium, address, "ada", viewport=PHONE).new_page()
        page.goto(f"{address}/wallet")
        page.get_by_role("link", name="Waiting for you").click()
        page.get_by_role("link", name="Pay by card or phone").click()
        page.get_by_label("Card number").fill("4000 0000 0000 0002")
        page.get_by_role("button", name="Pay", exact=True).click()
        page.get_by_text("Your card was declined.").wait_for()
        page.get_by_label("Card number").fill("4000 0025 0000 3155")
        page.get_by_role("button", name="Pay", exact=True).click()
        page.get_by_role("button", name="Yes, it is me").click()
        page.wait_for_url(f"{asked_at}?back=1")
        delivered(scene, provider)
        page.get_by_text("€25.00 has been added to your balance.").wait_for(timeout=30_000)
        assert page.get_by_text("Visa ending in 3155 is stored.").is_visible()
        check_page(page, address, asked_at.removeprefix(address))
        page.get_by_role("link", name="Set up automatic top-ups").click()
        page.get_by_role("button", name="Save and turn on").wait_for()
        check_page(page, address, "/wallet")
    with scene.transactions.begin() as store:
        assert store.ledger.sum_minor("EUR") == 0 and store.drivers.driver(scene.ada).payment_method.startswith("pm_card")
    assert provider.bank.totals().from_customers == {"EUR": 2500}


def test_a_card_is_stored_on_the_providers_page_made_the_default_and_charged(chromium, scene, provider):  # noqa: F811
    desk = ProviderCards(provider.url, SECRET)
    scene.ports = lambda **changes: Scene.ports(scene, card_desk=desk, **changes)  # type: ignore[method-assign]
    with served(scene) as address:
        page = visit(chromium, address, "ada", viewport=PHONE).new_page()
        page.goto(f"{address}/cards")
        page.get_by_role("button", name="Add a card").click()
        page.get_by_role("link", name="Continue to the card page").click()
        page.get_by_label("Card number").fill("4000 0000 0000 0002")
        page.get_by_label("Expires").fill("12/34")
        page.get_by_role("button", name="Store the card").click()
        page.get_by_text("card declined").wait_for()
        page.get_by_label("Card number").fill("4000 0025 0000 3155")
        page.get_by_label("Expires").fill("12/34")
        page.get_by_role("button", name="Store the card").click()
        page.get_by_role("button", name="Yes, it is me").click()
        page.get_by_text("Card stored.").wait_for()
        page.get_by_role("button", name="Make default").click()
        page.get_by_text("This card is charged from now on.").wait_for()
        check_page(page, address, "/cards")
        number = charged(scene, provider)
        page.goto(f"{address}/receipts/{number}")
        assert "card" in page.locator("dt:has-text('Paid from') + dd").inner_text()
    with scene.transactions.begin() as store:
        (took,) = [one for one in store.payments.of_driver(scene.ada) if one.document_id]
        assert took.method == store.drivers.driver(scene.ada).payment_method != "pm_ada"
    assert provider.bank.find(str(took.id)).captured == took.taken.minor
    desk.close()
