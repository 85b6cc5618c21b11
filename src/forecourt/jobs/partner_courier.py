"""Delivers news to roaming partners: each item is retried, with growing waits, until the partner accepts it."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from forecourt.flows.answers import message_for_partner, record_partner_reply
from forecourt.flows.ports import (
    OutboxItem,
    PartnerClient,
    PartnerRequest,
    PartnerResult,
    PartnerTask,
    PartnerUnreachable,
    PassLocation,
    PassProfile,
    PassResult,
)
from forecourt.jobs.notice_courier import MAX_TRIES, wait_after
from forecourt.jobs.ports import WorkerPorts

_log = structlog.get_logger("forecourt.jobs")

# By then, the partner has stopped waiting for the result of a command.
MAX_RESULT_TRIES = 3
# The status of sockets is sent soon after a partner is back, however long it was unreachable.
MAX_LOCATION_WAIT = timedelta(minutes=15)
RETRY_UNREACHABLE_AFTER = timedelta(seconds=30)
# Per partner; few enough to send all before our lease on them expires, however long each takes.
AT_ONCE = 4
_NOT_RESTING = (datetime.min.replace(tzinfo=UTC), "")


class PartnerCourier:
    """A crash between sending an item and recording that sends it again, under the same id, by which the partner recognises it.

    A partner that could not be reached is not called for a while: other items for it would fail as well.
    """

    def __init__(self, ports: WorkerPorts, line: PartnerClient) -> None:
        self._ports, self._line = ports, line
        self._resting: dict[UUID, tuple[datetime, str]] = {}
        self._threads: dict[str, ThreadPoolExecutor] = {}

    def deliveries(self, lane: str, items: Sequence[OutboxItem]) -> "list[asyncio.Future[None]]":
        """Begin to deliver the items, in this partner's own threads: a slow partner does not hold up the others."""
        if lane not in self._threads:
            self._threads[lane] = ThreadPoolExecutor(AT_ONCE, lane)
        loop, threads = asyncio.get_running_loop(), self._threads[lane]
        return [loop.run_in_executor(threads, self.deliver, item) for item in items]

    def deliver(self, item: OutboxItem) -> None:
        """Deliver one item; blocking."""
        work, clock = item.work, self._ports.clock
        assert isinstance(work, PartnerTask)  # noqa: S101 - the lane holds nothing else
        with self._ports.transactions.begin() as store:
            message = message_for_partner(store, work, clock.now())
            if message is None:
                store.outbox.done(item.id, clock.now(), "nothing to tell")
                return
        reply_or_error = self._call_partner(message.call)
        with self._ports.transactions.begin() as store:
            error = record_partner_reply(store, work, message, reply_or_error, clock.now(), self._ports.ids)
            tries, max_tries = item.attempts + 1, MAX_RESULT_TRIES if isinstance(work, PassResult | PassProfile) else MAX_TRIES
            if error and tries < max_tries:
                wait = min(wait_after(tries), MAX_LOCATION_WAIT) if isinstance(work, PassLocation) else wait_after(tries)
                store.outbox.retry(item, clock.now() + wait, error[:300])
            else:
                store.outbox.done(item.id, clock.now(), error[:300] or "taken")
        if error:
            _log.warning("partner_not_told", about=item.key, partner=str(message.call.partner.id), tries=tries, why=error)

    def _call_partner(self, call: PartnerRequest) -> PartnerResult:
        now, (until, failure) = self._ports.clock.now(), self._resting.get(call.partner.id, _NOT_RESTING)
        if now < until:
            return PartnerResult(failure)
        try:
            reply = self._line.call(call)
        except PartnerUnreachable as error:
            self._resting[call.partner.id] = (now + RETRY_UNREACHABLE_AFTER, str(error))
            return PartnerResult(str(error))
        is_deleted = call.method == "DELETE" and reply.http_status == 404
        if reply.fine or is_deleted:
            return PartnerResult(data=reply.data, next_query=reply.next_query)
        return PartnerResult(f"answered {reply.http_status}, {reply.status_code} {reply.message}".strip())
