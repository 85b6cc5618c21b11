"""The replay's world: a recorded site's chargers, cars and drivers, run against a system known only by its addresses."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from forecourt.simulation.audit import PowerAudit, Violation
from forecourt.simulation.car import TAPER, Car, Step
from forecourt.simulation.charger import NO_FAULTS, ChargerSpec, EvseSpec, FaultPlan, SimulatedCharger, TransactionTruth, build_charger
from forecourt.simulation.clock import Clock
from forecourt.simulation.driver_api import DriverApi, Service
from forecourt.simulation.drivers import Driver, DriverCredential, Inputs
from forecourt.simulation.model import RecordedSession, SiteSpec, StationSpec
from forecourt.simulation.randomness import seeded

PROGRESS_S = 0.25  # real


class WorldError(Exception):
    """The world cannot be played; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class WorldSettings:
    """ocpp_url: without the identity. passwords: by station id. drivers: by session ref. limit_kw: of the audit's rows, None = as recorded.

    settle_s: real seconds that chargers may take at the end until every transaction message is acknowledged.
    """

    ocpp_url: str
    site: SiteSpec
    sessions: tuple[RecordedSession, ...]
    clock: Clock
    passwords: Mapping[str, str]
    drivers: Mapping[str, DriverCredential]
    http_url: str | None = None
    limit_kw: float | None = None
    inputs: Inputs = Inputs.TRUE
    faults: Mapping[str, FaultPlan] = field(default_factory=dict)
    taper: tuple[Step, ...] = TAPER
    meter_interval_s: int = 60
    seed: int = 1
    boot_s: float = 120.0
    settle_s: float = 120.0


@dataclass(frozen=True, slots=True)
class SessionTruth:
    """One stay as it really was. delivered_wh: by the charger's register. transactions: usually one; none if never allowed.

    first_current_at: when the first amp flowed. unused_wh: offered to the car but not taken (its taper, or full).
    """

    ref: str
    station: str
    needed_wh: int
    delivered_wh: int
    plugged_at: datetime
    unplugged_at: datetime
    transactions: tuple[TransactionTruth, ...]
    refused: str = ""
    first_current_at: datetime | None = None
    unused_wh: int = 0


@dataclass(frozen=True, slots=True)
class WorldProgress:
    at: datetime
    sessions: int
    arrived: int
    left: int
    power_w: float
    facts_acknowledged: int


@dataclass(frozen=True, slots=True)
class WorldResult:
    """late_s_max: how far (virtual) the latest arrival lagged behind its time. backlog: messages never acknowledged; 0 when all is well.

    needs_unsaid: drivers whose statement was refused (a stay over before the call came through). virtual_s, real_s: how long the
    stays took, from the first arrival to the last departure.
    """

    sessions: tuple[SessionTruth, ...]
    facts_acknowledged: int
    messages_sent: int
    messages_resent: int
    backlog: int
    discarded: tuple[str, ...]
    reconnects: int
    limit_violation_a_max: float
    violation_seconds: float
    violations: tuple[Violation, ...]
    power_w_max: float
    power_trace: tuple[tuple[float, float], ...]
    late_s_max: float
    needs_unsaid: int = 0
    virtual_s: float = 0.0
    real_s: float = 0.0

    @property
    def delivered_wh(self) -> int:
        return sum(s.delivered_wh for s in self.sessions)

    @property
    def needed_wh(self) -> int:
        return sum(s.needed_wh for s in self.sessions)


