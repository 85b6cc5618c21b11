"""Setting a password by link, requesting a reset by email, changing a password: who may, how often, and which sessions end."""

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


def test_a_password_link_names_its_account_and_the_new_password_signs_in(client, scene):
    path = link(scene)
    assert "ada@example.org" in client.get(path).text
    answer = client.submit(path, password=NEW)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Ada Lindgren" in client.get("/account").text
    assert enters(client, "ada@example.org", NEW) and not enters(client, "ada@example.org", PASSWORD)


@pytest.mark.parametrize(("name", "home"), [("ops", "/console"), ("ada", "/")])
def test_after_setting_a_password_each_role_lands_on_its_home_page(client, scene, name, home):
    assert client.submit(link(scene, name), password=NEW).headers["location"] == home


def test_setting_a_new_password_ends_sessions_and_push_devices(client, scene, make_client, one_app):
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


def test_setting_a_first_password_sends_no_notice_of_a_change(client, scene):
    ada = account_of(scene)
    with scene.transactions.begin() as store:
        store.drivers.put_account(replace(ada, password_hash=""))
    client.submit(link(scene), password=NEW)
    assert enters(client, "ada@example.org", NEW) and letters(scene) == []


def test_a_password_link_works_once_and_opening_it_does_not_use_it_up(client, scene):
    path = link(scene)
    assert [client.get(path).status_code for _ in range(3)] == [200] * 3
    client.submit(path, password=NEW)
    again = client.submit(path, password="another one, long enough")
    assert again.status_code == 410 and "no longer works" in again.text
    assert enters(client, "ada@example.org", NEW)


@pytest.mark.parametrize("wrong", ["/password/none", "/password/~.~", "/password/" + "a" * 3000])
def test_a_forged_password_link_is_refused(client, scene, wrong):
    assert [client.get(wrong).status_code, client.submit(wrong, password=NEW).status_code] == [410, 410]
    assert enters(client, "ada@example.org", PASSWORD)


def test_an_expired_link_and_one_under_another_key_are_refused(client, scene):
    foreign = password_key(b"x" * 32, account_of(scene), datetime.now(UTC) + RESET_LIFETIME)
    for path in (link(scene, good_for=-timedelta(seconds=1)), f"/password/{foreign}"):
        assert client.submit(path, password=NEW).status_code == 410
    assert enters(client, "ada@example.org", PASSWORD)


@pytest.mark.parametrize("password", ["", "elevenchars", "x" * 201])
def test_an_invalid_new_password_is_marked_and_the_link_stays_valid(client, scene, password):
    path = link(scene)
    answer = client.submit(path, password=password)
    assert answer.status_code == 422 and "Use 12 to 200 characters." in answer.text and 'aria-invalid="true"' in answer.text
    assert client.submit(path, password=NEW).status_code == 303


def test_password_links_are_not_cached_or_sent_as_referrer(client, scene):
    for path in (link(scene), "/password/none"):
        answer = client.get(path)
        assert (answer.headers["referrer-policy"], answer.headers["cache-control"]) == ("no-referrer", "no-store")


def test_guessing_password_links_is_rate_limited(client, scene):
    codes = [client.get(f"/password/{number}").status_code for number in range(31)]
    assert codes == [410] * 30 + [429]
    answer = client.get(link(scene))
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 0


def test_guessing_links_from_changing_addresses_of_one_ipv6_network_is_rate_limited(client, monkeypatch):
    monkeypatch.setattr(client, "app", ProxyHeadersMiddleware(client.app, "*"))

    def guess(address: str) -> int:
        return client.get("/password/none", headers={"x-forwarded-for": address}).status_code

    assert [guess(f"2001:db8:1:2::{number:x}") for number in range(31)] == [410] * 30 + [429]
    assert guess("2001:db8:1:3::1") == 410


def test_setting_a_password_by_link_lifts_the_block_after_wrong_passwords(client, scene):
    for _ in range(5):
        client.submit("/login", email="ada@example.org", password="wrong")
    client.submit(link(scene), password=NEW)
    assert enters(client, "ada@example.org", NEW)


def test_of_concurrent_uses_of_a_password_link_one_succeeds(scene_on_postgres):
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


def test_a_server_error_is_logged_without_the_password_link(client, scene, one_app, monkeypatch):
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
def test_requesting_a_password_reset_sends_an_email(client, scene, name):
    answer = client.submit("/password", email=f" {name.upper()}@example.org")
    assert answer.status_code == 200 and letters(scene) == [("password_link", str(account_of(scene, name).id))]


@pytest.mark.parametrize("mails", [True, False])
def test_the_answer_to_a_reset_request_does_not_reveal_whether_the_account_exists(client, scene, one_app, mails):
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
def test_an_address_gets_at_most_three_reset_emails_and_unknown_ones_are_answered_alike(client, scene, email):
    assert [client.submit("/password", email=email).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert len(letters(scene)) == (3 if email.startswith("ada") else 0)


def test_reset_requests_from_one_address_are_rate_limited(client, one_app):
    for _ in range(30):
        one_app.state.sign_in_limits.emails_by_origin.failed("testclient")
    answer = client.submit("/password", email="ada@example.org")
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 0


def test_without_a_mail_server_the_reset_page_says_so(client, scene, one_app):
    assert "No mail server is set up" in client.get("/password").text
    one_app.state.ports = scene.ports(sends_email=True)
    assert "We will send you a link" in client.get("/password").text


def test_an_invalid_email_address_for_a_reset_is_refused(client, scene):
    answer = client.submit("/password", email="nonsense")
    assert answer.status_code == 400 and letters(scene) == []


@pytest.fixture
def ada_in_two_browsers(client, make_client, one_app):
    with make_client(app=one_app) as other:
        for one in (client, other):
            one.submit("/login", email="ada@example.org", password=PASSWORD)
        yield client, other


def test_changing_the_password_keeps_this_session_and_ends_the_others(ada_in_two_browsers, scene):
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
def test_a_failed_password_change_keeps_the_old_password(client, scene, current, password, told):
    answer = client.sign_in("ada").submit("/account/password", current=current, password=password)
    assert answer.status_code == 422 and told in answer.text and letters(scene) == []
    assert enters(client, "ada@example.org", PASSWORD)


def test_guessing_the_current_password_is_limited_as_at_sign_in(client):
    client.sign_in("ada")
    for _ in range(5):
        client.submit("/account/password", current="wrong", password=NEW)
    assert client.submit("/account/password", current=PASSWORD, password=NEW).status_code == 429
    client.cookies.delete("fc_session")
    assert client.submit("/login", email="ada@example.org", password=PASSWORD).status_code == 429


def test_an_account_without_a_password_is_told_how_to_set_one(client, scene):
    with scene.transactions.begin() as store:
        account = store.drivers.account_by_email("bob@example.org")
        store.drivers.put_account(replace(account, password_hash=""))
    assert "has no password yet" in client.sign_in("bob").get("/account/password").text
    assert client.submit("/account/password", current="", password=NEW).status_code == 422


def test_a_closed_account_gets_no_reset_email_and_its_links_fail(client, scene):
    path = link(scene, "ops")
    with scene.transactions.begin() as store:
        account = store.drivers.account_by_email("ops@example.org")
        store.drivers.put_account(replace(account, closed_at=NOW))
    client.submit("/password", email="ops@example.org")
    assert letters(scene) == [] and client.submit(path, password=NEW).status_code == 410
