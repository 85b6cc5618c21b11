"""The handshake begun by a partner: real requests both ways, each credentials token valid for its purpose."""

from base64 import b64encode
from dataclasses import replace
from uuid import UUID

import pytest

from forecourt.drivers import Parted, Registered
from forecourt.flows.ports import HttpRequest, PartnerUnreachable
from forecourt.messengers import HttpRequester
from roaming_world import PARTNER, registered

from .conftest import Desk, Provider

HOME, SITES = "/ocpi/2.2.1/credentials", "/ocpi/2.2.1/locations"


def shows(desk: Desk, token: str) -> int:
    return desk.ask("GET", "/ocpi/versions", authorization=f"Token {token}").status_code


def code(answer) -> tuple[int, int]:
    return answer.status_code, answer.json()["status_code"]


def test_an_invited_partner_reads_the_versions_and_their_modules(desk: Desk) -> None:
    offered = desk.data("/ocpi/versions")
    assert [one["version"] for one in offered] == ["2.2.1", "2.3.0"]
    details = desk.data(offered[1]["url"].removeprefix(desk.address))
    assert details["version"] == "2.3.0"
    assert {"identifier": "credentials", "role": "SENDER", "url": f"{desk.address}/ocpi/2.3.0/credentials"} in details["endpoints"]
    assert code(desk.ask("GET", "/ocpi/2.1.1")) == (404, 2000)


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_registering_reads_the_partners_versions_and_invalidates_its_first_token(desk: Desk, provider: Provider, version: str) -> None:
    answer = desk.ask("POST", f"/ocpi/{version}/credentials", provider.credentials)
    given = answer.json()["data"]
    assert code(answer) == (200, 1000)
    assert given["url"] == f"{desk.address}/ocpi/versions"
    assert given["roles"] == [{"role": "CPO", "country_code": "DE", "party_id": "FCT", "business_details": {"name": "Musterstrom"}}]
    assert [path for _, path, _, _ in provider.asked] == ["/ocpi/versions", f"/ocpi/{version}"]
    assert all(heads["Authorization"] == f"Token {b64encode(b'token-b').decode()}" for _, _, heads, _ in provider.asked)
    state = desk.partner().state
    assert isinstance(state, Registered)
    assert (state.peer.version, state.peer.key) == (version, "sealed token-b")
    assert state.peer.url_of("tokens", "SENDER") == f"{provider.base}/{version}/tokens"
    desk.token = given["token"]
    assert desk.data("/ocpi/versions") and desk.data(HOME)["token"] == given["token"]
    assert shows(desk, "token-a") == 401


def test_a_registered_partner_cannot_register_again_and_an_unregistered_one_has_no_access(joined: Desk, provider: Provider) -> None:
    assert code(joined.ask("POST", HOME, provider.credentials)) == (405, 2000)
    assert code(joined.ask("DELETE", HOME)) == (200, 1000)
    assert isinstance(joined.partner().state, Parted)
    assert code(joined.ask("GET", HOME)) == (401, 2000)


def test_an_invited_partner_can_neither_renew_nor_unregister(desk: Desk, provider: Provider) -> None:
    assert code(desk.ask("PUT", HOME, provider.credentials)) == (405, 2000)
    assert code(desk.ask("DELETE", HOME)) == (405, 2000)


def test_renewing_credentials_gives_a_new_token_and_may_change_the_version(joined: Desk, provider: Provider) -> None:
    answer = joined.ask("PUT", "/ocpi/2.3.0/credentials", {**provider.credentials, "token": "token-b2"})
    assert code(answer) == (200, 1000)
    assert (joined.partner().state.peer.version, joined.partner().state.peer.key) == ("2.3.0", "sealed token-b2")
    old, joined.token = joined.token, answer.json()["data"]["token"]
    assert joined.data(HOME) and shows(joined, old) == 401
    with joined.scene.transactions.begin() as store:
        assert [one.action for one in store.audit.recent(2)] == ["roaming.renew", "roaming.register"]


def test_a_partner_whose_renewal_answer_was_lost_continues_with_its_old_token_and_renews_again(joined: Desk, provider: Provider) -> None:
    old, lost = joined.token, joined.ask("PUT", HOME, provider.credentials).json()["data"]["token"]
    assert joined.data(SITES) and joined.data("/ocpi/versions")
    last = joined.ask("PUT", HOME, {**provider.credentials, "token": "token-b2"}).json()["data"]["token"]
    assert joined.partner().state.peer.key == "sealed token-b2"
    assert [shows(joined, one) for one in (lost, old, last, old, last)] == [401, 200, 200, 401, 200]


def test_the_first_use_of_a_new_token_invalidates_the_old_one_even_if_the_request_fails(joined: Desk, provider: Provider) -> None:
    old, joined.token = joined.token, joined.ask("PUT", HOME, provider.credentials).json()["data"]["token"]
    assert joined.ask("GET", f"{SITES}/nowhere").status_code == 404
    assert shows(joined, old) == 401


def test_a_partner_whose_registration_answer_was_lost_registers_again(desk: Desk, provider: Provider) -> None:
    lost = desk.ask("POST", HOME, provider.credentials).json()["data"]["token"]
    answer = desk.ask("POST", HOME, provider.credentials)
    assert code(answer) == (200, 1000)
    desk.token = answer.json()["data"]["token"]
    assert desk.data(SITES) and [shows(desk, one) for one in ("token-a", lost)] == [401, 401]
    assert code(desk.ask("POST", HOME, provider.credentials)) == (405, 2000)


