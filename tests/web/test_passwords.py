"""Passwords chosen by a link, asked for by mail, and changed: who may, how often, and what ends by it."""

import logging
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from logging.handlers import BufferingHandler

import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from forecourt.drivers import Account
from forecourt.flows.desk import RESET_LIFETIME, Subscription, add_device, choose_password, password_key
from forecourt.kernel import Conflict

from .conftest import KEY, NOW, PASSWORD, Browser, Scene

NEW = "a new one, long enough"


def account_of(scene: Scene, name: str = "ada") -> Account:
    with scene.transactions.begin() as store:
        found = store.drivers.account_by_email(f"{name}@example.org")
    assert found is not None
    return found


def link(scene: Scene, name: str = "ada", good_for: timedelta = RESET_LIFETIME) -> str:
    return f"/password/{password_key(KEY, account_of(scene, name), datetime.now(UTC) + good_for)}"


def enters(client: Browser, email: str, password: str) -> bool:
    client.cookies.delete("fc_session")
    return client.submit("/login", email=email, password=password).status_code == 303


def test_a_link_says_for_whom_and_a_new_password_signs_in(client, scene):
    path = link(scene)
    assert "ada@example.org" in client.get(path).text
    answer = client.submit(path, password=NEW)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Ada Lindgren" in client.get("/account").text
    assert enters(client, "ada@example.org", NEW) and not enters(client, "ada@example.org", PASSWORD)


@pytest.mark.parametrize(("name", "home"), [("ops", "/console"), ("ada", "/")])
def test_everybody_is_sent_to_their_own_home(client, scene, name, home):
    assert client.submit(link(scene, name), password=NEW).headers["location"] == home


def test_who_was_signed_in_with_the_old_password_is_not_any_more(client, scene, make_client, one_app):
    with scene.transactions.begin() as store:
        add_device(store, scene.ada, Subscription("https://push.example/1", "p" * 87, "a" * 22), NOW, scene.ids)
    client.submit(link(scene), password=NEW)
    ada = account_of(scene)
    with scene.transactions.begin() as store:
        (left,) = store.drivers.sign_ins(ada.id)
        assert not left.api and store.notices.devices_of(scene.ada) == []
    with make_client(app=one_app) as other:
        assert other.sign_in("ada").get("/account", follow_redirects=False).status_code == 303
        assert other.get("/api/v1/wallet", headers={"authorization": "Bearer api-ada"}).status_code == 401
        assert other.sign_in("bob").get("/account", follow_redirects=False).status_code == 200


def test_a_first_password_is_no_change_to_be_told_of(client, scene):
    ada = account_of(scene)
    with scene.transactions.begin() as store:
        store.drivers.put_account(replace(ada, password_hash=""))
    client.submit(link(scene), password=NEW)
    assert enters(client, "ada@example.org", NEW) and letters(scene) == []


def test_a_link_is_good_once_and_looking_at_it_uses_nothing_up(client, scene):
    path = link(scene)
    assert [client.get(path).status_code for _ in range(3)] == [200] * 3
    client.submit(path, password=NEW)
    again = client.submit(path, password="another one, long enough")
    assert again.status_code == 410 and "no longer works" in again.text
    assert enters(client, "ada@example.org", NEW)


@pytest.mark.parametrize("wrong", ["/password/none", "/password/~.~", "/password/" + "a" * 3000])
def test_a_forged_link_opens_nothing(client, scene, wrong):
    assert [client.get(wrong).status_code, client.submit(wrong, password=NEW).status_code] == [410, 410]
    assert enters(client, "ada@example.org", PASSWORD)


def test_an_ended_link_and_one_of_another_seal_open_nothing(client, scene):
    foreign = password_key(b"x" * 32, account_of(scene), datetime.now(UTC) + RESET_LIFETIME)
    for path in (link(scene, good_for=-timedelta(seconds=1)), f"/password/{foreign}"):
        assert client.submit(path, password=NEW).status_code == 410
    assert enters(client, "ada@example.org", PASSWORD)


@pytest.mark.parametrize("password", ["", "elevenchars", "x" * 201])
def test_a_password_that_is_no_good_is_told_at_its_field_and_the_link_stays_good(client, scene, password):
    path = link(scene)
    answer = client.submit(path, password=password)
    assert answer.status_code == 422 and "Use 12 to 200 characters." in answer.text and 'aria-invalid="true"' in answer.text
    assert client.submit(path, password=NEW).status_code == 303


def test_a_link_does_not_leak(client, scene):
    for path in (link(scene), "/password/none"):
        answer = client.get(path)
        assert (answer.headers["referrer-policy"], answer.headers["cache-control"]) == ("no-referrer", "no-store")


def test_who_guesses_links_must_wait(client, scene):
    codes = [client.get(f"/password/{number}").status_code for number in range(31)]
    assert codes == [410] * 30 + [429]
    answer = client.get(link(scene))
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 0


def test_who_guesses_links_from_another_address_of_one_network_each_time_must_wait_too(client, monkeypatch):
    monkeypatch.setattr(client, "app", ProxyHeadersMiddleware(client.app, "*"))

    def guess(address: str) -> int:
        return client.get("/password/none", headers={"x-forwarded-for": address}).status_code

    assert [guess(f"2001:db8:1:2::{number:x}") for number in range(31)] == [410] * 30 + [429]
    assert guess("2001:db8:1:3::1") == 410


def test_a_link_ends_the_wait_after_wrong_passwords(client, scene):
    for _ in range(5):
        client.submit("/login", email="ada@example.org", password="wrong")
    client.submit(link(scene), password=NEW)
    assert enters(client, "ada@example.org", NEW)


