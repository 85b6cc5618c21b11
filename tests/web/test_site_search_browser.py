"""In a real browser: where somebody is, is asked for by a button alone."""

import pytest

from .test_browser import chromium, served, visit  # noqa: F401 - fixtures
from .test_guests_browser import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


def test_the_near_me_button_requests_the_position_and_lists_distances(chromium, scene):  # noqa: F811
    with served(scene) as address:
        context = visit(chromium, address, "ada", viewport=PHONE, geolocation={"latitude": 52.50004, "longitude": 13.30004})
        context.grant_permissions(["geolocation"], origin=address)
        page = context.new_page()
        page.goto(f"{address}/?words=market")
        page.get_by_role("button", name="Near me").click()
        page.wait_for_url("**lat=52.500&lon=13.300**")
        assert "5.6 km" in page.get_by_role("listitem").filter(has_text="Market Square").inner_text()
        page.get_by_role("link", name="Clear my location").click()
        assert "km" not in page.get_by_role("listitem").filter(has_text="Market Square").inner_text()


def test_without_a_position_near_me_shows_a_message_and_keeps_the_search(chromium, scene):  # noqa: F811
    with served(scene) as address:
        page = visit(chromium, address, "ada", viewport=PHONE).new_page()  # nothing is granted
        page.goto(address)
        page.get_by_role("button", name="Near me").click()
        page.get_by_text("Your device did not share your location").wait_for(timeout=30_000)
        page.get_by_label("Place, street or town").fill("harbour")
        page.get_by_role("button", name="Find").click()
        page.get_by_role("heading", name="Harbour Car Park").wait_for(timeout=30_000)
