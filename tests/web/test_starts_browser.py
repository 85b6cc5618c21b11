"""In a real browser on a phone: a declined card hold, a new card on the provider's page, and the charge that then starts."""

from dataclasses import replace

import pytest

from forecourt.processors import ProviderClient, ProviderOptions
from forecourt.stations import ConnectorReported, ConnectorState, MeterSample, StartCharge, TransactionStarted

from .conftest import NOW
from .page_checks import check_page
from .test_browser import chromium, served, visit  # noqa: F401 - fixtures
from .test_guests_browser import CHALLENGED, PHONE, SECRET, Events, asked, provider, settle

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


def test_a_declined_hold_is_shown_the_bank_confirms_on_its_page_and_the_charge_begins(chromium, scene):  # noqa: F811
    scene.say("CP-06", ConnectorReported(NOW, 1, ConnectorState.AVAILABLE))
    with scene.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(scene.ada), payment_method="pm_declined_ada"))
    scene.ports = lambda ports=scene.ports: ports(payment_events=Events())
    with provider() as bank, served(scene) as address, ProviderClient(bank.url, SECRET, ProviderOptions()) as client:
        page = visit(chromium, address, "ada", viewport=PHONE).new_page()
        page.goto(f"{address}/sites/market")
        page.get_by_role("button", name="Start at M-06").click()
        page.get_by_text("We are asking your bank to hold").wait_for()
        settle(scene, client)
        page.get_by_text("Nothing is held, and charging will not start.").wait_for(timeout=30_000)  # by itself
        check_page(page, address, "/charge")
        page.set_viewport_size(PHONE)
        page.get_by_role("button", name="Enter a card").click()
        settle(scene, client)
        page.get_by_role("link", name="Enter a card, or pay with this phone").click(timeout=30_000)
        page.get_by_label("Card number").fill(CHALLENGED)
        page.get_by_role("button", name="Pay", exact=True).click()
        page.get_by_role("button", name="Yes, it is me").click()
        page.wait_for_url(f"{address}/charge?back=1")
        settle(scene, client)
        page.get_by_role("heading", name="Starting").wait_for(timeout=30_000)
        token = asked(scene, StartCharge).token
        scene.say("CP-06", TransactionStarted(NOW, 1, "", token, (MeterSample(NOW, 10_000),)))
        page.get_by_role("link", name="Market Square, M-06").wait_for(timeout=30_000)
    with scene.transactions.begin() as store:
        held, refused = store.payments.of_driver(scene.ada)
        assert (held.method, held.state_name, refused.state_name) == ("present", "Held", "Declined") and held.session_id is not None
