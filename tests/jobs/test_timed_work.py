"""Workers share timed work by site: each site has one worker, and another when that one is gone."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest

from flows.conftest import Forecourt, at
from forecourt.jobs import WorkerPorts
from forecourt.jobs.site_pool import SitePool
from forecourt.jobs.timed_work import STUCK_AFTER_S, TimedWork
from forecourt.kernel import ChargerId, SiteId
from forecourt.stations import Approval
from forecourt.store import MemoryTransactions

SITES = [SiteId(UUID(int=1000 + number)) for number in range(12)]
DUE = 10


class Clock:
    def __init__(self) -> None:
        self.minute = 0

    def now(self) -> datetime:
        return at(self.minute)

    async def sleep(self, _seconds: float) -> None:
        await asyncio.Event().wait()


class Wires:
    """Hints between workers of one process."""

    def __init__(self) -> None:
        self.heard: list[Callable[[str], None]] = []
        self.present = set[str]()
        self.now_s = 0.0

    async def publish(self, topic: str) -> None:
        for one in self.heard if topic.startswith("worker.") else ():
            one(topic.split(".")[1])

    async def listen_named(self, _topic: str, on_name: Callable[[str], None]) -> None:
        self.heard.append(on_name)

    async def register(self, name: str) -> None:
        self.present.add(name)

    async def withdraw(self, name: str) -> None:
        self.present.discard(name)

    async def is_present(self, name: str) -> bool | None:
        return name in self.present


class Workers:
    """Two workers of a network in which a charger of each site is to be retired at minute `DUE`."""

    def __init__(self) -> None:
        self.place, self.clock, self.wires = Forecourt(MemoryTransactions()), Clock(), Wires()
        with self.place.transactions.begin() as store:
            self.place.build(store)
            site, charger = store.stations.site(self.place.site_id), store.stations.charger(ChargerId("CP1"))
            for number, site_id in enumerate(SITES):
                store.stations.put_site(replace(site, id=site_id, slug=f"site-{number}", limits=()))
                named = replace(charger, id=ChargerId(f"R{number}"), site_id=site_id, connected=True, retires_at=at(DUE))
                store.stations.put_charger(named)
        self.ports = WorkerPorts(self.place.transactions, self.clock, self.place.ids, self.wires, None, None)
        self.pools = [SitePool("worker", self.wires, lambda: self.wires.now_s) for _ in range(2)]
        self.first, self.second = (TimedWork(self.ports, pool, lambda: self.wires.now_s) for pool in self.pools)

    async def start(self) -> None:
        for pool, one in zip(self.pools, (self.first, self.second), strict=True):
            await pool.join()
            await one.tick()  # the first tick of each is for all sites

    def retired(self) -> int:
        with self.place.transactions.begin() as store:
            return sum(not store.stations.chargers(site_id, Approval.APPROVED) for site_id in SITES)


@pytest.fixture
async def workers() -> Workers:
    made = Workers()
    await made.start()
    made.clock.minute = DUE
    return made


async def test_two_workers_do_timed_work_for_all_sites_each_for_a_part(workers: Workers) -> None:
    await workers.first.tick()
    assert 0 < workers.retired() < len(SITES)
    await workers.second.tick()
    assert workers.retired() == len(SITES)


async def test_the_sites_of_a_worker_that_ended_are_taken_over_by_the_other(workers: Workers) -> None:
    await workers.first.check_presence()
    await workers.pools[1].leave()
    await workers.first.check_presence()
    await workers.first.tick()
    assert workers.retired() == len(SITES)


async def test_a_stuck_worker_loses_its_sites_to_the_other(workers: Workers) -> None:
    for _ in range(3):
        workers.wires.now_s += STUCK_AFTER_S
        await workers.first.tick()
        await workers.second.check_presence()
    assert workers.retired() == len(SITES)


async def test_a_step_that_fails_at_every_site_stops_no_other_step_and_no_other_site() -> None:
    def unreadable() -> None:
        raise ValueError("the key of the signing authority cannot be read")

    workers = Workers()
    workers.clock.minute = DUE
    await TimedWork(replace(workers.ports, authority=unreadable), workers.pools[0]).tick()
    assert workers.retired() == len(SITES)


async def test_a_worker_waiting_between_two_ticks_keeps_its_sites(workers: Workers) -> None:
    for _ in range(6):
        workers.wires.now_s += 10
        await workers.second.check_presence()
        await workers.first.tick()
    assert workers.retired() < len(SITES)
