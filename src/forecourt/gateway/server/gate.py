"""Whether a socket is read from."""

import asyncio

from forecourt.gateway.server.attempts import Budget
from forecourt.gateway.server.socket import Socket

_SHORT_BYTES = 1024


class Gate:
    """While anything holds it, nothing is read; a charger that sends more waits in its own queue. budget: of frames."""

    def __init__(self, socket: Socket, budget: Budget) -> None:
        self._socket = socket
        self._budget = budget
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

    def count(self, now: float, frame_bytes: int = 0) -> None:
        """One more frame came; a long one counts as many short ones, for it takes as long to read. Those that had arrived before are still
        heard; the last that has to wait says for how long."""
        if wait_s := self._budget.spend(now, 1 + frame_bytes // _SHORT_BYTES):
            self._hold_for("rate", wait_s)

    def _hold_for(self, why: str, seconds: float) -> None:
        self.hold(why)
        if why in self._timers:
            self._timers[why].cancel()
        self._timers[why] = asyncio.get_running_loop().call_later(seconds, self.free, why)
