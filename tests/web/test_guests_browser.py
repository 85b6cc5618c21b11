"""A charge without an account, carried from the scan of the code to the receipt in a real browser, on a phone."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from forecourt.flows.answers import apply_payment_answer
from forecourt.flows.billing import rate_and_invoice
from forecourt.flows.chargers import give_codes
from forecourt.flows.desk import Staff
from forecourt.flows.paying import collect_payment
from forecourt.flows.ports import ChargerOrder, Grant, OutboxItem, document_files
from forecourt.kernel import EvseId
from forecourt.processors import ProviderClient, ProviderOptions
from forecourt.simulation.clock import Clock
from forecourt.simulation.provider import Provider, ProviderSettings
from forecourt.stations import MeterSample, StartCharge, StopCharge, StopReason, TransactionEnded, TransactionStarted, TransactionUpdated
from provider_thread import provider_thread

from .conftest import NOW, Scene
from .page_checks import check_page
from .test_browser import chromium, served, visit  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
SECRET = "sk_test_of_guests"
PHONE = {"width": 390, "height": 844}
CHALLENGED = "4000 0025 0000 3155"


@contextmanager
def provider() -> Iterator[Provider]:
    """The simulated provider on a port of its own, in a loop of its own."""
    with provider_thread(ProviderSettings(SECRET), Clock.starting(NOW, 1.0)) as serving:
        yield serving.provider


class Events:
    """Only says that cards can be taken: in these tests the payer's return has the record read."""

    def accept(self, store, body, signature, at) -> None:
        raise NotImplementedError


def settle(scene: Scene, client: ProviderClient) -> None:
    """Every payment order that waits is carried out at the provider."""
    while True:
        with scene.transactions.begin() as store:
            items = store.outbox.claim("payment", scene.clock.at, 100, 60.0)
        for item in items:
            answer = client.carry_out(item.work, repeated=item.attempts > 0)
            with scene.transactions.begin() as store:
                apply_payment_answer(store, item, answer, scene.clock.at, scene.ids)
        if not items:
            return


def asked(scene: Scene, kind: type) -> object:
    """The one order of a kind; those before it to the same charger are delivered first."""
    items: list[OutboxItem] = []
    while True:
        with scene.transactions.begin() as store:
            due = store.outbox.claim("charger", scene.clock.at, 100, 60.0)
            for item in due:
                store.outbox.done(item.id, scene.clock.at, "ACCEPTED")
        items += due
        if not due:
            break
    found = [item.work.order for item in items if isinstance(item.work, ChargerOrder) and isinstance(item.work.order, kind)]
    assert len(found) == 1
    return found[0]


def waits_at_random(scene: Scene, evse_id: EvseId) -> None:
    """The next raise of the charge there is drawn for: four minutes from now."""
    with scene.transactions.begin() as store:
        session, evse = store.sessions.open_on(evse_id), store.stations.evse(evse_id)
        kept = store.plans.grant(evse_id) or Grant(evse_id, evse.operator_id, evse.site_id)
        store.plans.put_grant(replace(kept, session_id=session.id, raise_from=scene.clock.at + timedelta(minutes=4)))


def test_a_guest_scans_pays_by_card_with_a_bank_challenge_charges_and_gets_the_receipt(chromium, lived):  # noqa: F811
    scene = lived
    with scene.transactions.begin() as store:
        give_codes(store, Staff(scene.operator_id, "ops", scene.clock.at, scene.ids), scene.site_id)
        code = store.guests.code_of(scene.evse(6)).code
    scene.ports = lambda ports=scene.ports: ports(payment_events=Events())
    with provider() as bank, served(scene) as address, ProviderClient(bank.url, SECRET, ProviderOptions()) as client:
        page = visit(chromium, address, "", viewport=PHONE).new_page()
        page.goto(f"{address}/e/{code}")
        assert page.get_by_text("€0.4879/kWh").is_visible()  # 0.41 and 19 %, before anything is paid
        check_page(page, address, f"/e/{code}")
        page.set_viewport_size(PHONE)
        page.get_by_role("button", name="Pay by card or phone").click()
        page.get_by_role("heading", name="One moment").wait_for()
        link = page.url
        settle(scene, client)
        page.get_by_role("link", name="Pay by card or phone").click(timeout=30_000)
        page.get_by_label("Card number").fill(CHALLENGED)
        page.get_by_role("button", name="Pay", exact=True).click()
        page.get_by_role("button", name="Yes, it is me").click()
        page.wait_for_url(f"{address}/c/**")
        settle(scene, client)
        page.get_by_role("heading", name="Starting").wait_for(timeout=30_000)
        start = asked(scene, StartCharge)
        begun = scene.clock.at
        number = scene.say("CP-06", TransactionStarted(begun, 1, "", start.token, (MeterSample(begun, 10_000),))) or ""
        scene.clock.at += timedelta(minutes=20)
        scene.say("CP-06", TransactionUpdated(scene.clock.at, 1, number, None, (MeterSample(scene.clock.at, 13_000, 9000, 13_000),)))
        page.get_by_text("3.00").first.wait_for(timeout=30_000)
        waits_at_random(scene, scene.evse(6))
        page.get_by_role("button", name="Charge now, do not wait").wait_for(timeout=30_000)
        check_page(page, address, link.removeprefix(address))
        page.set_viewport_size(PHONE)
        page.get_by_role("button", name="Charge now, do not wait").click()
        page.get_by_text("No more waiting.").wait_for()
        assert not page.get_by_role("button", name="Charge now, do not wait").is_visible()
        page.get_by_role("button", name="Stop charging").click()
        page.get_by_text("Stopping.").wait_for()
        asked(scene, StopCharge)
        scene.say("CP-06", TransactionEnded(scene.clock.at, number, None, None, (MeterSample(scene.clock.at, 13_000),), StopReason.REMOTE))
        with scene.transactions.begin() as store:
            (record,) = [one for one in store.sessions.records(scene.site_id) if one.transaction == number and one.charger_id == "CP-06"]
            invoice = rate_and_invoice(store, record.session_id, scene.clock.at, scene.ids)
            store.documents.put_files(invoice.id, document_files(b"%PDF-1.7 test", b"<a/>"))
            collect_payment(store, invoice.id, scene.clock.at, scene.ids)
        settle(scene, client)
        page.get_by_text("All paid.").wait_for(timeout=30_000)
        page.get_by_role("link", name="See the receipt").click()
        assert page.get_by_text(f"Invoice {invoice.number}").is_visible()
        check_page(page, address, page.url.removeprefix(address))
        totals = bank.bank.totals()
    assert totals.from_customers == {"EUR": invoice.due.minor} and totals.open_holds == 0
