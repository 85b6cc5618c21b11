"""What a killed worker had claimed is claimed by another within seconds, not at the end of its lease."""

from uuid import UUID

import pytest

from forecourt.assembly.identifiers import RandomIds
from forecourt.flows.desk import enqueue_order
from forecourt.flows.ports import OutboxItem, Transactions
from forecourt.jobs import WorkerPorts
from forecourt.jobs.claims import Claims
from forecourt.jobs.lost_workers import GONE_AFTER_S, LostWorkers
from forecourt.jobs.site_pool import SitePool
from forecourt.kernel import ChargerId, OperatorId
from forecourt.stations import Approval, Charger, Operator, ReadSettings
from jobs.test_order_delivery import NOON, Noon
from jobs.test_timed_work import Wires
from stores import both_stores

OPERATOR = OperatorId(UUID(int=1))


class Pair:
    """Two workers on one bus; an order waits. The second looks for workers that are gone."""

    def __init__(self, transactions: Transactions) -> None:
        with transactions.begin() as store:
            store.stations.put_operator(Operator(OPERATOR, "Test", "Test GmbH", "DE", "DE123456789", "Weg 1", "EUR"))
            store.stations.put_charger(Charger(ChargerId("C1"), Approval.APPROVED, OPERATOR))
            enqueue_order(store, ChargerId("C1"), ReadSettings(), NOON, RandomIds(), "boot/1")
        self.wires, self.known = Wires(), True
        ports = WorkerPorts(transactions, Noon(), RandomIds(), self.wires, None, None)
        self.pools = [SitePool("worker", self.wires) for _ in range(2)]
        self.first, self.second = (Claims(ports, pool.name) for pool in self.pools)
        self.lost = LostWorkers(ports, self.pools[1], lambda: self.wires.now_s)

    async def start(self) -> None:
        for pool in self.pools:
            await pool.join()

    async def check_for(self, seconds: float) -> None:
        for _ in range(int(seconds)):
            await self.lost.check()
            self.wires.now_s += 1

    async def second_claims(self) -> list[OutboxItem]:
        return list(await self.second.claim("charger"))


@pytest.fixture
async def pair(any_transactions: Transactions) -> Pair:
    made = Pair(any_transactions)
    await made.start()
    return made


@both_stores
async def test_claims_of_a_killed_worker_are_released_once_it_has_been_gone_for_seconds(pair: Pair) -> None:
    assert len(await pair.first.claim("charger")) == 1
    await pair.pools[0].leave()
    await pair.check_for(GONE_AFTER_S)
    assert await pair.second_claims() == []
    await pair.check_for(1)
    assert [one.attempts for one in await pair.second_claims()] == [1]


@both_stores
async def test_claims_of_a_running_worker_wait_for_their_lease(pair: Pair) -> None:
    await pair.first.claim("charger")
    await pair.check_for(3 * GONE_AFTER_S)
    assert await pair.second_claims() == []


@both_stores
async def test_a_worker_that_is_back_within_seconds_keeps_its_claims(pair: Pair) -> None:
    await pair.first.claim("charger")
    for _ in range(3):
        await pair.pools[0].leave()
        await pair.check_for(GONE_AFTER_S - 1)
        await pair.pools[0].join()
        await pair.check_for(1)
    assert await pair.second_claims() == []


@both_stores
async def test_while_the_presence_of_workers_is_unknown_no_claim_is_released(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(_name: str) -> None: ...

    await pair.first.claim("charger")
    monkeypatch.setattr(pair.wires, "is_present", unknown)
    await pair.check_for(3 * GONE_AFTER_S)
    assert await pair.second_claims() == []


@both_stores
async def test_work_during_which_two_workers_were_lost_waits_for_its_lease(pair: Pair) -> None:
    """It may be what ended them."""
    await pair.first.claim("charger")
    await pair.pools[0].leave()
    await pair.check_for(GONE_AFTER_S + 1)
    await pair.second_claims()
    pair.lost = LostWorkers(pair.lost._ports, pair.pools[0], lambda: pair.wires.now_s)
    await pair.pools[1].leave()
    await pair.check_for(3 * GONE_AFTER_S)
    assert await pair.first.claim("charger") == []
