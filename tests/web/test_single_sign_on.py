"""Staff sign in by their company's identity provider: setting it up, testing it, signing in, and what is refused."""

import time
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest

from forecourt.drivers import Account, Duty, Role
from forecourt.kernel import OperatorId
from forecourt.messengers import HttpRequester
from forecourt.stations import Operator
from forecourt.web.frame.sealing import digest
from forecourt.web.people.identity_providers import Providers

from .apps import app_of
from .conftest import PASSWORD, Browser, Scene
from .identity_provider import CLIENT, SECRET, IdentityProvider, b64, fresh_key, serving
from .test_second_factor import code as factor_code
from .test_second_factor import is_in, with_factor
from .test_team import MIA, with_mia

ABROAD = httpx.Client()  # the same browser, at the provider
PAGE, DOOR = "/console/single-sign-on", "/login/company"
OPS = {"sub": "s-ops", "email": "Ops@example.org", "email_verified": True}
OF_MIA = {"sub": "s-mia", "email": "mia@example.org", "email_verified": True}


@pytest.fixture(scope="module")
def served():
    with serving(IdentityProvider(dict(OPS))) as provider:
        yield provider


@pytest.fixture
def provider(served):
    """The identity provider, reset to correct answers for each test."""
    fresh = IdentityProvider(dict(OPS), served.issuer)
    vars(served).update(vars(fresh))
    return served


@pytest.fixture
def one_app(scene):
    return app_of(scene.ports(identity_provider_http=HttpRequester(lambda _: True, secure_only=False)))


def door(scene: Scene) -> str:
    return f"{DOOR}/{scene.operator_id}"


def back(client: Browser, start: str) -> httpx.Response:
    """From a page here to the provider, and what comes of it here."""
    leaving = client.get(start, follow_redirects=False)
    assert leaving.status_code == 303, leaving.text
    parts = urlsplit(ABROAD.get(leaving.headers["location"]).headers["location"])
    assert parts.netloc == "testserver.local"
    return client.get(f"{parts.path}?{parts.query}", follow_redirects=False)


def connect(client: Browser, provider: IdentityProvider, **changed: str) -> httpx.Response:
    return client.submit(PAGE, **{"issuer": provider.issuer, "client_id": CLIENT, "client_secret": SECRET, **changed})


@pytest.fixture
def on(scene, client, provider):
    """Set up and tried by ops; mia is in the team without a password; nobody is signed in here."""
    client.sign_in("ops")
    assert connect(client, provider).headers["location"] == PAGE
    assert back(client, f"{PAGE}/try").headers["location"] == PAGE
    with_mia(scene, Duty.MONEY)
    with scene.transactions.begin() as store:
        store.drivers.put_account(replace(store.drivers.account(MIA), password_hash=""))
    client.cookies.clear()
    provider.person = dict(OF_MIA)
    return provider


def mia(scene: Scene) -> Account:
    with scene.transactions.begin() as store:
        return store.drivers.account(MIA)


def refused(client: Browser, answer: httpx.Response, *words: str) -> None:
    assert answer.status_code in (400, 403, 404, 409), answer.status_code
    assert all(one in answer.text for one in words), answer.text
    assert not client.cookies.get("fc_session") and not is_in(client)


def test_sign_in_leads_from_the_email_address_over_the_provider_to_the_requested_page(scene, client, on):
    login = client.get("/console/team", follow_redirects=False).headers["location"]
    assert f'href="{DOOR}?back=/console/team"' in client.get(login).text.replace("%2F", "/")
    leads = client.submit(DOOR, email="Anybody@Example.org", back="/console/team")
    assert f'content="0;url={door(scene)}?back=/console/team"' in leads.text
    assert back(client, f"{door(scene)}?back=/console/team").headers["location"] == "/console/team"
    assert "mia@example.org" in client.get("/console/team").text
    with scene.transactions.begin() as store:
        (mine,) = [one for one in store.drivers.sign_ins(MIA) if one.by_company]
        (entry,) = [one for one in store.audit.page(scene.operator_id).rows if one.action == "sso.sign_in"]
    assert mine.expires_at - mine.created_at == timedelta(hours=12) and not mine.factor_shown
    assert (entry.actor, entry.subject, mia(scene).sso_subject) == (str(MIA), str(MIA), "s-mia")
    assert mia(scene).duties == (Duty.MONEY,)


