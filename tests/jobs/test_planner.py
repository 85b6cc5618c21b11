"""The planner plans a site when it is told of it, and all of them within seconds."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import count
from uuid import UUID

import pytest

from flows.conftest import Forecourt, at
from forecourt.jobs import Planner, WorkerPorts
from forecourt.kernel import SiteId
from forecourt.store import MemoryTransactions

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

    async def tell(self, topic: str) -> None:
        if topic == "planned":
            self.done.set()

    async def listen(self, topic: str, heard: Callable[[], None]) -> None:
        self.all[topic] = heard

    async def listen_of_one(self, topic: str, named: Callable[[str], None]) -> None:
        self.of_one[topic] = named

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


async def test_a_word_of_one_site_plans_no_other(place: Forecourt) -> None:
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
