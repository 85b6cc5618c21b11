"""The planner plans a site when it receives a hint, and every site within seconds."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import count
from uuid import UUID

import pytest

from flows.conftest import Forecourt, at
from forecourt.jobs import Planner, WorkerPorts
from forecourt.jobs.site_pool import weight
from forecourt.kernel import ChargerId, EvseId, SessionId, SiteId
from forecourt.store import MemoryTransactions, PostgresTransactions

OTHER = SiteId(UUID(int=77))


class Clock:
    """A step later at each look."""

    def __init__(self) -> None:
        self._minutes = count(5, 5)

    def now(self) -> datetime:
        return at(next(self._minutes))

    async def sleep(self, _seconds: float) -> None:
        await asyncio.Event().wait()


class Wires:
    """Hints within one process; `done`: after each round of plans."""

    def __init__(self) -> None:
        self.of_one: dict[str, Callable[[str], None]] = {}
        self.all: dict[str, Callable[[], None]] = {}
        self.done = asyncio.Event()

    async def publish(self, topic: str) -> None:
        if topic == "planned":
            self.done.set()

    async def listen(self, topic: str, heard: Callable[[], None]) -> None:
        self.all[topic] = heard

    async def listen_named(self, topic: str, named: Callable[[str], None]) -> None:
        self.of_one[topic] = named

    async def register(self, name: str) -> None: ...

    async def withdraw(self, name: str) -> None: ...

    async def is_present(self, name: str) -> bool | None:
        return None

    async def until_done(self) -> None:
        async with asyncio.timeout(4):  # sooner than the next look at all sites
            await self.done.wait()
        self.done.clear()


@pytest.fixture
def place() -> Forecourt:
    """A site with a car, and one where nobody is."""
    made = Forecourt(MemoryTransactions())
    with made.transactions.begin() as store:
        made.build(store)
        store.stations.put_site(replace(store.stations.site(made.site_id), id=OTHER, slug="other", limits=()))
    made.starts("CP1", 0)
    return made


async def test_a_hint_for_one_site_plans_only_that_site(place: Forecourt) -> None:
    def plans() -> int:
        with place.transactions.begin() as store:
            return store.plans.latest(place.site_id).number

    wires = Wires()
    planner = Planner(WorkerPorts(place.transactions, Clock(), place.ids, wires, None, None))
    running = asyncio.create_task(planner.run())
    try:
        await wires.until_done()
        begun = plans()
        wires.of_one["plan"](str(OTHER))
        await wires.until_done()
        assert plans() == begun
        wires.of_one["plan"](str(place.site_id))
        await wires.until_done()
        assert plans() == begun + 1
        wires.all["plan"]()
        await wires.until_done()
        assert plans() == begun + 2
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def numbers(place: Forecourt) -> int:
    with place.transactions.begin() as store:
        return latest.number if (latest := store.plans.latest(place.site_id)) else 0


async def test_a_site_that_fails_does_not_keep_others_from_being_planned(place: Forecourt) -> None:
    """It has a charge at a socket that does not exist, so that no plan is possible."""
    with place.transactions.begin() as store:
        (session,) = store.sessions.open_at(place.site_id)
        store.sessions.put(replace(session, id=SessionId(UUID(int=9)), site_id=OTHER, transaction="9"))
    planner = Planner(WorkerPorts(place.transactions, Clock(), place.ids, Wires(), None, None))
    await planner.run_round()
    await planner.run_round()
    assert numbers(place) == 2
    assert planner.failures == {"failed": 2, "slow": 0}


async def test_a_site_whose_planning_is_blocked_does_not_block_others(transactions: PostgresTransactions) -> None:
    """Another transaction holds the lock of one site. Its planning continues once that is released, and never twice at a time."""
    place = Forecourt(transactions)
    with transactions.begin() as store:
        place.build(store)
    place.starts("CP1", 0)
    with transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(place.site_id), id=OTHER, slug="other", limits=()))
        evse = replace(store.stations.evse(place.evse_id(2)), id=EvseId(UUID(int=777)), site_id=OTHER, charger_id=ChargerId("X"))
        store.stations.put_charger(replace(store.stations.charger(ChargerId("CP2")), id=ChargerId("X"), site_id=OTHER))
        store.stations.put_evse(evse)
    planner = Planner(WorkerPorts(transactions, Clock(), place.ids, Wires(), None, None), plan_timeout_s=1.0)
    with transactions.begin() as holder:
        holder.plans.lock_site(OTHER)
        await planner.run_round()
        await planner.run_round()
        assert numbers(place) == 2
        assert planner.failures == {"failed": 0, "slow": 1}
    await planner.run_round()
    assert numbers(place) == 3


class Told(Wires):
    """Several planners hear each other, and know who is there."""

    def __init__(self) -> None:
        super().__init__()
        self.planners: list[Callable[[str], None]] = []
        self.present = set[str]()
        self.asked = asyncio.Event()

    async def publish(self, topic: str) -> None:
        await super().publish(topic)
        for heard in self.planners if topic.startswith("planner.") else ():
            heard(topic.split(".")[1])

    async def listen_named(self, topic: str, named: Callable[[str], None]) -> None:
        if topic == "planner":
            self.planners.append(named)
        await super().listen_named(topic, named)

    async def register(self, name: str) -> None:
        self.present.add(name)

    async def is_present(self, name: str) -> bool | None:
        self.asked.set()
        return name in self.present


async def test_only_one_of_two_planners_plans_a_site(place: Forecourt) -> None:
    wires = Told()
    both = [Planner(WorkerPorts(place.transactions, Clock(), place.ids, wires, None, None)) for _ in range(2)]
    for one in both:
        await one.join()
        await one.run_round()  # the first look of each is at all of them
    begun = numbers(place)
    for one in both:
        await one.run_round()
    assert numbers(place) == begun + 1


async def test_events_at_a_site_whose_planner_is_gone_are_planned_by_another_planner(place: Forecourt) -> None:
    wires = Told()
    running = asyncio.create_task(Planner(WorkerPorts(place.transactions, Clock(), place.ids, wires, None, None)).run())
    try:
        await wires.until_done()
        (own,) = wires.present
        other = next(
            name for name in map(str, count()) if weight(name, place.site_id) > weight(own.removeprefix("planner-"), place.site_id)
        )
        wires.present.add(f"planner-{other}")
        await wires.publish(f"planner.{other}")
        await wires.asked.wait()
        begun = numbers(place)
        wires.present.discard(f"planner-{other}")
        wires.of_one["plan"](str(place.site_id))
        await wires.until_done()
        assert numbers(place) > begun
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
