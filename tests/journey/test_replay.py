"""A day: every charge from plug to paid invoice, although parts are killed half-way."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path

import pytest

from forecourt.assembly import Replay, ReplayRequest, ReplaySummary
from forecourt.embedded import Embedded
from forecourt.simulation import load_site, sessions_on

# The first half of a quiet Saturday fits into a minute.
QUIET_DAY = date(2019, 9, 7)
CARS = sessions_on("caltech", QUIET_DAY)[:7]
Interlude = Callable[[Replay], Awaitable[None]]


def played(state: Path, interlude: Interlude, limit_kw: float = 20) -> ReplaySummary:
    """Half the quiet day on a fresh network; the interlude runs beside it."""
    request = ReplayRequest("caltech", QUIET_DAY, limit_kw=limit_kw, speed=900, state=state)
    with Embedded(state) as servers:
        replay = Replay(request, load_site("caltech"), CARS, state, servers)

        async def story() -> ReplaySummary:
            summary, _ = await asyncio.gather(replay.run(lambda _: None), interlude(replay))
            return summary

        return asyncio.run(story())


async def when_cars_charge(replay: Replay, left: int) -> None:
    """Wait until that many cars have left and at least one is there."""
    while replay.progress is None or replay.progress.left < left or replay.progress.arrived == replay.progress.left:
        await asyncio.sleep(0.02)


async def kill_gateway(replay: Replay) -> None:
    await when_cars_charge(replay, 2)
    assert replay.gateway is not None
    assert replay.gateway.pid is not None
    os.kill(replay.gateway.pid, signal.SIGKILL)


async def kill_postgres(replay: Replay) -> None:
    await when_cars_charge(replay, 4)
    assert replay.servers.postgres is not None
    assert replay.servers.postgres.pid is not None
    os.kill(replay.servers.postgres.pid, signal.SIGKILL)


async def kill_both(replay: Replay) -> None:
    await kill_gateway(replay)
    await kill_postgres(replay)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_day_adds_up_and_killing_gateway_and_database_half_way_loses_nothing_and_bills_nothing_twice(tmp_path: Path) -> None:
    summary = played(tmp_path, kill_both)
    assert summary.failures == ()
    assert summary.figures["reconnects"] > 0
    assert summary.figures["energy_metered_wh"] == summary.figures["energy_billed_wh"]
    assert summary.figures["limit_violation_a_max"] == 0
    assert summary.figures["invoices"] == summary.figures["sessions"]
