"""Authentication of chargers at the WebSocket handshake."""

import asyncio
import statistics
import time
from base64 import b64encode
from dataclasses import replace
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import InvalidStatus

from forecourt.gateway import GatewaySettings
from forecourt.gateway.server.authentication import Authenticator
from forecourt.gateway.server.http_head import HandshakeRequest, parse_head
from forecourt.gateway.server.identity import parse_identity
from forecourt.gateway.server.networks import network_of
from forecourt.gateway.server.passwords import PasswordVerifier, basic_password
from forecourt.gateway.server.ports import ChargerAccess
from forecourt.gateway.server.refusals import HandshakeRefusal
from forecourt.kernel import ChargerId
from forecourt.stations import Approval, ConnectionInfo
from gateway.conftest import Forecourt
from gateway.fakes import MemoryNetwork, WallClock


def basic(user: str, password: str | bytes) -> dict[str, str]:
    secret = password if isinstance(password, bytes) else password.encode()
    return {"Authorization": "Basic " + b64encode(user.encode() + b":" + secret).decode()}


async def refused(forecourt: Forecourt, charger_id: str, protocol: str = "ocpp1.6", **options: object) -> int:
    with pytest.raises(InvalidStatus) as error:
        await forecourt.plug(charger_id, protocol, **options)
    return error.value.response.status_code


@pytest.mark.parametrize(
    ("target", "identity"),
    [
        ("/ocpp/CP1", "CP1"),
        ("/ocpp/CP%2D1", "CP-1"),
        ("/ocpp/cp1", "cp1"),
        ("/ocpp/" + "x" * 48, "x" * 48),
        ("/ocpp/" + "x" * 49, None),
        ("/ocpp/", None),
        ("/ocpp/CP1/", None),
        ("/ocpp/a/b", None),
        ("/ocpp/a%2Fb", None),
        ("/ocpp/a%252Fb", None),
        ("/ocpp/a%00", None),
        ("/ocpp/%2e%2e", None),
        ("/ocpp/CP1?x=1", None),
        ("/ocpp/CP1;x", None),
        ("/ocpp/a%zz", None),
        ("/ocpp/%C3%A4", None),
        ("//ocpp/CP1", None),
        ("/OCPP/CP1", None),
    ],
)
def test_identities_are_read_from_the_path(target: str, identity: str | None) -> None:
    assert parse_identity(target) == identity


@given(st.text(min_size=1, max_size=60))
def test_an_identity_is_read_back_from_its_own_url_or_refused(text: str) -> None:
    target = "/ocpp/" + quote(text, safe="", errors="replace")
    assert parse_identity(target) in (None, text)


@given(st.binary(max_size=200))
def test_reading_any_request_head_raises_nothing(head: bytes) -> None:
    parse_head(b"GET /ocpp/A HTTP/1.1\r\n" + head, "::1")
    parse_head(head, "::1")


@pytest.mark.parametrize("password", [b"secret", b"with:colon", b"\0\x3a\xff" * 5, b""])
def test_a_basic_auth_password_may_hold_any_bytes(password: bytes) -> None:
    assert basic_password(basic("CP1", password)["Authorization"], ChargerId("CP1")) == password
    assert basic_password(basic("CP2", password)["Authorization"], ChargerId("CP1")) is None


@pytest.mark.parametrize("header", [None, "", "Basic", "Bearer x", "Basic !!!", "Basic " + "A" * 500])
def test_other_authorization_headers_hold_no_password(header: str | None) -> None:
    assert basic_password(header, ChargerId("CP1")) is None


async def test_the_identity_of_the_url_is_authenticated_and_routed(forecourt: Forecourt) -> None:
    forecourt.network.add("CP@1|a", "secret")
    await forecourt.plug(quote("CP@1|a", safe=""), additional_headers=basic("CP@1|a", "secret"))
    async with asyncio.timeout(60):
        while not forecourt.network.handlers:
            await asyncio.sleep(0.01)
    assert forecourt.network.asked == ["CP@1|a"] == list(forecourt.network.handlers)


async def test_a_wrong_or_missing_password_is_refused(forecourt: Forecourt) -> None:
    forecourt.network.add("CP1", "secret")
    assert await refused(forecourt, "CP1") == 401
    assert await refused(forecourt, "CP1", additional_headers=basic("CP1", "wrong")) == 401
    assert await refused(forecourt, "CP1", additional_headers=basic("CP2", "secret")) == 401
    await forecourt.plug("CP1", additional_headers=basic("CP1", "secret"))


