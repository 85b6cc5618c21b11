"""Takes over what workers that are gone had claimed: it would wait for the end of their leases, and so would whoever wanted it."""

import asyncio
import time
from collections.abc import Callable, Sequence

import structlog

from forecourt.jobs.ports import WorkerPorts
from forecourt.jobs.site_pool import SitePool

_log = structlog.get_logger("forecourt.jobs")

# A worker whose connection to the bus was interrupted is back sooner.
GONE_AFTER_S = 10.0


class LostWorkers:
    """pool: of the workers. seconds: a monotonic clock.

    A worker that is wrongly taken for gone does no harm: its outcomes count, a charger, a processor or a partner knows a repetition by its
    id, and only an email or a push message may come twice.
    """

    def __init__(self, ports: WorkerPorts, pool: SitePool, seconds: Callable[[], float] = time.monotonic) -> None:
        self._ports = ports
        self._pool = pool
        self._seconds = seconds
        self._absent_since_s: dict[str, float] = {}

    async def check(self) -> None:
        """Release what was claimed by workers that have been gone for `GONE_AFTER_S`. Raises StoreUnavailable."""
        now_s, names = self._seconds(), await asyncio.to_thread(self._claimants)
        running = await asyncio.gather(*(self._pool.is_running(name) for name in names))
        absent = [name for name, is_running in zip(names, running, strict=True) if is_running is False]
        self._absent_since_s = {name: self._absent_since_s.get(name, now_s) for name in absent}
        for name, since_s in self._absent_since_s.items():
            if now_s - since_s >= GONE_AFTER_S:
                released = await asyncio.to_thread(self._release, name)
                _log.warning("claims_released", worker=name, items=released)
                await self._ports.hints.publish("outbox")

    def _claimants(self) -> Sequence[str]:
        with self._ports.transactions.begin() as store:
            return [name for name in store.outbox.claimants(self._ports.clock.now()) if name != self._pool.name]

    def _release(self, name: str) -> int:
        with self._ports.transactions.begin() as store:
            return store.outbox.release_claims(name, self._ports.clock.now())
