"""When all places for connections are taken, known chargers can still connect."""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from certificate_authority import Authority
from forecourt.gateway import GatewaySettings
from gateway.conftest import Forecourt
from gateway.test_handshakes import refused


@pytest.fixture(params=["picows"])
def library(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def settings(library: str) -> GatewaySettings:
    return replace(GatewaySettings(port=0, library=library), sockets=10)


async def test_idle_connections_without_a_handshake_are_evicted_when_a_charger_connects(forecourt: Forecourt) -> None:
    forecourt.network.add("CP1")
    idle = [await asyncio.open_connection("127.0.0.1", forecourt.gateway.port) for _ in range(12)]
    socket = await forecourt.plug("CP1")
    assert forecourt.gateway.figures().evicted == 3
    for reader, _ in idle[:3]:  # the longest of all
        with suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 3) == b""
    assert await asyncio.wait_for(await socket.ping(), 3) is not None
    for _, writer in idle:
        writer.close()


async def test_unknown_chargers_are_refused_while_room_is_left_for_known_ones(forecourt: Forecourt) -> None:
    for number in range(10):
        forecourt.network.add(f"CP{number}")
    for number in range(9):
        await forecourt.plug(f"CP{number}")
    assert await refused(forecourt, "NEW1") == 503
    await forecourt.plug("CP9")
    assert forecourt.gateway.figures().sockets_free == 0


class TestWithTls:
    @pytest.fixture
    def authority(self, tmp_path: Path) -> Authority:
        return Authority(tmp_path)

    @pytest.fixture
    def settings(self, authority: Authority) -> GatewaySettings:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.issue("charge.example"))
        return GatewaySettings(port=0, tls=context, sockets=10)

    async def test_connections_that_never_begin_tls_are_evicted(self, forecourt: Forecourt, authority: Authority) -> None:
        forecourt.network.add("CP1")
        idle = [await asyncio.open_connection("127.0.0.1", forecourt.gateway.port) for _ in range(12)]
        options = {"ssl": ssl.create_default_context(cafile=str(authority.certificate)), "server_hostname": "charge.example"}
        url = forecourt.url("CP1").replace("ws:", "wss:")
        async with connect(url, subprotocols=["ocpp1.6"], compression=None, **options):
            assert forecourt.gateway.figures().evicted >= 3
            for reader, _ in idle[:3]:
                with suppress(ConnectionResetError):
                    assert await asyncio.wait_for(reader.read(), 3) == b""
        for _, writer in idle:
            writer.close()
