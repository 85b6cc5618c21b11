"""Recurring tasks: creating monthly partitions before the first reading, deleting expired data, sealing the log."""

import asyncio

import structlog

from forecourt.flows.desk import LOG_BATCH, seal_log
from forecourt.flows.ports import Transactions
from forecourt.jobs import PollingLoop
from forecourt.kernel import Clock
from forecourt.store import delete_expired, ensure_partitions

_LOOK_S = 6 * 3600.0
_SEAL_S = 60.0
_log = structlog.get_logger("forecourt.jobs")


def retention_beat(url: str, clock: Clock) -> PollingLoop:
    """Looks immediately, then every six hours; continues without a pause while much is to be deleted. Any number of processes may run
    it: the database admits one at a time."""

    async def look() -> bool:
        now = clock.now()
        await asyncio.to_thread(ensure_partitions, url, now.date())
        deleted = await asyncio.to_thread(delete_expired, url, now)
        if deleted:
            _log.info("forgotten", **deleted)
        return bool(deleted)

    return PollingLoop("months", look, _LOOK_S)


def sealing_beat(transactions: Transactions, clock: Clock) -> PollingLoop:
    """Looks immediately, then every minute; continues without a pause while more waits than one seal takes. Any number of processes may
    run it."""

    def seal() -> int:
        with transactions.begin() as store:
            return seal_log(store, clock.now())

    async def look() -> bool:
        return await asyncio.to_thread(seal) == LOG_BATCH

    return PollingLoop("seals", look, _SEAL_S)
