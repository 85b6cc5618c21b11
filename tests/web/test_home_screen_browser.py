"""The driver's pages as an app, in a real browser: it can be put on a home screen, and says so where there is no connection."""

import json

import pytest

from .test_browser import chromium, served, visit  # noqa: F401 - fixtures
from .test_guests_browser import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
KEPT = "async () => !!(await navigator.serviceWorker.ready).active && !!(await caches.match('/offline'))"


def test_the_pages_are_installable_as_an_app_and_have_an_offline_page(chromium, scene):  # noqa: F811
    with served(scene) as address:
        context = visit(chromium, address, "ada", viewport=PHONE, locale="de-DE")
        page = context.new_page()
        page.goto(address)
        page.wait_for_function(KEPT, timeout=30_000)
        page.reload()
        wire = context.new_cdp_session(page)
        lacks = {one["errorId"] for one in wire.send("Page.getInstallabilityErrors")["installabilityErrors"]}
        assert lacks <= {"in-incognito"}  # as each test's browser is
        assert json.loads(wire.send("Page.getAppManifest")["data"])["start_url"] == "/"
        context.set_offline(True)
        page.goto(f"{address}/charge")
        assert page.get_by_role("heading", level=1).text_content() == "No connection"  # as ada chose English for her letters
        context.set_offline(False)
        page.get_by_role("link", name="Try again").click()
        page.get_by_role("heading", name="Charge", exact=True).wait_for(timeout=30_000)


def test_the_cached_offline_page_contains_no_personal_data(client):
    page = client.sign_in("ada").get("/offline", headers={"cookie": "fc_language=de"}).text
    assert "Keine Verbindung" in page and "ada" not in page.lower() and "csrf" not in page
