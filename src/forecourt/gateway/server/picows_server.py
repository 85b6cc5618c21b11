"""WebSockets with picows: the handshake is read and decided here, then the connection is handed over."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import cast

from picows import (
    WSAutoPingStrategy,
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
)
from picows.picows import WSProtocol  # type: ignore[attr-defined]

from forecourt.gateway.server.certificates import shown_certificate
from forecourt.gateway.server.handshakes import Admitted
from forecourt.gateway.server.http_head import MAX_HEAD_BYTES, HandshakeRequest, parse_head
from forecourt.gateway.server.pending_connections import PendingConnections
from forecourt.gateway.server.refusals import HandshakeRefusal
from forecourt.gateway.server.socket import PROTOCOL_ERROR, TOO_BIG, UNSUPPORTED, Listener, Socket
from forecourt.gateway.wire import MAX_FRAME_BYTES

_END_OF_HEAD = b"\r\n\r\n"
_MAX_FRAGMENTS = 1000
_CLOSE_GRACE_S = 2.0
_log = logging.getLogger(__name__)
# The type of most frames. In Python 3.11, looking up a member of an enumeration is slow.
_TEXT = WSMsgType.TEXT
_library_log = logging.getLogger("picows.server")

Decide = Callable[[HandshakeRequest], Awaitable[Admitted | HandshakeRefusal]]
OpenConnection = Callable[[Admitted, Socket], Listener]


class HandshakeProtocol(asyncio.Protocol):
    """Reads one request head, limited in size and time, and has the handshake decided.

    picows decides on a handshake without waiting, but we have to look the charger up and hash its password. So picows
    gets the connection only when that is done, together with a head that is known to be good.
    """

    def __init__(self, decide: Decide, open_connection: OpenConnection, pending: PendingConnections, timeout_s: float) -> None:
        self._decide = decide
        self._open_connection = open_connection
        self._pending = pending
        self._timeout_s = timeout_s
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._deciding: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._deadline = asyncio.get_running_loop().call_later(self._timeout_s, transport.close)
        self._pending.enter(self)

    def evict(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, _error: Exception | None) -> None:
        self._cancel_deadline()
        self._pending.leave(self)
        self._transport = None
        if self._deciding is not None:
            self._deciding.cancel()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._deciding is not None:
            return
        end = self._received.find(_END_OF_HEAD)
        if end >= 0:
            self._deciding = asyncio.create_task(self._answer(end))
            self._deciding.add_done_callback(self._answered)
        elif len(self._received) > MAX_HEAD_BYTES:
            self._refuse(HandshakeRefusal(431, "head_size"))

    async def _answer(self, end: int) -> None:
        assert self._transport is not None  # noqa: S101 - nobody has closed it yet
        self._transport.pause_reading()
        peer, link = (self._transport.get_extra_info(name) for name in ("peername", "ssl_object"))
        head, address = bytes(self._received[:end]), str(peer[0]) if peer else ""
        request = parse_head(head, address, shown_certificate(link)) if end <= MAX_HEAD_BYTES else None
        verdict = await self._decide(request) if request is not None else HandshakeRefusal(400, "head")
        self._deciding = None
        if self._transport is None:
            return
        if isinstance(verdict, HandshakeRefusal) or request is None:
            self._refuse(verdict if isinstance(verdict, HandshakeRefusal) else HandshakeRefusal(400, "head"))
        else:
            self._hand_over(verdict, request, bytes(self._received[end + len(_END_OF_HEAD) :]))

    def _answered(self, task: "asyncio.Task[None]") -> None:
        """If the decision itself fails (the database is down), the charger may try again."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _log.error("a handshake could not be decided", exc_info=error)
            self._refuse(HandshakeRefusal(503, "failed", (("Retry-After", "10"),)))

    def _refuse(self, verdict: HandshakeRefusal) -> None:
        self._cancel_deadline()
        if self._transport is None:
            return
        status = HTTPStatus(verdict.status)
        fields = [("Connection", "close"), ("Content-Length", "0"), *verdict.headers]
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields) + "\r\n"
        self._transport.write(head.encode())
        self._transport.close()

    def _hand_over(self, admitted: Admitted, request: HandshakeRequest, early: bytes) -> None:
        """Switch the connection over to picows, which answers the handshake and reads frames from then on."""
        self._cancel_deadline()
        transport, self._transport = self._transport, None
        self._pending.leave(self)
        assert transport is not None  # noqa: S101 - checked by the caller
        protocol = _web_socket(lambda _request: _accept_upgrade(admitted, self._open_connection))
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        _feed(protocol, _minimal_head(request) + early)
        transport.resume_reading()

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()


class _NullListener:
    """Listens until the connection is opened."""

    def frame_received(self, frame: bytes) -> None: ...

    def other_frame_received(self) -> None: ...

    def pong_received(self) -> None: ...

    def socket_closed(self) -> None: ...


_NO_LISTENER = _NullListener()


