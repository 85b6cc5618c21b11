"""Ends the whole process on SIGINT, SIGTERM, or when the process that started us is gone; by a deadline, whatever is stuck."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import structlog
import uvloop

from forecourt.assembly.diagnostics import busy_tasks, busy_threads
from forecourt.embedded import Embedded, descendant_processes, kill_descendants

# For a stop as a whole; the supervisor (Docker, systemd) must wait longer before it kills.
STOP_S = 25.0
# Of that, for tasks in the loop: the gateway writes what it holds and closes its chargers' sockets. Then the servers end, which interrupts
# anything that waits for the database.
TASKS_S = 12.0
# Of the rest, for the orderly end of PostgreSQL, and again of NATS.
SERVER_S = 4.0
AT_ONCE_S = 2.0
AGAIN_S = 8.0
LOOK_S = 0.5
FORCED = 1
_log = structlog.get_logger("forecourt.shutdown")


class Shutdown:
    """Handles signals from `__enter__` on. The first requests an orderly end, the second an immediate one."""

    def __init__(self) -> None:
        self._requested = threading.Event()
        self._forced = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._servers: Embedded | None = None
        self._guard_thread = threading.Thread(target=self._guard, name="shutdown", daemon=True)

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._forced.is_set():  # the guard interrupts everything, and this may run first: the exit code is still the guard's
            self._guard_thread.join()
        if left := kill_descendants(AT_ONCE_S):
            _log.warning("killed_at_the_end", processes=left)

    def stop_with(self, servers: Embedded) -> Embedded:
        """Stop these servers at the end of the process."""
        self._servers = servers
        return servers

    def run(self, body: Callable[[], Awaitable[None]]) -> None:
        """Run in a loop; the body must end once `wait()` returns. The servers end after it, or without it."""
        uvloop.run(self._within(body))

    async def wait(self) -> None:
        """Wait until shutdown is requested."""
        if self._stop is not None:
            await self._stop.wait()

    def request(self) -> None:
        """Request shutdown; the deadline runs from now on."""
        if self._requested.is_set():
            return
        self._requested.set()
        self._guard_thread.start()
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)

    async def _within(self, body: Callable[[], Awaitable[None]]) -> None:
        self._stop, self._loop = asyncio.Event(), asyncio.get_running_loop()
        parent = os.environ.get("FORECOURT_PARENT", "")
        watch = asyncio.create_task(self._follow(int(parent)), name="parent") if parent.isdigit() else None
        work = asyncio.ensure_future(body())
        requested = asyncio.create_task(self.wait(), name="asked")
        await asyncio.wait([work, requested], return_when=asyncio.FIRST_COMPLETED)
        self.request()
        await asyncio.wait([work], timeout=TASKS_S)
        if not work.done():
            _log.warning("ending_without", tasks=busy_tasks(self._loop), threads=busy_threads())
        if self._servers is not None:
            with ThreadPoolExecutor(1, "servers") as executor:  # the loop's own threads may all be blocked
                await self._loop.run_in_executor(executor, self._servers.stop, SERVER_S)
        if watch is not None:
            watch.cancel()
        await work

    async def _follow(self, parent: int) -> None:
        while os.getppid() == parent:
            await asyncio.sleep(LOOK_S)
        self.request()

    def _on_signal(self, *_: object) -> None:
        if self._requested.is_set():
            self._forced.set()
            return
        self.request()
        if self._loop is None:
            raise SystemExit(0)  # still starting: what has been started is ended on the way out

    def _guard(self) -> None:
        with suppress(OSError):  # our log may no longer have a reader
            _log.info("ending", within_s=STOP_S, sooner="Press Ctrl-C again to stop immediately; anything committed stays.")
        forced = self._forced.wait(STOP_S)
        try:
            self._force("asked_again" if forced else "deadline")
        finally:
            kill_descendants(AT_ONCE_S)
            os._exit(FORCED)

    def _force(self, reason: str) -> None:
        tasks = busy_tasks(self._loop) if self._loop is not None else []
        _log.error("ending_at_once", reason=reason, tasks=tasks, threads=busy_threads(), processes=descendant_processes())
        if self._servers is not None:
            self._servers.stop_now()
        deadline = time.monotonic() + AT_ONCE_S
        while descendant_processes() and time.monotonic() < deadline:
            time.sleep(LOOK_S / 10)


async def end(tasks: "Collection[asyncio.Task[Any]]", again_s: float = AGAIN_S) -> None:
    """Cancel the tasks and wait until all have ended; those that have not after a while are cancelled again.

    A library that waits with `asyncio.wait_for` may swallow a cancellation (Python 3.11); a task group then does not get a second one.
    The overall time limit is Shutdown's.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=again_s)
        if pending:
            _log.warning("told_again_to_end", tasks=sorted(task.get_name() for task in pending))
    await asyncio.gather(*tasks, return_exceptions=True)  # whoever started a task looks at its result
