"""The gateway of one process."""

import asyncio
from contextlib import suppress
from typing import Protocol

from forecourt.gateway.server import fallback
from forecourt.gateway.server.attempts import FailureLimit
from forecourt.gateway.server.cards import Cards
from forecourt.gateway.server.credentials import Credentials
from forecourt.gateway.server.doorkeeper import Admitted, Doorkeeper
from forecourt.gateway.server.house import House
from forecourt.gateway.server.lobby import Lobby
from forecourt.gateway.server.metrics import GatewayFigures, Tally
from forecourt.gateway.server.passwords import PasswordBook
from forecourt.gateway.server.porch import entrance
from forecourt.gateway.server.ports import GatewayPorts
from forecourt.gateway.server.presence import Presence
from forecourt.gateway.server.settings import GatewaySettings
from forecourt.gateway.server.socket import Socket
from forecourt.gateway.server.visit import Visit
from forecourt.kernel import BadInput

_TICK_S = 1.0
_BACKLOG = 4096
_GOODBYE_S = 3.0


class _Listening(Protocol):
    def close(self) -> None: ...
    async def wait_closed(self) -> None: ...


class Gateway:
    """The listening sockets and their visits. Made by `serve`."""

    def __init__(self, settings: GatewaySettings, ports: GatewayPorts) -> None:
        self._settings = settings
        self._ports = ports
        self._tally = Tally()
        self._presence = Presence(settings.flaps_per_minute)
        self._passwords = PasswordBook()
        self._lobby = Lobby(settings.sockets, self._presence)
        credentials = Credentials(settings, ports.admission, self._passwords, ports.clock)
        self._door = Doorkeeper(settings, ports.admission, credentials, self._lobby, self._tally)
        self._tasks: set[asyncio.Task[None]] = set()
        self._house = House(
            settings=settings,
            inbox=ports.inbox,
            cards=Cards(ports, settings.unknown_cards, self._tally.notes),
            admission=ports.admission,
            bus=ports.bus,
            statuses=ports.statuses,
            contract_issuer=ports.contract_issuer,
            clock=ports.clock,
            tally=self._tally,
            presence=self._presence,
            tasks=self._tasks,
            unowned=FailureLimit(settings.unknown_messages),
        )
        self._listening: _Listening | None = None
        self._ticking: asyncio.Task[None] | None = None
        self.port = settings.port

    async def start(self) -> None:
        """Raises OSError if the address is not available."""
        if self._settings.library == "picows":
            protocol = entrance(self._settings, self._door.decide, self._open, self._lobby)
            server = await asyncio.get_running_loop().create_server(protocol, self._settings.host, self._settings.port, backlog=_BACKLOG)
            self._listening, self.port = server, server.sockets[0].getsockname()[1]
        elif self._settings.library == "websockets":
            other = await fallback.listen(self._settings, self._door.decide, self._open)
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
        for visit in self._presence:
            visit.close()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_GOODBYE_S):
                    while len(self._presence):
                        await asyncio.sleep(0.02)
            if self._tasks:  # each charger's orders are abandoned, and its connection is reported as down
                await asyncio.wait(self._tasks, timeout=_GOODBYE_S)
        finally:
            self._passwords.close()

    def figures(self) -> GatewayFigures:
        """The current counters."""
        tally = self._tally
        return GatewayFigures(
            sockets=len(self._presence),
            sockets_pending=self._door.pending,
            sockets_free=self._lobby.free,
            turned_out=self._lobby.turned_out,
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
            flapping=self._presence.flapping(asyncio.get_running_loop().time()),
        )

    def _open(self, admitted: Admitted, socket: Socket) -> Visit:
        visit = Visit(self._house, admitted, socket)
        self._door.pending += not visit.approved  # counted afresh at every tick
        visit.begin()
        return visit

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_TICK_S)
            now = loop.time()
            visits = list(self._presence)
            for visit in visits:
                visit.tick(now)
            self._lobby.look()
            self._presence.flapping(now)  # forgets those that no longer flap
            self._door.pending = sum(not visit.approved for visit in visits)


async def serve(settings: GatewaySettings, ports: GatewayPorts) -> Gateway:
    """Start a gateway, which runs until its `stop()`. Needs a running event loop (uvloop for speed)."""
    gateway = Gateway(settings, ports)
    await gateway.start()
    return gateway
