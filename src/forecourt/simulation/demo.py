"""An endless day for a live console: a recorded day, compressed, so that something always happens."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle

from forecourt.simulation.charger import Charger201
from forecourt.simulation.clock import Clock
from forecourt.simulation.model import RecordedSession
from forecourt.simulation.world import World, WorldSettings

AHEAD_S = 60.0
KEPT_TRUTHS = 500
OTHERS_EVERY_S, OTHERS_FOR_S, OTHERS_A = 600.0, 180.0, 10.0
ASKS_AFTER_S = 15.0


def compressed(sessions: tuple[RecordedSession, ...], start: datetime, squeeze: float) -> Iterator[RecordedSession]:
    """The same day again and again from `start`, everything `squeeze` times as fast, and cars with proportionally less to charge.

    It begins at the recorded day's busiest hour: cars parked then arrive at once, for the rest of their stay.
    """
    if not sessions or not squeeze > 0:
        raise ValueError("a squeezed day needs sessions and a factor above 0")
    ordered = sorted(sessions, key=lambda s: s.arrival)
    fullest = max(ordered, key=lambda s: sum(o.arrival <= s.arrival < o.departure for o in ordered)).arrival
    parked = [s for s in ordered if s.arrival <= fullest < s.departure]
    for session in parked:
        yield _shifted(replace(session, arrival=fullest), fullest, start, squeeze)
    day = timedelta(days=1 + (ordered[-1].arrival - ordered[0].arrival).days)
    lap = 0
    while True:
        later = [replace(s, arrival=s.arrival + day, departure=s.departure + day) for s in ordered if s.arrival <= fullest]
        for session in (*(s for s in ordered if s.arrival > fullest), *later):
            yield _shifted(session, fullest, start + lap * day / squeeze, squeeze)
        lap += 1


def _shifted(session: RecordedSession, base: datetime, start: datetime, squeeze: float) -> RecordedSession:
    def moved(instant: datetime) -> datetime:
        return start + (instant - base) / squeeze

    def less(wh: int) -> int:
        return max(1, round(wh / squeeze))

    said_wh, said_until = session.requested_wh, session.stated_departure
    return replace(
        session,
        arrival=moved(session.arrival),
        departure=max(moved(session.departure), moved(session.arrival) + timedelta(seconds=30)),
        stated_departure=moved(max(said_until, session.departure)) if said_until else None,
        energy_wh=less(session.energy_wh),
        requested_wh=less(said_wh) if said_wh else None,
    )


async def play_endlessly(settings: WorldSettings, squeeze: float = 8.0, opened: Callable[[], Awaitable[None]] | None = None) -> None:
    """Play `settings.sessions` (one recorded day) over and over on the live clock, until cancelled. opened: as `play` has it. Raises
    WorldError."""
    async with World(settings) as world:
        if opened is not None:
            await opened()
        clock = settings.clock
        async with asyncio.TaskGroup() as group:
            group.create_task(_limit_from_outside(world, clock))
            for session in compressed(settings.sessions, datetime.fromtimestamp(clock.seconds(), UTC), squeeze):
                await clock.sleep_until(session.arrival.timestamp() - AHEAD_S)
                group.create_task(world.visit(session))
                group.create_task(_asks(world, clock, session))
                del world.truths[:-KEPT_TRUTHS], world.audit.trace[:-KEPT_TRUTHS]


async def _limit_from_outside(world: World, clock: Clock) -> None:
    """Every ten minutes the grid operator limits another charger for a while; 2.x chargers report it. The first comes soon after the start,
    to be seen."""
    for charger in cycle(sorted(world.chargers.values(), key=lambda one: (not isinstance(one, Charger201), one.spec.identity))):
        await clock.sleep(OTHERS_FOR_S)
        charger.external_limits.set("SO", OTHERS_A)
        await clock.sleep(OTHERS_FOR_S)
        charger.external_limits.lift("SO")
        await clock.sleep(OTHERS_EVERY_S - 2 * OTHERS_FOR_S)


async def _asks(world: World, clock: Clock, session: RecordedSession) -> None:
    """A car at a 2.x charger states its need over the cable, if it charges by then."""
    charger = world.chargers[session.station]
    await clock.sleep_until(session.arrival.timestamp() + ASKS_AFTER_S)
    if isinstance(charger, Charger201) and charger.bays[1].tx is not None:
        charger.car_asks(1, session.energy_wh, session.departure.timestamp())
