"""An operator adds a site, a charger, a driver and a card in the browser; the charger calls with the password shown, and a bill results.

Whatever docs/first-site.md has in bold there is pressed here.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from chromium import FLAGS, chromium_program
from journey.installed import Installation
from journey.test_first_site import FILES, PAGE, bills

STEPS = PAGE.partition("## The same in the browser")[2].partition("\n## ")[0]
PRESSED = re.findall(r"\*\*(.+?)\*\*", STEPS)


@contextmanager
def signed_in(installation: Installation) -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_program(), args=FLAGS)
        page = chromium.new_page()
        page.goto(f"http://{installation.http}/console")
        page.get_by_label("Email").fill("boss@hof.example")
        page.get_by_label("Password").fill("a door that opens")
        page.get_by_role("button", name="Sign in").click()
        yield page
        chromium.close()


def filled(page: Page, press: str, **fields: str) -> None:
    """Fill in the form whose button that is, and send it."""
    for name, value in fields.items():
        page.locator(f'[name="{name}"]').fill(value)
    page.get_by_role("button", name=press).last.click()


def adds_a_site_and_a_charger(page: Page) -> tuple[str, str]:
    """Address and password as they are shown."""
    page.get_by_role("link", name="Add a site").first.click()
    assert page.get_by_label("Time zone").input_value() == "Europe/Berlin"
    filled(page, "Add site", name="Hof Laden", slug="hof", address="Ringstraße 1, 10115 Berlin", limit_kw="22")
    page.get_by_role("link", name="Add a charger").first.click()
    filled(page, "Add charger", id="HOF-1")
    return page.locator("#address").inner_text(), page.locator("#password").inner_text()


def adds_ada_with_her_card(page: Page) -> None:
    page.get_by_role("link", name="Drivers").click()
    filled(page, "Add driver", name="Ada Lindgren", email="ada@hof.example")
    assert "/password/" in page.get_by_role("status").inner_text()
    filled(page, "Add card", uid="CARD0001")
    page.get_by_text("The card is added.").wait_for()


@pytest.mark.browser
def test_a_network_set_up_in_the_browser_charges_and_bills(installation: Installation, tmp_path: Path) -> None:
    for name, text in FILES:
        (tmp_path / name).write_text(text)
    with installation.running(), signed_in_after_who_you_are(installation, tmp_path) as page:
        address, password = adds_a_site_and_a_charger(page)
        assert address == f"ws://{installation.ocpp}/ocpp"
        adds_ada_with_her_card(page)
        installation.does(tmp_path, "admin", "tariff", "add", "tariff.json")
        hasty = ("--pause-s", "1", "1", "--stay-s", "5", "5")
        with installation.started("charger", "--url", address, "--id", "HOF-1", "--password", password, *hasty):
            installation.until(lambda: bills(installation) == ["Hof Laden GmbH"])


@contextmanager
def signed_in_after_who_you_are(installation: Installation, folder: Path) -> Iterator[Page]:
    for kind in ("operator", "staff"):
        installation.does(folder, "admin", kind, "add", f"{kind}.json")
    with signed_in(installation) as page:
        yield page


def test_the_first_site_page_names_the_buttons_that_are_pressed() -> None:
    here = Path(__file__).read_text()
    assert len(PRESSED) == 6 and [one for one in PRESSED if f'"{one}"' not in here] == []
