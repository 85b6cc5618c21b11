"""The gateway of one process."""

import asyncio
from contextlib import suppress
from typing import Protocol

from forecourt.gateway.server import websockets_server
from forecourt.gateway.server.authentication import Authenticator
from forecourt.gateway.server.card_checks import CardChecks
from forecourt.gateway.server.connection import ChargerConnection
from forecourt.gateway.server.context import GatewayContext
from forecourt.gateway.server.handshakes import Admitted, HandshakePolicy
from forecourt.gateway.server.metrics import GatewayFigures, Tally
from forecourt.gateway.server.passwords import PasswordVerifier
from forecourt.gateway.server.pending_connections import PendingConnections
from forecourt.gateway.server.ports import GatewayPorts
from forecourt.gateway.server.rate_limits import FailureLimit
from forecourt.gateway.server.registry import ConnectionRegistry
from forecourt.gateway.server.settings import GatewaySettings
from forecourt.gateway.server.socket import Socket
from forecourt.gateway.server.tls_acceptor import protocol_factory
from forecourt.kernel import BadInput

_TICK_S = 1.0
_BACKLOG = 4096
_SHUTDOWN_S = 3.0


class _Listening(Protocol):
    def close(self) -> None: ...
    async def wait_closed(self) -> None: ...


class Gateway:
    """The listening sockets and the connections they accepted. Made by `serve`."""

    def __init__(self, settings: GatewaySettings, ports: GatewayPorts) -> None:
        self._settings = settings
        self._ports = ports
        self._tally = Tally()
        self._registry = ConnectionRegistry(settings.flaps_per_minute)
        self._passwords = PasswordVerifier()
        self._pending_connections = PendingConnections(settings.sockets, self._registry)
        authenticator = Authenticator(settings, ports.admission, self._passwords, ports.clock)
        self._door = HandshakePolicy(settings, ports.admission, authenticator, self._pending_connections, self._tally)
        self._tasks: set[asyncio.Task[None]] = set()
        self._context = GatewayContext(
            settings=settings,
            inbox=ports.inbox,
            cards=CardChecks(ports, settings.unknown_cards, self._tally.notes),
            admission=ports.admission,
            bus=ports.bus,
            statuses=ports.statuses,
            contract_issuer=ports.contract_issuer,
            clock=ports.clock,
            tally=self._tally,
            registry=self._registry,
            tasks=self._tasks,
            unowned=FailureLimit(settings.unknown_messages),
        )
        self._listening: _Listening | None = None
        self._ticking: asyncio.Task[None] | None = None
        self.port = settings.port

    async def start(self) -> None:
        """Raises OSError if the address is not available."""
        if self._settings.library == "picows":
            protocol = protocol_factory(self._settings, self._door.decide, self._open, self._pending_connections)
            server = await asyncio.get_running_loop().create_server(protocol, self._settings.host, self._settings.port, backlog=_BACKLOG)
            self._listening, self.port = server, server.sockets[0].getsockname()[1]
        elif self._settings.library == "websockets":
            other = await websockets_server.listen(self._settings, self._door.decide, self._open)
            self._listening, self.port = other, other.sockets[0].getsockname()[1]
        else:
            raise BadInput("gateway_library", f"{self._settings.library!r} is not a WebSocket library.", "Use picows or websockets.")
        self._ticking = asyncio.create_task(self._tick())

    async def stop(self) -> None:
        """Accept no more connections, close every socket, and briefly wait for the close frames. Facts in flight stay with the inbox."""
        if self._listening is None or self._ticking is None:
            return
        self._ticking.cancel()
        self._listening.close()
        for connection in self._registry:
            connection.close()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_SHUTDOWN_S):
                    while len(self._registry):
                        await asyncio.sleep(0.02)
            if self._tasks:  # each charger's orders are abandoned, and its connection is reported as down
                await asyncio.wait(self._tasks, timeout=_SHUTDOWN_S)
        finally:
            self._passwords.close()

    def figures(self) -> GatewayFigures:
        """The current counters."""
        tally = self._tally
        return GatewayFigures(
            sockets=len(self._registry),
            sockets_pending=self._door.pending,
            sockets_free=self._pending_connections.free,
            evicted=self._pending_connections.evicted,
            frames=tally.frames,
            facts_stored=tally.acknowledged - tally.facts_repeated,
            facts_repeated=tally.facts_repeated,
            acknowledged=tally.acknowledged,
            in_flight=tally.in_flight,
            healthy=self._ports.inbox.healthy,
            rejects=dict(tally.rejects),
            refusals=dict(tally.refusals),
            notes=dict(tally.notes),
            orders=dict(tally.orders),
            flapping=self._registry.flapping(asyncio.get_running_loop().time()),
        )

    def _open(self, admitted: Admitted, socket: Socket) -> ChargerConnection:
        connection = ChargerConnection(self._context, admitted, socket)
        self._door.pending += not connection.approved  # counted afresh at every tick
        connection.begin()
        return connection

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_TICK_S)
            now = loop.time()
            connections = list(self._registry)
            for connection in connections:
                connection.tick(now)
            self._pending_connections.log_crowding()
            self._registry.flapping(now)  # forgets those that no longer flap
            self._door.pending = sum(not connection.approved for connection in connections)


async def serve(settings: GatewaySettings, ports: GatewayPorts) -> Gateway:
    """Start a gateway, which runs until its `stop()`. Needs a running event loop (uvloop for speed)."""
    gateway = Gateway(settings, ports)
    await gateway.start()
    return gateway
