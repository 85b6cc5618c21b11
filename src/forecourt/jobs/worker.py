"""The worker: applies facts, delivers the outbox, and runs timed work."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import structlog

from forecourt.flows.answers import apply_payment_answer
from forecourt.flows.bookings import advance_queue
from forecourt.flows.charging import Applied, apply_facts, quarantine_next
from forecourt.flows.ports import OutboxItem, StoreUnavailable
from forecourt.jobs.calendar_jobs import CalendarRuns
from forecourt.jobs.claims import Claims
from forecourt.jobs.document_printing import DocumentPrinting
from forecourt.jobs.isolation import run_isolated
from forecourt.jobs.notice_rounds import NoticeRounds
from forecourt.jobs.order_delivery import OrderDelivery
from forecourt.jobs.partner_rounds import PartnerRounds
from forecourt.jobs.polling import PollingLoop
from forecourt.jobs.ports import WorkerPorts
from forecourt.jobs.site_pool import SitePool
from forecourt.jobs.tasks import Tasks
from forecourt.jobs.timed_work import TimedWork
from forecourt.kernel import Refused, SiteId
from forecourt.payments import PaymentOrder

_log = structlog.get_logger("forecourt.jobs")
_T = TypeVar("_T")

POLL_S = 1.0
RUNS_POLL_S = 10.0
FACTS = 500


class Worker:
    """Any number of processes may run one: the database distributes the work."""

    def __init__(self, ports: WorkerPorts) -> None:
        self._ports = ports
        self._documents = DocumentPrinting(ports)
        self._tasks = Tasks(ports)
        self._pool = SitePool("worker", ports.hints)
        self._claims = Claims(ports, self._pool.name)
        self._timed = TimedWork(ports, self._pool)
        self._deliveries = OrderDelivery(ports, self._claims)
        self._notices = NoticeRounds(ports, self._claims)
        self._partners = PartnerRounds(ports, self._claims, ports.partner_line) if ports.partner_line else None
        self._calendar = CalendarRuns(ports.transactions, ports.clock, ports.ids)
        self.beats = (
            PollingLoop("facts", self._apply, POLL_S),
            PollingLoop("orders", self._order, POLL_S),
            PollingLoop("payments", self._pay, POLL_S),
            PollingLoop("tasks", self._task, POLL_S),
            PollingLoop("documents", self._print, POLL_S),
            PollingLoop("runs", self._run_calendar_jobs, RUNS_POLL_S),
            PollingLoop("notices", self._notify, POLL_S),
            PollingLoop("webhooks", self._notices.call_webhooks, POLL_S),
            PollingLoop("partners", self._push_to_partners, POLL_S),
        )
        self._notices.on_end = self.beats[-2].wake

    async def run(self) -> None:
        """Runs until cancelled."""
        facts, orders, payments, tasks, printing, _, notices, webhooks, partners = self.beats
        await facts.wake_on(self._ports.hints, "facts")
        for beat in (orders, payments, tasks, printing, notices, webhooks, partners):
            await beat.wake_on(self._ports.hints, "outbox")
        await self._pool.join()
        try:
            async with asyncio.TaskGroup() as group:
                for beat in self.beats:
                    group.create_task(beat.run(), name=beat.name)
                group.create_task(self._timed.run(), name="timed work")
        finally:
            await self._pool.leave()

    async def _apply(self) -> bool:
        """Apply waiting facts, site by site."""
        applied_at = await self._within(self._apply_all)
        applied = applied_at.values()
        if self._partners is not None:
            self._partners.mark_changed(applied_at)
        if applied:
            await self._ports.hints.publish("outbox")
            await self._ports.hints.publish("state")
        for site_id in (site_id for site_id, one in applied_at.items() if one.replan):
            await self._ports.hints.publish(f"plan.{site_id}")
        return bool(applied)

    def _apply_all(self) -> dict[SiteId, Applied]:
        ports = self._ports
        with ports.transactions.begin() as store:
            sites = store.inbox.sites_waiting()
        done = {
            site_id: run_isolated(f"facts {site_id}", partial(self._apply_site, site_id), Applied(0, replan=False)) for site_id in sites
        }
        return {site_id: applied for site_id, applied in done.items() if applied.rows}

    def _apply_site(self, site_id: SiteId) -> Applied:
        applied = self._apply_batch(site_id)
        if applied.freed:
            with self._ports.transactions.begin() as store:
                advance_queue(store, site_id, self._ports.clock.now(), self._ports.ids)
        return applied

    def _apply_batch(self, site_id: SiteId) -> Applied:
        """Apply a batch in one commit; if that fails, only the oldest message; if that fails too, it is quarantined: a person sees it,
        and the messages behind it do not wait."""
        ports = self._ports
        for limit in (FACTS, 1):
            try:
                with ports.transactions.begin() as store:
                    return apply_facts(store, site_id, ports.clock.now(), ports.ids, limit)
            except (StoreUnavailable, ConnectionError):
                raise
            except Exception as error:  # noqa: BLE001 - whatever the cause, the site continues; it can be rebuilt from the inbox
                refused = error if isinstance(error, Refused) else Refused("failed", f"{type(error).__name__}: {error}")
                _log.warning("facts_refused", site=str(site_id), messages=limit, code=refused.code, text=str(refused))
        with ports.transactions.begin() as store:
            return quarantine_next(store, site_id, refused)

    async def _order(self) -> bool:
        items = await self._claims.claim("charger")
        await self._deliveries.send(items)
        return bool(items)

    async def _pay(self) -> bool:
        items = await self._claims.claim("payment")
        await self._each(items, self._pay_one)
        if items:
            await self._ports.hints.publish("outbox")
        return bool(items)

    def _pay_one(self, item: OutboxItem) -> None:
        ports = self._ports
        assert isinstance(item.work, PaymentOrder)  # noqa: S101 - the lane holds nothing else
        answer = ports.processor.carry_out(item.work, repeated=item.attempts > 0)
        with ports.transactions.begin() as store:
            apply_payment_answer(store, item, answer, ports.clock.now(), ports.ids)

    async def _notify(self) -> bool:
        items = await self._claims.claim("notice")
        await self._each(items, self._notices.deliver)
        return bool(items)

    async def _push_to_partners(self) -> bool:
        return self._partners is not None and await self._partners.start_due_rounds()

    async def _task(self) -> bool:
        items = await self._claims.claim("task")
        if items:
            with self._claims.in_progress(items):
                await self._within(partial(self._tasks.run_all, items))
            await self._ports.hints.publish("outbox")
        return bool(items)

    async def _run_calendar_jobs(self) -> bool:
        """Do the next batch of the calendar jobs."""
        more_due = await self._within(self._calendar.run_due_batches)
        if more_due:
            await self._ports.hints.publish("outbox")
        return more_due

    async def _print(self) -> bool:
        return await self._within(self._documents.make)

    async def _each(self, items: Sequence[OutboxItem], deliver: Callable[[OutboxItem], None]) -> None:
        """Deliver the items side by side."""
        await self._claims.work_on(items, (self._within(partial(deliver, item)) for item in items))

    @staticmethod
    async def _within(work: Callable[[], _T]) -> _T:
        return await asyncio.to_thread(work)
