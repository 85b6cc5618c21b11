"""Choosing a password by a link: who may, once, and what ends by it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from forecourt.drivers import Account
from forecourt.flows import Subscription, add_device, choose_password
from forecourt.kernel import Conflict
from forecourt.web.frame.keys import RESET_FOR, password_key

from .conftest import KEY, NOW, PASSWORD, Browser, Scene

NEW = "a new one, long enough"


def account_of(scene: Scene, name: str = "ada") -> Account:
    with scene.transactions.begin() as store:
        found = store.drivers.account_by_email(f"{name}@example.org")
    assert found is not None
    return found


def link(scene: Scene, name: str = "ada", good_for: timedelta = RESET_FOR) -> str:
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


def test_a_link_is_good_once_and_looking_at_it_uses_nothing_up(client, scene):
    path = link(scene)
    assert [client.get(path).status_code for _ in range(3)] == [200] * 3
    client.submit(path, password=NEW)
    again = client.submit(path, password="another one, long enough")
    assert again.status_code == 410 and "no good any more" in again.text
    assert enters(client, "ada@example.org", NEW)


@pytest.mark.parametrize("wrong", ["/password/none", "/password/~.~", "/password/" + "a" * 3000])
def test_a_forged_link_opens_nothing(client, scene, wrong):
    assert [client.get(wrong).status_code, client.submit(wrong, password=NEW).status_code] == [410, 410]
    assert enters(client, "ada@example.org", PASSWORD)


def test_an_ended_link_and_one_of_another_seal_open_nothing(client, scene):
    foreign = password_key(b"x" * 32, account_of(scene), datetime.now(UTC) + RESET_FOR)
    for path in (link(scene, good_for=-timedelta(seconds=1)), f"/password/{foreign}"):
        assert client.submit(path, password=NEW).status_code == 410
    assert enters(client, "ada@example.org", PASSWORD)


@pytest.mark.parametrize("password", ["", "elevenchars", "x" * 201])
def test_a_password_that_is_no_good_is_told_at_its_field_and_the_link_stays_good(client, scene, password):
    path = link(scene)
    answer = client.submit(path, password=password)
    assert answer.status_code == 422 and "Take 12 to 200 characters." in answer.text and 'aria-invalid="true"' in answer.text
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
                choose_password(store, account, f"hash {number}")
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(use, range(4))) == 1


def test_a_fault_of_ours_is_logged_without_the_link(client, scene, one_app, caplog):
    class Broken:
        def hash(self, password: str) -> str:
            raise RuntimeError("out of memory")

    path = link(scene)
    one_app.state.ports = replace(scene.ports(), passwords=Broken())
    assert client.submit(path, password=NEW).status_code == 500
    (logged,) = [one for one in caplog.records if one.name.startswith("forecourt")]
    assert logged.path == "/password/…"
