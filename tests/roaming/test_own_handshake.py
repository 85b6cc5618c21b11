"""The handshake begun by us: the operator enters an address and a token; real requests both ways."""

import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from forecourt.drivers import Registered
from forecourt.messengers import HttpRequester
from forecourt.roaming import OcpiHandshake
from roaming_world import PARTNER
from web.apps import app_of
from web.conftest import Browser, apps_come_back  # noqa: F401 - a fixture

from .conftest import OUR_POST, Desk, Provider, ports_of

HOME, CREDENTIALS = "/console/roaming", "/ocpi/2.3.0/credentials"


@pytest.fixture
def console(desk: Desk) -> Iterator[Browser]:
    """The operator's browser, and behind it a door to partners at any address."""
    yield from console_of(desk, OUR_POST)


def console_of(desk: Desk, post: HttpRequester) -> Iterator[Browser]:
    door = OcpiHandshake(ports_of(desk.scene, post))
    with Browser(app=app_of(desk.scene.ports(partner_registration=door, public_url=desk.address))) as opened:
        yield opened.sign_in("ops")


@pytest.fixture
def partner(desk: Desk, provider: Provider) -> Provider:
    """It has invited us with token-a; while we wait for its answer it looks at us."""

    def exchanged(body: bytes) -> Any:
        given = json.loads(body)
        desk.token = given["token"]
        assert given["url"] == f"{desk.address}/ocpi/versions" and given["roles"][0]["role"] == "CPO"
        assert desk.data("/ocpi/versions") and desk.data("/ocpi/2.3.0")
        return {**provider.credentials, "token": "token-c"}

    provider.pages[CREDENTIALS] = (200, exchanged)
    return provider


def typed(partner: Provider, **changes: str) -> dict[str, str]:
    return {"name": "TNM", "country": "NL", "party": "TNM", "versions": f"{partner.base}/versions", "token": "token-a", **changes}


def shown_to(partner: Provider) -> list[tuple[str, str, str]]:
    """Method, path, and which credentials token we showed."""
    tokens = {f"Token {b64encode(one.encode()).decode()}": one for one in ("token-a", "token-c")}
    return [(how, path, tokens[heads["Authorization"]]) for how, path, heads, _ in partner.asked]


def offered_to(partner: Provider) -> str:
    """The token in what it was posted or put last."""
    return next(json.loads(body)["token"] for how, _, _, body in reversed(partner.asked) if how in ("POST", "PUT"))


def test_we_register_for_the_newest_common_version_with_the_token_from_the_partner(desk: Desk, console: Browser, partner: Provider) -> None:
    answer = console.submit(f"{HOME}/join", **typed(partner))
    assert answer.status_code == 303 and answer.headers["location"].startswith(f"{HOME}/{PARTNER}")
    assert shown_to(partner) == [
        ("GET", "/ocpi/versions", "token-a"), ("GET", "/ocpi/2.3.0", "token-a"), ("POST", CREDENTIALS, "token-a"),
    ]  # fmt: skip
    state = desk.partner().state
    assert isinstance(state, Registered) and (state.peer.version, state.peer.key) == ("2.3.0", "sealed token-c")
    assert desk.data(CREDENTIALS)["token"] == desk.token  # it gets in with what we gave it


def test_our_renewal_offers_the_same_token_until_answered_and_both_tokens_are_valid_meanwhile(
    desk: Desk, console: Browser, partner: Provider
) -> None:
    console.submit(f"{HOME}/join", **typed(partner))
    first = desk.token
    partner.pages[CREDENTIALS] = (200, b"no OCPI")
    assert "could not be renewed: answered with what is no OCPI" in console.submit(f"{HOME}/{PARTNER}/renew").text
    offered = offered_to(partner)
    for desk.token in (first, offered, first):
        assert desk.data("/ocpi/versions") and desk.data(CREDENTIALS)
    desk.scene.clock.at += timedelta(minutes=1)
    partner.pages[CREDENTIALS] = (200, {**partner.credentials, "token": "token-d"})
    assert console.submit(f"{HOME}/{PARTNER}/renew").status_code == 303
    assert partner.asked[-1][0] == "PUT" and desk.partner().state.peer.key == "sealed token-d"
    assert offered_to(partner) == offered
    assert [desk.ask("GET", CREDENTIALS, authorization=f"Token {one}").status_code for one in (first, offered)] == [401, 200]
    console.submit(f"{HOME}/{PARTNER}/renew")
    assert offered_to(partner) != offered


def test_a_partner_that_uses_an_offered_token_has_accepted_it_although_its_answer_was_lost(
    desk: Desk, console: Browser, partner: Provider
) -> None:
    console.submit(f"{HOME}/join", **typed(partner))
    first = desk.token
    partner.pages[CREDENTIALS] = (500, None)
    console.submit(f"{HOME}/{PARTNER}/renew")
    desk.token = offered_to(partner)
    assert desk.data("/ocpi/2.3.0/locations")
    assert desk.ask("GET", "/ocpi/versions", authorization=f"Token {first}").status_code == 401


