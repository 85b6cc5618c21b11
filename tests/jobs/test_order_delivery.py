"""Orders are sent in parallel and their answers stored together; one that cannot be stored does not affect the others."""

import asyncio
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from forecourt.assembly.identifiers import RandomIds
from forecourt.flows.desk import enqueue_order
from forecourt.flows.ports import StoreUnavailable
from forecourt.jobs import WorkerPorts
from forecourt.jobs.claims import Claims
from forecourt.jobs.order_delivery import OrderDelivery
from forecourt.kernel import ChargerId, OperatorId, Refused
from forecourt.stations import Approval, Charger, Operator, OrderResult, Outcome, ReadSettings

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
OPERATOR = OperatorId(UUID(int=1))


class Noon:
    def now(self) -> datetime:
        return NOON

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


class Silent:
    async def publish(self, topic: str) -> None: ...
    async def listen(self, topic: str, heard) -> None: ...
    async def listen_named(self, topic: str, named) -> None: ...


class Counted:
    """Units of work, counted; one that would close the named item is refused."""

    def __init__(self, kept, refused: UUID | None = None) -> None:
        self.kept, self.refused, self.commits = kept, refused, 0

    @contextmanager
    def begin(self):
        with self.kept.begin() as store:
            before = {item.id for item in store.outbox.open_items("charger")}
            yield store
            if self.refused in before - {item.id for item in store.outbox.open_items("charger")}:
                raise Refused("planted", "Not this one.")
        self.commits += 1


@pytest.fixture
def waiting(any_transactions):
    """Twenty chargers with an order each."""
    with any_transactions.begin() as store:
        store.stations.put_operator(Operator(OPERATOR, "Test", "Test GmbH", "DE", "DE123456789", "Weg 1", "EUR"))
        for number in range(20):
            store.stations.put_charger(Charger(ChargerId(f"C{number}"), Approval.APPROVED, OPERATOR))
            enqueue_order(store, ChargerId(f"C{number}"), ReadSettings(), NOON, RandomIds(), f"boot/{number}")
        return store.outbox.claim("charger", NOON, 100, 60)


class Outage:
    """Units of work on a database that is away for the first ones; stored: those are stored all the same, but nobody hears of it."""

    def __init__(self, kept, units: int, stored: bool) -> None:
        self.kept, self.units, self.stored = kept, units, stored

    @contextmanager
    def begin(self):
        away, self.units = self.units > 0, self.units - 1
        if away and not self.stored:
            raise StoreUnavailable("away")
        with self.kept.begin() as store:
            yield store
        if away:
            raise StoreUnavailable("away")


def deliver(units, items, sent: list[ChargerId] | None = None) -> None:
    async def accepted(charger: ChargerId, _order: object, _order_id: str) -> OrderResult:
        if sent is not None:
            sent.append(charger)
        return OrderResult(Outcome.ACCEPTED)

    async def go() -> None:
        ports = WorkerPorts(units, Noon(), RandomIds(), Silent(), accepted, None)
        deliveries = OrderDelivery(ports, Claims(ports))
        await deliveries.send(items)
        while deliveries.busy:
            await asyncio.sleep(0.001)

    asyncio.run(go())


def left(transactions) -> list[str]:
    with transactions.begin() as store:
        return [item.key for item in store.outbox.claim("charger", NOON + timedelta(hours=1), 100, 60)]


def test_concurrent_answers_to_orders_are_stored_in_few_commits(any_transactions, waiting) -> None:
    counted = Counted(any_transactions)
    deliver(counted, waiting)
    assert counted.commits < 20 / 2 and left(any_transactions) == []


def test_an_answer_that_cannot_be_stored_is_requested_again_and_the_others_are_stored(any_transactions, waiting) -> None:
    deliver(Counted(any_transactions, refused=waiting[7].id), waiting)
    assert left(any_transactions) == ["C7"]


@pytest.mark.parametrize("stored", [False, True])
def test_an_answer_is_stored_after_a_database_outage_and_its_order_sent_once(any_transactions, waiting, stored: bool) -> None:
    sent: list[ChargerId] = []
    deliver(Outage(any_transactions, 3, stored), waiting[:5], sent)
    assert sorted(sent) == sorted(ChargerId(item.key) for item in waiting[:5])
    with any_transactions.begin() as store:
        assert [store.outbox.history(item.key)[0].outcome for item in waiting[:5]] == ["ACCEPTED"] * 5
