"""What is wrong with a page in a browser: with everything unfolded, narrow and wide, light and dark.

All of it is looked at in one width, and in the other what comes, goes or scrolls there. How easy words are to read is looked at once for
each kind of words on the same grounds, whatever page they are on.
"""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

AXE = Axe().axe_script
NARROW, WIDE = (ViewportSize(width=width, height=844) for width in (390, 1280))
HERE = """() => ({ dark: matchMedia("(prefers-color-scheme: dark)").matches, ready: "axe" in window,
    moves: !matchMedia("(prefers-reduced-motion: reduce)").matches })"""
CUT_OFF = """() => {
    document.querySelectorAll("details").forEach(one => one.open = true);
    return [...document.querySelectorAll(".card-flush")].reduce((most, one) => Math.max(most, one.scrollWidth - one.clientWidth),
        document.documentElement.scrollWidth - document.documentElement.clientWidth);
}"""
ALL = """() => {
    window.shownBefore = new Set([...document.querySelectorAll("body *")].filter(one => one.checkVisibility()));
    return axe.run({ resultTypes: ["violations"], rules: { "color-contrast": { enabled: false } } }).then(one => one.violations);
}"""
# Together with what it gives a name to; and all of the page, where its headings or its main part differ.
DIFFERENT = """() => {
    const scrolls = one => one.scrollWidth > one.clientWidth && /auto|scroll/.test(getComputedStyle(one).overflowX);
    const every = [...document.querySelectorAll("body *")], differ = every.filter(one => one.checkVisibility() !== shownBefore.has(one));
    const named = differ.map(one => one.parentElement.closest("a, button, label, summary, td, th, [role]") ?? one);
    const include = differ.some(one => /^(H[1-6]|MAIN)$/.test(one.tagName)) ? [document.documentElement]
        : [...new Set([...named, ...every.filter(scrolls)])];
    return include.length ? axe.run({ include }, { resultTypes: ["violations"], rules: { "color-contrast": { enabled: false } } })
        .then(one => one.violations) : [];
}"""
# A kind of words: their colour, whether they are large as WCAG 1.4.3 has it, and all that is painted behind them, which in the flow is what
# they stand in. Of a lone sign and of what is disabled axe says nothing.
HARD_TO_READ = """known => {
    const FIELD = "select, textarea, input:not([type=checkbox], [type=radio], [type=range], [type=color], [type=hidden])";
    const grounds = new Map([[document, ""]]), kinds = new Map(), already = new Set(known);
    for (const one of document.querySelectorAll("html, body, body *")) {
        const style = getComputedStyle(one), within = grounds.get(one.parentNode);
        const ground = [style.backgroundColor, style.backgroundImage, style.opacity, style.filter].join(" ");
        const apart = /absolute|fixed|sticky/.test(style.position) ? `${one.tagName} ${one.className}: ` : "";
        grounds.set(one, apart || ground !== "rgba(0, 0, 0, 0) none 1 none" ? `${within} / ${apart}${ground}` : within);
        const isOff = one.closest(":disabled, [aria-disabled=true]") || one.closest("label")?.control?.disabled;
        const isField = one.matches(FIELD), text = [...one.childNodes].map(part => part.nodeType === 3 ? part.data.trim() : "").join("");
        if (text.length < 2 && !isField || isOff || !one.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
        const points = parseFloat(style.fontSize) * 0.75, isLarge = points >= 18 || points >= 14 && style.fontWeight >= 700;
        const words = [style.color, isLarge, style.textShadow, isField];
        const kind = `${words.join(" ")} on ${grounds.get(one)}`;
        if (!already.has(kind) && !kinds.has(kind)) kinds.set(kind, one);
    }
    return kinds.size ? axe.run({ include: [...kinds.values()] }, { resultTypes: ["violations"], runOnly: ["color-contrast"] })
        .then(one => [[...kinds.keys()], one.violations]) : [[], []];
}"""
FIRST = f"async known => [({CUT_OFF})(), await ({ALL})(), ...await ({HARD_TO_READ})(known)]"
OTHER_THEME = f"async known => [0, [], ...await ({HARD_TO_READ})(known)]"
OTHER_WIDTH = f"async () => [({CUT_OFF})(), await ({DIFFERENT})(), [], []]"
_read: set[str] = set()


def problems_of(page: Page) -> list[str]:
    """It is as wide and as light afterwards as it was."""
    size, here = page.viewport_size, page.evaluate(HERE)
    found = seen_from_here(page)
    page.set_viewport_size(size or WIDE)
    page.emulate_media(color_scheme="dark" if here["dark"] else "light")
    return found


def seen_from_here(page: Page) -> list[str]:
    """The looks begin with the one in which it stands, and end with the opposite: the next page can be opened in that."""
    here, is_wide = page.evaluate(HERE), page.viewport_size == WIDE
    if here["moves"]:
        page.emulate_media(reduced_motion="reduce")
    if not here["ready"]:
        page.evaluate(AXE)
    if not is_wide and page.viewport_size != NARROW:
        page.set_viewport_size(NARROW)
    found = _told(page, *page.evaluate(FIRST, list(_read)))
    page.emulate_media(color_scheme="light" if here["dark"] else "dark")
    found += _told(page, *page.evaluate(OTHER_THEME, list(_read)))
    page.set_viewport_size(NARROW if is_wide else WIDE)
    return found + _told(page, *page.evaluate(OTHER_WIDTH))


def check_page(page: Page, address: str, path: str) -> None:
    """It stands there afterwards as it was opened."""
    page.goto(address + path)
    found = problems_of(page)
    assert not found, found
    page.goto(address + path)


def _told(page: Page, cut: int, violations: list[Any], kinds: list[str], hard_to_read: list[Any]) -> list[str]:
    _read.update(kinds)
    where = f"{page.url} {page.viewport_size}"
    broken = [f"{where}: {one['id']} {one['nodes'][0]['html'][:120]}" for one in violations + hard_to_read]
    return [f"{where} is cut off or scrolls sideways"] * (cut > 0) + broken
