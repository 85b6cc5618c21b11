"""Every page in a real browser: narrow and wide, light and dark, fits, axe clean, says nothing to the console, weighs little."""

import re
from types import SimpleNamespace

import pytest

from .apps import app_of
from .conftest import PASSWORD, Browser, Scene
from .full_scene import fill_scene, pages_of
from .guests_scene import COMPANY, PAID
from .page_checks import AXE, WIDE, problems_of, seen_from_here
from .role_scene import routes_of
from .test_browser import chromium, served, visit  # noqa: F401 - a fixture

NO_PAGE = re.compile(
    r".*(/live|/sw\.js|\.webmanifest|\.csv|\.ics|\.json|\.xml|/datev)$|/(health|metrics|static|\.well-known).*|/api/v1/(?!reference).*"
)
FILES = {
    "/console/disputes/{name}",
    "/console/ledger/months/{month}/documents.zip",
    "/console/offers/statements/{name}",
    "/partners/statements/{name}",
}  # files alone
AWAY = {"/login/company/{operator_id}", "/login/company/{operator_id}/back", "/console/single-sign-on/try"}  # to a company's provider
REDIRECTS = {"/queue", "/login/code", "/typed", "/q/{charger_id}/{number}/{code}/{version}"}  # what a sign-in leads to: by `door_problems`
OUTSIDE = {
    "/b/{key}/pay",
    "/c/{key}/pay",
    "/wallet/pay-ins/{payment_id}/card",
    "/bookings/{booking_id}/deposit/card",
    "/charge/card",
}  # load the processor's own script
MAPS = {"/map", "/console/network"}  # load MapLibre and the outline of the world
PARTS = 6
WEIGHT = """() => ["navigation", "resource"].flatMap(kind => performance.getEntriesByType(kind))
    .reduce((sum, one) => sum + one.encodedBodySize + 300, 0)"""  # with its headers, and as if nothing had been cached


@pytest.fixture(scope="module")
def town() -> tuple[Scene, SimpleNamespace]:
    scene = Scene()
    scene.build()
    return scene, fill_scene(scene)


def till_problems(page, address: str, gift: str) -> list[str]:
    """Of the two pages that only a form leads to: a voucher handed out, and one to be taken."""
    page.goto(f"{address}/partners")
    page.get_by_role("button", name="Hand out").first.click()
    page.locator("figure code").wait_for()
    found = problems_of(page)
    page.goto(f"{address}/partners")
    page.get_by_label("Voucher code").fill(gift)
    page.get_by_role("button", name="Check voucher").click()
    page.get_by_role("button", name="Mark as redeemed").wait_for()
    return found + problems_of(page)


def setup_problems(page, address: str) -> list[str]:
    """Of the pages that only the form of a charger leads to: a wrong field, and the password that is shown once."""
    page = page.context.new_page()  # a browser says to its console that a form was answered with 400
    page.goto(f"{address}/console/new-charger?site=market")
    page.get_by_role("button", name="Add socket").click()
    page.get_by_label("Name").fill("no name")
    page.get_by_role("button", name="Add charger").last.click()
    page.locator("#e-id").wait_for()
    found = problems_of(page)
    page.get_by_label("Name").fill("MS-99")
    page.get_by_role("button", name="Add charger").last.click()
    page.locator("#password").wait_for()
    return found + problems_of(page)


def door_problems(page, address: str) -> list[str]:
    """Of pages to which only the right password leads: the one that asks for a code, and what was filled in when a sign-in had ended."""
    page.goto(f"{address}/login")
    page.get_by_label("Email").fill("bob@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Enter your code").wait_for()
    found = problems_of(page)
    page = visit(page.context.browser, address, "ada").new_page()
    page.goto(f"{address}/account/details")
    page.get_by_label("Name").fill("Ada Lovelace")
    page.context.clear_cookies(name="fc_session")
    page.get_by_role("button", name="Save").click()
    page.get_by_label("Email").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Send now").wait_for()
    return found + problems_of(page)


@pytest.mark.browser
@pytest.mark.timeout(400)
@pytest.mark.parametrize("part", range(PARTS))
def test_pages_fit_the_screen_pass_axe_stay_small_and_log_no_errors(chromium, town, part):  # noqa: F811
    scene, the = town
    problems: list[str] = []
    said: list[str] = []
    with served(scene) as address:
        for name, paths in pages_of(the).items():
            page = visit(chromium, address, name, viewport=WIDE, color_scheme="light", reduced_motion="reduce").new_page()
            page.context.add_init_script(AXE)  # a browser compiles that once for all pages
            page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
            for path in paths[part::PARTS]:
                answer = page.goto(address + path)
                problems += [f"{name} {path}: {answer.status}"] * (answer.status != (404 if path == "/nope" else 200))
                weight_kb = page.evaluate(WEIGHT) / 1000
                problems += [f"{name} {path}: {weight_kb} kB, cold"] * (not 5 < weight_kb <= 60 and path not in MAPS)
                problems += seen_from_here(page)
            if name == "till" and part == 0:
                problems += till_problems(page, address, the.gift)
            if name == "ops" and part == 1:
                problems += setup_problems(page, address)
            if name == "" and part == 0:
                problems += door_problems(page, address)
            page.context.close()
    assert problems == [] and not [words for words in said if words.startswith("error") and "404" not in words]


def test_the_tested_pages_include_the_buyer_form_and_the_page_that_does_not_offer_it(town):
    scene, the = town
    guests_page = f"/c/{COMPANY}/receipts/{the.company.bill}"
    with Browser(app=app_of(scene.ports())) as client:
        assert f'action="{guests_page}/buyer"' in client.get(guests_page).text
        assert "was refunded or is disputed" in client.get(f"/c/{PAID}/receipts/{the.guest.bill}").text
        client.sign_in("ops")
        desks_page = f"/console/documents/{the.company.bill}/buyer"
        assert f'action="{desks_page}"' in client.get(desks_page).text
    asked = {path for paths in pages_of(the).values() for path in paths}
    assert {guests_page, desks_page, f"/c/{PAID}/receipts/{the.guest.bill}"} <= asked


def test_every_page_route_is_tested(town):
    scene, the = town
    pages = {route.split()[1] for route in routes_of(app_of(scene.ports())) if route.startswith("GET ")}
    pages = {one for one in pages if not NO_PAGE.match(one)} - FILES - REDIRECTS - AWAY - OUTSIDE
    asked = [path.split("?")[0] for paths in pages_of(the).values() for path in paths]
    shapes = {one: re.compile(re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(one)) + "$") for one in pages}
    assert sorted(one for one, shape in shapes.items() if not any(shape.match(path) for path in asked)) == []
