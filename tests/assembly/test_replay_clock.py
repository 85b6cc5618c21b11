"""The clock of a replay slows down to real speed while the servers work, and stands still while the process is suspended."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from forecourt.assembly.identifiers import RandomIds
from forecourt.assembly.pacing import ALIVE_S, ReplayPacer
from forecourt.flows.ports import ChargerOrder, OutboxItem
from forecourt.kernel import ChargerId, OperatorId
from forecourt.simulation import Clock
from forecourt.stations import ReportMeter
from forecourt.store import MemoryTransactions

SPEED = 600.0
ORIGIN = datetime(2019, 9, 5, 12, tzinfo=UTC)


class Wires:
    """Hints within one process."""

    def __init__(self) -> None:
        self._heard: dict[str, list[Callable[[], None]]] = {}
        self._named: dict[str, list[Callable[[str], None]]] = {}

    async def publish(self, topic: str) -> None:
        for heard in self._heard.get(topic, []):
            heard()
        of, _, name = topic.rpartition(".")
        for named in self._named.get(of, []):
            named(name)

    async def listen(self, topic: str, heard: Callable[[], None]) -> None:
        self._heard.setdefault(topic, []).append(heard)

    async def listen_named(self, topic: str, named: Callable[[str], None]) -> None:
        self._named.setdefault(topic, []).append(named)


class Replay:
    def __init__(self, folder: Path) -> None:
        self.clock, self.wires, self.transactions = Clock.starting(ORIGIN, SPEED, folder / "pace"), Wires(), MemoryTransactions()
        self.pacer = ReplayPacer(self.clock, self.transactions, self.wires)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Replay"]:
        work = asyncio.create_task(self.pacer.run())
        await asyncio.sleep(0)
        self.pacer.open()
        await self.runs_at(SPEED)
        try:
            yield self
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    def rate(self) -> float:
        """Of the line in force, a moment after it was drawn; 0 where it has ended."""
        assert self.clock.pace is not None
        now, moment = time.time(), 1e-3
        return (self.clock.pace.at(now + moment) - self.clock.pace.at(now)) / moment

    async def runs_at(self, rate: float) -> None:
        async with asyncio.timeout(20):
            while abs(self.rate() - rate) > 0.01 * rate:
                await asyncio.sleep(0.002)

    def order(self, lane: str = "charger") -> OutboxItem:
        now, charger = self.clock.now(), ChargerId("CP-1")
        work = ChargerOrder(charger, ReportMeter(1))
        item = OutboxItem(RandomIds().new(now), OperatorId(RandomIds().new(now)), None, lane, charger, work, now, "one")
        with self.transactions.begin() as store:
            store.outbox.put(item)
        return item


@pytest.fixture
async def replay(tmp_path: Path) -> AsyncIterator[Replay]:
    async with Replay(tmp_path).running() as one:
        yield one


@pytest.mark.parametrize("lane", ["charger", "payment"])
async def test_replay_time_runs_at_real_speed_until_an_order_is_answered(replay: Replay, lane: str) -> None:
    item = replay.order(lane)
    await replay.wires.publish("outbox")
    await replay.runs_at(1.0)
    with replay.transactions.begin() as store:
        store.outbox.done(item.id, replay.clock.now(), "accepted")
    await replay.runs_at(SPEED)


async def test_an_unanswered_order_slows_replay_time_only_once(replay: Replay) -> None:
    async def held_up_s() -> float:
        begun = time.monotonic()
        replay.pacer.note_activity()
        await replay.runs_at(1.0)
        await replay.runs_at(SPEED)
        return time.monotonic() - begun

    replay.order()
    first_s, second_s = await held_up_s(), await held_up_s()
    assert second_s < first_s / 4


@pytest.mark.parametrize("beginning", ["plan", "plan.of-one-site", "planning"])
async def test_replay_time_runs_at_real_speed_while_a_plan_is_requested_or_made(replay: Replay, beginning: str) -> None:
    await replay.wires.publish(beginning)
    await replay.runs_at(1.0)
    await replay.wires.publish("planned")
    await replay.runs_at(SPEED)


async def test_replay_time_does_not_pass_while_the_process_is_suspended(replay: Replay) -> None:
    before = replay.clock.seconds()
    time.sleep(10 * ALIVE_S)
    assert replay.clock.seconds() - before <= ALIVE_S * SPEED + 1e-3
    await replay.runs_at(SPEED)
