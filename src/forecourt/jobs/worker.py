"""The worker: applies facts, delivers the outbox, and runs timed work."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

import structlog

from forecourt.flows.answers import apply_payment_answer
from forecourt.flows.billing import issue_partner_statements
from forecourt.flows.bookings import advance_bookings, advance_queue, advance_waitlist
from forecourt.flows.chargers import (
    complete_closings,
    complete_retirements,
    process_certificate_requests,
    send_availability,
    send_card_lists,
    send_price_sheets,
)
from forecourt.flows.charging import (
    WAIT_AFTER_BOOT,
    Applied,
    apply_facts,
    assign_early_arrivals,
    end_stale,
    has_stale,
    quarantine_next,
    send_caps,
    send_stay_notices,
    show_costs,
)
from forecourt.flows.offers import expire_vouchers, queue_renewals
from forecourt.flows.paying import (
    clear,
    clearing_read_from,
    enforce_fleet_limits,
    maintain_deposits,
    maintain_guest_bookings,
    maintain_holds,
    mark_clearing_read,
    poll_disputes,
    reconcile,
)
from forecourt.flows.ports import (
    OutboxItem,
    Store,
    StoreUnavailable,
)
from forecourt.flows.power import advance_tests
from forecourt.flows.roaming import (
    answer_pending_profiles,
    push_ended_tariffs,
    push_site_changes,
    start_token_fetches,
    update_partners,
)
from forecourt.jobs.calendar_jobs import CalendarRuns
from forecourt.jobs.claims import Claims
from forecourt.jobs.continuity import Continuity
from forecourt.jobs.document_printing import DocumentPrinting
from forecourt.jobs.isolation import run_isolated
from forecourt.jobs.notice_rounds import NoticeRounds
from forecourt.jobs.order_delivery import OrderDelivery
from forecourt.jobs.partner_rounds import PartnerRounds
from forecourt.jobs.polling import PollingLoop
from forecourt.jobs.ports import WorkerPorts
from forecourt.jobs.tasks import Tasks
from forecourt.kernel import Ids, OperatorId, Refused, SiteId
from forecourt.payments import PaymentOrder

_log = structlog.get_logger("forecourt.jobs")
_T = TypeVar("_T")

TICK_S = 30.0
MIN_TICK_S = 0.25  # real seconds, however fast the clock runs
MAX_TICK_GAP = WAIT_AFTER_BOOT / 2  # an outage that is shorter leaves what is waited for the other half
STAYS_S = 60.0
MIN_STAYS_S = 2.0
CLEARING_S = 3600.0
MIN_CLEARING_S = 5.0
POLL_S = 1.0
RUNS_POLL_S = 10.0
FACTS = 500


class Worker:
    """Any number of processes may run one: the database distributes the work."""

    def __init__(self, ports: WorkerPorts) -> None:
        self._ports = ports
        self._documents = DocumentPrinting(ports)
        self._tasks = Tasks(ports)
        self._claims = Claims(ports)
        self._ticked = Continuity(MAX_TICK_GAP)
        self._deliveries = OrderDelivery(ports, self._claims)
        self._notices = NoticeRounds(ports, self._claims)
        self._partners = PartnerRounds(ports, ports.partner_line) if ports.partner_line else None
        self._calendar = CalendarRuns(ports.transactions, ports.clock, ports.ids)
        self.beats = (
            PollingLoop("facts", self._apply, POLL_S),
            PollingLoop("orders", self._order, POLL_S),
            PollingLoop("payments", self._pay, POLL_S),
            PollingLoop("tasks", self._task, POLL_S),
            PollingLoop("papers", self._print, POLL_S),
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
        async with asyncio.TaskGroup() as group:
            for beat in self.beats:
                group.create_task(beat.run(), name=beat.name)
            group.create_task(self._ticks(), name="ticks")
            group.create_task(self._stays(), name="stays")
            group.create_task(self._clearings(), name="clearings")

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

    async def _ticks(self) -> None:
        while True:
            await asyncio.gather(self._ports.clock.sleep(TICK_S), asyncio.sleep(MIN_TICK_S))
            at = self._ports.clock.now()
            try:
                changed = await self._within(partial(self._tick, at))
                self._ticked.completed(at)
                if changed:
                    await self._ports.hints.publish("outbox")
            except Exception as error:  # noqa: BLE001 - as in Beat
                _log.warning("tick_failed", error=f"{type(error).__name__}: {error}")

    async def _stays(self) -> None:
        """Every minute: notify drivers about their running charges."""
        while True:
            await asyncio.gather(self._ports.clock.sleep(STAYS_S), asyncio.sleep(MIN_STAYS_S))
            try:
                await self._within(self._check_stays)
            except Exception as error:  # noqa: BLE001 - as in Beat
                _log.warning("stays_failed", error=f"{type(error).__name__}: {error}")

    def _check_stays(self) -> None:
        with self._ports.transactions.begin() as store:
            sites = [site.id for site in store.stations.sites()]
        for site_id in sites:
            run_isolated(f"stays {site_id}", partial(self._check_stays_at, site_id), None)

    def _check_stays_at(self, site_id: SiteId) -> None:
        with self._ports.transactions.begin() as store:
            send_stay_notices(store, site_id, self._ports.clock.now(), self._ports.ids)
            show_costs(store, site_id, self._ports.clock.now(), self._ports.ids)
            update_partners(store, site_id, self._ports.clock.now(), self._ports.ids)

    async def _clearings(self) -> None:
        """Every hour: store and book the processor's clearing file, and reconcile it with the ledger."""
        while True:
            await asyncio.gather(self._ports.clock.sleep(CLEARING_S), asyncio.sleep(MIN_CLEARING_S))
            try:
                await self._within(self._clear)
            except Exception as error:  # noqa: BLE001 - as in Beat
                _log.warning("clearing_failed", error=f"{type(error).__name__}: {error}")

    def _clear(self) -> None:
        ports, at = self._ports, self._ports.clock.now()
        with ports.transactions.begin() as store:
            since = clearing_read_from(store, at)
        lines = ports.processor.clearing(since)
        for first in range(0, len(lines), FACTS):
            with ports.transactions.begin() as store:
                clear(store, lines[first : first + FACTS], at, ports.ids)
        with ports.transactions.begin() as store:
            mark_clearing_read(store, since, at)
            found = reconcile(store, at)
        if found:
            _log.warning("clearing_findings", open=found)

    def _tick(self, at: datetime) -> int:
        """Each site has its own commits: locks of two sites are never held at once, and a failure at one does not stop the others."""
        ports = self._ports
        with ports.transactions.begin() as store:
            sites = [site.id for site in store.stations.sites()]
        changed = 0
        for site_id in sites:
            # Unpaid bookings are cancelled before they could count as missed; holds of what has just ended are released immediately.
            securing = (maintain_guest_bookings, maintain_deposits)
            chargers = (complete_retirements, complete_closings, send_availability, send_price_sheets, send_card_lists, send_caps)
            bookings = (assign_early_arrivals, advance_bookings)
            for step in (*securing, advance_waitlist, *chargers, *bookings, *securing, advance_queue, advance_tests):
                changed += run_isolated(f"{step.__name__} {site_id}", partial(self._step, step, site_id, at), 0)
            changed += run_isolated(f"end_stale {site_id}", partial(self._end_stale, site_id, at), 0)
            if self._partners is not None:
                for step in (push_site_changes, answer_pending_profiles):
                    changed += run_isolated(f"partners {site_id}", partial(self._step, step, site_id, at), 0)
            changed += run_isolated(f"certificates {site_id}", partial(self._step, self._certify, site_id, at), 0)
        with ports.transactions.begin() as store:
            operators = [one.id for one in store.stations.operators()]
        return changed + sum(run_isolated(f"tick {one}", partial(self._tick_operator, one, at), 0) for one in operators)

    def _end_stale(self, site_id: SiteId, at: datetime) -> int:
        """Messages of a site wait while its charges are ended, so first look, without a lock, whether there is one to end."""
        ports, heard_since = self._ports, self._ticked.unbroken_since(at)
        with ports.transactions.begin() as store:
            if not has_stale(store, site_id, at, heard_since):
                return 0
        with ports.transactions.begin() as store:
            return end_stale(store, site_id, at, ports.ids, heard_since)

    def _certify(self, store: Store, site_id: SiteId, at: datetime, ids: Ids) -> int:
        """The signing authority may have changed since the last look."""
        return process_certificate_requests(store, site_id, at, ids, authority=self._ports.authority())

    def _step(self, step: Callable[[Store, SiteId, datetime, Ids], int], site_id: SiteId, at: datetime) -> int:
        with self._ports.transactions.begin() as store:
            return step(store, site_id, at, self._ports.ids)

    def _tick_operator(self, operator_id: OperatorId, at: datetime) -> int:
        ids = self._ports.ids
        with self._ports.transactions.begin() as store:
            changed = (
                maintain_holds(store, operator_id, at, ids)
                + enforce_fleet_limits(store, operator_id, at, ids)
                + queue_renewals(store, operator_id, at, ids)
            )
            poll_disputes(store, operator_id, at, ids)
            expire_vouchers(store, operator_id, at)
            issue_partner_statements(store, operator_id, at, ids)
            if self._partners is not None:
                changed += push_ended_tariffs(store, operator_id, at, ids) + start_token_fetches(store, operator_id, at, ids)
        return changed

    async def _each(self, items: Sequence[OutboxItem], deliver: Callable[[OutboxItem], None]) -> None:
        """Deliver the items side by side. Raises an error when all have ended: that of the database, if there is one."""
        with self._claims.in_progress(items):
            ended = await asyncio.gather(*(self._within(partial(deliver, item)) for item in items), return_exceptions=True)
            errors = [error for error in ended if error is not None]
            if errors:
                raise min(errors, key=lambda one: not isinstance(one, StoreUnavailable))

    @staticmethod
    async def _within(work: Callable[[], _T]) -> _T:
        return await asyncio.to_thread(work)
