"""When to end: on SIGINT, SIGTERM, or when the process that started us is gone."""

import asyncio
import os
import signal
from collections.abc import Collection
from typing import Any

import structlog

LOOK_S = 0.5
# Longer than what ends in order takes: the gateway writes what it holds and says goodbye to its chargers.
AGAIN_S = 15.0
_log = structlog.get_logger("forecourt.parting")


class Parting:
    """Made in a running loop; `wait()` returns when it is time to go."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        parent = os.environ.get("FORECOURT_PARENT", "")
        self._watch = loop.create_task(self._follow(int(parent))) if parent.isdigit() else None

    async def wait(self) -> None:
        await self._stop.wait()

    async def _follow(self, parent: int) -> None:
        while os.getppid() == parent:
            await asyncio.sleep(LOOK_S)
        self._stop.set()


async def end(tasks: "Collection[asyncio.Task[Any]]", again_s: float = AGAIN_S) -> None:
    """Cancel them and wait until all have ended; who has not after a while is told again.

    A library that waits with `asyncio.wait_for` may swallow a cancellation (Python 3.11), and what goes on would keep the process.
    """
    going = set(tasks)
    while going:
        for task in going:
            task.cancel()
        _, going = await asyncio.wait(going, timeout=again_s)
        if going:
            _log.warning("told_again_to_end", tasks=sorted(task.get_name() for task in going))
    await asyncio.gather(*tasks, return_exceptions=True)  # how each ended is its starter's to look at
