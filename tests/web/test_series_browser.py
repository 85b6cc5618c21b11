"""Repeated bookings and those of a fleet, in a real browser on a phone."""

from datetime import timedelta
from uuid import UUID

import pytest

from forecourt.drivers import GroupMember
from forecourt.kernel import DriverId

from .conftest import NOW
from .page_checks import check_page
from .test_browser import chromium, served, visit  # noqa: F401 - fixtures
from .test_guests_browser import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]


def slot(page, address: str, time: str) -> None:
    page.goto(f"{address}/sites/harbour")
    page.locator("label.slot").filter(has_text=time).click()


def test_a_weekday_series_is_booked_on_the_site_page(chromium, scene):  # noqa: F811
    with served(scene) as address:
        page = visit(chromium, address, "ada", viewport=PHONE).new_page()
        slot(page, address, "17:00")
        page.get_by_text("Repeat this booking").click()
        page.get_by_label("Repeat").select_option("weekdays")
        page.get_by_role("button", name="Book", exact=True).click()
        page.get_by_text("5 of 5 booked").wait_for()
        page.goto(f"{address}/bookings")
        assert page.get_by_role("link", name="Add to calendar").count() == 5


def test_a_fleet_payer_books_and_cancels_for_a_driver(chromium, scene):  # noqa: F811
    with scene.transactions.begin() as store:
        store.drivers.put_member(GroupMember(scene.operator_id, "vans", DriverId(UUID(int=1007)), NOW - timedelta(days=1)))
        store.statements.put_payer(scene.operator_id, "vans", scene.ada)
    with served(scene) as address:
        page = visit(chromium, address, "ada", viewport=PHONE).new_page()
        slot(page, address, "18:00")
        page.get_by_label("For", exact=True).first.select_option(label="Driver 8")
        page.get_by_role("button", name="Book", exact=True).click()
        page.get_by_role("heading", name="Your fleet's bookings").wait_for()
        check_page(page, address, "/bookings")
        page.set_viewport_size(PHONE)
        page.get_by_role("link", name="Cancel").click()
        page.get_by_role("button", name="Cancel booking").click()
        page.get_by_text("Booking cancelled.").wait_for()
        assert not page.get_by_text("Driver 8").count()
