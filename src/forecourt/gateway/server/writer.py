"""One writer for all sockets: facts are stored in groups, with one commit each, and acknowledged after it."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from forecourt.gateway.server.ports import OnResult
from forecourt.stations import Acknowledgement, CardPresented, InboxItem

Accept = Callable[[Sequence[InboxItem]], Sequence[Acknowledgement]]
_Entry = tuple[InboxItem, OnResult]
_BUSY = 75  # messages in a group: from here on the writer waits longer, and from twice as many it waits longest


class GroupCommitWriter:
    """Collects the messages of all chargers and passes them in groups to `accept`, in a thread of its own.

    accept: stores the messages, and answers the questions, in one transaction; when it returns they are durable.
    retry_on: errors of the database. Nothing is acknowledged then, and the group is retried at growing intervals:
    the chargers keep their queues. Questions do not wait: they get the error. Any other error is the fault of one message; the
    group is split until that message is alone.
    linger_s: how long a first message waits for others. busy_linger_s: the same under load: a group costs as much as another
    fifty messages, so more are collected.
    """

    def __init__(
        self,
        accept: Accept,
        retry_on: tuple[type[Exception], ...] = (),
        max_group: int = 500,
        linger_s: float = 0.005,
        busy_linger_s: float = 0.01,
        max_pause_s: float = 1.0,
    ) -> None:
        self._accept = accept
        self._retry_on = retry_on
        self._max_group = max_group
        self._linger_s = linger_s
        self._busy_linger_s = max(linger_s, busy_linger_s)
        self._last_size = 0
        self._max_pause_s = max_pause_s
        self._queue: deque[_Entry] = deque()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="facts")
        self._running: asyncio.Task[None] | None = None
        self._stopping = False
        self.healthy = True

    def add(self, item: InboxItem, on_result: OnResult) -> None:
        """Returns immediately; kept is called when the message is durable, or never will be."""
        self._queue.append((item, on_result))
        if self._running is None:
            self._running = asyncio.create_task(self._run())

    def put(self, item: InboxItem) -> "asyncio.Future[Acknowledgement]":
        """As `add`, but awaits the acknowledgement."""
        future: asyncio.Future[Acknowledgement] = asyncio.get_running_loop().create_future()
        self.add(item, partial(_settle, future))
        return future

    @property
    def waiting(self) -> int:
        """How many messages are not durable yet (not counting the group being written)."""
        return len(self._queue)

    async def stop(self) -> None:
        """Write what is there (one attempt, if the database is down), then stop; whatever is not durable is not acknowledged."""
        self._stopping = True
        try:
            if self._running is not None:
                await asyncio.wait([self._running])
        finally:
            while self._queue:
                _, on_result = self._queue.popleft()
                on_result(asyncio.CancelledError())
            self._thread.shutdown(wait=False)  # nothing is running in it now, unless the database delays a commit

    async def _run(self) -> None:
        while self._queue:
            await asyncio.sleep(self._linger())
            group = [self._queue.popleft() for _ in range(min(self._max_group, len(self._queue)))]
            self._last_size = len(group)
            rest = await self._store(group)
            if rest:
                self._queue.extendleft(reversed(rest))
                break
        self._running = None

    def _linger(self) -> float:
        if len(self._queue) >= self._max_group:
            return 0.0
        busy = min(1.0, max(0.0, self._last_size / _BUSY - 1))
        return self._linger_s + busy * (self._busy_linger_s - self._linger_s)

    async def _store(self, group: list[_Entry]) -> list[_Entry]:
        """Returns what is left if the writer stops while the database is down; otherwise nothing."""
        pause_s = 0.05
        while group:
            error = await self._try(group)
            if error is None:
                self.healthy = True
                return []
            if not isinstance(error, self._retry_on):
                return await self._split(group, error)
            self.healthy = False
            group = _without_questions(group, error)
            if self._stopping:
                break
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, self._max_pause_s)
        return group

    async def _split(self, group: list[_Entry], error: BaseException) -> list[_Entry]:
        if len(group) == 1:
            group[0][1](error)
            return []
        half = len(group) // 2
        rest = await self._store(group[:half])
        return [*rest, *group[half:]] if rest else await self._store(group[half:])

    async def _try(self, group: list[_Entry]) -> BaseException | None:
        """Write the group and acknowledge its messages; returns the error if that failed."""
        attempt = asyncio.get_running_loop().run_in_executor(self._thread, self._accept, [said for said, _ in group])
        await asyncio.wait([attempt])
        error = attempt.exception()
        if error is not None:
            return error
        acknowledgements = attempt.result()
        if len(acknowledgements) != len(group):
            return RuntimeError(f"{len(acknowledgements)} acknowledgements for {len(group)} messages")
        for (_, on_result), acknowledgement in zip(group, acknowledgements, strict=True):
            on_result(acknowledgement)
        return None


def _without_questions(group: list[_Entry], error: BaseException) -> list[_Entry]:
    """Answer the questions with the error: no one at a charger, card in hand, should wait for the database."""
    for item, on_result in group:
        if isinstance(item, CardPresented):
            on_result(error)
    return [entry for entry in group if not isinstance(entry[0], CardPresented)]


def _settle(future: "asyncio.Future[Acknowledgement]", result: Acknowledgement | BaseException) -> None:
    if future.done():
        return
    if isinstance(result, asyncio.CancelledError):
        future.cancel()
    elif isinstance(result, BaseException):
        future.set_exception(result)
    else:
        future.set_result(result)
