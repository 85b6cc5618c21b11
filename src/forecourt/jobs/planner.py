"""The planner: one power plan a site, on each event and each step."""

import asyncio
import time
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog

from forecourt.flows.ports import PlanPaper
from forecourt.flows.power import Memory, plan_power
from forecourt.jobs.apart import apart
from forecourt.jobs.beat import Beat
from forecourt.jobs.ports import WorkerPorts
from forecourt.kernel import SiteId
from forecourt.planning import Plan, Problem, Solver

_log = structlog.get_logger("forecourt.jobs")

STEP_S = 300.0
POLL_S = 5.0


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
    """Plans a site when told that something happened there, and every site within seconds in any case."""

    def __init__(self, ports: WorkerPorts) -> None:
        self._ports = ports
        self._solvers: dict[SiteId, TimedSolver] = {}
        self._memories: dict[SiteId, Memory] = {}
        self._named: set[SiteId] = set()
        self._planning = asyncio.Lock()  # a site's solver makes one plan at a time
        self.beat = Beat("plan", self._plan, POLL_S)
        self._of_one = Beat("plan of a site", self._plan_named, STEP_S)

    async def run(self) -> None:
        await self.beat.hear(self._ports.hints, "plan")
        await self._ports.hints.listen_of_one("plan", self._hear_of)
        async with asyncio.TaskGroup() as group:
            group.create_task(self.beat.run(), name="plan")
            group.create_task(self._of_one.run(), name="plan of a site")
            group.create_task(self._steps(), name="steps")

    def _hear_of(self, site: str) -> None:
        self._named.add(SiteId(UUID(site)))
        self._of_one.ring()

    async def _steps(self) -> None:
        while True:
            await self._ports.clock.sleep(STEP_S)
            self.beat.ring()

    async def _plan(self) -> bool:
        return await self._plan_these(None)

    async def _plan_named(self) -> bool:
        named, self._named = self._named, set()
        return await self._plan_these(named) if named else False

    async def _plan_these(self, sites: Iterable[SiteId] | None) -> bool:
        """None: all there are."""
        async with self._planning:
            await self._ports.hints.tell("planning")
            made = await asyncio.to_thread(self._made, sites)
            await self._ports.hints.tell("planned")
        if made:
            await self._ports.hints.tell("outbox")
            await self._ports.hints.tell("state")
        return False

    def _made(self, sites: Iterable[SiteId] | None) -> list[PlanPaper]:
        ports = self._ports
        if sites is None:
            with ports.transactions.begin() as store:
                sites = [site.id for site in store.stations.sites()]
        made: list[PlanPaper] = []
        for site_id in sites:
            made += apart(f"plan {site_id}", partial(self._plan_one, site_id, ports.clock.now()), [])
        return made

    def _plan_one(self, site_id: SiteId, at: datetime) -> list[PlanPaper]:
        solver, memory = self._solvers.setdefault(site_id, TimedSolver()), self._memories.setdefault(site_id, Memory())
        with self._ports.transactions.begin() as store:
            plan = plan_power(store, site_id, at, self._ports.ids, solver, memory)
        return [plan] if plan else []
