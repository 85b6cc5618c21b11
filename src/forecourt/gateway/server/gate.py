"""Controls whether a socket is read from."""

import asyncio

from forecourt.gateway.server.attempts import Budget
from forecourt.gateway.server.socket import Socket

_SHORT_BYTES = 1024


class Gate:
    """While anything holds the gate, nothing is read; a charger that sends more has to queue it. budget: of frames."""

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
        """Count one more frame; a long one counts as several short ones, because it takes as long to read. Frames that had already
        arrived are still handled; the last one over the budget sets how long to wait."""
        if wait_s := self._budget.spend(now, 1 + frame_bytes // _SHORT_BYTES):
            self._hold_for("rate", wait_s)

    def _hold_for(self, why: str, seconds: float) -> None:
        self.hold(why)
        if why in self._timers:
            self._timers[why].cancel()
        self._timers[why] = asyncio.get_running_loop().call_later(seconds, self.free, why)
