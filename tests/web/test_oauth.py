"""OAuth 2.0 for third-party apps: a driver's consent, tokens, revocation, and what is refused."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from forecourt.drivers import AppGrant, AppScope
from forecourt.flows.desk import choose_password
from forecourt.flows.privacy import driver_data
from forecourt.store.codec import Codec

from .conftest import KIND, NOW, PASSWORD
from .connected_app import APP_BACK, VERIFIER, app_of_others, asking, connected
from .test_second_factor import code as factor_code
from .test_second_factor import with_factor

HOME = "http://testserver.local"


@pytest.fixture
def app(scene):
    with scene.transactions.begin() as store:
        return connected(store, scene, say_yes=False)


def said(answer) -> dict[str, str]:
    """The query parameters of the redirect to the app."""
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


def say(client, answer: str = "yes", **changed: str):
    return client.submit("/oauth/authorize", asked=asking(app_of_others, **changed), answer=answer)


def fetch(client, path: str = "token", **fields: str):
    """A token request of the app, without cookies."""
    kept, client.cookies = dict(client.cookies), {}
    answer = client.post(f"/oauth/{path}", data={"client_id": str(app_of_others), **fields})
    client.cookies.update(kept)
    return answer


def first(client, code: str, **changed: str):
    asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": APP_BACK, "code_verifier": VERIFIER}
    return fetch(client, **{**asked, **changed})


def renew(client, refresh: str):
    return fetch(client, grant_type="refresh_token", refresh_token=refresh)


def me(client, access: str, path: str = "/api/v1/me") -> int:
    return client.get(path, headers={"authorization": f"Bearer {access}"}, follow_redirects=False).status_code


def let_in(client) -> dict[str, str]:
    return first(client.sign_in("ada"), said(say(client))["code"]).json()


def test_a_driver_signs_in_with_a_second_factor_authorises_an_app_and_revokes_it(app, client, scene):
    with_factor(scene, "ada")
    address = f"/oauth/authorize?{asking(app.id)}"
    login = client.get(address, follow_redirects=False).headers["location"]
    back = parse_qs(urlsplit(login).query)["back"][0]
    step = client.submit("/login", email="ada@example.org", password=PASSWORD, back=back).headers["location"]
    assert step.startswith("/login/code?")
    assert client.submit("/login/code", code=factor_code(), back=back).headers["location"] == back == address
    page = client.get(back)
    assert "Connect Volt?" in page.text and "form-action 'self' com.example.volt:;" in page.headers["content-security-policy"]
    asked = re.search(r'name="asked" value="([^"]+)"', page.text)[1].replace("&amp;", "&")
    answer = client.submit("/oauth/authorize", asked=asked, answer="yes")
    assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, APP_BACK)
    told = said(answer)
    assert (told["state"], told["iss"]) == ("s&1", HOME)
    tokens = first(client, told["code"]).json()
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("Bearer", 3600, "driver")
    assert me(client, tokens["access_token"]) == 200 and me(client, tokens["access_token"], "/api/v1/bookings") == 200
    newer = renew(client, tokens["refresh_token"]).json()
    assert (me(client, tokens["access_token"]), me(client, newer["access_token"])) == (401, 200)
    with scene.transactions.begin() as store:
        assert [one.name for one in driver_data(store, scene.ada).apps] == ["Volt"]
    end = re.search(r"/account/apps/\w+/end", client.get("/account").text)[0]
    assert client.submit(end).headers["location"] == "/account"
    assert me(client, newer["access_token"]) == 401 and "Volt" not in client.get("/account").text


def test_denying_access_redirects_to_the_app_with_access_denied(app, client):
    told = said(say(client.sign_in("ada"), "no"))
    assert told == {"error": "access_denied", "state": "s&1", "iss": HOME}


def test_query_parameters_of_the_redirect_address_are_preserved(app, client):
    location = say(client.sign_in("ada"), redirect_uri="https://volt.example/back?via=web").headers["location"]
    assert location.startswith("https://volt.example/back?via=web&code=fcc.")


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": ""}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "x" * 42}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"scope": "driver staff"}, "invalid_scope"),
        ({"scope": "driver", "nonce": "1&nonce=2"}, "invalid_request"),
    ],
)
def test_an_invalid_authorisation_request_redirects_with_an_error_before_sign_in(app, client, changed, error):
    query = asking(app.id, **changed).replace("1%26nonce%3D2", "1&nonce=2")
    answer = client.get(f"/oauth/authorize?{query}", follow_redirects=False)
    assert answer.headers["location"].startswith(f"{APP_BACK}?error={error}&") and said(answer)["state"] == "s&1"


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": ""}, {"client_id": "x"}, {"client_id": str(NOW.year)}, {"redirect_uri": ""}, {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": APP_BACK + "/"}, {"redirect_uri": "http://127.0.0.1:8/other"},
    ],
)  # fmt: skip
def test_an_unregistered_app_or_redirect_address_is_refused_without_a_redirect(app, client, changed):
    for visitor in (client, client.sign_in("ada")):
        answer = visitor.get(f"/oauth/authorize?{asking(app.id, **changed)}", follow_redirects=False)
        assert answer.status_code in {400, 404} and "location" not in answer.headers


def test_staff_and_access_tokens_cannot_authorise_an_app(app, client):
    assert client.sign_in("ops").get(f"/oauth/authorize?{asking(app.id)}", follow_redirects=False).status_code == 403
    assert say(client).status_code == 403
    client.cookies.clear()
    access = let_in(client)["access_token"]
    assert me(client, "api-ada", f"/oauth/authorize?{asking(app.id)}") == 403
    assert me(client, access, f"/oauth/authorize?{asking(app.id)}") == me(client, access, "/account") == 303


QUOTE = {"site": "market", "kind": KIND, "start": "2026-06-01T17:00:00Z", "end": "2026-06-01T18:00:00Z", "energy_wh": 9000}


@pytest.mark.parametrize(
    ("asked", "granted", "reads", "writes"),
    [
        ("", "driver", 200, 200),
        ("driver", "driver", 200, 200),
        ("driver:read", "driver:read", 200, 403),
        ("driver:write", "driver:write", 403, 200),
        ("driver:write driver:read", "driver:read driver:write", 200, 200),
        ("driver:read driver", "driver", 200, 200),
    ],
)
def test_an_apps_access_is_limited_to_the_granted_scope(app, client, asked, granted, reads, writes):
    tokens = first(client.sign_in("ada"), said(say(client, scope=asked))["code"]).json()
    assert tokens["scope"] == granted == renew(client, tokens["refresh_token"]).json()["scope"]
    access = first(client, said(say(client, scope=asked))["code"]).json()["access_token"]
    head = {"authorization": f"Bearer {access}"}
    assert me(client, access) == client.post("/api/v1/quotes", json=QUOTE, headers=head).status_code == reads, "a quote changes nothing"
    changed = client.put("/api/v1/message-choices", json={"language": "de", "off": []}, headers=head)
    assert changed.status_code == writes
    if writes == 403:
        assert changed.json()["code"] == "insufficient_scope"
        assert changed.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="driver:write"'


def test_the_consent_and_account_pages_describe_the_granted_scope(app, client):
    page = client.sign_in("ada").get(f"/oauth/authorize?{asking(app.id, scope='driver:read')}").text
    assert "see your bookings" in page and "It cannot book, pay or change anything." in page and "pay with your stored cards" not in page
    say(client, scope="driver:read")
    first(client, said(say(client, scope="driver:read"))["code"])
    assert "It cannot book, pay or change anything." in client.get("/account").text


def test_refreshing_a_token_cannot_widen_the_granted_scope(app, client):
    tokens = first(client.sign_in("ada"), said(say(client, scope="driver:read"))["code"]).json()
    for wider in ("driver", "driver:write", "driver:read driver:write"):
        refused = fetch(client, grant_type="refresh_token", refresh_token=tokens["refresh_token"], scope=wider)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")
    same = fetch(client, grant_type="refresh_token", refresh_token=tokens["refresh_token"], scope="driver:read")
    assert same.json()["scope"] == "driver:read", "and the wrong tries ended nothing"


def test_a_grant_from_before_scopes_existed_keeps_full_access():
    old = b'{"family":"eA==","operator_id":"00000000-0000-0000-0000-000000000001","app_id":"00000000-0000-0000-0000-000000000002",'
    old += b'"account_id":"00000000-0000-0000-0000-000000000003","since":"2026-06-01T12:00:00Z","expires_at":"2026-09-01T12:00:00Z"}'
    grant = Codec[AppGrant](AppGrant).read(old)
    assert all(grant.permits(one) for one in AppScope)


def test_the_openapi_document_states_the_scope_of_each_operation(client):
    document = client.get("/api/v1/openapi.json").json()
    needs = {
        (method, path): next(one["oauth2"] for one in call.get("security", document["security"]) if "oauth2" in one)
        for path, item in document["paths"].items()
        for method, call in item.items()
    }
    assert {scope for (method, _), (scope,) in needs.items() if method == "get"} == {"driver:read"}
    assert [path for (method, path), (scope,) in needs.items() if method != "get" and scope == "driver:read"] == ["/api/v1/quotes"]
    flow = document["components"]["securitySchemes"]["oauth2"]["flows"]["authorizationCode"]
    assert list(flow["scopes"]) == client.get("/.well-known/oauth-authorization-server").json()["scopes_supported"]


def test_an_app_cannot_call_staff_operations(app, client):
    access = let_in(client)["access_token"]
    assert {me(client, access, path) for path in ("/api/v1/drivers", "/api/v1/ledger", "/api/v1/chargers")} == {403}


def test_an_authorisation_form_sent_from_another_site_is_refused(app, client):
    client.sign_in("ada")
    assert client.post("/oauth/authorize", data={"asked": asking(app.id), "answer": "yes"}, follow_redirects=False).status_code == 403


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_id": "x"}, "invalid_client"),
        ({"client_id": ""}, "invalid_request"),
        ({"code": ""}, "invalid_request"),
        ({"code": "fcc.x.y"}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1/back"}, "invalid_grant"),
        ({"scope": "staff"}, "invalid_scope"),
    ],
)
def test_token_errors_use_the_codes_of_rfc_6749(app, client, changed, error):
    answer = first(client, **{"code": said(say(client.sign_in("ada")))["code"], **changed})
    assert (answer.status_code, answer.json()["error"], answer.headers["cache-control"]) == (400, error, "no-store")


def test_an_authorisation_code_used_twice_revokes_its_tokens(app, client):
    code = said(say(client.sign_in("ada")))["code"]
    access = first(client, code).json()["access_token"]
    assert first(client, code).json()["error"] == "invalid_grant" and me(client, access) == 401


def test_an_app_can_revoke_its_tokens(app, client):
    tokens = let_in(client)
    assert fetch(client, "revoke", token="strange").status_code == 200 and me(client, tokens["access_token"]) == 200
    assert fetch(client, "revoke", token=tokens["refresh_token"]).status_code == 200
    assert me(client, tokens["access_token"]) == 401 and renew(client, tokens["refresh_token"]).json()["error"] == "invalid_grant"


def by_link(client, scene):
    with scene.transactions.begin() as store:
        ada = store.drivers.account_by_email("ada@example.org")
        choose_password(store, ada, scene.passwords.hash("another one, long enough"), NOW, scene.ids)


def closed(client, scene):
    assert client.submit("/account/close", password=PASSWORD).headers["location"] == "/"


def removed(client, scene):
    assert client.sign_in("ops").submit(f"/console/apps/{app_of_others}/remove").status_code == 303


@pytest.mark.parametrize("end", [by_link, closed, removed])
def test_tokens_end_when_the_account_closes_the_password_is_reset_or_the_app_is_removed(app, client, scene, end):
    tokens = let_in(client)
    end(client, scene)
    assert me(client, tokens["access_token"]) == 401 and renew(client, tokens["refresh_token"]).status_code == 400


def test_changing_the_own_password_keeps_apps_authorised(app, client):
    access = let_in(client)["access_token"]
    changed = client.submit("/account/password", current=PASSWORD, password="another one, long enough")
    assert changed.status_code == 303 and me(client, access) == 200


def test_too_many_invalid_token_requests_from_one_address_are_rate_limited(app, client):
    assert [first(client, "fcc.x.y").status_code for _ in range(100)] == [400] * 100
    answer = first(client, "fcc.x.y")
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 0


def test_registering_an_app_is_logged_and_a_second_app_of_that_name_refused(client):
    client.sign_in("ops")
    added = client.submit("/console/apps", name="Volt", redirects="https://volt.example/back\ncom.example.volt:/back")
    assert added.headers["location"] == "/console/apps"
    assert client.submit("/console/apps", name="Volt", redirects="https://volt.example/back").status_code == 409
    assert client.submit("/console/apps", name="Amp", redirects="http://amp.example/back").status_code == 400
    assert "com.example.volt:/back" in client.get("/console/apps").text
    assert "Third-party app registered" in client.get("/console/audit").text


def test_the_oauth_metadata_document_describes_the_endpoints(client):
    told = client.get("/.well-known/oauth-authorization-server").json()
    assert told["issuer"] == HOME and told["code_challenge_methods_supported"] == ["S256"]
    assert told["token_endpoint"] == f"{HOME}/oauth/token" and told["authorization_response_iss_parameter_supported"] is True


def test_an_authorisation_code_is_valid_for_a_minute(app, client, scene):
    code = said(say(client.sign_in("ada")))["code"]
    with scene.transactions.begin() as store:
        (grant,) = store.apps.grants_of(store.drivers.account_by_email("ada@example.org").id)
    assert timedelta(seconds=50) < grant.expires_at - datetime.now(UTC) <= timedelta(seconds=60)
    assert code not in repr(grant)


ELSEWHERE = {"origin": "https://volt.example"}


@pytest.mark.parametrize(
    ("method", "path", "wants", "across"),
    [
        ("POST", "/oauth/token", "content-type", True),
        ("GET", "/.well-known/oauth-authorization-server", "", True),
        ("GET", "/api/v1/me", "authorization", True),
        ("POST", "/api/v1/bookings", "authorization, content-type, idempotency-key", True),
        ("GET", "/api/v1/me", "content-type", False),
        ("POST", "/login", "authorization", False),
        ("POST", "/oauth/authorize", "authorization", False),
        ("GET", "/account", "authorization", False),
    ],
)
def test_cors_preflights_are_allowed_only_for_bearer_requests(client, method, path, wants, across):
    asked = {**ELSEWHERE, "access-control-request-method": method, "access-control-request-headers": wants}
    answer = client.options(path, headers=asked, follow_redirects=False)
    assert (answer.headers.get("access-control-allow-origin") == "*") is across
    if across:
        assert answer.status_code == 204
        assert method in answer.headers["access-control-allow-methods"]
        assert set(wants.split(", ")) - {""} <= set(answer.headers["access-control-allow-headers"].split(", "))


def test_other_origins_can_read_answers_to_bearer_requests_but_not_to_cookie_requests(app, client):
    tokens = let_in(client)

    def readable(path: str, **headers: str) -> tuple[int, bool]:
        answer = client.get(path, headers={**ELSEWHERE, **headers}, follow_redirects=False)
        assert "access-control-allow-credentials" not in answer.headers
        return answer.status_code, answer.headers.get("access-control-allow-origin") == "*"

    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert readable("/api/v1/me", **bearer) == (200, True)
    assert readable("/api/v1/me", authorization="Bearer fca.old.one") == (401, True)
    assert readable("/api/v1/nothing", **bearer) == (404, True)
    assert readable("/api/v1/me") == (200, False)  # by the cookie
    assert readable("/account") == (200, False)
    assert client.post("/oauth/token", data={}, headers=ELSEWHERE).headers["access-control-allow-origin"] == "*"
