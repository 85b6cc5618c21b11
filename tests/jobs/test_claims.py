"""Work interrupted by a database outage is done as soon as it is back, not at the end of its lease."""

import asyncio
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from threading import Event
from uuid import UUID

import pytest

from forecourt.assembly.identifiers import RandomIds
from forecourt.flows.desk import enqueue_order
from forecourt.flows.ports import StoreUnavailable
from forecourt.jobs import WorkerPorts
from forecourt.jobs.claims import Claims
from forecourt.kernel import ChargerId, OperatorId
from forecourt.stations import Approval, Charger, Operator, ReadSettings
from jobs.test_order_delivery import NOON, Noon, Silent
from stores import both_stores


@pytest.fixture
def claims(any_transactions) -> Claims:
    """Of a worker; one order waits."""
    operator = OperatorId(UUID(int=1))
    with any_transactions.begin() as store:
        store.stations.put_operator(Operator(operator, "Test", "Test GmbH", "DE", "DE123456789", "Weg 1", "EUR"))
        store.stations.put_charger(Charger(ChargerId("C1"), Approval.APPROVED, operator))
        enqueue_order(store, ChargerId("C1"), ReadSettings(), NOON - timedelta(minutes=1), RandomIds(), "boot/1")
    return Claims(WorkerPorts(any_transactions, Noon(), RandomIds(), Silent(), None, None))


def claimed(claims: Claims) -> list[str]:
    return [item.key for item in asyncio.run(claims.claim("charger"))]


def interrupted(claims: Claims, error: Exception) -> None:
    items = asyncio.run(claims.claim("charger"))
    with pytest.raises(type(error)), claims.in_progress(items):
        raise error


@both_stores
def test_interrupted_work_is_claimed_again_at_once(claims: Claims) -> None:
    interrupted(claims, StoreUnavailable("away"))
    assert claimed(claims) == ["C1"]
    assert claimed(claims) == []


@both_stores
def test_work_interrupted_by_a_database_outage_is_claimed_again_after_all_its_calls_ended(claims: Claims) -> None:
    ended: list[str] = []

    async def call(error: Exception, turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        ended.append(type(error).__name__)
        raise error

    async def work() -> None:
        await claims.work_on(await claims.claim("charger"), (call(ValueError(), 1), call(StoreUnavailable("away"), 2), call(KeyError(), 3)))

    with pytest.raises(StoreUnavailable):
        asyncio.run(work())
    assert ended == ["ValueError", "StoreUnavailable", "KeyError"]
    assert claimed(claims) == ["C1"]


class FirstLast:
    """Units of work of which the first begins when the second is over."""

    def __init__(self, kept) -> None:
        self.kept, self.begun, self.second_over = kept, count(1), Event()

    @contextmanager
    def begin(self):
        number = next(self.begun)
        if number == 1:
            assert self.second_over.wait(30)
        with self.kept.begin() as store:
            yield store
        if number == 2:
            self.second_over.set()


@both_stores
def test_two_lanes_claiming_at_once_release_interrupted_work_once(claims: Claims, any_transactions) -> None:
    """A second release would end the lease of a worker that has claimed it since."""
    interrupted(claims, StoreUnavailable("away"))
    slow = Claims(WorkerPorts(FirstLast(any_transactions), Noon(), RandomIds(), Silent(), None, None))
    slow._interrupted = claims._interrupted

    async def at_once() -> list[str]:
        return [item.key for items in await asyncio.gather(slow.claim("task"), slow.claim("charger")) for item in items]

    assert [*asyncio.run(at_once()), *claimed(slow)] == ["C1"]


@both_stores
def test_work_that_failed_for_another_reason_stays_leased(claims: Claims) -> None:
    interrupted(claims, ValueError("a fault"))
    assert claimed(claims) == []


@both_stores
def test_results_stored_before_the_outage_are_not_repeated(claims: Claims, any_transactions) -> None:
    items = asyncio.run(claims.claim("charger"))
    with pytest.raises(StoreUnavailable), claims.in_progress(items):
        with any_transactions.begin() as store:
            store.outbox.done(items[0].id, NOON, "ACCEPTED")
        raise StoreUnavailable("away")
    assert claimed(claims) == []
