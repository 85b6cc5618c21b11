"""Controls whether a socket is read from."""

import asyncio

from forecourt.gateway.server.rate_limits import TokenBucket
from forecourt.gateway.server.socket import Socket

_SHORT_BYTES = 1024


class FlowControl:
    """While there is a reason to pause, nothing is read; a charger that sends more has to queue it. budget: of frames."""

    def __init__(self, socket: Socket, budget: TokenBucket) -> None:
        self._socket = socket
        self._budget = budget
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self.paused_by: set[str] = set()

    def pause(self, cause: str) -> None:
        if not self.paused_by:
            self._socket.pause_reading()
        self.paused_by.add(cause)

    def resume(self, cause: str) -> None:
        self.paused_by.discard(cause)
        if not self.paused_by:
            self._socket.resume_reading()

    def count(self, now: float, frame_bytes: int = 0) -> None:
        """Count one more frame; a long one counts as several short ones, because it takes as long to read. Frames that had already
        arrived are still handled; the last one over the budget sets how long to wait."""
        if wait_s := self._budget.take(now, 1 + frame_bytes // _SHORT_BYTES):
            self._pause_for("rate", wait_s)

    def _pause_for(self, cause: str, seconds: float) -> None:
        self.pause(cause)
        if cause in self._timers:
            self._timers[cause].cancel()
        self._timers[cause] = asyncio.get_running_loop().call_later(seconds, self.resume, cause)