async def test_after_five_wrong_passwords_only_a_password_known_to_be_right_is_accepted(forecourt: Forecourt) -> None:
    forecourt.network.add("CP1", "secret")
    await forecourt.plug("CP1", additional_headers=basic("CP1", "secret"))
    answers = [await refused(forecourt, "CP1", additional_headers=basic("CP1", f"wrong{n}")) for n in range(7)]
    assert answers == [401] * 5 + [429] * 2
    await forecourt.plug("CP1", additional_headers=basic("CP1", "secret"))


@pytest.mark.parametrize("why", [Approval.REFUSED, Approval.RETIRED])
@pytest.mark.parametrize("password", ["secret", None])
async def test_a_refused_or_retired_charger_is_rejected_even_with_the_right_password(
    forecourt: Forecourt, why: Approval, password: str | None
) -> None:
    forecourt.network.add("CP1", password)
    forecourt.network.chargers["CP1"] = replace(forecourt.network.chargers["CP1"], approval=why)
    assert await refused(forecourt, "CP1", additional_headers=basic("CP1", "secret")) == 401


@pytest.mark.parametrize("protocol", ["ocpp1.5", "chat"])
async def test_an_unsupported_subprotocol_is_refused(forecourt: Forecourt, protocol: str) -> None:
    forecourt.network.add("CP1")
    assert await refused(forecourt, "CP1", protocol) == 400


async def test_the_password_is_checked_before_the_subprotocol(forecourt: Forecourt) -> None:
    forecourt.network.add("CP1", "secret")
    assert await refused(forecourt, "CP1", "chat") == 401


async def test_an_unknown_url_path_is_refused(forecourt: Forecourt) -> None:
    assert await refused(forecourt, "a/b") == 404
    assert forecourt.gateway.figures().refusals == {"path": 1}


class TestStrangers:
    @pytest.fixture
    def settings(self, library: str) -> GatewaySettings:
        return replace(GatewaySettings(port=0, library=library), accept_unknown=False, wrong_per_id=1000, wrong_per_address=1000)

    async def test_an_unknown_charger_and_a_wrong_password_get_the_same_answer_in_similar_time(self, forecourt: Forecourt) -> None:
        forecourt.network.add("CP1", "secret")
        times: dict[str, list[float]] = {"CP1": [], "CP2": []}
        for _ in range(15):
            for charger_id, taken in times.items():
                began = time.perf_counter()
                assert await refused(forecourt, charger_id, additional_headers=basic(charger_id, "wrong")) == 401
                taken.append(time.perf_counter() - began)
        one, other = (statistics.median(taken) for taken in times.values())
        assert 0.25 < one / other < 4  # a busy machine; an early answer would be ten times quicker


class TestJoinKey(TestStrangers):
    """With a join key chargers nobody announced are let in, and nobody without it can tell who is known."""

    @pytest.fixture
    def settings(self, library: str) -> GatewaySettings:
        return replace(GatewaySettings(port=0, library=library), join_key="let me in", wrong_per_id=1000, wrong_per_address=1000)

    async def test_an_unknown_charger_needs_the_onboarding_password_to_wait_for_approval(self, forecourt: Forecourt) -> None:
        forecourt.network.add("CP1", "secret")
        assert await refused(forecourt, "CP1", additional_headers=basic("CP1", "let me in")) == 401
        assert await refused(forecourt, "NEW", additional_headers={}) == 401
        await forecourt.plug("NEW", additional_headers=basic("NEW", "let me in"))


async def test_a_connection_header_with_keep_alive_and_upgrade_is_an_upgrade(forecourt: Forecourt) -> None:
    forecourt.network.add("CP1")
    reader, writer = await asyncio.open_connection("127.0.0.1", forecourt.gateway.port)
    writer.write(
        b"GET /ocpp/CP1 HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
    )
    assert b"101" in await reader.readline()
    writer.close()


