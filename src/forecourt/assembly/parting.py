"""When to end: on SIGINT, SIGTERM, or when the process that started us is gone."""

import asyncio
import os
import signal

LOOK_S = 0.5


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
