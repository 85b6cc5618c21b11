"""TLS for accepted sockets: every connection counts as pending before its TLS handshake begins."""

import asyncio
import logging
import os
import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import cast

from forecourt.gateway.server.pending_connections import PendingConnections
from forecourt.gateway.server.picows_server import Decide, HandshakeProtocol, OpenConnection
from forecourt.gateway.server.settings import GatewaySettings

_log = logging.getLogger(__name__)


def protocol_factory(
    settings: GatewaySettings, decide: Decide, open_connection: OpenConnection, pending: PendingConnections
) -> Callable[[], asyncio.Protocol]:
    """The protocol factory of the listening socket."""
    plain = partial(HandshakeProtocol, decide, open_connection, pending, settings.handshake_s)
    return partial(TlsAcceptor, plain, pending, settings.tls, settings.handshake_s) if settings.tls else plain


class TlsAcceptor(asyncio.Protocol):
    """Handles one connection until TLS is established; then passes it to the protocol that `inner` makes.

    A server that does TLS itself reports connections only after the handshake: those that never finish it go unnoticed, and use up
    descriptors until none are left for chargers. So a plain server accepts, and TLS is started on our own descriptor.
    """

    def __init__(self, inner: Callable[[], asyncio.Protocol], pending: PendingConnections, tls: ssl.SSLContext, timeout_s: float) -> None:
        self._inner = inner
        self._pending = pending
        self._tls = tls
        self._timeout_s = timeout_s
        self._securing: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        wire = cast(asyncio.Transport, transport)
        try:
            raw_socket = socket.socket(fileno=os.dup(wire.get_extra_info("socket").fileno()))
        except OSError as error:
            _log.warning("a connection was not taken: %s", error)
            return
        finally:
            wire.abort()  # closes only the server's descriptor; nothing has been read from it yet
        raw_socket.setblocking(False)
        self._securing = asyncio.create_task(self._secure(raw_socket))
        self._securing.add_done_callback(lambda _: self._pending.leave(self))
        self._pending.enter(self)

    async def _secure(self, raw_socket: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.connect_accepted_socket(self._inner, raw_socket, ssl=self._tls, ssl_handshake_timeout=self._timeout_s)
        except OSError as error:  # not TLS, not from one of our chargers, too slow, or gone
            _log.debug("no TLS: %s", error)

    def evict(self) -> None:
        if self._securing is not None:
            self._securing.cancel()
