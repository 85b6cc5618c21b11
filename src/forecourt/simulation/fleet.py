"""Chargers for integrators: any number of them against any OCPP server, with cars that come and go."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from forecourt.simulation.car import Car
from forecourt.simulation.charger import NO_FAULTS, OCPP16, PROTOCOLS, ChargerSpec, EvseSpec, FaultPlan, SimulatedCharger, build_charger
from forecourt.simulation.clock import SYSTEM_CLOCK, Clock
from forecourt.simulation.randomness import seeded

REPORT_S = 1.0  # real


@dataclass(frozen=True, slots=True)
class FleetSettings:
    """identity: of the one charger, or the stem of `count` ("CP" gives CP1, CP2, ...). card: what every driver presents.

    stay_s, pause_s, energy_wh: shortest and longest, in virtual seconds and Wh.
    """

    url: str
    identity: str
    count: int = 1
    protocol: str = OCPP16
    password: str | None = None
    card: str = "CARD0001"
    evses: int = 1
    clock: Clock = SYSTEM_CLOCK
    faults: FaultPlan = NO_FAULTS
    stay_s: tuple[float, float] = (300.0, 1800.0)
    pause_s: tuple[float, float] = (10.0, 300.0)
    energy_wh: tuple[int, int] = (500, 8000)
    seed: int = 1

    def __post_init__(self) -> None:
        if not self.url.startswith(("ws://", "wss://")):
            raise ValueError(f"{self.url} is not a ws:// or wss:// address")
        if self.count < 1 or self.evses < 1:
            raise ValueError(f"{self.count} chargers of {self.evses} sockets: at least one of each")
        if self.protocol not in PROTOCOLS:
            raise ValueError(f"{self.protocol} is not one of {', '.join(PROTOCOLS)}")

    def identities(self) -> tuple[str, ...]:
        return (self.identity,) if self.count == 1 else tuple(f"{self.identity}{n}" for n in range(1, self.count + 1))


@dataclass(frozen=True, slots=True)
class FleetReport:
    """Current figures. trouble: why a charger cannot connect, if one cannot."""

    chargers: int
    online: int
    charging: int
    power_w: float
    acknowledged: int
    backlog: int
    links_lost: int
    trouble: str


async def run_chargers(settings: FleetSettings, on_report: Callable[[FleetReport], None] | None = None) -> None:
    """Run until cancelled. Network failures never raise: a charger tries again."""
    chargers = [_charger(settings, identity) for identity in settings.identities()]
    try:
        async with asyncio.TaskGroup() as group:
            for charger in chargers:
                group.create_task(charger.run())
                for number in charger.bays:
                    group.create_task(_traffic(settings, charger, number))
            while True:
                await asyncio.sleep(REPORT_S)
                if on_report is not None:
                    on_report(_report(chargers))
    finally:
        for charger in chargers:
            charger.stop()


def _charger(settings: FleetSettings, identity: str) -> SimulatedCharger:
    evses = tuple(EvseSpec(n, f"{identity}/{n}") for n in range(1, settings.evses + 1))
    spec = ChargerSpec(settings.url, identity, evses, settings.protocol, settings.password, seed=settings.seed)
    return build_charger(spec, settings.clock, faults=settings.faults)


async def _traffic(settings: FleetSettings, charger: SimulatedCharger, number: int) -> None:
    """One socket's cars, one after another."""
    dice: Random = seeded(settings.seed, charger.spec.identity, number)
    clock = settings.clock
    await charger.booted.wait()
    while True:
        await clock.sleep(dice.uniform(*settings.pause_s))
        charger.plug_in(number, Car(dice.randint(*settings.energy_wh)))
        await charger.present_card(number, settings.card)
        await clock.sleep(dice.uniform(*settings.stay_s))
        charger.unplug(number)


def _report(chargers: list[SimulatedCharger]) -> FleetReport:
    bays = [bay for charger in chargers for bay in charger.bays.values()]
    return FleetReport(
        chargers=len(chargers),
        online=sum(c.online for c in chargers),
        charging=sum(b.evse.current_a > 0 for b in bays),
        power_w=sum(b.evse.power_w for b in bays),
        acknowledged=sum(c.count.acknowledged for c in chargers),
        backlog=sum(c.backlog for c in chargers),
        links_lost=sum(c.count.links_lost for c in chargers),
        trouble=next((f"{c.spec.identity}: {c.count.trouble}" for c in chargers if c.count.trouble), ""),
    )