class _PicowsSocket(WSListener):
    """One open WebSocket: joins fragments, and is the Socket of its connection."""

    def __init__(self, admitted: Admitted, open_connection: OpenConnection) -> None:
        super().__init__()
        self._admitted = admitted
        self._open_connection = open_connection
        self._transport: WSTransport | None = None
        self._listener: Listener = _NO_LISTENER
        self._parts: list[bytes] = []
        self._size = 0
        self._reading_paused = False
        self._writing_paused = False

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._listener = self._open_connection(self._admitted, self)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            self.close(PROTOCOL_ERROR, "no extension was agreed")
        elif kind == _TEXT and frame.fin and not self._parts:
            self._listener.frame_received(frame.get_payload_as_bytes())
        else:
            self._listener.other_frame_received()
            self._other(transport, frame)

    def _other(self, transport: WSTransport, frame: WSFrame) -> None:
        """Handle frames other than whole messages."""
        kind = frame.msg_type
        if kind in (_TEXT, WSMsgType.CONTINUATION):
            self._join(frame)
        elif kind == WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
        elif kind == WSMsgType.PONG:
            self._listener.pong_received()
        elif kind == WSMsgType.CLOSE:
            transport.send_close(WSCloseCode.OK)
            self._cut_off_soon(transport)
            transport.disconnect()
        elif kind == WSMsgType.BINARY:
            self.close(UNSUPPORTED, "OCPP is text")

    def on_ws_disconnected(self, _transport: WSTransport) -> None:
        self._transport = None
        self._listener.socket_closed()

    def pause_writing(self) -> None:
        self._writing_paused = True
        self._apply_pause()

    def resume_writing(self) -> None:
        self._writing_paused = False
        self._apply_pause()

    def send(self, frame: bytes) -> None:
        if self._transport is not None and not self._transport.is_disconnected and not self._transport.is_close_frame_sent:
            self._transport.send(_TEXT, frame)

    def ping(self) -> None:
        if self._transport is not None and not self._transport.is_disconnected and not self._transport.is_close_frame_sent:
            self._transport.send_ping()

    def close(self, code: int, reason: str) -> None:
        transport = self._transport
        if transport is None or transport.is_disconnected or transport.is_close_frame_sent:
            return
        transport.send_close(WSCloseCode(code), reason.encode())
        self._cut_off_soon(transport)

    @staticmethod
    def _cut_off_soon(transport: WSTransport) -> None:
        """Close the connection soon even if the peer never reads the close frame."""
        asyncio.get_running_loop().call_later(_CLOSE_GRACE_S, transport.disconnect, False)

    def pause_reading(self) -> None:
        self._reading_paused = True
        self._apply_pause()

    def resume_reading(self) -> None:
        self._reading_paused = False
        self._apply_pause()

    @property
    def unsent_bytes(self) -> int:
        """Zero until there is so much unsent that writing is paused."""
        if not self._writing_paused or self._transport is None or self._transport.is_disconnected:
            return 0
        return self._transport.underlying_transport.get_write_buffer_size()

    def _apply_pause(self) -> None:
        """While a charger does not read what we send, do not read from it either."""
        if self._transport is None or self._transport.is_disconnected:
            return
        wire = self._transport.underlying_transport
        if self._reading_paused or self._writing_paused:
            wire.pause_reading()
        else:
            wire.resume_reading()

    def _join(self, frame: WSFrame) -> None:
        if (frame.msg_type == _TEXT) == bool(self._parts):
            self.close(PROTOCOL_ERROR, "fragments out of order")
            return
        part = frame.get_payload_as_bytes()
        self._parts.append(part)
        self._size += len(part)
        if self._size > MAX_FRAME_BYTES or len(self._parts) > _MAX_FRAGMENTS:
            self.close(TOO_BIG, "the message is too big")
            self._parts, self._size = [], 0
        elif frame.fin:
            whole, self._parts, self._size = b"".join(self._parts), [], 0
            self._listener.frame_received(whole)


def _web_socket(factory: Callable[[WSUpgradeRequest], WSUpgradeResponseWithListener]) -> WSProtocol:
    return WSProtocol(
        None,  # host: for clients only
        None,  # path: for clients only
        False,  # on the server's side
        factory,
        _library_log,
        True,  # an error in a listener closes its socket
        None,  # the handshake was already read
        False,  # we send the pings ourselves
        30.0,
        10.0,
        WSAutoPingStrategy.PING_WHEN_IDLE,
        False,  # we also answer pings ourselves, and count them
        MAX_FRAME_BYTES,
        None,
        2048,
    )


def _accept_upgrade(admitted: Admitted, open_connection: OpenConnection) -> WSUpgradeResponseWithListener:
    answer = WSUpgradeResponse.create_101_response({"Sec-WebSocket-Protocol": admitted.dialect.protocol.value})
    return WSUpgradeResponseWithListener(answer, _PicowsSocket(admitted, open_connection))


def _minimal_head(request: HandshakeRequest) -> bytes:
    """The request in the only form that the library accepts (it does not know `Connection: keep-alive, Upgrade`)."""
    key = request.one("sec-websocket-key")
    return (
        f"GET / HTTP/1.1\r\nHost: charger\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


def _feed(protocol: WSProtocol, data: bytes) -> None:
    while data:
        buffer = protocol.get_buffer(-1)
        count = min(len(buffer), len(data))
        buffer[:count] = data[:count]
        protocol.buffer_updated(count)
        data = data[count:]