@pytest.mark.parametrize("library", ["picows"])
@pytest.mark.parametrize(
    ("head", "status"),
    [(b"POST / HTTP/1.1\r\n\r\n", b"400"), (b"\xff\r\n\r\n", b"400"), (b"GET / HTTP/1.1\r\nA:" + b"x" * 9000, b"431")],
)
async def test_invalid_request_heads_are_refused(forecourt: Forecourt, head: bytes, status: bytes, library: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", forecourt.gateway.port)
    writer.write(head)
    assert status in await reader.readline()
    writer.close()


class TestCrowds:
    @pytest.fixture
    def settings(self, library: str) -> GatewaySettings:
        return replace(GatewaySettings(port=0, library=library), wrong_per_address=3)

    async def test_unknown_chargers_from_one_address_are_limited_in_number(self, forecourt: Forecourt) -> None:
        for number in range(3):
            await forecourt.plug(f"NEW{number}")
        assert await refused(forecourt, "NEW3") == 429
        forecourt.network.add("CP1")
        await forecourt.plug("CP1")


async def test_unknown_chargers_and_password_guesses_from_one_ipv6_network_are_limited(clock: WallClock) -> None:
    network = MemoryNetwork()
    network.add("CP1", "secret")
    known = network.chargers["CP1"]
    settings = GatewaySettings(wrong_per_address=3, wrong_per_id=1000)
    door = Authenticator(settings, network, PasswordVerifier(), clock)

    async def came_in(name: str, access: ChargerAccess | None, number: int) -> bool:
        return isinstance(
            await door.check(ChargerId(name), access, HandshakeRequest(f"/ocpp/{name}", {}, f"2001:db8::{number:x}")), ConnectionInfo
        )

    assert [await came_in(f"NEW{number}", None, number) for number in range(4)] == [True] * 3 + [False]
    answers = [await door.check(ChargerId("CP1"), known, HandshakeRequest("/ocpp/CP1", {}, f"2001:db8::{number:x}")) for number in range(4)]
    assert [isinstance(one, HandshakeRefusal) and one.status for one in answers] == [401] * 3 + [429]


async def test_old_and_offered_passwords_are_accepted_until_the_new_one_has_been_used(forecourt: Forecourt) -> None:
    forecourt.network.add("CP1", "old", offered=("lost", "new"))
    await forecourt.plug("CP1", additional_headers=basic("CP1", "old"))
    assert await refused(forecourt, "CP1", additional_headers=basic("CP1", "wrong")) == 401
    await forecourt.plug("CP1", additional_headers=basic("CP1", "new"))
    assert await refused(forecourt, "CP1", additional_headers=basic("CP1", "old")) == 401
    assert await refused(forecourt, "CP1", additional_headers=basic("CP1", "lost")) == 401
    await forecourt.plug("CP1", additional_headers=basic("CP1", "new"))


class TestGuessing:
    """A gateway that has just begun knows no charger's password yet; it knows where each came from last."""

    @pytest.fixture
    def settings(self, library: str) -> GatewaySettings:
        return replace(GatewaySettings(port=0, library=library), wrong_per_id=2, wrong_per_address=3)

    async def test_password_guesses_from_elsewhere_do_not_lock_a_charger_out_of_its_usual_network(self, forecourt: Forecourt) -> None:
        forecourt.network.add("CP1", "secret")
        assert [await refused(forecourt, "CP1", additional_headers=basic("CP1", "wrong")) for _ in range(3)] == [401, 401, 429]
        assert await refused(forecourt, "CP1", additional_headers=basic("CP1", "secret")) == 429
        forecourt.network.at_home("CP1", "127.0.0.0/24")
        await forecourt.plug("CP1", additional_headers=basic("CP1", "secret"))

    async def test_guesses_for_many_identities_do_not_lock_a_charger_out_of_its_usual_network(self, forecourt: Forecourt) -> None:
        forecourt.network.add("CP1", "secret")
        forecourt.network.at_home("CP1", "127.0.0.0/24")
        for name in ("CP2", "CP3", "CP4"):
            forecourt.network.add(name, "secret")
            assert await refused(forecourt, name, additional_headers=basic(name, "wrong")) == 401
        assert await refused(forecourt, "CP2", additional_headers=basic("CP2", "secret")) == 429
        await forecourt.plug("CP1", additional_headers=basic("CP1", "secret"))

    async def test_password_guesses_from_the_usual_network_are_limited_too(self, forecourt: Forecourt) -> None:
        forecourt.network.add("CP1", "secret")
        forecourt.network.at_home("CP1", "127.0.0.0/24")
        assert [await refused(forecourt, "CP1", additional_headers=basic("CP1", "wrong")) for _ in range(3)] == [401, 401, 429]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", ""),
    ],
)
def test_client_addresses_are_grouped_by_network(address: str, network: str) -> None:
    assert network_of(address) == network
