"""In front of a door with TLS: every connection takes a place in the lobby before the TLS handshake begins."""

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
    """The protocol factory of the listening socket."""
    door = partial(Door, decide, open_visit, lobby, settings.handshake_s)
    return partial(Porch, door, lobby, settings.tls, settings.handshake_s) if settings.tls else door


class Porch(asyncio.Protocol):
    """Handles one connection until TLS is established; then passes it to `door`.

    A server that does TLS itself reports connections only after the handshake: those that never finish it go unnoticed, and use up
    descriptors until none are left for chargers. So a plain server accepts, and TLS is started on our own descriptor.
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
            wire.abort()  # closes only the server's descriptor; nothing has been read from it yet
        own.setblocking(False)
        self._securing = asyncio.create_task(self._secure(own))
        self._securing.add_done_callback(lambda _: self._lobby.leave(self))
        self._lobby.enter(self)

    async def _secure(self, own: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.connect_accepted_socket(self._door, own, ssl=self._tls, ssl_handshake_timeout=self._patience_s)
        except OSError as error:  # not TLS, not from one of our chargers, too slow, or gone
            _log.debug("no TLS: %s", error)

    def turn_out(self) -> None:
        if self._securing is not None:
            self._securing.cancel()
