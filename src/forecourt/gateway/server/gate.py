"""Whether a socket is read from."""

import asyncio

from forecourt.gateway.server.socket import Socket


class Gate:
    """While anything holds it, nothing is read; a charger that sends more waits in its own queue."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self.held_by: set[str] = set()

    def hold(self, why: str) -> None:
        if not self.held_by:
            self._socket.pause_reading()
        self.held_by.add(why)

    def free(self, why: str) -> None:
        self.held_by.discard(why)
        if not self.held_by:
            self._socket.resume_reading()

    def hold_for(self, why: str, seconds: float) -> None:
        """Frames that had arrived before are still heard; the last that has to wait says for how long."""
        self.hold(why)
        if why in self._timers:
            self._timers[why].cancel()
        self._timers[why] = asyncio.get_running_loop().call_later(seconds, self.free, why)
