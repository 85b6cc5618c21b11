"""The queue in a real browser on a phone: join, be called without a reload, start, pass, leave; accessible in both themes."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe

from forecourt.flows.bookings import advance_queue
from forecourt.stations import ConnectorState

from .conftest import HARBOUR
from .test_browser import address, chromium, visit  # noqa: F401 - fixtures
from .test_queue import fill, others_join

pytestmark = pytest.mark.browser


def at_rest(page) -> list[str]:
    """The accessibility problems of the page."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [f"{page.url} scrolls sideways"] * (wide > 390) + [one["id"] for one in Axe().run(page).response["violations"]]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_driver_waits_is_called_lets_others_first_and_is_called_again(chromium, address, scene, lived, theme):  # noqa: F811
    fill(lived)
    page = visit(chromium, address, "bob", viewport={"width": 390, "height": 844}, color_scheme=theme).new_page()
    page.goto(f"{address}/sites/harbour")
    problems = at_rest(page)
    page.get_by_role("button", name="Join the queue").click()
    page.get_by_role("heading", name="You are next").wait_for()
    problems += at_rest(page)
    others_join(lived, 25)
    free_and_call(lived, 1)
    page.get_by_role("heading", name="It is your turn").wait_for(timeout=30_000)  # by itself
    page.reload()
    problems += at_rest(page)
    page.get_by_role("button", name="Let the next driver go first").click()
    page.get_by_text("The next driver goes first.").wait_for()
    free_and_call(lived, 2)
    page.get_by_role("button", name="Start at bay H-2").click(timeout=30_000)  # it is there by itself
    page.get_by_text("We are asking your bank to hold").wait_for()
    page.goto(f"{address}/queue")
    page.get_by_role("button", name="Leave the queue").click()
    page.get_by_text("You have left the queue.").wait_for()
    assert problems == []


def free_and_call(scene, bay: int) -> None:
    fill(scene, ConnectorState.AVAILABLE, (bay,))
    scene.clock.at += timedelta(minutes=1)
    with scene.transactions.begin() as store:
        advance_queue(store, HARBOUR, scene.clock.at, scene.ids)
