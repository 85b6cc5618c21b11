"""Meter readings requested after an accepted limit: repeated while needed, never where unsupported."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from flows.conftest import Forecourt
from forecourt.assembly.identifiers import RandomIds
from forecourt.flows.ports import ChargerOrder
from forecourt.flows.power import REPEAT_READINGS_AFTER_S
from forecourt.jobs import WorkerPorts
from forecourt.jobs.reading_requests import UNSUPPORTED_FOR, ReadingRequests
from forecourt.kernel import ChargerId
from forecourt.stations import OrderResult, Outcome, ReportMeter, SetLimit
from power_world import NOON, plan, safe_fallback

from .test_order_delivery import Silent


class Fast:
    """A clock that is wherever somebody wants to sleep until."""

    def __init__(self) -> None:
        self.at, self.slept = NOON, []

    def now(self):
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)
        await asyncio.sleep(0)


class Scene:
    """Two cars at a site: CP1 was told 6 A and has not shown it, the plan means more for CP2. asked: when CP1 was asked for a reading."""

    def __init__(self, transactions) -> None:
        self.forecourt = Forecourt(transactions)
        with transactions.begin() as store:
            self.forecourt.build(store)
        safe_fallback(self.forecourt)
        for charger in ("CP1", "CP2"):
            self.forecourt.starts(charger, 0)
        plan(self.forecourt, 1)
        self.grant(1, sent_a=6, confirmed_a=6, counted_a=32, target_a=6)
        self.grant(2, sent_a=8, confirmed_a=8, counted_a=8, target_a=26)
        self.clock, self.asked, self.answer, self.after = Fast(), [], Outcome.ACCEPTED, lambda: None
        self.looks = ReadingRequests(WorkerPorts(transactions, self.clock, RandomIds(), Silent(), self.ask, None))

    def grant(self, number: int, **values) -> None:
        with self.forecourt.transactions.begin() as store:
            store.plans.put_grant(replace(store.plans.grant(self.forecourt.evse_id(number)), **values))

    async def ask(self, charger: ChargerId, wanted) -> OrderResult:
        assert (charger, wanted) == ("CP1", ReportMeter(1))
        self.asked.append((self.clock.at - NOON).total_seconds())
        self.after()
        return OrderResult(self.answer)

    def looked(self) -> list[float]:
        """Seconds at which CP1 was asked, after one more answer of its."""
        self.asked.clear()

        async def go() -> None:
            self.looks.begin(ChargerOrder(ChargerId("CP1"), SetLimit(1, 6, 1, "T")), ReportMeter(1))
            others = asyncio.all_tasks() - {asyncio.current_task()}
            await asyncio.gather(*others)

        asyncio.run(go())
        return self.asked


@pytest.fixture
def scene(any_transactions) -> Scene:
    return Scene(any_transactions)


def test_readings_are_requested_again_until_the_limit_is_confirmed_or_the_retries_end(scene: Scene) -> None:
    assert scene.looked() == [0.0, *REPEAT_READINGS_AFTER_S]


@pytest.mark.parametrize(
    ("number", "now"),
    [(1, {"counted_a": 6}), (1, {"sent_a": 8}), (1, {"testing": True}), (1, {"disobeyed": 3}), (2, {"sent_a": 26})],
    ids=["shown", "told anew", "in a test", "not to be relied on", "nobody waits"],
)
def test_readings_are_requested_once_where_repeats_are_of_no_use(scene: Scene, number: int, now: dict) -> None:
    scene.grant(number, **now)
    assert scene.looked() == [0.0]


def test_readings_are_no_longer_requested_once_one_has_confirmed_the_limit(scene: Scene) -> None:
    scene.after = lambda: scene.grant(1, counted_a=6) if len(scene.asked) == 2 else None
    assert scene.looked() == [0.0, REPEAT_READINGS_AFTER_S[0]]


def test_a_charger_that_does_not_support_reading_requests_gets_none_for_a_day(scene: Scene) -> None:
    scene.answer = Outcome.UNSUPPORTED
    assert (len(scene.looked()), len(scene.looked())) == (1, 0)
    scene.clock.at += UNSUPPORTED_FOR
    scene.answer = Outcome.ACCEPTED
    assert len(scene.looked()) == 4


def test_a_newer_accepted_limit_replaces_the_reading_requests_of_an_older_one(scene: Scene) -> None:
    async def go() -> None:
        for _ in range(2):
            scene.looks.begin(ChargerOrder(ChargerId("CP1"), SetLimit(1, 6, 1, "T")), ReportMeter(1))
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))

    asyncio.run(go())
    assert len(scene.asked) == 2 + len(REPEAT_READINGS_AFTER_S)
