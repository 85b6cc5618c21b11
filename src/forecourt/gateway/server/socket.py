"""What a connection needs from its socket. Each WebSocket library has an adapter."""

from typing import Protocol


class Socket(Protocol):
    """Never blocks and never raises; once the socket is closed, every call does nothing."""

    def send(self, frame: bytes) -> None: ...

    def ping(self) -> None: ...

    def close(self, code: int, reason: str) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    @property
    def unsent_bytes(self) -> int: ...


class Listener(Protocol):
    """What a socket reports to its connection."""

    def frame_received(self, frame: bytes) -> None: ...

    def other_frame_received(self) -> None:
        """A frame arrived that is not a message: it counts as one."""
        ...

    def pong_received(self) -> None: ...

    def socket_closed(self) -> None: ...


NORMAL, GOING_AWAY, PROTOCOL_ERROR, UNSUPPORTED, BAD_TEXT, POLICY, TOO_BIG = 1000, 1001, 1002, 1003, 1007, 1008, 1009
