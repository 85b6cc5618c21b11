"""The board of a day's bookings on a phone."""

import pytest

from .conftest import Scene
from .test_browser import chromium, served, visit  # noqa: F401 - a fixture


@pytest.mark.browser
def test_on_a_phone_the_day_board_opens_at_the_current_time_with_bay_names_in_view(chromium, scene: Scene):  # noqa: F811
    scene.live_a_day()
    with served(scene) as address:
        page = visit(chromium, address, "ops").new_page()
        page.set_viewport_size({"width": 390, "height": 800})
        page.goto(f"{address}/console/bookings?site=market")
        page.wait_for_function("document.querySelector('.board-scroll').scrollLeft > 0")
        board, now = page.locator(".board-scroll").bounding_box(), page.locator(".board-scroll line.now").bounding_box()
        assert board["x"] < now["x"] < board["x"] + board["width"]
        page.locator(".board-scroll .names[transform]").wait_for()
        assert board["x"] <= page.locator(".board-scroll .names text").first.bounding_box()["x"] < now["x"]
