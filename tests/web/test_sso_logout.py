"""Back-channel logout by the identity provider, and API tokens that pause when their owner stops signing in by it."""

import time
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from forecourt.drivers import SignIn
from forecourt.web.frame.sealing import digest
from forecourt.web.frame.visitor import wall_now

from .conftest import Browser, Scene
from .identity_provider import IdentityProvider, fresh_key
from .test_second_factor import code as factor_code
from .test_second_factor import is_in, with_factor
from .test_single_sign_on import ABROAD, DOOR, MIA, OPS, PAGE, back, door, on, one_app, provider, refused, served  # noqa: F401 - fixtures

pytestmark = pytest.mark.usefixtures("on")
EVENT = "http://schemas.openid.net/event/backchannel-logout"


def told(client: Browser, scene: Scene, token: str) -> httpx.Response:
    """Sends a logout token as the provider does, without cookies."""
    return Browser(app=client.app).post(f"{door(scene)}/logout", data={"logout_token": token})


def other_browser(client: Browser, scene: Scene) -> Browser:
    other = Browser(app=client.app)
    back(other, door(scene))
    assert is_in(other)
    return other


def test_a_logout_token_signs_its_person_out_in_every_browser_and_nobody_else(scene, client, on):  # noqa: F811
    mine, second = other_browser(client, scene), other_browser(client, scene)
    on.person = dict(OPS)
    theirs = other_browser(client, scene)
    answer = told(client, scene, on.ended(sub="s-mia"))
    assert (answer.status_code, answer.content, answer.headers["cache-control"]) == (200, b"", "no-store")
    assert not is_in(mine) and not is_in(second) and is_in(theirs)
    with scene.transactions.begin() as store:
        (entry,) = [one for one in store.audit.page(scene.operator_id).rows if one.action == "sso.sign_out"]
    assert (entry.actor, entry.subject, entry.detail) == ("system", str(MIA), "sessions ended: 2")
    on.person["sub"] = "s-mia"
    back(mine, door(scene))
    assert is_in(mine)


@pytest.mark.parametrize("names", [{"sid": "A"}, {"sid": "A", "sub": None}])
def test_a_logout_token_with_a_session_id_ends_that_session_only(scene, client, on, names):  # noqa: F811
    on.lies = {"sid": "A"}
    first = other_browser(client, scene)
    on.lies = {"sid": "B"}
    second = other_browser(client, scene)
    assert told(client, scene, on.ended(**names)).status_code == 200
    assert not is_in(first) and is_in(second)


def test_a_session_without_a_provider_session_id_ends_with_any_logout_of_its_person(scene, client, on):  # noqa: F811
    mine = other_browser(client, scene)
    assert told(client, scene, on.ended(sid="A", sub=None)).status_code == 200
    assert is_in(mine)
    told(client, scene, on.ended(sid="A"))
    assert not is_in(mine)


@pytest.mark.parametrize(
    "lies",
    [
        {"iss": "https://accounts.google.com"},
        {"aud": "other"},
        {"azp": "other"},
        {"events": None},
        {"events": {EVENT: True}},
        {"events": {"http://schemas.openid.net/event/other": {}}},
        {"events": [EVENT]},
        {"nonce": "n"},
        {"jti": None},
        {"jti": 1},
        {"sub": None},
        {"sub": ["s-mia"]},
        {"sid": 1},
        {"exp": None},
        {"exp": time.time() - 3600},
        {"iat": time.time() + 3600},
    ],
)
def test_an_invalid_logout_token_ends_no_session(scene, client, on, lies):  # noqa: F811
    mine = other_browser(client, scene)
    answer = told(client, scene, on.ended(**lies))
    assert (answer.status_code, answer.json()["error"], is_in(mine)) == (400, "invalid_request", True)


def test_forged_logout_tokens_and_id_tokens_are_refused(scene, client, on):  # noqa: F811
    mine = other_browser(client, scene)
    now = int(time.time())
    id_token = {"iss": on.issuer, "aud": "forecourt", "sub": "s-mia", "nonce": "n", "iat": now, "exp": now + 60}
    known = on.keys["one"]
    forged = [
        _signed_by(on, fresh_key()),
        on.make_token(known, on.head, id_token),
        on.ended().rpartition(".")[0] + ".",
        "a.b.c",
        "",
        "x" * 70_000,
    ]
    assert [told(client, scene, one).status_code for one in forged] == [400] * len(forged)
    assert told(client, replace(scene, operator_id=MIA), on.ended()).status_code == 400
    assert is_in(mine)


