from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from forecourt.gateway import Gateway, GatewayPorts, GatewaySettings, serve
from gateway.fakes import MemoryInbox, MemoryNetwork, WallClock, ports


@dataclass
class Forecourt:
    """A running gateway and the network behind it."""

    network: MemoryNetwork
    inbox: MemoryInbox
    gateway: Gateway
    open: list[ClientConnection] = field(default_factory=list)

    def url(self, charger_id: str) -> str:
        return f"ws://127.0.0.1:{self.gateway.port}/ocpp/{charger_id}"

    async def plug(self, charger_id: str, protocol: str = "ocpp1.6", **options: Any) -> ClientConnection:
        socket = await connect(self.url(charger_id), subprotocols=[protocol], compression=None, **options)
        self.open.append(socket)
        return socket


@asynccontextmanager
async def running(
    network: MemoryNetwork, inbox: MemoryInbox, own: GatewayPorts, settings: GatewaySettings | None = None
) -> AsyncIterator[Forecourt]:
    """own: its ports, whose inbox is a writer's. All of it is over afterwards, also where the inbox was left down."""
    gateway = await serve(settings or GatewaySettings(port=0), own)
    place = Forecourt(network, inbox, gateway)
    yield place
    for socket in place.open:
        await socket.close()
    await gateway.stop()
    inbox.down = False
    await own.inbox.stop()


@pytest.fixture(params=["picows", "websockets"])
def library(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def settings(library: str) -> GatewaySettings:
    return GatewaySettings(port=0, library=library)


@pytest.fixture
def clock() -> WallClock:
    return WallClock()


@pytest.fixture
async def forecourt(settings: GatewaySettings, clock: WallClock) -> AsyncIterator[Forecourt]:
    network, inbox = MemoryNetwork(), MemoryInbox()
    async with running(network, inbox, ports(network, inbox, clock), settings) as place:
        yield place
