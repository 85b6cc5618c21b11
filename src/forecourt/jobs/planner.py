"""The planner: makes a power plan for each site, on every event and every time step.

Any number of sites share a few lanes: a slow site holds up one lane, for PLAN_TIMEOUT_S at most; a failure is counted, and the next
site follows.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog

from forecourt.flows.ports import PowerPlan
from forecourt.flows.power import PlannerMemory, plan_power
from forecourt.jobs.isolation import run_isolated
from forecourt.jobs.polling import PollingLoop
from forecourt.jobs.ports import WorkerPorts
from forecourt.jobs.site_pool import ASSUME_GONE_AFTER_S, SitePool
from forecourt.jobs.site_rotation import SiteRotation
from forecourt.kernel import SiteId
from forecourt.planning import Plan, Problem, Solver

_log = structlog.get_logger("forecourt.jobs")

STEP_S = 300.0
POLL_S = 5.0
# How often the other planners are asked whether they still run; real seconds.
CHECK_OTHERS_S = 0.5
LANES = 3
# A look that takes longer (real seconds) gives up its lane. It continues in the background, and its site is skipped until it ends.
PLAN_TIMEOUT_S = 10.0


class TimedSolver:
    """planning.Solver with a stopwatch."""

    def __init__(self) -> None:
        self._solver = Solver()
        self.took_ms: float | None = None

    def plan(self, problem: Problem) -> Plan:
        begun = time.perf_counter()
        plan = self._solver.plan(problem)
        self.took_ms = (time.perf_counter() - begun) * 1000
        return plan


class Planner:
    """Plans a site when notified that something happened there, and within seconds whenever time alone may change its plan."""

    def __init__(self, ports: WorkerPorts, plan_timeout_s: float = PLAN_TIMEOUT_S) -> None:
        self._ports = ports
        self._look_within_s = plan_timeout_s
        self._solvers: dict[SiteId, TimedSolver] = {}
        self._memories: dict[SiteId, PlannerMemory] = {}
        self._requested: set[SiteId] = set()
        self._requested_of_others: dict[SiteId, float] = {}  # in case they are gone; when, on the monotonic clock
        self._busy: set[SiteId] = set()  # a site's solver makes one plan at a time
        self._rotation = SiteRotation()
        self._pool = SitePool("planner", ports.hints)
        self._threads = ThreadPoolExecutor(2 * LANES, "plan")
        self.failures = {"failed": 0, "slow": 0}
        self.beat = PollingLoop("plan", self.run_round, POLL_S)
        self._requested_loop = PollingLoop("plan of a site", self._plan_requested, STEP_S)

    @property
    def waits_s(self) -> float:
        """The longest wait, in seconds, of any site that has something to do."""
        return self._rotation.waits_s(self._ports.clock.now())

    async def join(self) -> None:
        """Start listening to the other planners, and to events."""
        await self._pool.join()
        await self.beat.wake_on(self._ports.hints, "plan")
        await self._ports.hints.listen_named("plan", self._on_site_event)

    async def run(self) -> None:
        await self.join()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.beat.run(), name="plan")
                group.create_task(self._requested_loop.run(), name="plan of a site")
                group.create_task(self._steps(), name="steps")
                group.create_task(self._follow_others(), name="others")
        finally:
            await self._pool.leave()

    def _on_site_event(self, site: str) -> None:
        self._requested.add(SiteId(UUID(site)))
        self._requested_loop.wake()

    async def _steps(self) -> None:
        while True:
            await self._ports.clock.sleep(STEP_S)
            self.beat.wake()

    async def _follow_others(self) -> None:
        """Take over from planners that are gone: first where something happened meanwhile, then wherever something is to do."""
        while True:
            await asyncio.sleep(CHECK_OTHERS_S)
            if await self._pool.check_others():
                self._requested |= set(self._requested_of_others)
                self._requested_loop.wake()
                self.beat.wake()

    async def run_round(self) -> bool:
        """One round: every site of this process with something to do, the longest waiting first. True: the next round is already due."""
        begun = time.monotonic()
        await self._plan_sites(await asyncio.to_thread(self._order, self._pool.ownership()))
        await self._pool.finished_round()
        return time.monotonic() - begun >= POLL_S

    async def _plan_requested(self) -> bool:
        own_sites = set(filter(self._pool.ownership(), self._requested))
        now_s = time.monotonic()
        lately = {site: heard_s for site, heard_s in self._requested_of_others.items() if now_s - heard_s < ASSUME_GONE_AFTER_S}
        self._requested_of_others = lately | dict.fromkeys(self._requested - own_sites, now_s)
        requested, self._requested = own_sites - self._busy, own_sites & self._busy
        if requested:
            await self._plan_sites(requested)
        return False

    def _order(self, is_own: Callable[[SiteId], bool]) -> list[SiteId]:
        with self._ports.transactions.begin() as store:
            site_ids = [site.id for site in store.stations.sites() if is_own(site.id)]
            active = store.plans.sites_to_plan()
        return self._rotation.order(site_ids, active, self._ports.clock.now())

    async def _plan_sites(self, sites: Collection[SiteId]) -> None:
        """Raises what ended a lane: usually that the database is unavailable."""
        waiting, plans = deque(sites), list[PowerPlan]()
        await self._ports.hints.publish("planning")
        ends = await asyncio.gather(*(self._lane(waiting, plans) for _ in range(LANES)), return_exceptions=True)
        await self._ports.hints.publish("planned")
        if plans:
            await self._ports.hints.publish("outbox")
            await self._ports.hints.publish("state")
        for one in ends:
            if isinstance(one, BaseException):
                raise one

    async def _lane(self, waiting: deque[SiteId], plans: list[PowerPlan]) -> None:
        while waiting:
            site_id = waiting.popleft()
            if site_id not in self._busy:
                plans += await self._plan_within_timeout(site_id)
                await self._pool.report_progress()

    async def _plan_within_timeout(self, site_id: SiteId) -> list[PowerPlan]:
        at = self._ports.clock.now()
        self._busy.add(site_id)
        self._rotation.mark_planned(site_id, at)
        work = partial(run_isolated, f"plan {site_id}", partial(self._plan_one, site_id, at), None)
        planning = asyncio.get_running_loop().run_in_executor(self._threads, work)
        planning.add_done_callback(partial(self._planning_done, site_id))
        done, _ = await asyncio.wait({planning}, timeout=self._look_within_s)
        if not done:
            self.failures["slow"] += 1
            _log.warning("plan_slow", site=str(site_id), seconds=self._look_within_s)
            return []
        return planning.result() or []

    def _planning_done(self, site_id: SiteId, planning: "asyncio.Future[list[PowerPlan] | None]") -> None:
        self._busy.discard(site_id)
        if planning.cancelled() or planning.exception() is not None or planning.result() is None:
            self.failures["failed"] += 1
        if site_id in self._requested:  # something happened there in the meantime
            self._requested_loop.wake()

    def _plan_one(self, site_id: SiteId, at: datetime) -> list[PowerPlan] | None:
        solver, memory = self._solvers.setdefault(site_id, TimedSolver()), self._memories.setdefault(site_id, PlannerMemory())
        with self._ports.transactions.begin() as store:
            plan = plan_power(store, site_id, at, self._ports.ids, solver, memory)
        return [plan] if plan else []
