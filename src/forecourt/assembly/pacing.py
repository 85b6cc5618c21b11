"""Slows a replay's clock for the computer: what takes 20 ms on the servers must not count as 12 s at the site."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from forecourt.assembly.hints import BusHints
from forecourt.bus import Bus
from forecourt.flows.ports import Store, StoreUnavailable, Transactions
from forecourt.jobs import Hints
from forecourt.simulation import Clock

# The speed of time while a plan is being made or an order is under way: real time.
SLOW = 1.0
# Real seconds: between two looks; from the last order to full speed, since its answer causes more work; the most for one plan.
LOOK_S = 0.008
LINGER_S = 0.1
PLAN_WITHIN_S = 2.0
# If this process, and with it every charger, has not had the CPU for this long (real seconds), time waits for it.
ALIVE_S = 0.05
# One order, or one busy moment, holds time up for at most this long (real seconds): a charger may never answer, and the process that sends
# orders may have died.
MAX_S = 4.0


class ReplayPacer:
    """Slows a replay's clock while the site waits for its servers, and otherwise lets it run at full speed."""

    def __init__(self, clock: Clock, transactions: Transactions, hints: Hints) -> None:
        self._clock, self._transactions, self._hints = clock, transactions, hints
        self._slow = min(clock.speed, SLOW)
        self._rate = clock.speed
        self._opened, self._news = asyncio.Event(), asyncio.Event()
        self._planning_since: float | None = None  # real seconds
        self._due_since: dict[UUID, float] = {}  # real seconds, by the order
        self._stirred = False

    async def run(self) -> None:
        """Runs until cancelled."""
        await self._hints.listen("outbox", self._news.set)
        for beginning in ("plan", "planning"):  # requested, and begun: also if nobody requested it because a step was over
            await self._hints.listen(beginning, self._plan_begins)
        await self._hints.listen_named("plan", lambda _: self._plan_begins())
        await self._hints.listen("planned", self._plan_ends)
        await self._opened.wait()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._stay_alive(), name="alive")
                await self._follow()
        finally:
            self._clock.run_at(self._clock.speed)

    async def _follow(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            if self._stirred or await self._check(self._ordered):
                self._run_at(self._slow)
                await self._until_idle()
            self._run_at(self._clock.speed)
            await asyncio.sleep(LOOK_S)

    async def _stay_alive(self) -> None:
        while True:
            self._run_at(self._rate)
            await asyncio.sleep(LOOK_S)

    def _run_at(self, rate: float) -> None:
        self._rate = rate
        self._clock.run_at(rate, ALIVE_S)

    def open(self) -> None:
        """Everything is up: from now on time runs."""
        self._run_at(self._clock.speed)
        self._opened.set()

    def note_activity(self) -> None:
        """Something happened at the site, or is to be considered: its chargers, drivers and servers will communicate."""
        self._stirred = True
        self._run_at(self._slow)
        self._news.set()

    async def _until_idle(self) -> None:
        """Until nothing is due any more, and a moment longer, because what was just done may cause more work."""
        begun = awaited_at = time.monotonic()
        while (now := time.monotonic()) - awaited_at < LINGER_S and now - begun < MAX_S:
            await asyncio.sleep(LOOK_S)
            if self._stirred or await self._check(lambda store: self._ordered(store) or bool(store.inbox.sites_waiting())):
                awaited_at = time.monotonic()
            self._stirred = False

    def _plan_begins(self) -> None:
        self._planning_since = time.monotonic()
        if self._opened.is_set():
            self.note_activity()

    def _plan_ends(self) -> None:
        self._planning_since = None

    async def _check(self, at: Callable[[Store], bool]) -> bool:
        def look() -> bool:
            with self._transactions.begin() as store:
                return at(store)

        with suppress(StoreUnavailable):
            return await asyncio.to_thread(look)
        return False

    def _ordered(self, store: Store) -> bool:
        """A plan is due, or an order to a charger or for a payment (no app's charge begins before its hold) is due or under way."""
        if self._planning_since is not None and time.monotonic() - self._planning_since < PLAN_WITHIN_S:
            return True
        now, real = self._clock.now(), time.monotonic()
        due = [item.id for lane in ("charger", "payment") for item in store.outbox.open_items(lane, limit=200) if item.due_at <= now]
        self._due_since = {one: self._due_since.get(one, real) for one in due}
        return any(real - since < MAX_S for since in self._due_since.values())


@asynccontextmanager
async def running_pacer(clock: Clock, transactions: Transactions, nats_url: str) -> AsyncIterator[ReplayPacer]:
    """Run a pacer. If it fails, code waiting inside is told immediately: a clock left slow would never finish."""
    bus = await Bus.connect(nats_url)
    try:
        async with asyncio.TaskGroup() as group:
            pacer = ReplayPacer(clock, transactions, BusHints(bus))
            running = group.create_task(pacer.run(), name="pacer")
            yield pacer
            running.cancel()
    finally:
        await bus.close()
