"""In a real browser: the map of sites, rendered with software WebGL."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import sync_playwright

from chromium import FLAGS, chromium_program
from forecourt.kernel import EvseId
from forecourt.stations import ConnectorState, Socket

from .conftest import NOW
from .page_checks import problems_of
from .test_browser import served, visit
from .test_guests_browser import PHONE
from .test_site_search import add_site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
DRAWING = [one for one in FLAGS if one != "--disable-gpu"] + ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


@pytest.fixture(scope="module")
def drawing() -> Iterator[Chromium]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium_program(), args=DRAWING)
        yield opened
        opened.close()


@pytest.fixture
def address(scene) -> Iterator[str]:
    add_site(scene, 1, "Far <b>Depot</b>", ("50.94", "6.96"))
    with served(scene) as at:
        yield at


def test_a_site_can_be_selected_on_the_map_by_keyboard(drawing, address):
    said: list[str] = []
    page = visit(drawing, address, "", viewport=PHONE, reduced_motion="reduce").new_page()
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.goto(f"{address}/map")
    pin = page.get_by_role("button", name="Far <b>Depot</b>: 1 free")
    pin.press("Enter", timeout=60_000)
    card = page.locator(".map-card")
    assert "1 of 1 free now" in card.inner_text()
    assert page.evaluate("document.activeElement.querySelector('h2').textContent") == "Far <b>Depot</b>"
    page.keyboard.press("Escape")
    assert not card.is_visible() and pin.evaluate("one => one === document.activeElement")
    assert page.get_by_role("listitem").filter(has_text="Market Square").is_visible()
    assert problems_of(page) == [] and not [words for words in said if words.startswith("error")]


def test_sites_at_the_same_position_are_listed_in_one_card(drawing, address):
    page = visit(drawing, address, "", reduced_motion="reduce").new_page()
    page.goto(f"{address}/map?lat=52.5163&lon=13.3777")
    page.get_by_role("button", name="2 places").click(timeout=60_000)
    page.locator(".map-card").get_by_role("link", name="Harbour Car Park").click()
    page.wait_for_url("**/sites/harbour?energy=20")


def test_a_browser_without_webgl_shows_a_message_and_the_list(drawing, address):
    plain = drawing.browser_type.launch(executable_path=chromium_program(), args=[*FLAGS, "--disable-3d-apis"])
    page = visit(plain, address, "", viewport=PHONE).new_page()
    page.goto(address)
    page.get_by_role("link", name="Map").click()
    page.get_by_text("Your browser cannot show the map").wait_for(timeout=30_000)
    assert not page.locator("#map").is_visible() and page.get_by_role("heading", name="Market Square").is_visible()
    plain.close()


def taken(scene, number: int) -> None:
    """The only bay of a place that was added."""
    with scene.transactions.begin() as store:
        store.stations.put_socket(Socket(EvseId(UUID(int=8000 + number)), ConnectorState.OCCUPIED, at=NOW))


def test_markers_cards_and_list_update_free_bays_while_the_page_is_open(drawing, address, scene):
    asked: list[str] = []
    page = visit(drawing, address, "", viewport=PHONE, reduced_motion="reduce").new_page()
    page.goto(f"{address}/map")
    page.get_by_role("button", name="Far <b>Depot</b>: 1 free").press("Enter", timeout=60_000)
    page.on("request", lambda request: asked.append(request.url))
    taken(scene, 1)
    page.get_by_role("button", name="Far <b>Depot</b>: full").wait_for(timeout=30_000)
    assert "No bay free now" in page.locator(".map-card").inner_text()
    assert "No bay free now" in page.get_by_role("listitem").filter(has_text="Far <b>Depot</b>").inner_text()
    assert not asked and problems_of(page) == []


def test_rows_and_an_open_card_of_the_network_map_update_while_the_page_is_open(drawing, address, scene):
    page = visit(drawing, address, "ops", reduced_motion="reduce").new_page()
    page.goto(f"{address}/console/network")
    page.get_by_role("button", name="Far <b>Depot</b>").press("Enter", timeout=60_000)
    assert "1 of 1 bays free" in page.locator(".map-card").inner_text()
    taken(scene, 1)
    row = page.locator("tr", has_text="Far <b>Depot</b>")
    row.get_by_text("0 of 1").wait_for(timeout=30_000)
    page.locator(".map-card").get_by_text("0 of 1 bays free").wait_for(timeout=10_000)
    assert page.evaluate("document.querySelector('.map-card').contains(document.activeElement)")
    assert problems_of(page) == []
