"""Live fragments over server-sent events: rendered once for everyone who watches the same thing, sent only when changed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from litestar.concurrency import sync_to_thread
from litestar.exceptions import ServiceUnavailableException
from litestar.response import ServerSentEvent

from forecourt.flows.ports import StoreUnavailable
from forecourt.web.frame.ports import WebPorts
from forecourt.web.frame.visitor import Connection, is_still_signed_in, origin_of

# A watcher reconnects after this long.
_STREAM_S = 600.0
# For this long after a sign-out, or a change of rights, a watcher may still see updates.
_LOOKED_S = 10.0
# Watchers from one address (a network may have many phones behind it); fragments rendered at once, so that threads remain for pages.
MAX_WATCHERS, _MAX_RENDERS = 100, 4
_POLL_S = 2.0
# Resend unchanged fragments at this interval: a page that missed one (a phone that slept) recovers without a reload.
_RESEND_S = 12.0
_MIN_INTERVAL_S = 0.9


@dataclass(slots=True)
class _Rendering:
    text: str = ""
    at: float = -1e9
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True)
class Watcher:
    """origin: the address they watch from. still: whether they may continue."""

    origin: str
    still: Callable[[], Awaitable[bool]]


async def live_fragment(connection: Connection, key: str, render: Callable[[], str]) -> ServerSentEvent:
    """The fragment now, and again whenever it changes. key, render: as in LiveFragments."""
    pages: LiveFragments = connection.app.state.live
    return await pages.stream(Watcher(origin_of(connection), lambda: is_still_signed_in(connection)), key, render)


class LiveFragments:
    """Holds the latest rendering of each watched fragment; `watch_hints` runs beside the server."""

    def __init__(self) -> None:
        self._drawn: dict[str, _Rendering] = {}
        self._watchers: dict[str, int] = {}
        self._from: Counter[str] = Counter()
        self._turn = asyncio.Semaphore(_MAX_RENDERS)
        self._changed = asyncio.Event()

    async def watch_hints(self, ports: WebPorts) -> None:
        """Wake all watchers at each change; they pace themselves."""
        async for _ in ports.hints():
            self._changed.set()

    async def stream(self, watcher: Watcher, key: str, render: Callable[[], str]) -> ServerSentEvent:
        """key: equal for watchers who may see the same rendering. render: called in a thread; if it refuses the first time, so does this.

        Raises ServiceUnavailableException if there are too many watchers from one address: their pages stay as loaded.
        """
        if self._from[watcher.origin] >= MAX_WATCHERS:
            raise ServiceUnavailableException(headers={"retry-after": "60"})
        try:
            await self._latest(key, render)
        finally:  # also for watchers who were refused or have left already
            asyncio.get_running_loop().call_later(_MIN_INTERVAL_S, self._forget, key)
        return ServerSentEvent(self._updates(watcher, key, render))

    async def _updates(self, watcher: Watcher, key: str, render: Callable[[], str]) -> AsyncIterator[str]:
        loop = asyncio.get_running_loop()
        looked_at, sent, sent_at = loop.time(), "", 0.0
        end = looked_at + _STREAM_S
        with self._watching(watcher.origin, key):
            if self._from[watcher.origin] > MAX_WATCHERS:  # many came at once
                return
            while loop.time() < end:
                if loop.time() - looked_at >= _LOOKED_S:
                    looked_at = loop.time()
                    if not await _may_continue(watcher):
                        return
                text = await self._latest(key, render)
                if text != sent or loop.time() - sent_at >= _RESEND_S:
                    sent, sent_at = text, loop.time()
                    yield text
                await asyncio.sleep(_MIN_INTERVAL_S)
                await self._wait_for_change()

    @contextmanager
    def _watching(self, origin: str, key: str) -> Iterator[None]:
        self._watchers[key] = self._watchers.get(key, 0) + 1
        self._from[origin] += 1
        try:
            yield
        finally:
            self._from[origin] -= 1
            if not self._from[origin]:
                del self._from[origin]
            self._watchers[key] -= 1
            if not self._watchers[key]:
                del self._watchers[key]
                self._forget(key)

    def _forget(self, key: str) -> None:
        """Drop a fragment that nobody watches."""
        if key not in self._watchers:
            self._drawn.pop(key, None)

    async def _latest(self, key: str, render: Callable[[], str]) -> str:
        drawn = self._drawn.setdefault(key, _Rendering())
        async with drawn.lock:
            loop = asyncio.get_running_loop()
            if loop.time() - drawn.at >= _MIN_INTERVAL_S:
                with suppress(StoreUnavailable):
                    async with self._turn:
                        drawn.text = await sync_to_thread(render)
                drawn.at = loop.time()
            return drawn.text

    async def _wait_for_change(self) -> None:
        """Wait until something changes or a beat has passed."""
        self._changed.clear()
        try:
            async with asyncio.timeout(_POLL_S - _MIN_INTERVAL_S):
                await self._changed.wait()
        except TimeoutError:
            return


async def _may_continue(watcher: Watcher) -> bool:
    """Whether the watcher may continue; a short outage of the database ends nothing."""
    try:
        return await watcher.still()
    except StoreUnavailable:
        return True
