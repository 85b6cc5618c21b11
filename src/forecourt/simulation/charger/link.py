"""OCPP-J over a real WebSocket, as a charger speaks it: one call outstanding, every incoming call answered."""

import asyncio
import base64
import logging
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import msgspec
from picows import WSCloseCode, WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

CALL, CALL_RESULT, CALL_ERROR = 2, 3, 4
MAX_FRAME = 131_072

Payload = dict[str, Any]
Handler = Callable[[str, Payload], Payload]

_encode = msgspec.json.encode
_decode = msgspec.json.decode


class LinkLost(Exception):
    """No socket, or it broke before the answer came."""


class Unanswered(LinkLost):
    """The connection is open, but no answer came in time."""


class CallRefused(Exception):
    """A CALLERROR, in either direction."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


class Link(WSListener):
    """One connection. handler: answers incoming calls at once (raises CallRefused); on_lost: called once when it ends."""

    def __init__(self, handler: Handler, on_lost: Callable[[], None]) -> None:
        super().__init__()
        self._handler = handler
        self._on_lost = on_lost
        self._transport: WSTransport | None = None
        self._waiting: tuple[str, asyncio.Future[Payload]] | None = None
        self._parts: list[bytes] = []

    @property
    def up(self) -> bool:
        return self._transport is not None

    @classmethod
    async def connect(cls, url: str, identity: str, subprotocol: str, password: str | None, link: "Link") -> None:
        """Open it. Raises LinkLost when the other side cannot be reached or refuses."""
        headers = {"Sec-WebSocket-Protocol": subprotocol}
        if password is not None:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{identity}:{password}".encode()).decode()
        address = f"{url.rstrip('/')}/{quote(identity, safe='')}"
        try:
            transport, _ = await ws_connect(lambda: link, address, extra_headers=headers, max_frame_size=MAX_FRAME, logger_name=_LOG)
        except (WSError, OSError, TimeoutError) as error:
            raise LinkLost(str(error)) from error
        if transport.response is None:  # the other side died between accepting and answering
            raise LinkLost("the link broke in the handshake")
        chosen = transport.response.headers.get("Sec-WebSocket-Protocol")
        if chosen != subprotocol:
            transport.disconnect()
            raise LinkLost(f"subprotocol {subprotocol} was not taken, but {chosen}")

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._transport = None
        if self._waiting is not None and not self._waiting[1].done():
            self._waiting[1].set_exception(LinkLost("the link broke"))
        self._on_lost()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()
        elif frame.msg_type in (WSMsgType.TEXT, WSMsgType.CONTINUATION):
            self._parts.append(frame.get_payload_as_bytes())
            if frame.fin:
                whole, self._parts = b"".join(self._parts), []
                self._take(whole)

    def drop(self) -> None:
        """Cut the connection without a close frame, as when power or radio fails."""
        if self._transport is not None:
            self._transport.disconnect(False)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.send_close(WSCloseCode.OK)
            self._transport.disconnect()

    async def call(self, message_id: str, action: str, payload: Mapping[str, Any], timeout_s: float) -> Payload:
        """Send a call and wait for its answer. Raises CallRefused, Unanswered or LinkLost; one at a time."""
        transport = self._transport
        if transport is None:
            raise LinkLost("no link")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Payload] = loop.create_future()
        self._waiting = (message_id, future)
        timer = loop.call_later(timeout_s, _give_up, future, action)
        transport.send(WSMsgType.TEXT, _encode((CALL, message_id, action, payload)))
        try:
            return await future
        finally:
            timer.cancel()
            self._waiting = None

    def _take(self, raw: bytes) -> None:
        message = _decode(raw)
        if message[0] == CALL:
            self._answer(message[1], message[2], message[3])
            return
        if self._waiting is None or self._waiting[0] != message[1] or self._waiting[1].done():
            return  # late: timed out already, and sent again
        if message[0] == CALL_RESULT:
            self._waiting[1].set_result(message[2])
        else:
            self._waiting[1].set_exception(CallRefused(message[2], message[3]))

    def _answer(self, message_id: str, action: str, payload: Payload) -> None:
        try:
            frame: tuple[Any, ...] = (CALL_RESULT, message_id, self._handler(action, payload))
        except CallRefused as refusal:
            frame = (CALL_ERROR, message_id, refusal.code, refusal.text, {})
        if self._transport is not None:
            self._transport.send(WSMsgType.TEXT, _encode(frame))


def _give_up(future: "asyncio.Future[Payload]", action: str) -> None:
    if not future.done():
        future.set_exception(Unanswered(f"no answer to {action}"))


_LOG = logging.getLogger("forecourt.simulation.link")
_LOG.addHandler(logging.NullHandler())
_LOG.propagate = False
