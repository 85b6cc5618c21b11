"""The work of workers that only time makes due. Several workers share the sites and operators."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog

from forecourt.flows.charging import WAIT_AFTER_BOOT
from forecourt.jobs.clearing import read_clearing
from forecourt.jobs.continuity import Continuity
from forecourt.jobs.isolation import run_isolated
from forecourt.jobs.lost_workers import LostWorkers
from forecourt.jobs.ports import WorkerPorts
from forecourt.jobs.site_pool import SitePool
from forecourt.jobs.site_steps import advance_operator, advance_site, follow_stays

_log = structlog.get_logger("forecourt.jobs")

TICK_S = 30.0
MAX_TICK_GAP = WAIT_AFTER_BOOT / 2  # an outage that is shorter leaves what is waited for the other half
STAYS_S = 60.0
CLEARING_S = 3600.0
# Real seconds, however fast the clock runs.
MIN_TICK_S = 0.25
MIN_STAYS_S = 2.0
MIN_CLEARING_S = 5.0
# How often other workers are looked for, how often their claims, and after how long without a site completed this one leaves all to them.
PRESENCE_S = 1.0
LOST_S = 2.0
STUCK_AFTER_S = 90.0
# The clearing file is read by one worker: the one that this belongs to.
_CLEARING = UUID("6f1f5f0e-8f0c-4a56-9d0c-0d1b0c4b7e11")


class TimedWork:
    """Ticks for every site and operator, follows running charges, and reads the processor's clearing file.

    pool: of the workers. seconds: a monotonic clock.
    """

    def __init__(self, ports: WorkerPorts, pool: SitePool, seconds: Callable[[], float] = time.monotonic) -> None:
        self._ports = ports
        self._seconds = seconds
        self._pool = pool
        self._ticked = Continuity(MAX_TICK_GAP)
        self._progress_s = seconds()

    async def run(self) -> None:
        """Runs until cancelled."""
        clock, lost = self._ports.clock, LostWorkers(self._ports, self._pool, self._seconds)
        async with asyncio.TaskGroup() as group:
            group.create_task(_repeat(self.tick, MIN_TICK_S, partial(clock.sleep, TICK_S)), name="ticks")
            group.create_task(_repeat(self.follow_charges, MIN_STAYS_S, partial(clock.sleep, STAYS_S)), name="stays")
            group.create_task(_repeat(self.read_clearing, MIN_CLEARING_S, partial(clock.sleep, CLEARING_S)), name="clearings")
            group.create_task(_repeat(self.check_presence, PRESENCE_S), name="presence")
            group.create_task(_repeat(lost.check, LOST_S), name="lost workers")

    async def check_presence(self) -> None:
        """Tell the others that this worker gets on, and find out who is gone."""
        if self._seconds() - self._progress_s < STUCK_AFTER_S:
            await self._pool.report_progress()
        await self._pool.check_others()

    async def tick(self) -> None:
        """Do what is due at each site and operator of this worker."""
        at = self._ports.clock.now()
        changed = await asyncio.to_thread(self._tick, at, self._pool.ownership())
        self._ticked.completed(at)
        await self._pool.finished_round()
        if changed:
            await self._ports.hints.publish("outbox")

    def _tick(self, at: datetime, is_own: Callable[[UUID], bool]) -> int:
        ports, heard_since = self._ports, self._ticked.unbroken_since(at)
        with ports.transactions.begin() as store:
            sites = [site.id for site in store.stations.sites() if is_own(site.id)]
            operators = [one.id for one in store.stations.operators() if is_own(one.id)]
        changed = 0
        for site_id in sites:
            changed += advance_site(ports, site_id, at, heard_since)
            self._progress_s = self._seconds()
        changed += sum(run_isolated(f"tick {one}", partial(advance_operator, ports, one, at), 0) for one in operators)
        self._progress_s = self._seconds()
        return changed

    async def follow_charges(self) -> None:
        """Every minute: what drivers and partners are to know about running charges."""
        await asyncio.to_thread(self._follow_charges, self._pool.ownership())

    def _follow_charges(self, is_own: Callable[[UUID], bool]) -> None:
        with self._ports.transactions.begin() as store:
            sites = [site.id for site in store.stations.sites() if is_own(site.id)]
        for site_id in sites:
            run_isolated(f"stays {site_id}", partial(follow_stays, self._ports, site_id, self._ports.clock.now()), None)

    async def read_clearing(self) -> None:
        """Every hour."""
        if self._pool.ownership()(_CLEARING):
            await asyncio.to_thread(read_clearing, self._ports)


async def _repeat(work: Callable[[], Awaitable[None]], least_s: float, sleep: Callable[[], Awaitable[None]] | None = None) -> None:
    """least_s: real seconds between two runs; `sleep` may take longer. A run that fails is logged, and the next one makes up for it."""
    while True:
        await asyncio.gather(asyncio.sleep(least_s), *([sleep()] if sleep else []))
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - as in PollingLoop
            _log.warning("timed_work_failed", work=work.__name__, error=f"{type(error).__name__}: {error}")