def test_of_several_who_use_a_link_at_once_one_has_it(scene_on_postgres):
    account = account_of(scene_on_postgres)

    def use(number: int) -> bool:
        try:
            with scene_on_postgres.transactions.begin() as store:
                choose_password(store, account, f"hash {number}", NOW, scene_on_postgres.ids)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(use, range(4))) == 1


def test_a_fault_of_ours_is_logged_without_the_link(client, scene, one_app, monkeypatch):
    class Broken:
        def hash(self, password: str) -> str:
            raise RuntimeError("out of memory")

    path, kept = link(scene), BufferingHandler(99)
    monkeypatch.setattr(logging.getLogger(), "handlers", [kept])
    one_app.state.ports = replace(scene.ports(), passwords=Broken())
    assert client.submit(path, password=NEW).status_code == 500
    (logged,) = [one for one in kept.buffer if one.name.startswith("forecourt")]
    assert logged.path == "/password/…"


def letters(scene: Scene) -> list[tuple[str, str]]:
    with scene.transactions.begin() as store:
        return [(one.kind.value, str(one.account_id)) for one in store.notices.page(scene.operator_id).rows]


@pytest.mark.parametrize("name", ["ada", "ops"])
def test_who_forgot_a_password_is_written_to(client, scene, name):
    answer = client.submit("/password", email=f" {name.upper()}@example.org")
    assert answer.status_code == 200 and letters(scene) == [("password_link", str(account_of(scene, name).id))]


@pytest.mark.parametrize("mails", [True, False])
def test_the_answer_does_not_tell_whether_there_is_an_account(client, scene, one_app, mails):
    one_app.state.ports = scene.ports(sends_email=mails)
    answers, took_s = [], []
    for email in ("ada@example.org", "eve@example.org"):
        begun = time.monotonic()
        answers.append(client.submit("/password", email=email))
        took_s.append(time.monotonic() - begun)
    known, unknown = (re.sub(r'value="[^"]+"|ada@|eve@', "", one.text) for one in answers)
    assert known == unknown and [one.status_code for one in answers] == [200, 200]
    assert min(took_s) >= 0.4 and len(letters(scene)) == 1


@pytest.mark.parametrize("email", ["ada@example.org", "eve@example.org"])
def test_after_three_letters_an_address_must_wait_whether_it_is_known_or_not(client, scene, email):
    assert [client.submit("/password", email=email).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert len(letters(scene)) == (3 if email.startswith("ada") else 0)


def test_one_place_cannot_write_to_everybody(client, one_app):
    for _ in range(30):
        one_app.state.sign_in_limits.emails_by_origin.failed("testclient")
    answer = client.submit("/password", email="ada@example.org")
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 0


def test_where_no_mail_is_sent_the_page_says_so(client, scene, one_app):
    assert "No mail server is set up" in client.get("/password").text
    one_app.state.ports = scene.ports(sends_email=True)
    assert "We will send you a link" in client.get("/password").text


def test_what_is_no_address_is_told_at_its_field(client, scene):
    answer = client.submit("/password", email="nonsense")
    assert answer.status_code == 400 and letters(scene) == []


@pytest.fixture
def ada_in_two_browsers(client, make_client, one_app):
    with make_client(app=one_app) as other:
        for one in (client, other):
            one.submit("/login", email="ada@example.org", password=PASSWORD)
        yield client, other


def test_who_knows_the_old_password_changes_it_and_stays(ada_in_two_browsers, scene):
    here, other = ada_in_two_browsers
    answer = here.submit("/account/password", current=PASSWORD, password=NEW)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert here.get("/account", follow_redirects=False).status_code == 200
    assert other.get("/account", follow_redirects=False).status_code == 303
    assert other.get("/api/v1/wallet", headers={"authorization": "Bearer api-ada"}).status_code == 200
    assert letters(scene) == [("password_changed", str(account_of(scene).id))]
    assert enters(other, "ada@example.org", NEW) and not enters(other, "ada@example.org", PASSWORD)


@pytest.mark.parametrize(
    ("current", "password", "told"), [("wrong", NEW, "That password is not correct."), (PASSWORD, "short", "Use 12 to 200 characters.")]
)
def test_a_mistake_changes_nothing(client, scene, current, password, told):
    answer = client.sign_in("ada").submit("/account/password", current=current, password=password)
    assert answer.status_code == 422 and told in answer.text and letters(scene) == []
    assert enters(client, "ada@example.org", PASSWORD)


def test_guessing_the_old_password_is_as_slow_as_at_the_door(client):
    client.sign_in("ada")
    for _ in range(5):
        client.submit("/account/password", current="wrong", password=NEW)
    assert client.submit("/account/password", current=PASSWORD, password=NEW).status_code == 429
    client.cookies.delete("fc_session")
    assert client.submit("/login", email="ada@example.org", password=PASSWORD).status_code == 429


def test_an_account_without_a_password_is_shown_the_way_to_one(client, scene):
    with scene.transactions.begin() as store:
        account = store.drivers.account_by_email("bob@example.org")
        store.drivers.put_account(replace(account, password_hash=""))
    assert "has no password yet" in client.sign_in("bob").get("/account/password").text
    assert client.submit("/account/password", current="", password=NEW).status_code == 422


def test_a_closed_account_is_not_written_to_and_no_link_opens_it(client, scene):
    path = link(scene, "ops")
    with scene.transactions.begin() as store:
        account = store.drivers.account_by_email("ops@example.org")
        store.drivers.put_account(replace(account, closed_at=NOW))
    client.submit("/password", email="ops@example.org")
    assert letters(scene) == [] and client.submit(path, password=NEW).status_code == 410
