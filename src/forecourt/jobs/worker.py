"""The worker: applies facts, delivers what the outbox holds, and turns the clock's wheels."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import TypeVar

import structlog

from forecourt.flows import (
    Applied,
    AskPayment,
    ChargerOrder,
    InvoiceNoShow,
    InvoiceSession,
    OutboxItem,
    Store,
    again_in_s,
    apply_facts,
    ask_payment,
    invoice_no_show,
    keep_bookings,
    keep_holds,
    ordered,
    payment_answered,
    rate_and_invoice,
    sweep,
)
from forecourt.jobs.beat import Beat
from forecourt.jobs.ports import WorkerPorts
from forecourt.kernel import Refused
from forecourt.payments import PaymentOrder

_log = structlog.get_logger("forecourt.jobs")
_T = TypeVar("_T")

TICK_S = 30.0
POLL_S = 1.0
LEASE_S = 60.0
BATCH = 100
MOST_ATTEMPTS = 20


class Worker:
    """One process may run one; any number of processes may: the database shares the work out."""

    def __init__(self, ports: WorkerPorts) -> None:
        self._ports = ports
        self.beats = (
            Beat("facts", self._apply, POLL_S),
            Beat("orders", self._order, POLL_S),
            Beat("payments", self._pay, POLL_S),
            Beat("tasks", self._task, POLL_S),
        )

    async def run(self) -> None:
        """Until cancelled."""
        facts, orders, payments, tasks = self.beats
        await facts.hear(self._ports.hints, "facts")
        for beat in (orders, payments, tasks):
            await beat.hear(self._ports.hints, "outbox")
        async with asyncio.TaskGroup() as group:
            for beat in self.beats:
                group.create_task(beat.run(), name=beat.name)
            group.create_task(self._ticks(), name="ticks")

    async def _apply(self) -> bool:
        """Apply what waits, site by site."""
        applied = await self._within(self._apply_all)
        if applied:
            await self._ports.hints.tell("outbox")
            await self._ports.hints.tell("state")
        if any(one.replan for one in applied):
            await self._ports.hints.tell("plan")
        return bool(applied)

    def _apply_all(self) -> list[Applied]:
        ports = self._ports
        with ports.transactions.begin() as store:
            sites = store.inbox.sites_waiting()
        done = []
        for site_id in sites:
            with ports.transactions.begin() as store:
                applied = apply_facts(store, site_id, ports.clock.now(), ports.ids)
            if applied.rows:
                done.append(applied)
        return done

    async def _order(self) -> bool:
        items = await self._claim("charger")
        await asyncio.gather(*(self._deliver(item) for item in items))
        return bool(items)

    async def _deliver(self, item: OutboxItem) -> None:
        work = item.work
        assert isinstance(work, ChargerOrder)  # noqa: S101 - the lane holds nothing else
        result = await self._ports.ask_charger(work.charger_id, work.order)
        wait_s = again_in_s(work, result, item.attempts)

        def keep(store: Store) -> None:
            at = self._ports.clock.now()
            ordered(store, item, work, result, at, self._ports.ids)
            if wait_s is None:
                store.outbox.done(item.id, at, f"{result.outcome.value} {result.detail}".strip())
            else:
                store.outbox.again(item.id, at + timedelta(seconds=wait_s), result.outcome.value)

        await self._in_store(keep)
        await self._ports.hints.tell("outbox")

    async def _pay(self) -> bool:
        items = await self._claim("payment")
        await asyncio.gather(*(self._within(partial(self._pay_one, item)) for item in items))
        if items:
            await self._ports.hints.tell("outbox")
        return bool(items)

    def _pay_one(self, item: OutboxItem) -> None:
        ports = self._ports
        assert isinstance(item.work, PaymentOrder)  # noqa: S101 - the lane holds nothing else
        answer = ports.processor.carry_out(item.work, repeated=item.attempts > 0)
        with ports.transactions.begin() as store:
            payment_answered(store, item, answer, ports.clock.now(), ports.ids)

    async def _task(self) -> bool:
        items = await self._claim("task")
        if items:
            await self._within(lambda: self._do_all(items))
            await self._ports.hints.tell("outbox")
        return bool(items)

    def _do_all(self, items: Sequence[OutboxItem]) -> None:
        for item in items:
            self._do(item)

    def _do(self, item: OutboxItem) -> None:
        """One task, one commit. A business refusal is kept with the item and tried again later; a person sees it."""
        ports = self._ports
        at = ports.clock.now()
        try:
            with ports.transactions.begin() as store:
                self._perform(store, item)
                store.outbox.done(item.id, at, "done")
        except Refused as error:
            _log.warning("task_refused", task=item.idempotency_key, code=error.code, text=str(error))
            with ports.transactions.begin() as store:
                store.outbox.again(item.id, at + timedelta(minutes=min(60, 2**item.attempts)), f"{error.code}: {error}")

    def _perform(self, store: Store, item: OutboxItem) -> None:
        at, ids = self._ports.clock.now(), self._ports.ids
        match item.work:
            case InvoiceSession(session_id=session_id):
                rate_and_invoice(store, session_id, at, ids)
            case InvoiceNoShow(booking_id=booking_id):
                invoice_no_show(store, booking_id, at, ids)
            case AskPayment(document_id=document_id):
                ask_payment(store, document_id, at, ids)

    async def _ticks(self) -> None:
        while True:
            await self._ports.clock.sleep(TICK_S)
            try:
                if await self._in_store(self._tick):
                    await self._ports.hints.tell("outbox")
            except Exception as error:  # noqa: BLE001 - as in Beat
                _log.warning("tick_failed", error=f"{type(error).__name__}: {error}")

    def _tick(self, store: Store) -> int:
        at, ids = self._ports.clock.now(), self._ports.ids
        changed = 0
        for site in store.stations.sites():
            changed += keep_bookings(store, site.id, at, ids) + sweep(store, site.id, at, ids)
        for operator in store.stations.operators():
            changed += keep_holds(store, operator.id, at, ids)
        return changed

    async def _claim(self, lane: str) -> Sequence[OutboxItem]:
        return await self._in_store(lambda store: store.outbox.claim(lane, self._ports.clock.now(), BATCH, LEASE_S))

    async def _in_store(self, work: Callable[[Store], _T]) -> _T:
        def begin() -> _T:
            with self._ports.transactions.begin() as store:
                return work(store)

        return await self._within(begin)

    @staticmethod
    async def _within(work: Callable[[], _T]) -> _T:
        return await asyncio.to_thread(work)
