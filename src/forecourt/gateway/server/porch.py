"""In front of a door with TLS: whoever knocks takes a place in the lobby before TLS is begun."""

import asyncio
import logging
import os
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import cast

from forecourt.gateway.server.door import Decide, Door, Open
from forecourt.gateway.server.lobby import Lobby
from forecourt.gateway.server.settings import GatewaySettings

_log = logging.getLogger(__name__)


def entrance(settings: GatewaySettings, decide: Decide, open_visit: Open, lobby: Lobby) -> Callable[[], asyncio.Protocol]:
    """What the listening socket makes of each connection."""
    door = partial(Door, decide, open_visit, lobby, settings.handshake_s)
    return partial(Porch, door, lobby, settings.tls, settings.handshake_s) if settings.tls else door


class Porch(asyncio.Protocol):
    """Of one connection, until TLS stands; then `door` has it.

    A server that does TLS itself tells of connections only when their handshake is over: those that never come to its end are seen by
    nobody, and take descriptors until none is left for chargers. So a plain server accepts, and TLS is begun on a descriptor of our own.
    """

    def __init__(self, door: Callable[[], asyncio.Protocol], lobby: Lobby, tls: ssl.SSLContext, patience_s: float) -> None:
        self._door = door
        self._lobby = lobby
        self._tls = tls
        self._patience_s = patience_s
        self._securing: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        wire = cast(asyncio.Transport, transport)
        try:
            own = socket.socket(fileno=os.dup(wire.get_extra_info("socket").fileno()))
        except OSError as error:
            _log.warning("a connection was not taken: %s", error)
            return
        finally:
            wire.abort()  # the server's descriptor alone; nothing was read from it yet
        own.setblocking(False)
        self._securing = asyncio.create_task(self._secure(own))
        self._securing.add_done_callback(lambda _: self._lobby.leave(self))
        self._lobby.enter(self)

    async def _secure(self, own: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.connect_accepted_socket(self._door, own, ssl=self._tls, ssl_handshake_timeout=self._patience_s)
        except OSError as error:  # no TLS, none of ours, too slow, or gone
            _log.debug("no TLS: %s", error)

    def turn_out(self) -> None:
        if self._securing is not None:
            self._securing.cancel()
