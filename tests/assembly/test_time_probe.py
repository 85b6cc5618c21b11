"""A blocked event loop and a changed system clock are detected."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram

from forecourt.assembly.time_probe import TICK_S, TimeProbe


class SetClock:
    """Put back by a minute at some time."""

    back = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) - self.back

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def test_a_blocked_loop_and_a_changed_clock_are_logged_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    registry, clock = CollectorRegistry(), SetClock()
    lates = Histogram("late", "x", buckets=(1.0,), registry=registry)
    probe = TimeProbe(lates, Counter("jumps", "x", registry=registry), clock)
    running = asyncio.create_task(probe.run())
    await asyncio.sleep(TICK_S / 2)
    clock.back = timedelta(minutes=1)
    time.sleep(TICK_S + 1.2)
    await asyncio.sleep(0.1)
    running.cancel()
    said = capsys.readouterr().out
    assert said.count("loop_late") == said.count("clock_jumped") == 1
    assert (registry.get_sample_value("late_count"), registry.get_sample_value("late_bucket", {"le": "1.0"})) == (1, 0)
    assert registry.get_sample_value("jumps_total") == 1
