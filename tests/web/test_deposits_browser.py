"""A booking whose deposit the stored card is refused for, put up at the provider's page, in a real browser on a phone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from forecourt.flows.billing import invoice_no_show
from forecourt.flows.bookings import advance_bookings
from forecourt.flows.paying import collect_payment, maintain_deposits
from forecourt.processors import ProviderClient, ProviderOptions
from forecourt.reservations import BookingRules, DepositRule
from forecourt.stations import ConnectorReported, ConnectorState

from .conftest import NOW, Scene
from .test_browser import chromium, served, visit  # noqa: F401 - fixtures
from .test_guests_browser import CHALLENGED, PHONE, SECRET, Events, provider, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


def goes_on(scene: Scene, minutes: int) -> None:
    scene.clock.at += timedelta(minutes=minutes)
    for step in (maintain_deposits, advance_bookings, maintain_deposits):
        with scene.transactions.begin() as store:
            step(store, scene.site_id, scene.clock.at, scene.ids)


def test_a_deposit_passes_the_banks_check_and_a_no_show_is_charged_only_the_fee(chromium, scene):  # noqa: F811
    scene.say("CP-06", ConnectorReported(NOW, 1, ConnectorState.AVAILABLE))
    with scene.transactions.begin() as store:
        store.bookings.put_rules(store.stations.site(scene.site_id), BookingRules(deposit=DepositRule.AMOUNT, deposit_minor=700))
        store.drivers.put_driver(replace(store.drivers.driver(scene.ada), payment_method="pm_declined_ada"))
    scene.ports = lambda ports=scene.ports: ports(payment_events=Events())
    with provider() as bank, served(scene) as address, ProviderClient(bank.url, SECRET, ProviderOptions()) as client:
        page = visit(chromium, address, "ada", viewport=PHONE).new_page()
        page.goto(f"{address}/sites/market")
        assert page.get_by_text("For your booking, we hold €7.00 on your card.").is_visible()
        page.locator("label.slot").filter(has_text="16:00").click()
        page.get_by_role("button", name="Book", exact=True).click()
        page.get_by_role("heading", name="One moment").wait_for()
        settle(scene, client)
        page.get_by_role("button", name="Enter a card").click(timeout=30_000)  # the page has told of the refusal by itself
        settle(scene, client)
        page.get_by_role("link", name="Enter a card, or pay with this phone").click(timeout=30_000)
        page.get_by_label("Card number").fill(CHALLENGED)
        page.get_by_role("button", name="Pay", exact=True).click()
        page.get_by_role("button", name="Yes, it is me").click()
        page.wait_for_url(f"{address}/bookings/**")
        settle(scene, client)
        page.get_by_role("heading", name="You have booked").wait_for(timeout=30_000)
        assert "€7.00 is held on your card" in page.locator("main").inner_text()
        goes_on(scene, 100)
        goes_on(scene, 20)
        with scene.transactions.begin() as store:
            (booking,) = store.bookings.of_driver(scene.ada)
            invoice = invoice_no_show(store, booking.id, scene.clock.at, scene.ids)
            collect_payment(store, invoice.id, scene.clock.at, scene.ids)
        settle(scene, client)
        page.goto(f"{address}/bookings")
        assert "The fee comes out of the" in page.locator("main").inner_text()
        totals = bank.bank.totals()
    assert totals.from_customers == {"EUR": invoice.due.minor} and 0 < invoice.due.minor < 700 and totals.open_holds == 0
