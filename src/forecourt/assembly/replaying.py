"""`forecourt replay`: recorded days on a fresh network, from arrival to paid invoice, with a check that everything adds up."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from forecourt.assembly.child_processes import Child, child_environment, free_port
from forecourt.assembly.demo_network import Credentials, add_drivers, all_have_fallback, build_network, operator_id, site_id, uses_app
from forecourt.assembly.identifiers import RandomIds
from forecourt.assembly.pacing import ReplayPacer, running_pacer
from forecourt.assembly.recordings import add_history, check_limit, recorded_stays, stays_before
from forecourt.assembly.replay_results import ReplayResults, ReplaySummary, summary
from forecourt.assembly.state import network_secret
from forecourt.embedded import Embedded
from forecourt.flows.paying import collect
from forecourt.simulation import (
    Clock,
    DriverCredential,
    Inputs,
    ProviderSettings,
    RecordedSession,
    SiteSpec,
    WorldProgress,
    WorldResult,
    WorldSettings,
    play,
    running_provider,
)
from forecourt.store import PostgresTransactions, migrate

# Servers and chargers boot between the start of the clock and the first arrival: the maximum time, in virtual and in real seconds.
MAX_LEAD_S = 1200.0
LEAD_S = 20.0
BOOT_TIMEOUT_S = 180.0
CHARGERS_BOOT_S = 120.0
FALLBACK_TIMEOUT_S = 60.0
USUAL_SOCKETS = 54  # chargers for these times; more take longer
SETTLE_S = 120.0
# Enough for ten days of either kind, weekend or working day, from which the site learns who may come.
HISTORY_WEEKS = 6


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """site: a shipped recording, or a folder with one. limit_kw None: as recorded. inputs: "true" or "stated".
    state None: a temporary folder, removed at the end.

    history_weeks: how much of its past the site knows; 0 = nothing.
    """

    site: str
    first_day: date
    days: int = 1
    limit_kw: float | None = None
    speed: float = 600.0
    inputs: str = "true"
    state: Path | None = None
    history_weeks: int = HISTORY_WEEKS


@dataclass(frozen=True, slots=True)
class ReplayProgress:
    text: str
    done: float = 0
    total: float | None = None


Show = Callable[[ReplayProgress], None]


def replay(request: ReplayRequest, show: Show) -> ReplaySummary:
    """Play the days and check the results. Raises BadInput for a site or day without records, and for a limit that none of its rows
    follows."""
    spec, sessions = recorded_stays(request.site, request.first_day, request.days)
    check_limit(spec, request.limit_kw)
    state = request.state or Path(tempfile.mkdtemp(prefix="forecourt-replay-"))
    try:
        show(ReplayProgress("starting PostgreSQL and NATS"))
        with Embedded(state) as servers:
            return asyncio.run(Replay(request, spec, sessions, state, servers).run(show))
    finally:
        if request.state is None:
            shutil.rmtree(state, ignore_errors=True)


class Replay:
    """One run. Tests reach in to kill its parts: `gateway`, `backend`, `servers.postgres`."""

    def __init__(
        self, request: ReplayRequest, spec: SiteSpec, sessions: tuple[RecordedSession, ...], state: Path, servers: Embedded
    ) -> None:
        self.request, self.spec, self.sessions, self.servers = request, spec, sessions, servers
        self.state = state
        self.credentials = Credentials(network_secret(state))
        self.lead_s = min(MAX_LEAD_S, LEAD_S * request.speed)
        self.begin = sessions[0].arrival - timedelta(seconds=self.lead_s)
        self.clock = self._started_clock()
        self.ocpp_port, self.http_port = free_port(), free_port()
        self.progress: WorldProgress | None = None
        self.gateway: Child | None = None
        self.backend: Child | None = None

    def _started_clock(self) -> Clock:
        """A clock slow enough that everything has booted before the first car arrives, however busy the machine."""
        clock = Clock.starting(self.begin, self.request.speed, self.state / "pace")
        clock.run_at(self.lead_s / (BOOT_TIMEOUT_S * self._size))
        return clock

    @property
    def _size(self) -> float:
        return max(1.0, len(self.spec.stations) / USUAL_SOCKETS)

    async def run(self, show: Show) -> ReplaySummary:
        begun = time.monotonic()
        transactions = await asyncio.to_thread(self._prepare)
        self.clock = self._started_clock()
        async with AsyncExitStack() as stack:
            stack.callback(transactions.close)
            provider_settings = ProviderSettings(self.credentials.secret.hex(), self._webhook_url)
            provider = await stack.enter_async_context(running_provider(provider_settings, self.clock))
            await self._start_children(stack, provider.url)
            pacer = await stack.enter_async_context(running_pacer(self.clock, transactions, self.servers.nats_url))
            world = await self._play(show, transactions, pacer)
            show(ReplayProgress("settling bills and payments", 1, 1))
            books = await self._settle(transactions)
            found = await asyncio.to_thread(books.found, world)
        return summary(found, world, time.monotonic() - begun)

    def _prepare(self) -> PostgresTransactions:
        migrate(self.servers.database_url)
        transactions = PostgresTransactions(self.servers.database_url)
        with transactions.begin() as store:
            if store.stations.site_by_slug(self.spec.slug) is None:
                site = build_network(store, self.spec, self.request.limit_kw, self.credentials, self.begin)
                past = stays_before(self.request.site, self.request.first_day, self.request.history_weeks)
                add_history(store, site, past, Inputs(self.request.inputs), RandomIds())
            add_drivers(store, [session.ref for session in self.sessions], self.credentials, self.begin)
        return transactions

    async def _start_children(self, stack: AsyncExitStack, provider_url: str) -> None:
        environment = child_environment(
            DATABASE_URL=self.servers.database_url,
            NATS_URL=self.servers.nats_url,
            FORECOURT_STATE=str(self.state),
            FORECOURT_CLOCK=self.clock.to_environment(),
            FORECOURT_HTTP=f"127.0.0.1:{self.http_port}",
            FORECOURT_OCPP=f"127.0.0.1:{self.ocpp_port}",
            FORECOURT_PROVIDER_URL=provider_url,
        )
        self.gateway = Child("gateway", ["gateway"], environment, self.state / "gateway.log")
        self.backend = Child("backend", ["run", "--roles", "web,worker"], environment, self.state / "backend.log")
        planner = Child("planner", ["planner"], environment, self.state / "planner.log")
        for child in (self.gateway, self.backend, planner):
            child.start()
            stack.push_async_callback(child.stop)

    async def _play(self, show: Show, transactions: PostgresTransactions, pacer: ReplayPacer) -> WorldResult:
        def moved(progress: WorldProgress) -> None:
            self.progress = progress
            text = f"{progress.at:%b %d %H:%M} UTC  {progress.arrived - progress.left} cars  {progress.power_w / 1000:.1f} kW"
            show(ReplayProgress(text, progress.left, progress.sessions))

        async def opened() -> None:
            """A car at a charger that has not yet accepted its fallback would have to wait for power."""
            deadline = time.monotonic() + FALLBACK_TIMEOUT_S * self._size
            while not await asyncio.to_thread(all_have_fallback, transactions, site_id(self.spec.slug)) and time.monotonic() < deadline:
                await asyncio.sleep(0.1)
            pacer.open()

        return await play(self._world(), moved, opened, pacer.note_activity)

    def _world(self) -> WorldSettings:
        drivers = {
            session.ref: DriverCredential(
                card=None if uses_app(index) else self.credentials.card(session.ref), api_token=self.credentials.api_key(session.ref)
            )
            for index, session in enumerate(self.sessions)
        }
        return WorldSettings(
            ocpp_url=f"ws://127.0.0.1:{self.ocpp_port}/ocpp",
            site=self.spec,
            sessions=self.sessions,
            clock=self.clock,
            passwords={station.id: self.credentials.charger_password(station.id) for station in self.spec.stations},
            drivers=drivers,
            http_url=f"http://127.0.0.1:{self.http_port}",
            limit_kw=self.request.limit_kw,
            inputs=Inputs(self.request.inputs),
            boot_s=CHARGERS_BOOT_S * self._size,
        )

    async def _settle(self, transactions: PostgresTransactions) -> ReplayResults:
        """Wait until every charge is billed, collect from the accounts, and wait until every payment has its answer."""
        deadline = time.monotonic() + SETTLE_S
        books = ReplayResults(transactions, operator_id(), site_id(self.spec.slug))
        while time.monotonic() < deadline and not await asyncio.to_thread(books.all_billed):
            await asyncio.sleep(0.2)
        await asyncio.to_thread(self._collect, transactions)
        while time.monotonic() < deadline and not await asyncio.to_thread(books.all_paid):
            await asyncio.sleep(0.2)
        return books

    def _collect(self, transactions: PostgresTransactions) -> None:
        with transactions.begin() as store:
            collect(store, operator_id(), self.clock.now(), RandomIds())

    @property
    def _webhook_url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}/webhooks/payments"
