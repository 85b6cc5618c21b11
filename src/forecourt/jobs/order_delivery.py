"""Delivers orders to chargers: they are sent side by side, and the answers stored together, in one commit per site."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from forecourt.flows.answers import apply_order_result, retry_in_s
from forecourt.flows.ports import ChargerOrder, OutboxItem, Store, StoreUnavailable
from forecourt.jobs.claims import Claims
from forecourt.jobs.ports import WorkerPorts
from forecourt.jobs.reading_requests import ReadingRequests
from forecourt.kernel import Refused, SiteId
from forecourt.stations import OrderResult, ReportMeter

_log = structlog.get_logger("forecourt.jobs")

MAX_DELIVERING = 200
# Real seconds: an answer is known here alone, so it waits this long for a database that is away (less than an order's lease), and how often
# storing it is tried.
MAX_OUTAGE_S = 60.0
RETRY_S = 0.25


@dataclass(frozen=True, slots=True)
class _Answer:
    item: OutboxItem
    work: ChargerOrder
    result: OrderResult
    at: datetime


class OrderDelivery:
    """One slow charger does not hold up the others. An order whose answer cannot be stored is sent again."""

    def __init__(self, ports: WorkerPorts, claims: Claims) -> None:
        self._ports, self._claims = ports, claims
        self._looks = ReadingRequests(ports)
        self._sending: set[asyncio.Task[None]] = set()
        self._answers: defaultdict[SiteId | None, list[_Answer]] = defaultdict(list)
        self._store_locks: defaultdict[SiteId | None, asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def busy(self) -> bool:
        """Whether orders are under way, or answers are not stored yet."""
        return bool(self._sending)

    async def send(self, items: Sequence[OutboxItem]) -> None:
        """Send the orders; returns when no more than `MAX_DELIVERING` are under way."""
        for item in items:
            task = asyncio.create_task(self._deliver(item), name=f"order {item.key}")
            self._sending.add(task)
            task.add_done_callback(self._delivered)
        while len(self._sending) > MAX_DELIVERING:
            await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)

    def _delivered(self, task: "asyncio.Task[None]") -> None:
        self._sending.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.warning("delivery_failed", order=task.get_name(), error=f"{type(error).__name__}: {error}")

    async def _deliver(self, item: OutboxItem) -> None:
        work = item.work
        assert isinstance(work, ChargerOrder)  # noqa: S101 - the lane holds nothing else
        result = await self._ports.send_order(work.charger_id, work.order, str(item.id))
        self._answers[item.site_id].append(_Answer(item, work, result, self._ports.clock.now()))
        async with self._store_locks[item.site_id]:
            # More answers arrive while one commit is under way: the next commit stores them all.
            if gathered := self._answers.pop(item.site_id, []):
                await self._store_results(gathered)

    async def _store_results(self, answers: Sequence[_Answer]) -> None:
        try:
            with self._claims.in_progress([one.item for one in answers]):
                follow = await self._commit_through_outage(answers)
        except Refused as error:
            if len(answers) == 1:
                _log.warning("answer_refused", order=answers[0].item.idempotency_key, code=error.code, text=str(error))
                return
            for answer in answers:
                await self._store_results([answer])
            return
        await self._ports.hints.publish("outbox")
        for work, reading_id in follow:
            self._looks.begin(work, reading_id)

    async def _commit_through_outage(self, answers: Sequence[_Answer]) -> list[tuple[ChargerOrder, ReportMeter]]:
        loop, retried = asyncio.get_running_loop(), False
        until = loop.time() + MAX_OUTAGE_S
        while True:
            try:
                return await asyncio.to_thread(self._commit, answers, retried)
            except StoreUnavailable:
                if loop.time() >= until:
                    raise
                retried = True
                await asyncio.sleep(RETRY_S)

    def _commit(self, answers: Sequence[_Answer], retried: bool) -> list[tuple[ChargerOrder, ReportMeter]]:
        """The follow-up readings to request after the commit. retried: the answers may be stored already."""
        with self._ports.transactions.begin() as store:
            if retried:
                still_open = set(store.outbox.release([one.item for one in answers]))
                answers = [one for one in answers if one.item.id in still_open]
            stored = [(one.work, self._store_result(store, one)) for one in answers]
        return [(work, look) for work, look in stored if look is not None]

    def _store_result(self, store: Store, answer: _Answer) -> ReportMeter | None:
        item, result = answer.item, answer.result
        follow = apply_order_result(store, item, answer.work, result, answer.at, self._ports.ids)
        wait_s = retry_in_s(store, answer.work, result, item.attempts, answer.at)
        if wait_s is None:
            store.outbox.done(item.id, answer.at, f"{result.outcome.value} {result.detail}".strip())
        else:
            store.outbox.retry(item, answer.at + timedelta(seconds=wait_s), result.outcome.value)
        return follow
