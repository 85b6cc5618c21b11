"""Claims of work from the outbox by one process."""

import asyncio
from collections.abc import Awaitable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from forecourt.flows.ports import OutboxItem, StoreUnavailable
from forecourt.jobs.ports import WorkerPorts

BATCH = 100


class Claims:
    """Work that was interrupted because the database was away is released as soon as it is back: otherwise it would wait for the end of
    its lease, and everything behind it with the same key as well."""

    def __init__(self, ports: WorkerPorts, name: str = "") -> None:
        """name: of the worker, as in the pool of workers; empty: if it is killed, its claims wait for the end of their leases."""
        self._ports, self._name = ports, name
        self._interrupted: dict[UUID, OutboxItem] = {}

    async def claim(self, lane: str, limit: int = BATCH) -> Sequence[OutboxItem]:
        """Due items of a lane, at most `limit`. Raises StoreUnavailable."""
        released, self._interrupted = self._interrupted, {}  # by this claim alone: another may have claimed them again by then
        try:
            return await asyncio.to_thread(self._claim, lane, limit, tuple(released.values()))
        except StoreUnavailable:
            self._interrupted |= released
            raise

    def _claim(self, lane: str, limit: int, interrupted: Sequence[OutboxItem]) -> Sequence[OutboxItem]:
        ports = self._ports
        with ports.transactions.begin() as store:
            if interrupted:
                store.outbox.release(interrupted)
            return store.outbox.claim(lane, ports.clock.now(), limit, ports.lease_s, self._name)

    async def work_on(self, items: Sequence[OutboxItem], calls: Iterable[Awaitable[object]]) -> None:
        """Wait until all calls for the items have ended, then raise the error of one of them: that of the database, if there is one."""
        with self.in_progress(items):
            ended = await asyncio.gather(*calls, return_exceptions=True)
            errors = [error for error in ended if isinstance(error, BaseException)]
            if errors:
                raise min(errors, key=lambda one: not isinstance(one, StoreUnavailable))

    @contextmanager
    def in_progress(self, items: Sequence[OutboxItem]) -> Iterator[None]:
        """Use it around the work on claimed items. None of them may be worked on any more when it ends."""
        try:
            yield
        except StoreUnavailable:
            self._interrupted.update((item.id, item) for item in items)
            raise
