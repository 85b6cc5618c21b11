"""In a real browser: a second factor from setting up to a lost phone."""

import base64
import re

import pytest

from .conftest import PASSWORD
from .page_checks import problems_of
from .test_browser import chromium, served, visit  # noqa: F401 - a fixture
from .test_passwords_browser import post_goes_out, server  # noqa: F401 - a fixture
from .test_second_factor import code

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400), pytest.mark.usefixtures("server")]  # before the browser


def sign_in(page, address: str) -> None:
    page.goto(f"{address}/login")
    page.get_by_label("Email").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def set_up(page) -> tuple[bytes, list[str], list[str]]:
    """The secret of the app, the recovery codes, and what was wrong with the pages."""
    secret = base64.b32decode("".join(page.locator("figure code").inner_text().split()))
    page.get_by_label("Code from the app").fill("000000")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Turn on").click()
    page.get_by_text("If none works").wait_for()
    found = problems_of(page)
    page.get_by_label("Code from the app").fill(code(secret=secret))
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Turn on").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    recovery = page.locator("ol code").all_inner_texts()
    return secret, recovery, found + problems_of(page)


def test_a_driver_enables_a_second_factor_signs_in_uses_a_recovery_code_and_disables_it(chromium, scene):  # noqa: F811
    with served(scene) as address:
        page = visit(chromium, address, "").new_page()
        sign_in(page, address)
        page.get_by_role("link", name="Account").click()
        page.get_by_role("link", name="Second factor").click()
        secret, recovery, problems = set_up(page)
        page.get_by_role("link", name="I have saved them").click()
        page.goto(f"{address}/account")
        page.get_by_role("button", name="Sign out").click()
        sign_in(page, address)
        page.get_by_label("Code from your authenticator app").fill("000000")
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_text("wrong or was already used").wait_for()
        problems += problems_of(page)
        page.get_by_label("Code from your authenticator app").fill(code(1, secret))
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_role("link", name="Account").click()
        page.get_by_role("button", name="Sign out").click()
        sign_in(page, address)
        page.get_by_text("Use a recovery code").click()
        page.get_by_label("Recovery code").fill(recovery[0].lower())
        page.get_by_role("button", name="Sign in with recovery code").click()
        page.get_by_role("link", name="Account").click()
        page.get_by_role("link", name="Second factor").click()
        assert page.get_by_text("9", exact=True).is_visible()
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_label("Code from your authenticator app").fill(recovery[1])
        page.get_by_role("button", name="Turn off").click()
        page.get_by_text("You now sign in with your password only.").wait_for()
    assert problems == []


def test_a_team_requires_a_second_factor_and_an_invited_newcomer_sets_it_up(server, chromium, scene, monkeypatch):  # noqa: F811
    monkeypatch.setattr(scene, "ports", lambda kept=scene.ports: kept(sends_email=True))
    with served(scene) as address:
        boss, lea = (visit(chromium, address, name).new_page() for name in ("ops", ""))
        boss.goto(f"{address}/console/team")
        boss.get_by_label("Email").fill("lea@example.org")
        boss.get_by_role("button", name="Add to team").click()
        boss.get_by_text("An email is on its way to lea@example.org.").wait_for()
        letter = post_goes_out(scene, server, address)
        problems = problems_of(boss)
        boss.get_by_label("Required for everyone in the team").check()
        boss.get_by_role("button", name="Save rule").click()
        boss.get_by_text("Your team requires a second factor.").wait_for()  # the rule is for whoever makes it, too
        problems += problems_of(boss) + set_up(boss)[2]
        boss.get_by_role("link", name="I have saved them").click()
        boss.get_by_role("link", name="Team").click()
        boss.get_by_text("In the team, with a second factor").wait_for()
        (link,) = re.findall(rf"{address}/password/\S+", letter)
        lea.goto(link)
        lea.get_by_label("New password").fill("a new one, long enough")
        lea.get_by_role("button", name="Save password and sign in").click()
        lea.get_by_text("Your team requires a second factor.").wait_for()
        lea.goto(f"{address}/console/ledger")
        assert lea.url.endswith("/account/second-factor")
    assert problems == []
