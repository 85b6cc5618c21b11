"""Every page in a real browser: narrow and wide, light and dark, fits, axe clean, says nothing to the console, weighs little."""

import re
from types import SimpleNamespace

import pytest
from axe_playwright_python.sync_playwright import Axe

from forecourt.web import create_app

from .conftest import Scene
from .inhabited import inhabited, pages_of
from .role_scene import routes_of
from .test_browser import chromium, served, visit  # noqa: F401 - a fixture

NO_PAGE = re.compile(r".*(/live|\.csv|\.ics|\.json|/datev)$|/(health|metrics|static).*|/api/v1/(?!reference).*")
FILES = {"/console/offers/statements/{name}", "/partners/statements/{name}"}  # PDFs alone
REDIRECTS = {"/queue"}
PARTS = 4
CHECKED = {  # what does not depend on colours is the same in the dark
    "light": {"resultTypes": ["violations"]},
    "dark": {"resultTypes": ["violations"], "runOnly": ["color-contrast"]},
}
LOOK = """() => {
    document.querySelectorAll("details").forEach(one => one.open = true);
    return [...document.querySelectorAll(".card-flush")].reduce((most, one) => Math.max(most, one.scrollWidth - one.clientWidth),
        document.documentElement.scrollWidth - document.documentElement.clientWidth);
}"""


@pytest.fixture(scope="module")
def town() -> tuple[Scene, SimpleNamespace]:
    scene = Scene()
    scene.build()
    return scene, inhabited(scene)


def problems_of(page, theme: str) -> list[str]:
    """With everything unfolded, at both widths."""
    found = []
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        where = f"{page.url} {theme} {width}"
        found += [f"{where} is cut off or scrolls sideways"] * (page.evaluate(LOOK) > 0)
        if theme == "light" or width == 1280:  # colours do not depend on the width
            found += [
                f"{where}: {one['id']} {one['nodes'][0]['html'][:120]}"
                for one in Axe().run(page, options=CHECKED[theme]).response["violations"]
            ]
    return found


def till_problems(page, address: str, gift: str, theme: str) -> list[str]:
    """Of the two pages that only a form leads to: a voucher handed out, and one to be taken."""
    page.goto(f"{address}/partners")
    page.get_by_role("button", name="Hand out").first.click()
    page.locator("figure code").wait_for()
    found = problems_of(page, theme)
    page.goto(f"{address}/partners")
    page.get_by_label("Code of the voucher").fill(gift)
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("button", name="Given out").wait_for()
    return found + problems_of(page, theme)


@pytest.mark.browser
@pytest.mark.timeout(400)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("part", range(PARTS))
def test_pages_fit_are_accessible_and_say_nothing_to_the_console(chromium, town, part, theme):  # noqa: F811
    scene, the = town
    problems: list[str] = []
    said: list[str] = []
    with served(scene) as address:
        for name, paths in pages_of(the).items():
            context = visit(chromium, address, name, color_scheme=theme)
            page = context.new_page()
            page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
            for path in paths[part::PARTS]:
                answer = page.goto(address + path)
                problems += [f"{name} {path}: {answer.status}"] * (answer.status != (404 if path == "/nope" else 200))
                problems += problems_of(page, theme)
            if name == "till" and part == 0:
                problems += till_problems(page, address, the.gift, theme)
            context.close()
    assert problems == [] and not [words for words in said if words.startswith("error") and "404" not in words]


@pytest.mark.browser
@pytest.mark.timeout(400)
@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_weighs_at_most_60_kilobytes_cold(chromium, town, part):  # noqa: F811
    scene, the = town
    weights = {}
    with served(scene) as address:
        for name, paths in pages_of(the).items():
            context = visit(chromium, address, name)
            page, loaded = context.new_page(), []
            devtools = context.new_cdp_session(page)
            devtools.send("Network.enable")
            devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
            devtools.on("Network.loadingFinished", lambda event, loaded=loaded: loaded.append(event["encodedDataLength"]))
            for path in paths[part::PARTS]:
                loaded.clear()
                page.goto(address + path)
                page.wait_for_timeout(200)
                weights[name, path] = sum(loaded) / 1000
            context.close()
    assert all(5 < weight <= 60 for weight in weights.values()), weights


def test_no_page_of_the_app_is_left_out(town):
    scene, the = town
    pages = {route.split()[1] for route in routes_of(create_app(scene.ports())) if route.startswith("GET ")}
    pages = {one for one in pages if not NO_PAGE.match(one)} - FILES - REDIRECTS
    asked = [path.split("?")[0] for paths in pages_of(the).values() for path in paths]
    shapes = {one: re.compile(re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(one)) + "$") for one in pages}
    assert sorted(one for one, shape in shapes.items() if not any(shape.match(path) for path in asked)) == []