def test_a_repeated_registration_offers_the_same_token_but_a_new_one_to_another_address(
    desk: Desk, console: Browser, partner: Provider
) -> None:
    exchanged, partner.pages[CREDENTIALS] = partner.pages[CREDENTIALS], (200, b"no OCPI")
    console.submit(f"{HOME}/join", **typed(partner))
    first = offered_to(partner)
    partner.pages["/ocpi/other"] = partner.pages["/ocpi/versions"]
    console.submit(f"{HOME}/join", **typed(partner))
    assert offered_to(partner) == first
    console.submit(f"{HOME}/join", **typed(partner, versions=f"{partner.base}/other"))
    assert (other := offered_to(partner)) != first
    partner.pages[CREDENTIALS] = exchanged
    assert console.submit(f"{HOME}/join", **typed(partner, versions=f"{partner.base}/other")).status_code == 303
    assert desk.token == other and desk.data("/ocpi/2.3.0/locations")


def test_credentials_of_a_blocked_partner_are_not_renewed(desk: Desk, console: Browser, partner: Provider) -> None:
    console.submit(f"{HOME}/join", **typed(partner))
    console.submit(f"{HOME}/{PARTNER}/block", blocked="on")
    asked = len(partner.asked)
    assert console.submit(f"{HOME}/{PARTNER}/renew").status_code == 409 and len(partner.asked) == asked


def test_a_renewal_answered_by_another_party_is_refused_and_the_old_credentials_stay(
    desk: Desk, console: Browser, partner: Provider
) -> None:
    console.submit(f"{HOME}/join", **typed(partner))
    given = partner.credentials
    given["roles"][0]["party_id"] = "XYZ"
    partner.pages[CREDENTIALS] = (200, {**given, "token": "token-d"})
    assert console.submit(f"{HOME}/{PARTNER}/renew").status_code == 422
    assert partner.asked[-1][0] == "PUT" and desk.partner().state.peer.key == "sealed token-c"


def test_a_partner_is_unregistered_even_if_it_cannot_be_notified(desk: Desk, console: Browser, partner: Provider) -> None:
    console.submit(f"{HOME}/join", **typed(partner))
    partner.pages[CREDENTIALS] = (500, None)
    console.submit(f"{HOME}/{PARTNER}/leave")
    assert shown_to(partner)[-1] == ("DELETE", CREDENTIALS, "token-c")
    assert desk.partner().state_name == "Parted" and desk.ask("GET", CREDENTIALS).status_code == 401
    assert console.submit(f"{HOME}/{PARTNER}/leave").status_code == 409


NO_CREDENTIALS = {"version": "2.3.0", "endpoints": [{"identifier": "a", "role": "SENDER", "url": "http://x/"}]}


@pytest.mark.parametrize(
    ("page", "answer", "why"),
    [
        ("/ocpi/versions", (401, None), "answered 401, 1000"),
        ("/ocpi/versions", (200, [{"version": "2.1.1", "url": "https://x/"}]), "its versions are 2.1.1; spoken here are 2.2.1 and 2.3.0"),
        ("/ocpi/2.3.0", (200, NO_CREDENTIALS), "it does not serve credentials"),
        (CREDENTIALS, (200, {"token": "c"}), "its credentials are none of OCPI"),
    ],
)
def test_a_failed_registration_states_the_reason_and_keeps_the_form_input(
    desk: Desk, console: Browser, partner: Provider, page: str, answer: Any, why: str
) -> None:
    partner.pages[page] = answer
    told = console.submit(f"{HOME}/join", **typed(partner))
    assert told.status_code == 422 and why in told.text and 'value="token-a"' in told.text
    assert desk.partner().state_name == "Invited"


def test_a_registration_answered_by_another_party_is_undone(desk: Desk, console: Browser, partner: Provider) -> None:
    given = partner.credentials
    given["roles"][0]["party_id"] = "XYZ"
    partner.pages[CREDENTIALS] = (200, {**given, "token": "token-c"})
    assert "who was invited, is not among them" in console.submit(f"{HOME}/join", **typed(partner)).text
    assert partner.asked[-1][0] == "DELETE" and desk.partner().state_name == "Invited"


@pytest.mark.parametrize("field, given", [("versions", "file:///etc/passwd"), ("token", "a b"), ("party", "T!")])
def test_an_invalid_address_token_or_party_is_refused_before_any_call(console: Browser, partner: Provider, field: str, given: str) -> None:
    assert console.submit(f"{HOME}/join", **typed(partner, **{field: given})).status_code == 422
    assert not partner.asked


def test_internal_addresses_are_not_called_unless_configured(desk: Desk, partner: Provider) -> None:
    for console in console_of(desk, HttpRequester()):
        told = console.submit(f"{HOME}/join", **typed(partner))
        assert told.status_code == 422 and "the address is not one that may be called" in told.text and not partner.asked
