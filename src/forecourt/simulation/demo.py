"""An endless day for a live console: a recorded day, squeezed, so that something is always happening."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from forecourt.simulation.model import RecordedSession
from forecourt.simulation.world import World, WorldSettings

AHEAD_S = 60.0
KEPT_TRUTHS = 500


def squeezed(sessions: tuple[RecordedSession, ...], start: datetime, squeeze: float) -> Iterator[RecordedSession]:
    """The same day again and again from `start` on, everything `squeeze` times as quick, and cars with as much less to charge.

    It begins at the recorded day's fullest hour: cars that stood there then arrive at once, for the rest of their stay.
    """
    if not sessions or not squeeze > 0:
        raise ValueError("a squeezed day needs sessions and a factor above 0")
    ordered = sorted(sessions, key=lambda s: s.arrival)
    fullest = max(ordered, key=lambda s: sum(o.arrival <= s.arrival < o.departure for o in ordered)).arrival
    standing = [s for s in ordered if s.arrival <= fullest < s.departure]
    for session in standing:
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


async def play_endlessly(settings: WorldSettings, squeeze: float = 8.0) -> None:
    """Play `settings.sessions` (one recorded day) over and over on the live clock, until cancelled. Raises WorldError."""
    async with World(settings) as world:
        clock = settings.clock
        async with asyncio.TaskGroup() as group:
            for session in squeezed(settings.sessions, datetime.fromtimestamp(clock.seconds(), UTC), squeeze):
                await clock.sleep_until(session.arrival.timestamp() - AHEAD_S)
                group.create_task(world.visit(session))
                del world.truths[:-KEPT_TRUTHS], world.audit.trace[:-KEPT_TRUTHS]
