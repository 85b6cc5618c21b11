"""What roaming partners are told, on its way: each thing until it is taken, with longer and longer waits between."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from forecourt.flows.charging import call_of, passed
from forecourt.flows.ports import OutboxItem, PartnerCall, PartnerLine, PartnerUnreachable, Pass, PassResult
from forecourt.jobs.ports import WorkerPorts
from forecourt.jobs.postman import MOST_TRIES, wait_after

_log = structlog.get_logger("forecourt.jobs")

# Who waits for the result of a command has given up by then.
MOST_RESULT_TRIES = 3
RESTS = timedelta(seconds=30)
AT_ONCE = 4
# So few are taken up that all are said while they are ours alone, however long each takes.
TAKEN_UP = 2 * AT_ONCE
_AWAKE = (datetime.min.replace(tzinfo=UTC), "")


class PartnerCourier:
    """A crash between saying a thing and keeping that it was said says it again, under the same id, by which who has it knows it.

    A partner that could not be reached is not called for a while: what else there is for it fares the same, and others do not wait.
    """

    def __init__(self, ports: WorkerPorts, line: PartnerLine) -> None:
        self._ports, self._line = ports, line
        self._resting: dict[UUID, tuple[datetime, str]] = {}
        self._threads = ThreadPoolExecutor(AT_ONCE, "partners")

    async def deliver_all(self, items: Sequence[OutboxItem]) -> None:
        """In threads of its own: partners that think for long keep nobody else waiting."""
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(self._threads, self.deliver, item) for item in items))

    def deliver(self, item: OutboxItem) -> None:
        """One thing; blocking."""
        work, clock = item.work, self._ports.clock
        assert isinstance(work, Pass)  # noqa: S101 - the lane holds nothing else
        with self._ports.transactions.begin() as store:
            call = call_of(store, work)
            if call is None:
                store.outbox.done(item.id, clock.now(), "nothing to tell")
                return
        error = self._said(call)
        with self._ports.transactions.begin() as store:
            passed(store, work, error, clock.now())
            tries, most = item.attempts + 1, MOST_RESULT_TRIES if isinstance(work, PassResult) else MOST_TRIES
            if error and tries < most:
                store.outbox.again(item.id, clock.now() + wait_after(tries), error[:300])
            else:
                store.outbox.done(item.id, clock.now(), error[:300] or "taken")
        if error:
            _log.warning("partner_not_told", about=item.key, partner=str(call.partner.id), tries=tries, why=error)

    def _said(self, call: PartnerCall) -> str:
        """Empty where it was taken."""
        now, (until, why) = self._ports.clock.now(), self._resting.get(call.partner.id, _AWAKE)
        if now < until:
            return why
        try:
            reply = self._line.call(call)
        except PartnerUnreachable as error:
            self._resting[call.partner.id] = (now + RESTS, str(error))
            return str(error)
        return "" if reply.fine else f"answered {reply.http_status}, {reply.status_code} {reply.message}".strip()
