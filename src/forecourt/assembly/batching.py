"""Questions of many callers, answered together."""

import asyncio
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
_SEVERAL = 3
_BUSY_LINGER_S = 0.05


class Batcher(Generic[K, V]):
    """Collects questions for a moment and asks them all at once, in a thread: one unit of work instead of many.

    answer: maps keys to their values, each key once, in the order first asked; if it raises, every caller gets the error.
    While it works, the next group is collected. Under load it collects for longer, since a unit of work costs as
    much as the answers to a hundred questions.
    """

    def __init__(self, answer: Callable[[Sequence[K]], Mapping[K, V]], linger_s: float = 0.003, most: int = 200) -> None:
        self._answer = answer
        self._linger_s = linger_s
        self._busy_linger_s = max(linger_s, _BUSY_LINGER_S)
        self._most = most
        self._last_size = 0
        self._waiting: dict[K, asyncio.Future[V]] = {}
        self._running: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V:
        future = self._waiting.get(key)
        if future is None:
            future = self._waiting[key] = asyncio.get_running_loop().create_future()
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await asyncio.shield(future)  # one caller that gives up does not affect the others

    async def settle(self) -> None:
        """Returns when every question has its answer."""
        while self._running is not None:
            await asyncio.wait([self._running])

    async def _run(self) -> None:
        while self._waiting:
            if len(self._waiting) < self._most:
                await asyncio.sleep(self._linger_s if self._last_size < _SEVERAL else self._busy_linger_s)
            keys = list(self._waiting)[: self._most]
            group = {key: self._waiting.pop(key) for key in keys}
            self._last_size = len(group)
            answers = await asyncio.gather(asyncio.to_thread(self._answer, keys), return_exceptions=True)
            _settle(group, answers[0])
        self._running = None


def _settle(group: Mapping[K, "asyncio.Future[V]"], answers: Mapping[K, V] | BaseException) -> None:
    for key, future in group.items():
        if isinstance(answers, BaseException):
            future.set_exception(answers)
            future.exception()  # the caller may be gone
        else:
            future.set_result(answers[key])
