"""Hints are merged: however many arrive while the listener works, it is called once more."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

HintListener = Callable[[], Awaitable[None]]

_log = logging.getLogger(__name__)


class HintQueue:
    """One listener and a flag. A listener that fails is logged and called again at the next hint; hints are never the only trigger."""

    def __init__(self, topic: str, listener: HintListener) -> None:
        self._topic = topic
        self._listener = listener
        self._flag = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name=f"hints {topic}")

    def trigger(self) -> None:
        self._flag.set()

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self._flag.wait()
            self._flag.clear()
            try:
                await self._listener()
            except Exception:  # noqa: BLE001  the next hint must find the listener alive
                _log.exception("a listener for hints of %r failed", self._topic)
