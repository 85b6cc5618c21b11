"""What is wrong with a page in a browser: with everything unfolded, narrow and wide, light and dark."""

import json

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe().axe_script
LOOKS = (  # in the dark only colours can differ; these do not depend on the width, and a wide page shows the heads of its tables too
    (390, "light", {"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": False}}}),
    (1280, "light", {"resultTypes": ["violations"]}),
    (1280, "dark", {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}),
)
CUT_OFF = """() => {
    document.querySelectorAll("details").forEach(one => one.open = true);
    return [...document.querySelectorAll(".card-flush")].reduce((most, one) => Math.max(most, one.scrollWidth - one.clientWidth),
        document.documentElement.scrollWidth - document.documentElement.clientWidth);
}"""


def problems_of(page: Page) -> list[str]:
    found = []
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    for width, theme, checks in LOOKS:
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        where = f"{page.url} {theme} {width}"
        found += [f"{where} is cut off or scrolls sideways"] * (page.evaluate(CUT_OFF) > 0)
        broken = page.evaluate(f"axe.run({json.dumps(checks)}).then(one => one.violations)")
        found += [f"{where}: {one['id']} {one['nodes'][0]['html'][:120]}" for one in broken]
    return found


def looked_at(page: Page, address: str, path: str) -> None:
    """It stands there afterwards as it was opened."""
    page.goto(address + path)
    found = problems_of(page)
    assert not found, found
    page.goto(address + path)
