"""Planner processes share the sites: each site has one planner while processes come and go."""

import asyncio
from collections.abc import Callable
from itertools import pairwise
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.jobs.site_pool import ASSUME_GONE_AFTER_S, SILENT_AFTER_S, SitePool
from forecourt.kernel import SiteId

SITES = [SiteId(UUID(int=number)) for number in range(60)]


class Bus:
    """All who listen hear who tells; but for those who are cut off."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.heard: list[Callable[[str], None]] = []
        self.present = set[str]()
        self.frozen = set[str]()

    async def publish(self, topic: str) -> None:
        for one in self.heard:
            one(topic.split(".")[1])

    async def listen_named(self, _: str, named: Callable[[str], None]) -> None:
        self.heard.append(named)

    async def register(self, name: str) -> None:
        self.present.add(name)

    async def withdraw(self, name: str) -> None:
        self.present.discard(name)

    async def is_present(self, name: str) -> bool | None:
        return None if name in self.frozen else name in self.present


async def planners(bus: Bus, number: int) -> list[SitePool]:
    made = [SitePool("planner", bus, lambda: bus.now_s) for _ in range(number)]
    for one in made:
        await one.join()
        await one.finished_round()
    return made


async def round_of(bus: Bus, here: list[SitePool]) -> dict[SiteId, list[str]]:
    """Who has each site, a round later."""
    bus.now_s += 5
    for one in here:
        await one.report_progress()
    return {site: [one.name for one in here if one.ownership()(site)] for site in SITES}


@settings(max_examples=10)
@given(st.lists(st.integers(1, 5), min_size=2, max_size=4))
def test_each_site_has_one_planner_and_keeps_it_while_it_is_running(numbers: list[int]) -> None:
    async def play() -> None:
        bus = Bus()
        everybody = await planners(bus, max(numbers))
        had = []
        for number in numbers:  # the first of them are there, the others are not
            bus.now_s += ASSUME_GONE_AFTER_S
            had.append((number, await round_of(bus, everybody[:number])))
        assert all(len(names) == 1 for _, of in had for names in of.values())
        for (before, old), (after, new) in pairwise(had):
            stay = {one.name for one in everybody[: min(before, after)]}
            assert all(new[site] == old[site] or not {*new[site], *old[site]} <= stay for site in SITES)

    asyncio.run(play())


async def test_a_planner_that_receives_no_messages_plans_all_sites() -> None:
    bus = Bus()
    here = await planners(bus, 2)
    assert all(len(names) == 1 for names in (await round_of(bus, here)).values())
    bus.heard.clear()
    bus.now_s += ASSUME_GONE_AFTER_S
    assert all(len(names) == 2 for names in (await round_of(bus, here)).values())


async def test_a_stuck_planner_loses_its_sites_to_the_others() -> None:
    bus = Bus()
    first, second = await planners(bus, 2)
    shared = await round_of(bus, [first, second])
    assert {first.name, second.name} == {name for names in shared.values() for name in names}
    for _ in range(7):
        alone = await round_of(bus, [first])
    assert set(map(tuple, alone.values())) == {(first.name,)}


async def test_an_ended_planner_loses_its_sites_at_the_next_check() -> None:
    bus = Bus()
    first, second, third = await planners(bus, 3)
    had = await round_of(bus, [first, second, third])
    assert not await first.check_others()
    assert not await third.check_others()
    await second.leave()
    assert await first.check_others()
    assert await third.check_others()
    assert all(first.ownership()(site) for site in SITES if had[site] == [first.name])
    assert not any(first.ownership()(site) for site in SITES if had[site] == [third.name])
    assert all(first.ownership()(site) != third.ownership()(site) for site in SITES)


async def test_an_unresponsive_planner_keeps_its_sites_for_a_short_time() -> None:
    bus = Bus()
    first, second = await planners(bus, 2)
    had = await round_of(bus, [first, second])
    await first.check_others()
    bus.frozen |= bus.present
    bus.now_s += SILENT_AFTER_S - 1
    assert not await first.check_others()
    assert {site for site in SITES if first.ownership()(site)} == {site for site in SITES if had[site] == [first.name]}
    bus.now_s += 1
    assert await first.check_others()
    assert all(first.ownership()(site) for site in SITES)


async def test_a_planner_of_an_older_release_counts_by_its_announcements() -> None:
    bus = Bus()
    first, second = await planners(bus, 2)
    bus.present.clear()
    had = await round_of(bus, [first, second])
    assert not await first.check_others()
    assert {site for site in SITES if first.ownership()(site)} == {site for site in SITES if had[site] == [first.name]}


async def test_a_planner_that_ends_before_its_first_round_takes_no_sites() -> None:
    bus = Bus()
    (first,) = await planners(bus, 1)
    for _ in range(3):  # started again and again
        fresh = SitePool("planner", bus, lambda: bus.now_s)
        await fresh.join()
        await fresh.report_progress()
    assert all(names == [first.name] for names in (await round_of(bus, [first])).values())
