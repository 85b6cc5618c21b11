"""In a real browser: live updates, keyboard, no scripts."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import uvicorn
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext

from forecourt.kernel import SessionId
from forecourt.stations import MeterSample, TransactionUpdated
from forecourt.web.frame.sealing import seal

from .apps import app_of
from .conftest import Scene

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
KEY = b"a key of the tests, 32 bytes long"


@pytest.fixture
def chromium(chromium_of_the_run) -> Iterator[Chromium]:
    with chromium_of_the_run() as lent:
        yield lent


@contextmanager
def served(scene: Scene) -> Iterator[str]:
    """The address at which a scene's app answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app_of(scene.ports()), log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started:
            time.sleep(0.02)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:  # else a test that fails never ends
            server.should_exit = True
            thread.join()


@pytest.fixture
def address(lived) -> Iterator[str]:
    with served(lived) as at:
        yield at


def visit(chromium: Chromium, address: str, name: str, **options: object) -> BrowserContext:
    context = chromium.new_context(**options)  # type: ignore[arg-type]
    if name:
        context.add_cookies([{"name": "fc_session", "value": seal(KEY, "session", name), "url": address}])
    return context


def test_the_page_of_a_running_charge_updates_live_and_keeps_the_focus(chromium, address, lived):
    page = visit(chromium, address, "ada").new_page()
    page.goto(f"{address}/charges/{lived.running[0]}")
    page.get_by_label("Energy you need").focus()
    with lived.transactions.begin() as store:
        session = store.sessions.session(SessionId(lived.running[0]))
    lived.clock.at += timedelta(minutes=5)
    sample = MeterSample(lived.clock.at, 10_000 + 9_800, 5_000, 7_000)
    lived.say(session.charger_id, TransactionUpdated(lived.clock.at, 1, session.transaction, None, (sample,)))
    page.get_by_text("9.80").wait_for(timeout=30_000)
    assert page.evaluate("document.activeElement.name") == "energy"


def test_the_site_page_shows_a_new_charge_live(chromium, address, lived):
    page = visit(chromium, address, "ops").new_page()
    page.goto(f"{address}/console/sites/market")
    assert page.locator(".bay-charging").count() == 7
    lived.charge(3, "04CARD28", lived.clock.at, 5, 9_000)
    page.locator(".bay-charging").nth(7).wait_for(timeout=30_000)


def test_live_updates_work_when_the_last_script_loads_late(chromium, address):
    page = visit(chromium, address, "ops").new_page()
    page.route("**/hx-sse.min.js*", lambda route: (time.sleep(0.5), route.continue_()))
    with page.expect_request("**/console/sites/market/live", timeout=10_000):
        page.goto(f"{address}/console/sites/market")


def test_a_driver_books_by_keyboard_without_scripts(chromium, address):
    page = visit(chromium, address, "", java_script_enabled=False).new_page()
    page.goto(f"{address}/login?back=/sites/market")
    page.get_by_label("Email").fill("bob@example.org")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_label("Password").press("Enter")
    page.locator('input[name="start"]').first.press("Space")
    page.get_by_role("button", name="Book", exact=True).press("Enter")
    assert page.get_by_text("Booked.").is_visible() and page.get_by_text("Market Square").is_visible()


def test_the_first_tab_stop_skips_to_the_main_content(chromium, address):
    page = visit(chromium, address, "ops").new_page()
    page.goto(f"{address}/console")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


COVERED = """() => { const one = document.activeElement, box = one.getBoundingClientRect();
    const seen = document.elementFromPoint(box.left + box.width / 2, box.bottom - 2);
    return one === document.body || one.contains(seen) || (seen && seen.contains(one)) ? "" : one.outerHTML.slice(0, 80); }"""


def test_a_focused_element_is_never_covered_by_the_bottom_bar(chromium, address):
    page = visit(chromium, address, "ada", viewport={"width": 390, "height": 700}).new_page()
    page.goto(f"{address}/sites/market")
    covered = []
    for _ in range(45):
        page.keyboard.press("Tab")
        covered.append(page.evaluate(COVERED))
    assert [one for one in covered if one] == []


def test_a_tariff_price_is_edited_previewed_and_scheduled_and_an_unlawful_one_refused(chromium, address):
    page = visit(chromium, address, "ops", viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{address}/console/prices/edit?site=market&version=00000000-0000-0000-0000-000000000005")
    price = page.locator('input[name="price-4"]')  # the general energy price, behind the night's and the evening's
    assert price.input_value() == "0.41"
    price.locator("xpath=ancestor::details/summary").click()
    page.get_by_label("Plugged in at").fill("2026-06-03T12:00")
    price.fill("0.61")
    page.locator("#preview").get_by_text("€16.54").first.wait_for(timeout=15_000)  # (0.50 + 20 x 0.61 + 30 x 0.04) x 1.19
    assert page.evaluate("document.activeElement.name") == "price-4"
    page.get_by_label("Valid from").fill("2026-06-20T06:00")
    page.get_by_role("button", name="Publish").click()
    page.get_by_text("Scheduled.").wait_for()
    scheduled = page.locator(".versions > li").first
    assert scheduled.get_by_text("Scheduled").is_visible()
    assert scheduled.locator("del").inner_text() == "0.41 per kWh, 19 % tax" and scheduled.locator("ins").inner_text().startswith("0.61")
    page.get_by_role("link", name="New version").click()
    for number in (1, 2, 4):
        kind = page.locator(f'select[name="kind-{number}"]')
        kind.locator("xpath=ancestor::details/summary").click()
        kind.select_option("time-minute")
    page.locator("#preview").get_by_text("Not allowed").first.wait_for(timeout=15_000)
    page.get_by_label("Valid from").fill("2026-06-25T06:00")
    page.get_by_role("button", name="Publish").click()
    assert "Preisangabenverordnung" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Valid from").input_value() == "2026-06-25T06:00"
