"""A booking without an account, from the place's page to the receipt, in a real browser on a phone."""

from datetime import timedelta

import pytest

from forecourt.flows.billing import rate_and_invoice
from forecourt.flows.bookings import advance_bookings
from forecourt.flows.chargers import give_codes
from forecourt.flows.desk import Staff
from forecourt.flows.paying import collect_payment, maintain_guest_bookings
from forecourt.flows.ports import document_files
from forecourt.processors import ProviderClient, ProviderOptions
from forecourt.reservations import Bound
from forecourt.stations import ConnectorReported, ConnectorState, MeterSample, StartCharge, StopReason, TransactionEnded, TransactionStarted

from .conftest import NOW, Scene
from .page_checks import check_page
from .test_browser import chromium, served, visit  # noqa: F401 - fixtures
from .test_guests_browser import CHALLENGED, PHONE, SECRET, Events, asked, provider, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


def bay_of(scene: Scene, minutes: int) -> tuple[str, str]:
    """The clock goes on until a bay is chosen: the charger there, and the code printed at it."""
    scene.clock.at += timedelta(minutes=minutes)
    for step in (maintain_guest_bookings, advance_bookings):
        with scene.transactions.begin() as store:
            step(store, scene.site_id, scene.clock.at, scene.ids)
    with scene.transactions.begin() as store:
        (booking,) = [one for one in store.bookings.live_at(scene.site_id) if isinstance(one.state, Bound)]
        return store.stations.evse(booking.state.evse_id).charger_id, store.guests.code_of(booking.state.evse_id).code


def begun(scene: Scene, charger: str, token: str) -> str:
    """The car is plugged in and charges. The transaction."""
    return scene.say(charger, TransactionStarted(scene.clock.at, 1, "", token, (MeterSample(scene.clock.at, 10_000),))) or ""


def charged(scene: Scene, charger: str, number: str) -> str:
    """Twenty minutes more at the bay, billed and paid. The bill's number."""
    scene.clock.at += timedelta(minutes=20)
    end = TransactionEnded(scene.clock.at, number, None, None, (MeterSample(scene.clock.at, 13_000),), StopReason.DRIVER)
    scene.say(charger, end)
    with scene.transactions.begin() as store:
        (record,) = [one for one in store.sessions.records(scene.site_id) if one.transaction == number and one.charger_id == charger]
        invoice = rate_and_invoice(store, record.session_id, scene.clock.at, scene.ids)
        store.documents.put_files(invoice.id, document_files(b"%PDF-1.7 test", b"<a/>"))
        collect_payment(store, invoice.id, scene.clock.at, scene.ids)
    return invoice.number


def pays(scene: Scene, client: ProviderClient, page, words: str) -> None:
    """The payment page is opened, and the bank asks whether it is the payer."""
    settle(scene, client)
    page.get_by_role("link", name=words).click(timeout=30_000)
    page.get_by_label("Card number").fill(CHALLENGED)
    page.get_by_role("button", name="Pay", exact=True).click()
    page.get_by_role("button", name="Yes, it is me").click()


def test_a_guest_books_pays_extends_the_stay_and_gets_the_receipt(chromium, scene):  # noqa: F811
    scene.say("CP-06", ConnectorReported(NOW, 1, ConnectorState.AVAILABLE))
    with scene.transactions.begin() as store:
        give_codes(store, Staff(scene.operator_id, "ops", NOW, scene.ids), scene.site_id)
    scene.ports = lambda ports=scene.ports: ports(payment_events=Events())
    with provider() as bank, served(scene) as address, ProviderClient(bank.url, SECRET, ProviderOptions()) as client:
        page = visit(chromium, address, "", viewport=PHONE).new_page()
        page.goto(f"{address}/sites/market")
        page.locator("label.slot").filter(has_text="16:00").click()
        page.get_by_label("Your email address").fill("anna@example.org")
        page.get_by_role("button", name="Book without an account").click()
        page.get_by_role("heading", name="One moment").wait_for()
        link = page.url.removeprefix(address)
        pays(scene, client, page, "Pay by card or phone")
        page.wait_for_url(f"{address}/b/**")
        settle(scene, client)
        page.get_by_role("heading", name="Held on your card").wait_for(timeout=30_000)
        charger, code = bay_of(scene, 100)
        page.get_by_role("heading", name="Start your charge").wait_for(timeout=30_000)
        check_page(page, address, link)
        page.set_viewport_size(PHONE)
        page.goto(f"{address}/e/{code}")  # the code at the bay, scanned with the phone that booked
        page.get_by_role("button", name="Start at bay").click()
        page.get_by_role("heading", name="Starting").wait_for(timeout=30_000)
        number = begun(scene, charger, asked(scene, StartCharge).token)
        page.get_by_role("heading", name="Your bay is reserved until").wait_for(timeout=30_000)
        check_page(page, address, link.replace("/b/", "/c/"))
        page.set_viewport_size(PHONE)
        page.get_by_role("button", name="Stay 120 min longer").click()
        page.get_by_text("more must be held").wait_for(timeout=30_000)
        pays(scene, client, page, "Hold it and stay longer")
        page.wait_for_url(f"{address}/c/**")
        settle(scene, client)
        page.get_by_role("button", name="Stay 15 min longer").wait_for(timeout=30_000)  # it can be made longer still
        with scene.transactions.begin() as store:
            kept = store.bookings.booking(store.sessions.open_on(store.stations.evse_at(charger, 1).id).booking_id)
        assert kept.window.length == timedelta(hours=4)
        bill = charged(scene, charger, number)
        settle(scene, client)
        page.get_by_text("All paid.").wait_for(timeout=30_000)
        page.get_by_role("link", name="See the receipt").click()
        assert page.get_by_text(f"Invoice {bill}").is_visible()
        totals = bank.bank.totals()
    with scene.transactions.begin() as store:
        due = store.documents.by_number(scene.operator_id, bill).due
    assert totals.from_customers == {"EUR": due.minor} and totals.open_holds == 0
