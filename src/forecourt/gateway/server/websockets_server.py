"""WebSockets with the `websockets` library, behind the same interface as those with picows."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from forecourt.gateway.dialects import DIALECTS
from forecourt.gateway.server.certificates import shown_certificate
from forecourt.gateway.server.handshakes import Admitted
from forecourt.gateway.server.http_head import HandshakeRequest
from forecourt.gateway.server.refusals import HandshakeRefusal
from forecourt.gateway.server.settings import GatewaySettings
from forecourt.gateway.server.socket import UNSUPPORTED, Listener, Socket
from forecourt.gateway.wire import MAX_FRAME_BYTES

Decide = Callable[[HandshakeRequest], Awaitable[Admitted | HandshakeRefusal]]
OpenConnection = Callable[[Admitted, Socket], Listener]
_MAX_UNSENT = 1000
_log = logging.getLogger(__name__)


class _WebsocketsSocket:
    """One open WebSocket: a queue of frames to send, and an event that pauses reading."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        self._queue: asyncio.Queue[bytes | tuple[int, str] | None] = asyncio.Queue(_MAX_UNSENT)
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._unsent = 0

    def send(self, frame: bytes) -> None:
        self._unsent += len(frame)
        self._put(frame)

    def ping(self) -> None:
        self._put(None)

    def close(self, code: int, reason: str) -> None:
        self._put((code, reason))

    def pause_reading(self) -> None:
        self._may_read.clear()

    def resume_reading(self) -> None:
        self._may_read.set()

    @property
    def unsent_bytes(self) -> int:
        return self._unsent

    async def run(self, listener: Listener) -> None:
        """Run until the socket is closed."""
        writing = asyncio.create_task(self._write(listener))
        try:
            async for message in self._connection:
                if isinstance(message, bytes):
                    await self._connection.close(UNSUPPORTED, "OCPP is text")
                    break
                listener.frame_received(message.encode())
                await self._may_read.wait()
        except ConnectionClosed as closed:
            _log.debug("closed: %s", closed)
        finally:
            writing.cancel()
            listener.socket_closed()

    def _put(self, item: bytes | tuple[int, str] | None) -> None:
        if self._queue.full():
            self._connection.transport.abort()
        else:
            self._queue.put_nowait(item)

    async def _write(self, listener: Listener) -> None:
        try:
            while True:
                item = await self._queue.get()
                if isinstance(item, bytes):
                    await self._connection.send(item, text=True)
                    self._unsent -= len(item)
                elif item is None:
                    pong = asyncio.ensure_future(await self._connection.ping())
                    pong.add_done_callback(lambda waited: None if waited.cancelled() or waited.exception() else listener.pong_received())
                else:
                    await self._connection.close(*item)
        except ConnectionClosed as closed:
            _log.debug("closed: %s", closed)


async def listen(settings: GatewaySettings, decide: Decide, open_connection: OpenConnection) -> Server:
    """Start listening; handshakes and connections are handled as with picows."""
    admitted: dict[ServerConnection, Admitted] = {}

    async def process(connection: ServerConnection, request: Request) -> Response | None:
        peer = connection.remote_address
        headers: dict[str, tuple[str, ...]] = {}
        for name, value in request.headers.raw_items():
            headers[name.lower()] = (*headers.get(name.lower(), ()), value)
        certificate = shown_certificate(connection.transport.get_extra_info("ssl_object"))
        verdict = await decide(HandshakeRequest(request.path, headers, str(peer[0]) if peer else "", certificate))
        if isinstance(verdict, HandshakeRefusal):
            return Response(verdict.status, "", Headers([*verdict.headers, ("Content-Length", "0"), ("Connection", "close")]), b"")
        admitted[connection] = verdict
        return None

    async def talk(connection: ServerConnection) -> None:
        frames = _WebsocketsSocket(connection)
        await frames.run(open_connection(admitted.pop(connection), frames))

    return await serve(
        talk,
        settings.host,
        settings.port,
        ssl=settings.tls,
        process_request=process,
        subprotocols=[protocol.value for protocol in DIALECTS],  # type: ignore[misc]
        compression=None,
        max_size=MAX_FRAME_BYTES,
        open_timeout=settings.handshake_s,
        ping_interval=None,
        server_header=None,
    )