def test_a_partner_whose_unregistration_answer_was_lost_is_unauthorised(joined: Desk) -> None:
    assert [joined.ask("DELETE", HOME).status_code for _ in range(2)] == [200, 401]
    assert isinstance(joined.partner().state, Parted)


def test_a_credentials_token_is_accepted_plain_and_in_base64(desk: Desk) -> None:
    desk.token = None
    for header in ("Token token-a", "token " + b64encode(b"token-a\n").decode()):
        assert code(desk.ask("GET", "/ocpi/versions", authorization=header)) == (200, 1000)
    for header in ("", "Bearer token-a", "Token", "Token " + "A" * 4000, "Token token-b"):
        assert code(desk.ask("GET", "/ocpi/versions", authorization=header)) == (401, 2000)


def test_a_blocked_partner_is_unauthorised(joined: Desk) -> None:
    with joined.scene.transactions.begin() as store:
        store.roaming.put_partner(replace(store.roaming.partner(PARTNER), blocked=True))
    assert code(joined.ask("GET", "/ocpi/versions")) == (401, 2000)


@pytest.mark.parametrize(
    ("path", "answer", "status"),
    [
        ("/ocpi/versions", (500, None), 3001),
        ("/ocpi/versions", (302, None), 3001),
        ("/ocpi/versions", (200, b"<html>"), 3001),
        ("/ocpi/versions", (200, b"[" * 200_000), 3001),
        ("/ocpi/versions", (200, b" " * 5_000_000), 3001),
        ("/ocpi/versions", (200, {"version": "2.2.1"}), 3001),
        ("/ocpi/versions", (200, [{"version": "2.1.1", "url": "http://x/"}]), 3002),
        ("/ocpi/2.2.1", (404, None), 3001),
        ("/ocpi/2.2.1", (200, {"version": "2.3.0", "endpoints": [{"identifier": "a", "role": "SENDER", "url": "http://x/"}]}), 3002),
        ("/ocpi/2.2.1", (200, {"version": "2.2.1", "endpoints": [{"identifier": "a", "role": "SENDER", "url": "http://x/"}]}), 3003),
    ],
)
def test_a_partner_whose_versions_cannot_be_read_gets_an_error_and_stays_invited(
    desk: Desk, provider: Provider, path: str, answer: tuple[int, object], status: int
) -> None:
    provider.pages[path] = answer
    assert code(desk.ask("POST", HOME, provider.credentials)) == (200, status)
    assert desk.partner().state_name == "Invited"
    assert code(desk.ask("GET", "/ocpi/versions")) == (200, 1000)


def test_a_partner_cannot_register_as_another_party(desk: Desk, provider: Provider) -> None:
    given = provider.credentials
    given["roles"][0]["party_id"] = "XYZ"
    answer = desk.ask("POST", HOME, given)
    assert code(answer) == (200, 2001) and "NL*TNM, who was invited" in answer.text
    given["roles"].append({**given["roles"][0], "party_id": "TNM"})
    with desk.scene.transactions.begin() as store:
        store.roaming.put_partner(replace(registered(desk.scene.operator_id), id=UUID(int=12), party="XYZ"))
    answer = desk.ask("POST", HOME, given)
    assert code(answer) == (200, 2001) and "connected by itself" in answer.text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", (400, 2000)),
        (b"{", (400, 2000)),
        (b"\xff\xfe", (400, 2000)),
        (b"[" * 100_000, (400, 2000)),
        (b"[]", (200, 2001)),
        (b'{"token": "a b", "url": "https://x.example/", "roles": []}', (200, 2001)),
        (b'{"token": "t", "url": "file:///etc/passwd", "roles": []}', (200, 2001)),
        (b"x" * 300_000, (413, 2000)),
    ],
)
def test_invalid_credentials_are_refused_with_an_ocpi_error(desk: Desk, body: bytes, status: tuple[int, int]) -> None:
    answer = desk.ask("POST", HOME, body)
    assert code(answer) == status
    assert answer.json()["timestamp"] == "2026-06-01T12:20:00Z" and "Traceback" not in answer.text


def test_valid_request_ids_are_echoed(desk: Desk) -> None:
    answer = desk.ask("GET", "/ocpi/versions", **{"x-request-id": "one", "x-correlation-id": "x" * 500})
    assert answer.headers["x-request-id"] == "one" and "x-correlation-id" not in answer.headers
    assert desk.ask("GET", "/ocpi/nowhere/at/all", **{"x-request-id": "two"}).headers["x-request-id"] == "two"


def test_internal_addresses_are_not_called(desk: Desk, provider: Provider) -> None:
    outside = HttpRequester()
    for url in (provider.base, provider.base.replace("http", "https"), "https://localhost/", "https://169.254.169.254/", "ftp://x/"):
        with pytest.raises(PartnerUnreachable):
            outside.send(HttpRequest("GET", url))
    assert not provider.asked


def test_a_slow_partner_times_out(provider: Provider) -> None:
    provider.delay_s = 3.0
    with pytest.raises(PartnerUnreachable, match="Timeout"):
        HttpRequester(lambda _: True, secure_only=False).send(HttpRequest("GET", f"{provider.base}/versions", within_s=0.1))
