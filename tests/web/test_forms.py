"""Every form of every page: what somebody typed is not lost when it is refused."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from uuid import UUID

import pytest

from forecourt.kernel import Text
from forecourt.web.app import fresh_state
from forecourt.web.frame.labels import SECRET_FIELDS, label_of

from .apps import app_of
from .conftest import Browser, Scene
from .forms import Form, forms_of, shape
from .full_scene import fill_scene, pages_of
from .scene_copies import become

ODD = "zwölf <\"&'"
# Passwords are never given back, nor are codes that hold for half a minute and once.
ONCE = {"/account/second-factor": {"code"}}


@pytest.fixture(scope="module")
def town() -> tuple[Scene, SimpleNamespace]:
    scene = Scene()
    scene.build()
    return scene, fill_scene(scene)


@dataclass
class Sent:
    who: str
    page: str
    form: Form
    field: str
    to: str
    data: dict[str, list[str]]

    @property
    def shown_again(self) -> dict[str, list[str]]:
        """What is to stand there as it was typed."""
        secret = {name for path, names in ONCE.items() if self.to.startswith(path) for name in names}
        return {name: self.data[name] for name, kind in self.form.typed.items() if kind != "password" and name not in secret}


def pages(client: Browser, the: SimpleNamespace) -> Iterator[tuple[str, str, str]]:
    for who, paths in pages_of(the).items():
        for path in paths:
            client.cookies.clear()
            if who:
                client.sign_in(who)
            yield who, path, client.get(path).text


def sent_once(client: Browser, the: SimpleNamespace) -> Iterator[Sent]:
    """Something odd in each field that a person writes into, one after the other; forms that are alike once."""
    seen = set()
    for who, path, text in pages(client, the):
        for form in forms_of(text, path):
            for button in form.buttons:
                for name in form.typed:
                    like = (shape(button[0]), button[1:], name_of(name), *map(name_of, form.typed))
                    if like not in seen:
                        seen.add(like)
                        yield Sent(who, path, form, name, button[0], form.filled(name, ODD, button))


def name_of(field: str) -> str:
    """Rows of one table are numbered."""
    return re.sub(r"-\d+$", "", field)


def problem_of(sent: Sent, status: int, page: str) -> str:
    if status < 400:
        return ""
    again = [form for form in forms_of(page, sent.to) if sent.shown_again.items() <= form.values.items()]
    if status >= 500 or not again:
        return f"answers {status}, and what was typed is gone"
    if all(sent.field in form.folded for form in again):
        return "hides what was typed in a line that is to be opened"
    return "" if 'class="error"' in page or "notice-bad" in page else "does not say why"


@pytest.mark.timeout(400)  # ten seconds of one processor, of which a busy machine has little
def test_every_form_that_refuses_a_field_returns_all_entries(town):
    before, the = town
    scene, problems, count = Scene(), [], 0
    ports = scene.ports()
    app = app_of(ports)
    become(scene, before)
    with Browser(app=app) as client:
        client.headers["accept-encoding"] = "identity"
        for sent in sent_once(client, the):
            cookies, way = dict(client.cookies), {"params": sent.data} if sent.form.method == "get" else {"data": sent.data}
            answer = client.request(sent.form.method, sent.to, follow_redirects=False, **way)
            problem = problem_of(sent, answer.status_code, answer.text)
            problems += [f"{sent.who} {sent.page}: {sent.to} {problem}: {sent.field}"] if problem else []
            count += 1
            if sent.form.method == "post":  # whatever it did, the next finds what the page was made of
                become(scene, before)
                app.state.update(fresh_state(ports))
                client.cookies.clear()
                client.cookies.update(cookies)
    assert problems == [] and count > 250


def test_every_field_has_a_label_in_the_readers_language_and_no_page_repeats_an_id(town):
    scene, the = town
    with Browser(app=app_of(scene.ports())) as client:
        every = [(who, path, text) for who, path, text in pages(client, the) if "<html" in text]
    twice = {path: [one for one in re.findall(r'\sid="([^"]+)"', text) if text.count(f' id="{one}"') > 1] for _, path, text in every}
    assert {path: ids for path, ids in twice.items() if ids} == {}
    asked = {(name, kind, who) for who, path, text in every for form in forms_of(text, path) for name, kind in form.asks.items()}
    named = {(name, who) for name, _, who in asked if not name.isdecimal()}  # a tick beside an entry of the ledger is called by its number
    assert sorted(name for name, _ in named if not label_of(name)) == []
    assert sorted(name for name, who in named if who not in ("ops", "till") and not isinstance(label_of(name), Text)) == []
    assert {name for name, kind, _ in asked if kind == "password"} <= SECRET_FIELDS


def test_a_form_that_cannot_be_restored_is_shown_with_its_entries_except_passwords(client):
    filled = {"day": "2026-07-01", "words": "<b>The cable</b>", "password": "correct horse", "site": "", "_csrf": "old"}
    page = client.sign_in("ada").post(f"/bookings/{UUID(int=9)}/change", data=filled).text
    assert "Your form was not accepted" in page and "<dt>Day</dt><dd" in page and "&lt;b&gt;The cable" in page and "2026-07-01" in page
    assert "correct horse" not in page and "<dt>Site" not in page


@pytest.mark.timeout(400)
def test_no_empty_form_causes_a_server_error(town):
    before, the = town
    scene, answers = Scene(), {}
    ports = scene.ports()
    app = app_of(ports)
    become(scene, before)
    with Browser(app=app) as client:
        for _, path, text in pages(client, the):
            for form in (one for one in forms_of(text, path) if one.method == "post"):
                for to in {one[0] for one in form.buttons if shape(one[0]) not in answers}:
                    cookies, token = dict(client.cookies), form.values.get("_csrf", "")
                    answers[shape(to)] = client.post(to, data={"_csrf": token}, follow_redirects=False).status_code
                    become(scene, before)
                    app.state.update(fresh_state(ports))
                    client.cookies.clear()
                    client.cookies.update(cookies)
    assert {to for to, status in answers.items() if status >= 500} == {"/console/roaming/…/leave"}, "no partner is called from here"
    assert sum(status != 403 for status in answers.values()) > 120, "they were let in"
