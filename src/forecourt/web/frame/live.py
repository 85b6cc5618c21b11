"""Live fragments over server-sent events: drawn once for all who watch the same thing, sent only when changed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from litestar.concurrency import sync_to_thread
from litestar.response import ServerSentEvent

from forecourt.flows.ports import StoreUnavailable
from forecourt.web.frame.ports import WebPorts

# A watcher reconnects after this long, so that a sign-out or a lost right takes effect.
_LONGEST_S = 600.0
_BEAT_S = 2.0
# Now and then the same again: a page that missed a drawing (a phone that slept) is put right without a reload.
_AGAIN_S = 12.0
_LEAST_S = 0.9


@dataclass(slots=True)
class _Drawn:
    text: str = ""
    at: float = -1e9
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class LivePages:
    """Holds the last drawing of each watched fragment; `watch_hints` runs beside the server."""

    def __init__(self) -> None:
        self._drawn: dict[str, _Drawn] = {}
        self._watchers: dict[str, int] = {}
        self._changed = asyncio.Event()

    async def watch_hints(self, ports: WebPorts) -> None:
        """Wake all watchers at each piece of news; they pace themselves."""
        async for _ in ports.hints():
            self._changed.set()

    async def stream(self, key: str, draw: Callable[[], str]) -> ServerSentEvent:
        """key: equal for watchers who may see the same drawing. draw: called in a thread; what it refuses at first is refused."""
        try:
            await self._fresh(key, draw)
        finally:  # who is refused, or has gone already, leaves nothing behind
            asyncio.get_running_loop().call_later(_LEAST_S, self._forget, key)
        return ServerSentEvent(self._updates(key, draw))

    async def _updates(self, key: str, draw: Callable[[], str]) -> AsyncIterator[str]:
        loop = asyncio.get_running_loop()
        end, sent, sent_at = loop.time() + _LONGEST_S, "", 0.0
        self._watchers[key] = self._watchers.get(key, 0) + 1
        try:
            while loop.time() < end:
                text = await self._fresh(key, draw)
                if text != sent or loop.time() - sent_at >= _AGAIN_S:
                    sent, sent_at = text, loop.time()
                    yield text
                await asyncio.sleep(_LEAST_S)
                await self._news()
        finally:
            self._watchers[key] -= 1
            if not self._watchers[key]:
                del self._watchers[key]
                self._forget(key)

    def _forget(self, key: str) -> None:
        """What nobody watches."""
        if key not in self._watchers:
            self._drawn.pop(key, None)

    async def _fresh(self, key: str, draw: Callable[[], str]) -> str:
        drawn = self._drawn.setdefault(key, _Drawn())
        async with drawn.lock:
            loop = asyncio.get_running_loop()
            if loop.time() - drawn.at >= _LEAST_S:
                with suppress(StoreUnavailable):
                    drawn.text = await sync_to_thread(draw)
                drawn.at = loop.time()
            return drawn.text

    async def _news(self) -> None:
        """Until something changed, or a beat has passed."""
        self._changed.clear()
        try:
            async with asyncio.timeout(_BEAT_S - _LEAST_S):
                await self._changed.wait()
        except TimeoutError:
            return
