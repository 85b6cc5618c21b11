"""Delivery of notices: rounds of calls, separate for each webhook, so that one that answers slowly or not at all delays neither the others
nor anything else; and messages to people."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import structlog

from forecourt.flows.desk import WEBHOOK_LANE_PREFIX
from forecourt.jobs.claims import Claims
from forecourt.jobs.notice_courier import NoticeCourier
from forecourt.jobs.ports import WorkerPorts

_log = structlog.get_logger("forecourt.jobs")

# Per webhook; few enough to make all calls before our lease on them expires, however long each takes.
AT_ONCE = 4
# Rounds at the same time; other webhooks wait for the end of one.
MAX_ROUNDS = 50


class NoticeRounds:
    """deliver: delivers one notice; blocking. on_end: called when a round of a webhook has ended, as another may have waited for it."""

    def __init__(self, ports: WorkerPorts, claims: Claims) -> None:
        self._ports, self._claims = ports, claims
        self.deliver = NoticeCourier(ports).deliver
        self._running: dict[str, asyncio.Task[None]] = {}
        self.on_end: Callable[[], None] = lambda: None

    async def call_webhooks(self) -> bool:
        """Start a round for each webhook that something is due to and that has none."""
        for lane in await asyncio.to_thread(self._due):
            if lane not in self._running and len(self._running) < MAX_ROUNDS:
                self._running[lane] = task = asyncio.create_task(self._round(lane), name=lane)
                task.add_done_callback(partial(self._round_done, lane))
        return False

    def _due(self) -> Sequence[str]:
        with self._ports.transactions.begin() as store:
            return store.outbox.lanes_due(WEBHOOK_LANE_PREFIX, self._ports.clock.now())

    async def _round(self, lane: str) -> None:
        """In threads of its own, which end with it."""
        loop, threads = asyncio.get_running_loop(), ThreadPoolExecutor(AT_ONCE, lane)
        try:
            while items := await self._claims.claim(lane, AT_ONCE):
                await self._claims.work_on(items, (loop.run_in_executor(threads, self.deliver, item) for item in items))
        finally:
            threads.shutdown(wait=False)  # when it is cancelled, nobody waits for a call that is under way

    def _round_done(self, lane: str, task: "asyncio.Task[None]") -> None:
        del self._running[lane]
        if not task.cancelled() and (error := task.exception()):
            _log.warning("webhook_round_failed", lane=lane, error=f"{type(error).__name__}: {error}")
        self.on_end()
