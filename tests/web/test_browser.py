"""In a real browser: live updates, keyboard, no scripts, no side scroll, axe in both themes, weight."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, sync_playwright

from forecourt.flows import hand_out, join_plan, take_code
from forecourt.kernel import SessionId
from forecourt.stations import MeterSample, TransactionUpdated
from forecourt.web import create_app
from forecourt.web.sealing import seal

from .conftest import NOW
from .offered import CAFE, with_offers

pytestmark = pytest.mark.browser
KEY = b"a key of the tests, 32 bytes long"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PUBLIC = ["/", "/sites/market", "/login", "/register", "/nope", "/api/v1/reference"]
DRIVER = ["/bookings", "/charge", "/receipts", "/receipts/INV-2026-000003", "/receipts/INV-2026-000003/check", "/account", "/dues"]
CONSOLE = [
    "/console/prices?site=market", "/console/prices/edit?site=market", "/console/prices/entries/new?site=market",
    "/console/prices/groups?site=market", "/console/prices/versions/00000000-0000-0000-0000-000000000005",
    "/console", "/console/sites/market", "/console/sessions", "/console/chargers", "/console/bookings?site=market", "/console/documents",
    "/console/documents/INV-2026-000003", "/console/documents/INV-2026-000003/check",
    "/console/ledger", "/console/ledger/receivables", "/console/quarantine", "/console/audit", "/console/design",
    "/console/revenue", "/console/revenue/market", "/console/dunning", "/console/jobs", "/console/statements",
    "/console/queue?site=market",
]  # fmt: skip


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def address(lived) -> Iterator[str]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(lived.ports()), log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


def visit(chromium: Chromium, address: str, name: str, **options: object) -> BrowserContext:
    context = chromium.new_context(**options)  # type: ignore[arg-type]
    if name:
        context.add_cookies([{"name": "fc_session", "value": seal(KEY, "session", name), "url": address}])
    return context


def pages_of_offers(lived) -> dict[str, list[str]]:
    """With a member, a coupon, vouchers of both kinds, and a booking that can be changed; by who sees them."""
    offered = with_offers(lived)
    with lived.transactions.begin() as store:
        join_plan(store, lived.ada, offered.plan.id, "", NOW, lived.ids)
        take_code(store, lived.ada, offered.coupon.code, NOW, lived.ids)
        take_code(store, lived.ada, hand_out(store, CAFE, offered.parking.id, NOW, lived.ids).code, NOW, lived.ids)
        booking = next(one.id for one in store.bookings.of_driver(lived.ada) if one.live)
    ada = ["/sites/market", "/membership", "/membership/cancel", f"/bookings/{booking}/change", f"/bookings/{booking}/cancel"]
    return {
        "ada": ada,
        "till": ["/partners", "/account"],
        "ops": ["/console/offers", f"/console/offers/plans/{offered.plan.id}", "/account"],
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_fit_are_accessible_and_say_nothing_to_the_console(chromium, address, lived, theme, width):
    problems: list[str] = []
    said: list[str] = []
    of_offers = pages_of_offers(lived)
    for name, paths in (
        ("", PUBLIC),
        ("ada", [*DRIVER, *of_offers["ada"]]),
        ("till", of_offers["till"]),
        ("ops", [*CONSOLE, *of_offers["ops"]]),
    ):
        context = visit(chromium, address, name, viewport={"width": width, "height": 844}, color_scheme=theme)
        page = context.new_page()
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        for path in paths:
            page.goto(address + path)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                problems.append(f"{path} scrolls sideways")
            problems += [f"{path}: {one['id']}" for one in Axe().run(page).response["violations"]]
        context.close()
    assert problems == [] and not [words for words in said if words.startswith("error") and "404" not in words]


def test_every_page_weighs_at_most_60_kilobytes_cold(chromium, address):
    weights = {}
    for name, paths in (("ada", PUBLIC[:2] + DRIVER), ("ops", CONSOLE)):
        for path in paths:
            context = visit(chromium, address, name)
            page = context.new_page()
            devtools, loaded = context.new_cdp_session(page), []
            devtools.send("Network.enable")
            devtools.on("Network.loadingFinished", lambda event, loaded=loaded: loaded.append(event["encodedDataLength"]))
            page.goto(address + path)
            page.wait_for_timeout(200)
            weights[path] = sum(loaded) / 1000
            context.close()
    assert all(0 < weight <= 60 for weight in weights.values()), weights


def test_a_running_charge_counts_up_without_a_reload_and_keeps_the_focus(chromium, address, lived):
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


def test_the_site_plan_follows_the_chargers(chromium, address, lived):
    page = visit(chromium, address, "ops").new_page()
    page.goto(f"{address}/console/sites/market")
    assert page.locator(".bay-charging").count() == 7
    lived.charge(3, "04CARD28", lived.clock.at, 5, 9_000)
    page.locator(".bay-charging").nth(7).wait_for(timeout=30_000)


def test_a_page_is_live_also_when_its_last_script_comes_late(chromium, address):
    page = visit(chromium, address, "ops").new_page()
    page.route("**/hx-sse.min.js*", lambda route: (time.sleep(0.5), route.continue_()))
    with page.expect_request("**/console/sites/market/live", timeout=10_000):
        page.goto(f"{address}/console/sites/market")


def test_a_driver_books_by_keyboard_without_scripts(chromium, address):
    page = visit(chromium, address, "", java_script_enabled=False).new_page()
    page.goto(f"{address}/login?back=/sites/market")
    page.get_by_label("E-mail").fill("bob@example.org")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_label("Password").press("Enter")
    page.locator('input[name="start"]').first.press("Space")
    page.get_by_role("button", name="Book", exact=True).press("Enter")
    assert page.get_by_text("Booked.").is_visible() and page.get_by_text("Market Square").is_visible()


def test_the_content_is_one_tab_away(chromium, address):
    page = visit(chromium, address, "ops").new_page()
    page.goto(f"{address}/console")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_price_is_typed_seen_scheduled_and_an_unlawful_one_refused(chromium, address):
    page = visit(chromium, address, "ops", viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{address}/console/prices/edit?site=market&version=00000000-0000-0000-0000-000000000005")
    price = page.locator('input[name="price-4"]')  # the general energy price, behind the night's and the evening's
    assert price.input_value() == "0.41"
    page.get_by_label("Plugged in at").fill("2026-06-03T12:00")
    price.fill("0.61")
    page.locator("#preview").get_by_text("€16.54").first.wait_for(timeout=15_000)  # (0.50 + 20 x 0.61 + 30 x 0.04) x 1.19
    assert page.evaluate("document.activeElement.name") == "price-4"
    page.get_by_label("Valid from").fill("2026-06-20T06:00")
    page.get_by_role("button", name="Publish").click()
    page.get_by_text("Published.").wait_for()
    scheduled = page.locator(".versions > li").first
    assert scheduled.get_by_text("Scheduled").is_visible()
    assert scheduled.locator("del").inner_text() == "0.41 per kWh, 19 % VAT" and scheduled.locator("ins").inner_text().startswith("0.61")
    page.get_by_role("link", name="Next version").click()
    for number in (1, 2, 4):
        page.locator(f'select[name="kind-{number}"]').select_option("time-minute")
    page.locator("#preview").get_by_text("Not allowed").first.wait_for(timeout=15_000)
    page.get_by_label("Valid from").fill("2026-06-25T06:00")
    page.get_by_role("button", name="Publish").click()
    assert "Preisangabenverordnung" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Valid from").input_value() == "2026-06-25T06:00"