def test_a_person_is_known_by_subject_so_a_new_email_signs_in_and_a_new_subject_does_not(scene, client, on):
    back(client, door(scene))
    client.cookies.clear()
    on.person = {"sub": "s-mia", "email": "married@example.org"}
    back(client, door(scene))
    assert is_in(client)
    client.cookies.clear()
    on.person = {**OF_MIA, "sub": "successor"}
    refused(client, back(client, door(scene)), "You are not on this company’s team here.")


@pytest.mark.parametrize(
    "lies",
    [{"nonce": "x"}, {"nonce": None}, {"aud": "other"}, {"iss": "https://accounts.google.com"}, {"azp": "other"}, {"sub": None}],
)
def test_an_id_token_with_a_wrong_claim_is_refused(scene, client, on, lies):
    on.lies = lies
    refused(client, back(client, door(scene)), "The provider’s answer about you")
    assert mia(scene).sso_subject == ""


@pytest.mark.parametrize("lies", [{"exp": time.time() - 3600}, {"iat": time.time() + 3600}])
def test_an_id_token_outside_its_time_is_refused_as_a_wrong_clock(scene, client, on, lies):
    on.lies = lies
    refused(client, back(client, door(scene)), "The clock of this service or of the provider is wrong")


def test_only_the_providers_keys_and_algorithms_are_accepted_for_id_tokens(scene, client, on):
    def unsigned(_, head, claims):
        return f"{b64(b'%s' % str(head).replace(chr(39), chr(34)).encode())}.{b64(httpx.Request('POST', on.issuer, json=claims).content)}."

    refused(client, _with(client, scene, on, signing=fresh_key()), "invalid signature")
    refused(client, _with(client, scene, on, signing=fresh_key(), head={"alg": "ES256", "kid": "two"}), "not signed with its own key")
    refused(client, _with(client, scene, on, signing=None, head={"alg": "HS256", "kid": "one"}), "which is not taken")
    refused(client, _with(client, scene, on, head={"alg": "none"}, make_token=unsigned), "which is not taken")


def _with(client: Browser, scene: Scene, on: IdentityProvider, **lies: object) -> httpx.Response:
    vars(on).update(lies)
    return back(client, door(scene))


def test_an_unknown_key_id_makes_the_providers_keys_be_fetched_again(scene, client, on):
    seconds = [0.0]
    client.app.state.providers = Providers(
        scene.ports(identity_provider_http=HttpRequester(lambda _: True, secure_only=False)).identity_provider_http, lambda: seconds[0]
    )
    back(client, door(scene))
    client.cookies.clear()
    on.keys, on.head, seconds[0] = {"two": fresh_key()}, {"alg": "ES256", "kid": "two"}, 31.0
    back(client, door(scene))
    assert is_in(client) and on.asked.count("/keys") == 3


def test_a_sign_in_is_bound_to_its_browser_code_and_state(scene, client, on):
    other = Browser(app=client.app)
    leaving = [one.get(door(scene), follow_redirects=False).headers["location"] for one in (client, other)]
    mine, theirs = (urlsplit(ABROAD.get(one).headers["location"]) for one in leaving)
    refused(client, client.get(f"{theirs.path}?{theirs.query}"), "not the one that was started here")
    cookie = client.cookies["fc_company"]
    client.get(f"{mine.path}?{mine.query}", follow_redirects=False)
    assert is_in(client)
    client.cookies.clear()
    refused(client, client.get(f"{mine.path}?{mine.query}"), "was started in another browser")
    client.cookies.set("fc_company", cookie)  # even with it: the code is used up
    refused(client, client.get(f"{mine.path}?{mine.query}"), "already used or has expired")


def test_an_answer_of_another_provider_or_at_another_operators_callback_is_refused(scene, client, on):
    leaving = client.get(door(scene), follow_redirects=False).headers["location"]
    answer = urlsplit(ABROAD.get(leaving).headers["location"])
    refused(client, client.get(f"{DOOR}/{UUID(int=77)}/back?{answer.query}"), "not the one that was started here")
    refused(client, client.get(f"{answer.path}?{answer.query.replace('iss=http', 'iss=https')}"), "came from a different provider")


