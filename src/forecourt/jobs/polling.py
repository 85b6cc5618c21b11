"""Loops that look for work when hinted, and at intervals anyway."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from forecourt.jobs.ports import Hints

_log = structlog.get_logger("forecourt.jobs")

# A poll that failed (the database was unavailable) is repeated after this long.
AFTER_FAILURE_S = 1.0


class PollingLoop:
    """Calls `look` again and again: immediately while it finds work, otherwise at the next hint or after `interval_s`.

    look: returns true if there may be more to do. An exception is logged and the look repeated: the work is still in
    the database, and the next look finds it.
    """

    def __init__(self, name: str, look: Callable[[], Awaitable[bool]], interval_s: float) -> None:
        self.name = name
        self.looks = 0
        self.failures = 0
        self._look = look
        self._interval_s = interval_s
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def wake_on(self, hints: Hints, *topics: str) -> None:
        for topic in topics:
            await hints.listen(topic, self.wake)

    async def run(self) -> None:
        while True:
            self._woken.clear()
            self.looks += 1
            try:
                if await self._look():
                    continue
            except Exception as error:  # noqa: BLE001 - a loop must outlive its database; nothing is lost, all is logged
                self.failures += 1
                _log.warning("look_failed", beat=self.name, error=f"{type(error).__name__}: {error}")
                await asyncio.sleep(AFTER_FAILURE_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._interval_s):
                    await self._woken.wait()
