"""What roaming partners are told, on its way: each thing until it is taken, with longer and longer waits between."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from forecourt.flows.answers import partner_told, telling_of
from forecourt.flows.ports import (
    Heard,
    OutboxItem,
    PartnerCall,
    PartnerLine,
    PartnerUnreachable,
    Pass,
    PassLocation,
    PassProfile,
    PassResult,
)
from forecourt.jobs.ports import WorkerPorts
from forecourt.jobs.postman import MOST_TRIES, wait_after

_log = structlog.get_logger("forecourt.jobs")

# Who waits for the result of a command has given up by then.
MOST_RESULT_TRIES = 3
# What sockets do is told soon after a partner is back, however long it was away.
LONGEST_LOCATION_WAIT = timedelta(minutes=15)
RESTS = timedelta(seconds=30)
# Of one partner's; so few that all are said while they are ours alone, however long each takes.
AT_ONCE = 4
_AWAKE = (datetime.min.replace(tzinfo=UTC), "")


class PartnerCourier:
    """A crash between saying a thing and keeping that it was said says it again, under the same id, by which who has it knows it.

    A partner that could not be reached is not called for a while: what else there is for it fares the same.
    """

    def __init__(self, ports: WorkerPorts, line: PartnerLine) -> None:
        self._ports, self._line = ports, line
        self._resting: dict[UUID, tuple[datetime, str]] = {}
        self._threads: dict[str, ThreadPoolExecutor] = {}

    async def deliver_all(self, lane: str, items: Sequence[OutboxItem]) -> None:
        """In threads of this partner's own: one that thinks for long keeps nobody else waiting."""
        if lane not in self._threads:
            self._threads[lane] = ThreadPoolExecutor(AT_ONCE, lane)
        loop, threads = asyncio.get_running_loop(), self._threads[lane]
        await asyncio.gather(*(loop.run_in_executor(threads, self.deliver, item) for item in items))

    def deliver(self, item: OutboxItem) -> None:
        """One thing; blocking."""
        work, clock = item.work, self._ports.clock
        assert isinstance(work, Pass)  # noqa: S101 - the lane holds nothing else
        with self._ports.transactions.begin() as store:
            telling = telling_of(store, work, clock.now())
            if telling is None:
                store.outbox.done(item.id, clock.now(), "nothing to tell")
                return
        heard = self._said(telling.call)
        with self._ports.transactions.begin() as store:
            error = partner_told(store, work, telling, heard, clock.now(), self._ports.ids)
            tries, most = item.attempts + 1, MOST_RESULT_TRIES if isinstance(work, PassResult | PassProfile) else MOST_TRIES
            if error and tries < most:
                wait = min(wait_after(tries), LONGEST_LOCATION_WAIT) if isinstance(work, PassLocation) else wait_after(tries)
                store.outbox.again(item.id, clock.now() + wait, error[:300])
            else:
                store.outbox.done(item.id, clock.now(), error[:300] or "taken")
        if error:
            _log.warning("partner_not_told", about=item.key, partner=str(telling.call.partner.id), tries=tries, why=error)

    def _said(self, call: PartnerCall) -> Heard:
        now, (until, why) = self._ports.clock.now(), self._resting.get(call.partner.id, _AWAKE)
        if now < until:
            return Heard(why)
        try:
            reply = self._line.call(call)
        except PartnerUnreachable as error:
            self._resting[call.partner.id] = (now + RESTS, str(error))
            return Heard(str(error))
        gone = call.method == "DELETE" and reply.http_status == 404
        if reply.fine or gone:
            return Heard(data=reply.data, next_query=reply.next_query)
        return Heard(f"answered {reply.http_status}, {reply.status_code} {reply.message}".strip())