def test_a_companys_provider_signs_in_neither_staff_of_other_operators_nor_drivers(scene, client, on):
    with scene.transactions.begin() as store:
        there = OperatorId(UUID(int=701))
        store.stations.put_operator(Operator(there, "Other", "Other GmbH", "DE", "DE1", "Weg 1, Ort", "EUR"))
        store.drivers.put_account(Account(UUID(int=702), there, "zoe@example.org", Role.OPERATOR, "hash"))
    said = []
    for name in ("zoe", "ada", "nobody"):
        on.person = {"sub": name, "email": f"{name}@example.org", "email_verified": True}
        answer = back(client, door(scene))
        refused(client, answer, "You are not on this company’s team here.")
        said.append(answer.status_code)
    assert set(said) == {403}
    refused(client, client.get(f"{DOOR}/{there}"), "Company sign-in is not set up here.")


def test_an_unverified_email_address_and_a_closed_account_are_refused(scene, client, on):
    on.person = {**OF_MIA, "email_verified": False}
    refused(client, back(client, door(scene)), "does not confirm that your email address")
    on.person = dict(OF_MIA)
    back(client, door(scene))
    client.cookies.clear()
    client.sign_in("ops").submit(f"/console/team/{MIA}/close")
    assert mia(scene).sso_subject == ""
    client.cookies.clear()
    refused(client, back(client, door(scene)), "You are not on this company’s team here.")


def test_the_email_address_may_come_from_the_userinfo_endpoint(scene, client, on):
    on.person, on.outside = {"sub": "s-mia"}, {"email": "mia@example.org", "email_verified": True}
    back(client, door(scene))
    assert is_in(client)


def test_errors_at_the_provider_are_explained_in_plain_words(scene, client, on):
    on.error = "access_denied"
    refused(client, back(client, door(scene)), "refused access, or you cancelled")
    on.error, on.secret = "", "changed"
    refused(client, back(client, door(scene)), "does not accept the client secret")
    client.app.state.providers = Providers(HttpRequester())  # as it is by default: public addresses, by https
    refused(client, client.get(door(scene)), "127.0.0.1 cannot be reached", "Try again in a few minutes")


def test_the_client_secret_is_sent_by_the_method_the_provider_supports(scene, client, on):
    on.way = "client_secret_post"
    refused(client, back(client, door(scene)), "does not accept the client secret")
    on.configuration = {"token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"]}
    client.app.state.providers = Providers(HttpRequester(lambda _: True, secure_only=False))
    back(client, door(scene))
    assert is_in(client)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            {"token_endpoint_auth_methods_supported": ["private_key_jwt", "none"]},
            "The provider does not accept the client secret in the way we send it.",
        ),
        ({"authorization_endpoint": "https://id.example/\r\nset-cookie: a=b"}, "configuration cannot be read"),
        ({"authorization_endpoint": "https://user@id.example/"}, "configuration cannot be read"),
        ({"authorization_endpoint": "https://[::"}, "configuration cannot be read"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "configuration cannot be read"),
        ({"token_endpoint": ["https://id.example/"]}, "configuration cannot be read"),
    ],
)
def test_an_unusable_provider_is_refused_when_it_is_entered(client, provider, said, words):
    provider.configuration = said
    client.sign_in("ops")
    assert words in connect(client, provider).text.replace("&#39;", "'")


@pytest.mark.parametrize("lies", [{"acr": ["phr"]}, {"amr": [{"x": 1}]}, {"exp": 10**400}, {"nonce": "\ud800"}, {"sub": "\ud800"}])
def test_unexpected_claims_never_cause_a_server_error(scene, client, on, lies):
    on.lies = lies
    assert back(client, door(scene)).status_code in (303, 400)


def test_attempts_are_limited_and_an_unknown_domain_is_answered_like_an_ambiguous_one(scene, client, on):
    for _ in range(30):
        assert client.submit(DOOR, email="x@nowhere.example").status_code == 404
    assert client.submit(DOOR, email="mia@example.org").status_code == 429
    assert client.get(door(scene)).status_code == 429


def test_requiring_single_sign_on_ends_passwords_and_sessions_of_all_but_the_administrator(scene, client, on):
    with scene.transactions.begin() as store:
        hashed = scene.passwords.hash(PASSWORD)
        store.drivers.put_account(replace(store.drivers.account(MIA), password_hash=hashed, duties=tuple(Duty)))
    client.sign_in("ops")
    assert client.submit(f"{PAGE}/rules").status_code == 303
    with scene.transactions.begin() as store:
        assert store.drivers.sign_in(digest("mia")) is None and store.drivers.sign_in(digest("ops")) is not None
    ops = UUID(int=90)
    client.cookies.clear()
    answer = client.submit("/login", email="mia@example.org", password=PASSWORD, back="/console/team")
    assert answer.headers["location"] == f"{DOOR}?back=/console/team" and not is_in(client)
    back(client, door(scene))
    assert "No one would be" in client.submit(f"/console/team/{ops}/close").text
    assert "No one would be" in client.submit(f"/console/team/{ops}/duties").text
    client.cookies.clear()
    assert client.submit("/login", email="ops@example.org", password=PASSWORD).headers["location"] == "/console"


