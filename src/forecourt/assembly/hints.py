"""Hints between the parts of one process, and through NATS to the others."""

import asyncio
from collections.abc import AsyncIterator, Callable

from forecourt.bus import Bus

PRESENCE_TIMEOUT_S = 0.5


class BusHints:
    """Lets the workers and the web say "look now", and listen for it."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def publish(self, topic: str) -> None:
        await self._bus.hint(topic)

    async def listen(self, topic: str, heard: Callable[[], None]) -> None:
        async def ring() -> None:
            heard()

        await self._bus.on_hint(topic, ring)

    async def listen_named(self, topic: str, named: Callable[[str], None]) -> None:
        await self._bus.on_named_hint(topic, named)

    async def register(self, name: str) -> None:
        await self._bus.register(name)

    async def withdraw(self, name: str) -> None:
        await self._bus.withdraw(name)

    async def is_present(self, name: str) -> bool | None:
        return await self._bus.is_present(name, PRESENCE_TIMEOUT_S)

    async def news(self) -> AsyncIterator[str]:
        """For live pages: a signal whenever a site's state may have changed."""
        rung = asyncio.Event()
        await self.listen("state", rung.set)
        while True:
            await rung.wait()
            rung.clear()
            yield "state"