class World:
    """All chargers of a site, switched on, and the people who come and go. Use as an async context manager."""

    def __init__(self, settings: WorldSettings, on_stir: Callable[[], None] = lambda: None) -> None:
        """on_stir: called whenever a car has come or gone, or draws another current, and while a driver's app waits for an answer."""
        self.settings, self._on_stir = settings, on_stir
        stations = settings.site.stations
        self.audit = PowerAudit(
            rows=settings.site.rows_at(settings.limit_kw),
            phase_deg={s.id: s.phase_deg for s in stations},
            power_per_amp_w={s.id: float(s.voltage_v * s.loads) for s in stations},
        )
        self.truths: list[SessionTruth] = []
        self.arrived = 0
        self.late_s_max = 0.0
        self.needs_unsaid = 0
        self._took = (0.0, 0.0)
        self._ended: dict[str, list[TransactionTruth]] = {s.id: [] for s in stations}
        self._first_current: dict[str, float] = {}
        self._places = {s.id: asyncio.Lock() for s in stations}
        self.chargers = {s.id: self._charger(s) for s in stations}
        self._tasks: list[asyncio.Task[None]] = []
        self._client = httpx.AsyncClient(timeout=10.0, trust_env=False)
        self._service = None if settings.http_url is None else Service(settings.http_url, settings.site.slug, self._client, on_stir)

    def _charger(self, station: StationSpec) -> SimulatedCharger:
        settings = self.settings
        register_wh = seeded(settings.seed, station.id, "register").randrange(100_000, 9_000_000)
        evse = EvseSpec(1, station.id, station.voltage_v, station.loads, station.max_a, 6, station.allowed_a, register_wh)
        spec = ChargerSpec(
            url=settings.ocpp_url,
            identity=station.id,
            evses=(evse,),
            protocol=station.protocol,
            password=settings.passwords.get(station.id),
            meter_interval_s=settings.meter_interval_s,
            seed=settings.seed,
        )
        return build_charger(spec, settings.clock, self, settings.faults.get(station.id, NO_FAULTS))

    # the observer of every charger

    def current_changed(self, label: str, current_a: float, at: float) -> None:
        self.audit.change(label, current_a, at)
        self._on_stir()
        if current_a > 0:
            self._first_current.setdefault(label, at)

    def transaction_ended(self, truth: TransactionTruth) -> None:
        self._ended[truth.label].append(truth)

    # the story

    async def __aenter__(self) -> "World":
        """Switch every charger on and wait until each is accepted. Raises WorldError naming those that are not."""
        self._tasks = [asyncio.create_task(c.run(), name=c.spec.identity) for c in self.chargers.values()]
        try:
            async with asyncio.timeout(self.settings.boot_s):
                await asyncio.gather(*(c.booted.wait() for c in self.chargers.values()))
        except TimeoutError as error:
            missing = [c for c in self.chargers.values() if not c.booted.is_set()]
            await self._switch_off()
            reason = missing[0].count.trouble or "its boot was not accepted"
            raise WorldError(
                f"{len(missing)} chargers are not in at {self.settings.ocpp_url}; {missing[0].spec.identity}: {reason}"
            ) from error
        except asyncio.CancelledError:
            await self._switch_off()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._switch_off()

    async def _switch_off(self) -> None:
        for charger in self.chargers.values():
            charger.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    async def visit(self, session: RecordedSession) -> None:
        """One car's stay, from arrival to departure; it waits if the previous car has not left yet."""
        settings, clock = self.settings, self.settings.clock
        arrival, departure = session.arrival.timestamp(), session.departure.timestamp()
        await clock.sleep_until(arrival)
        async with self._places[session.station]:
            charger = self.chargers[session.station]
            car = Car(session.energy_wh, charger.spec.evses[0].max_a, taper=settings.taper)
            ended = self._ended[session.station]
            plugged_at = clock.now()
            self.late_s_max = max(self.late_s_max, plugged_at.timestamp() - arrival)
            self.arrived += 1
            self._first_current.pop(session.station, None)
            charger.plug_in(1, car)
            self._on_stir()
            driver = self._driver(session, charger)
            arranging = asyncio.create_task(driver.arrange())
            try:
                await clock.sleep_until(departure)
            finally:
                arranging.cancel()
                with suppress(asyncio.CancelledError):
                    await arranging
                charger.unplug(1)
                self._on_stir()
            self._remember(driver, plugged_at, tuple(ended))
            ended.clear()

    def _driver(self, session: RecordedSession, charger: SimulatedCharger) -> Driver:
        settings = self.settings
        credential = settings.drivers.get(session.ref, DriverCredential())
        api = None if self._service is None or credential.api_token is None else DriverApi(self._service, credential.api_token)
        return Driver(session, credential, charger, 1, settings.clock, api, settings.inputs)

    def _remember(self, driver: Driver, plugged_at: datetime, transactions: tuple[TransactionTruth, ...]) -> None:
        session, refused = driver.session, driver.refused
        if not transactions and not refused and driver.api is not None:
            refused = driver.api.trouble
        first = self._first_current.get(session.station)
        truth = SessionTruth(
            ref=session.ref,
            station=session.station,
            needed_wh=session.energy_wh,
            delivered_wh=sum(t.energy_wh for t in transactions),
            plugged_at=plugged_at,
            unplugged_at=self.settings.clock.now(),
            transactions=transactions,
            refused=refused,
            first_current_at=None if first is None else datetime.fromtimestamp(first, UTC),
            unused_wh=round(driver.charger.bays[driver.evse].evse.unused_wh),
        )
        self.truths.append(truth)
        self.needs_unsaid += bool(driver.unsaid)

    async def play(self, sessions: Iterable[RecordedSession]) -> None:
        """Run all these stays, to the last departure."""
        recorded = tuple(sessions)
        await self.settings.clock.sleep_until(min(stay.arrival for stay in recorded).timestamp())
        virtual, real = self.settings.clock.seconds(), time.monotonic()
        async with asyncio.TaskGroup() as group:
            for session in recorded:
                group.create_task(self.visit(session))
        self._took = self.settings.clock.seconds() - virtual, time.monotonic() - real

    async def settle(self) -> None:
        """Wait until every transaction message is acknowledged, or the timeout has passed (see WorldResult.backlog)."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.settings.settle_s):
                await asyncio.gather(*(c.drained.wait() for c in self.chargers.values()))

    def progress(self) -> WorldProgress:
        return WorldProgress(
            at=datetime.fromtimestamp(self.settings.clock.seconds(), UTC),
            sessions=len(self.settings.sessions),
            arrived=self.arrived,
            left=len(self.truths),
            power_w=self.audit.power_w(),
            facts_acknowledged=sum(c.count.acknowledged for c in self.chargers.values()),
        )

    def result(self) -> WorldResult:
        counts = [c.count for c in self.chargers.values()]
        return WorldResult(
            sessions=tuple(self.truths),
            facts_acknowledged=sum(c.acknowledged for c in counts),
            messages_sent=sum(c.sent for c in counts),
            messages_resent=sum(c.resent for c in counts),
            backlog=sum(c.backlog for c in self.chargers.values()),
            discarded=tuple(d for c in counts for d in c.discarded),
            reconnects=sum(c.reconnects for c in counts),
            limit_violation_a_max=self.audit.limit_violation_a_max,
            violation_seconds=self.audit.violation_seconds,
            violations=tuple(self.audit.worst.values()),
            power_w_max=self.audit.power_w_max,
            power_trace=tuple(self.audit.trace),
            late_s_max=self.late_s_max,
            needs_unsaid=self.needs_unsaid,
            virtual_s=self._took[0],
            real_s=self._took[1],
        )


async def play(
    settings: WorldSettings,
    on_progress: Callable[[WorldProgress], None] | None = None,
    opened: Callable[[], Awaitable[None]] | None = None,
    on_stir: Callable[[], None] = lambda: None,
) -> WorldResult:
    """Switch the site on, play every session to the last departure, wait until all is acknowledged, switch off.

    opened: awaited when every charger is in, before the first car: whatever else the site needs before it opens. The clock
    should start before the first arrival by as long as all that takes. on_stir: as World has it. Raises WorldError.
    """
    async with World(settings, on_stir) as world:
        if opened is not None:
            await opened()
        ticker = asyncio.create_task(_tick(world, on_progress)) if on_progress else None
        try:
            await world.play(settings.sessions)
            await world.settle()
        finally:
            if ticker is not None:
                ticker.cancel()
        if on_progress:
            on_progress(world.progress())
        return world.result()


async def _tick(world: World, on_progress: Callable[[WorldProgress], None]) -> None:
    while True:
        on_progress(world.progress())
        await asyncio.sleep(PROGRESS_S)