def test_a_second_factor_is_not_required_again_if_the_provider_confirms_one(scene, client, on):
    with_factor(scene, "ops")
    on.person, on.lies = dict(OPS), {"amr": ["pwd", "mfa"]}
    assert back(client, door(scene)).headers["location"] == "/console"
    client.cookies.clear()
    on.lies = {"amr": ["pwd"]}
    assert back(client, door(scene)).headers["location"].startswith("/login/code?")
    assert not is_in(client)
    assert client.submit("/login/code", code=factor_code(), back="/console").headers["location"] == "/console"
    client.submit("/console/team/factors", needed="on")
    for lies, first_page in (({}, "/account/second-factor"), ({"amr": ["mfa"]}, None)):
        client.cookies.clear()
        on.person, on.lies = dict(OF_MIA), lies
        back(client, door(scene))
        assert client.get("/console/team", follow_redirects=False).headers.get("location") == first_page


def test_single_sign_on_becomes_active_once_the_person_who_set_it_up_has_signed_in_by_it(scene, client, provider):
    client.sign_in("ops")
    connect(client, provider)
    assert "Not tried yet" in client.get(PAGE).text
    assert Browser(app=client.app).get(door(scene), follow_redirects=False).status_code == 404
    for person, words in (
        ({**OPS, "email": "other@example.org"}, "The provider knows you as other@example.org"),
        ({**OPS, "email_verified": None}, "does not confirm that your email"),
    ):
        provider.person = person
        assert words in back(client, f"{PAGE}/try").text
    with_mia(scene, *Duty)
    client.sign_in("mia")
    assert client.get(f"{PAGE}/try").status_code == 403
    client.sign_in("ops")
    assert client.submit(f"{PAGE}/rules").status_code == 409
    leaving = client.get(f"{PAGE}/try", follow_redirects=False).headers["location"]
    answer = urlsplit(ABROAD.get(leaving).headers["location"])
    client.sign_in("mia")
    assert "no longer signed in as the person who started" in client.get(f"{answer.path}?{answer.query}").text


def test_the_client_secret_is_encrypted_never_shown_and_never_sent_to_another_provider(scene, client, on):
    client.sign_in("ops")
    with scene.transactions.begin() as store:
        before = store.sso.of(scene.operator_id)
    assert SECRET not in before.sealed + client.get(PAGE).text
    with serving(IdentityProvider(dict(OPS))) as evil:
        assert "A different provider or client needs a different secret." in connect(client, evil, client_secret="").text
    assert "needs a different secret" in connect(client, on, client_id="other", client_secret="").text
    with scene.transactions.begin() as store:
        assert store.sso.of(scene.operator_id) == before
    assert connect(client, on, client_secret="").status_code == 303
    with scene.transactions.begin() as store:
        assert store.sso.of(scene.operator_id) == replace(before, tried_at=None)


def test_removing_single_sign_on_forgets_subjects_and_signs_out_those_who_used_it(scene, client, on):
    back(client, door(scene))
    theirs = client.cookies["fc_session"]
    client.cookies.clear()
    client.sign_in("ops")
    assert client.submit(f"{PAGE}/remove").status_code == 303
    assert mia(scene).sso_subject == "" and "Sign in with your company" not in Browser(app=client.app).get("/login").text
    client.cookies.set("fc_session", theirs)
    assert not is_in(client)


@pytest.mark.parametrize(
    ("issuer", "words"),
    [
        ("https://id.example/?x=1", "That is not a valid issuer."),
        ("file:///etc/passwd", "That is not a valid issuer."),
        ("{}/", "The provider calls itself"),
    ],
)
def test_an_issuer_must_match_the_name_in_its_own_configuration(client, provider, issuer, words):
    client.sign_in("ops")
    assert words in connect(client, provider, issuer=issuer.format(provider.issuer)).text


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_the_redirect_after_sign_in_never_leaves_the_site(scene, client, on, where):
    assert back(client, f"{door(scene)}?back={where}").headers["location"] == "/console"
