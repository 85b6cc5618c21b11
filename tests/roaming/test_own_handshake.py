"""The handshake begun by us: the operator pastes an address and a token; real requests both ways."""

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


def test_we_register_for_the_newest_version_with_the_token_that_was_handed_over(desk: Desk, console: Browser, partner: Provider) -> None:
    answer = console.submit(f"{HOME}/join", **typed(partner))
    assert answer.status_code == 303 and answer.headers["location"].startswith(f"{HOME}/{PARTNER}")
    assert shown_to(partner) == [
        ("GET", "/ocpi/versions", "token-a"), ("GET", "/ocpi/2.3.0", "token-a"), ("POST", CREDENTIALS, "token-a"),
    ]  # fmt: skip
    state = desk.partner().state
    assert isinstance(state, Registered) and (state.peer.version, state.peer.key) == ("2.3.0", "sealed token-c")
    assert desk.data(CREDENTIALS)["token"] == desk.token  # it gets in with what we gave it


def test_we_offer_the_same_token_until_it_is_answered_and_both_are_good_meanwhile(desk: Desk, console: Browser, partner: Provider) -> None:
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


def test_a_partner_that_comes_with_what_we_offered_has_taken_it_though_its_answer_was_lost(
    desk: Desk, console: Browser, partner: Provider
) -> None:
    console.submit(f"{HOME}/join", **typed(partner))
    first = desk.token
    partner.pages[CREDENTIALS] = (500, None)
    console.submit(f"{HOME}/{PARTNER}/renew")
    desk.token = offered_to(partner)
    assert desk.data("/ocpi/2.3.0/locations")
    assert desk.ask("GET", "/ocpi/versions", authorization=f"Token {first}").status_code == 401


def test_who_registers_once_more_offers_the_same_token_but_to_no_other_address(desk: Desk, console: Browser, partner: Provider) -> None:
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


def test_a_blocked_partner_could_not_look_at_us_and_is_not_renewed(desk: Desk, console: Browser, partner: Provider) -> None:
    console.submit(f"{HOME}/join", **typed(partner))
    console.submit(f"{HOME}/{PARTNER}/block", blocked="on")
    asked = len(partner.asked)
    assert console.submit(f"{HOME}/{PARTNER}/renew").status_code == 409 and len(partner.asked) == asked


def test_a_partner_that_renews_as_somebody_else_is_not_left_for_it(desk: Desk, console: Browser, partner: Provider) -> None:
    console.submit(f"{HOME}/join", **typed(partner))
    given = partner.credentials
    given["roles"][0]["party_id"] = "XYZ"
    partner.pages[CREDENTIALS] = (200, {**given, "token": "token-d"})
    assert console.submit(f"{HOME}/{PARTNER}/renew").status_code == 422
    assert partner.asked[-1][0] == "PUT" and desk.partner().state.peer.key == "sealed token-c"


def test_we_part_whether_or_not_the_partner_can_be_told(desk: Desk, console: Browser, partner: Provider) -> None:
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
def test_why_it_did_not_come_to_it_is_said_and_what_was_typed_stays(
    desk: Desk, console: Browser, partner: Provider, page: str, answer: Any, why: str
) -> None:
    partner.pages[page] = answer
    told = console.submit(f"{HOME}/join", **typed(partner))
    assert told.status_code == 422 and why in told.text and 'value="token-a"' in told.text
    assert desk.partner().state_name == "Invited"


def test_a_partner_that_is_not_who_it_was_to_be_is_left_again(desk: Desk, console: Browser, partner: Provider) -> None:
    given = partner.credentials
    given["roles"][0]["party_id"] = "XYZ"
    partner.pages[CREDENTIALS] = (200, {**given, "token": "token-c"})
    assert "who was invited, is not among them" in console.submit(f"{HOME}/join", **typed(partner)).text
    assert partner.asked[-1][0] == "DELETE" and desk.partner().state_name == "Invited"


@pytest.mark.parametrize("field, given", [("versions", "file:///etc/passwd"), ("token", "a b"), ("party", "T!")])
def test_what_is_no_address_token_or_party_is_refused_before_anybody_is_called(
    console: Browser, partner: Provider, field: str, given: str
) -> None:
    assert console.submit(f"{HOME}/join", **typed(partner, **{field: given})).status_code == 422
    assert not partner.asked


def test_addresses_inside_are_not_called_unless_the_installation_says_so(desk: Desk, partner: Provider) -> None:
    for console in console_of(desk, HttpRequester()):
        told = console.submit(f"{HOME}/join", **typed(partner))
        assert told.status_code == 422 and "the address is not one that may be called" in told.text and not partner.asked
