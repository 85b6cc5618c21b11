"""The simulated payment provider over real HTTP, in a thread with a loop of its own."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from forecourt.simulation.clock import Clock
from forecourt.simulation.provider import Provider, ProviderSettings, running_provider

_T = TypeVar("_T")


@dataclass(frozen=True)
class ProviderThread:
    provider: Provider
    loop: asyncio.AbstractEventLoop

    def calls(self, what: Callable[..., _T], *given: object) -> _T:
        """On the provider's own thread, from where its webhooks go out."""

        async def called() -> _T:
            return what(*given)

        return asyncio.run_coroutine_threadsafe(called(), self.loop).result(10)


@contextmanager
def provider_thread(settings: ProviderSettings, clock: Clock) -> Iterator[ProviderThread]:
    started, leave, running = threading.Event(), asyncio.Event(), list[Provider]()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with running_provider(settings, clock) as provider:
            running.append(provider)
            started.set()
            await leave.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), name="provider", daemon=True)
    thread.start()
    try:
        assert started.wait(60), "the provider did not start"
        yield ProviderThread(running[0], loop)
    finally:
        loop.call_soon_threadsafe(leave.set)
        thread.join(60)
        loop.close()
