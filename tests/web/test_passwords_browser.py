"""In a real browser: a driver resets a forgotten password through a real mail server."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from forecourt.jobs import WorkerPorts
from forecourt.jobs.notice_courier import NoticeCourier
from forecourt.messengers import SmtpMailer, SmtpSettings
from mail_server import MailServer, mail_server

from .conftest import KEY, PASSWORD, Scene
from .page_checks import problems_of
from .test_browser import chromium, served, visit  # noqa: F401 - a fixture

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
NEW = "a new one, long enough"


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    """Before the browser: Playwright keeps a loop of its own in this thread."""
    with mail_server() as running:
        yield running


def post_goes_out(scene: Scene, server: MailServer, address: str) -> str:
    """The text of the last email."""
    mailer = SmtpMailer(SmtpSettings("127.0.0.1", server.port, "none", "post@charge.example"), scene.clock)
    ports = WorkerPorts(scene.transactions, scene.clock, scene.ids, None, None, None, 60.0, mailer, public_url=address, secret=KEY)  # type: ignore[arg-type]
    with scene.transactions.begin() as store:
        items = store.outbox.claim("notice", scene.clock.now(), 100, 60)
    for item in items:
        NoticeCourier(ports).deliver(item)
    return server.received[-1].get_body(("plain",)).get_content()  # type: ignore[union-attr]


def sign_in(page, address: str, password: str) -> None:
    page.goto(f"{address}/login")
    page.get_by_label("Email").fill("ada@example.org")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_forgotten_password_is_reset_by_email(server, chromium, scene, monkeypatch):  # noqa: F811
    monkeypatch.setattr(scene, "ports", lambda kept=scene.ports: kept(sends_email=True))
    with scene.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(scene.ada), language="nl"))
    with served(scene) as address:
        thief, page = (visit(chromium, address, name).new_page() for name in ("ada", ""))
        page.goto(f"{address}/login")
        page.get_by_role("link", name="Forgot your password?").click()
        page.get_by_label("Email").fill("ada@example.org")
        page.get_by_role("button", name="Send link").click()
        page.get_by_role("heading", name="Check your email").wait_for()
        problems = problems_of(page)
        letter = post_goes_out(scene, server, address)
        assert server.received[-1]["Subject"] == "Kies een nieuw wachtwoord" and "Dag Ada Lindgren" in letter
        (link,) = re.findall(rf"{address}/password/\S+", letter)
        page.goto(link)
        page.get_by_label("New password").fill("short")
        page.get_by_role("button", name="Save password and sign in").click()
        page.get_by_text("Use 12 to 200 characters.").wait_for()
        problems += problems_of(page)
        page.get_by_label("New password").fill(NEW)
        page.get_by_role("button", name="Save password and sign in").click()
        page.get_by_text("Uw nieuwe wachtwoord geldt.").wait_for()  # as her letters, her pages are in Dutch
        thief.goto(f"{address}/account")
        assert thief.url.endswith("/login?back=/account")
        thief.goto(link)
        thief.get_by_role("heading", name="no longer works").wait_for()
        problems += problems_of(thief)
        assert "gewijzigd" in post_goes_out(scene, server, address)
        sign_in(thief, address, PASSWORD)
        thief.get_by_text("The email address or password is wrong.").wait_for()
        sign_in(thief, address, NEW)
        thief.get_by_role("link", name="Account").click()
        thief.get_by_text("Ada Lindgren").wait_for()
    assert problems == []