def _signed_by(on: IdentityProvider, key: object) -> str:  # noqa: F811
    on.signing = key  # type: ignore[assignment]
    token, on.signing = on.ended(), None
    return token


def test_a_replayed_logout_token_does_not_end_a_session_that_began_after_it(scene, client, on):  # noqa: F811
    token = on.ended()
    assert told(client, scene, token).status_code == 200
    mine = other_browser(client, scene)
    assert told(client, scene, token).status_code == 200
    assert is_in(mine)


def test_a_logout_token_cancels_a_sign_in_under_way(scene, client, on):  # noqa: F811
    back(client, door(scene))
    client.cookies.clear()
    leaving = client.get(door(scene), follow_redirects=False).headers["location"]
    answer = urlsplit(ABROAD.get(leaving).headers["location"])
    told(client, scene, on.ended())
    refused(client, client.get(f"{answer.path}?{answer.query}"), "You were signed out by your company in the meantime.")
    with_factor(scene, "mia")
    assert back(client, door(scene)).headers["location"].startswith("/login/code?")
    told(client, scene, on.ended())
    assert client.submit("/login/code", code=factor_code(), back="/console").headers["location"].startswith("/login?")
    assert not is_in(client)


def test_a_logout_token_also_ends_a_session_that_used_a_second_factor_here(scene, client, on):  # noqa: F811
    with_factor(scene, "mia")
    on.lies = {"sid": "A"}
    back(client, door(scene))
    client.submit("/login/code", code=factor_code(), back="/console")
    assert is_in(client)
    told(client, scene, on.ended(sid="A", sub=None))
    assert not is_in(client)


def test_invalid_logout_tokens_are_rate_limited_without_blocking_sign_ins(scene, client, on):  # noqa: F811
    assert [told(client, scene, "a.b.c").status_code for _ in range(31)] == [400] * 30 + [429]
    back(client, door(scene))  # people come in all the same
    assert is_in(client)


def with_token(scene: Scene) -> None:
    """An API token of mia's, a hundred days old, as everything is that single sign-on knows."""
    past = wall_now() - timedelta(days=100)
    with scene.transactions.begin() as store:
        store.drivers.put_sign_in(SignIn(digest("till"), MIA, past, past + timedelta(days=365), True, "Till"))
        store.drivers.put_account(replace(store.drivers.account(MIA), sso_seen_at=None))
        store.sso.put(replace(store.sso.of(scene.operator_id), tried_at=past))


def asks(client: Browser) -> httpx.Response:
    return Browser(app=client.app).get("/api/v1/prices", params={"site": "market"}, headers={"authorization": "Bearer till"})


def test_api_tokens_pause_until_their_owner_signs_in_by_the_provider_again(scene, client, on):  # noqa: F811
    with_token(scene)
    answer = asks(client)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_paused")
    back(client, door(scene))
    assert asks(client).status_code == 200
    assert "unless you sign in with your company first" in client.get("/account").text
    told(client, scene, on.ended())
    assert asks(client).status_code == 200  # to sign out is not to leave


def test_api_tokens_of_password_users_go_on_and_do_not_pause_at_once_when_passwords_end(scene, client, on):  # noqa: F811
    with_token(scene)
    with scene.transactions.begin() as store:
        store.drivers.put_account(replace(store.drivers.account(MIA), password_hash="hash"))
    assert asks(client).status_code == 200
    client.sign_in("ops")
    client.submit(f"{PAGE}/rules")
    assert asks(client).status_code == 200
    with scene.transactions.begin() as store:
        sso = store.sso.of(scene.operator_id)
        store.sso.put(replace(sso, no_passwords_since=sso.no_passwords_since - timedelta(days=31)))
    assert asks(client).status_code == 401
    assert client.submit(f"{PAGE}/rules", token_days="60").status_code == 303
    assert asks(client).status_code == 200
    for days in ("0", "366", "-1", "a", "9" * 5000):
        assert "Enter the number of days after which API tokens pause." in client.submit(f"{PAGE}/rules", token_days=days).text
    assert f"{DOOR}/{scene.operator_id}/logout" in client.get(PAGE).text
