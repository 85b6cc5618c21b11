"""Checks whether a process keeps time: that its loop runs what is due, and that its clock advances correctly."""

import asyncio
from datetime import datetime

import structlog
from prometheus_client import Counter, Histogram

from forecourt.kernel import Clock

TICK_S = 0.5
# From this delay on, it is logged. A charger waits thirty seconds for an answer, a page's reader less.
LATE_S = 1.0
JUMP_S = 5.0
_log = structlog.get_logger("forecourt.process")


class TimeProbe:
    """Anything that blocks the loop delays everything on it; and leases and bills depend on the machine's clock.

    clock: None if it is meant to run faster than real time.
    """

    def __init__(self, lates: Histogram, jumps: Counter, clock: Clock | None) -> None:
        self._lates, self._jumps, self._clock = lates, jumps, clock

    async def run(self) -> None:
        """Runs until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due, began = loop.time() + TICK_S, self._now()
            await asyncio.sleep(TICK_S)
            late_s = max(0.0, loop.time() - due)
            self._lates.observe(late_s)
            if late_s >= LATE_S:
                _log.warning("loop_late", seconds=round(late_s, 1))
            self._check_clock(began, TICK_S + late_s)

    def _now(self) -> datetime | None:
        return self._clock.now() if self._clock else None

    def _check_clock(self, began: datetime | None, passed_s: float) -> None:
        now = self._now()
        jumped_s = (now - began).total_seconds() - passed_s if now and began else 0.0
        if abs(jumped_s) >= JUMP_S:
            self._jumps.inc()
            _log.warning("clock_jumped", seconds=round(jumped_s, 1))
