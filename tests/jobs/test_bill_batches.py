"""The worker invoices pending charges in batches; one that fails does not block the others."""

import asyncio
from datetime import timedelta

from forecourt.flows.ports import InvoiceNoShow, InvoiceSession, OutboxItem
from forecourt.jobs.bill_batches import BATCH, BillBatches
from forecourt.jobs.meter_verifier import OcmfVerifier
from forecourt.jobs.worker import Worker, WorkerPorts
from forecourt.kernel import BookingId, SessionId
from forecourt.stations import SignedReading
from forecourt.store import MemoryTransactions
from money_world import NOON, OPERATOR, SITE, C, MoneyWorld

END = NOON + timedelta(hours=2)


class Clock:
    def now(self):  # type: ignore[no-untyped-def]
        return END


class Broken:
    """A verifier that fails on everything, as a library may."""

    def judge(self, *_: object) -> object:
        raise ZeroDivisionError


class Hints:
    async def publish(self, topic: str) -> None: ...


def waits(world: MoneyWorld, work: object, key: str, **more: object) -> OutboxItem:
    item = OutboxItem(world.ids.new(END), OPERATOR, SITE, "task", key, work, END, key, **more)  # type: ignore[arg-type]
    with world.transactions.begin() as store:
        store.outbox.put(item)
    return item


def ports(world: MoneyWorld) -> WorkerPorts:
    return WorkerPorts(world.transactions, Clock(), world.ids, Hints(), None, None, 20.0)  # type: ignore[arg-type]


def test_charges_are_invoiced_in_batches_and_their_tasks_completed() -> None:
    world = MoneyWorld(MemoryTransactions()).build()
    charges = [world.ended((C, 30, 1000), number=number) for number in range(1, BATCH + 4)]
    items = [waits(world, InvoiceSession(one.session_id), f"invoice/{one.session_id}") for one in charges]
    other = waits(world, InvoiceNoShow(BookingId(world.ids.new(END))), "no-show")
    tried = waits(world, InvoiceSession(SessionId(world.ids.new(END))), "failed before", error="refused")
    late = waits(world, InvoiceSession(charges[0].session_id, late=True), "an end told before the bill was made")
    done = BillBatches(ports(world), OcmfVerifier()).make([*items, other, tried, late])
    assert done == {one.id for one in items}
    with world.transactions.begin() as store:
        assert {one.id for one in store.outbox.open_items("task") if isinstance(one.work, InvoiceSession)} == {tried.id, late.id}
        assert len(store.documents.recent(OPERATOR, 1000)) == len(charges)


def test_a_charge_that_fails_to_be_invoiced_does_not_block_the_others(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("forecourt.jobs.tasks.OcmfVerifier", Broken)
    world = MoneyWorld(MemoryTransactions()).build()
    odd = world.ended((C, 30, 1000), number=1, signed=(SignedReading("OCMF|?"),))
    plain = world.ended((C, 30, 1000), number=2)
    for one in (odd, plain):
        waits(world, InvoiceSession(one.session_id), f"invoice/{one.session_id}")
    asyncio.run(Worker(ports(world))._task())
    with world.transactions.begin() as store:
        assert [one.session_id for one in store.documents.recent(OPERATOR)] == [plain.session_id]
        (kept,) = [one for one in store.outbox.open_items("task") if isinstance(one.work, InvoiceSession)]
    assert kept.error == "ZeroDivisionError: " and kept.due_at > END
