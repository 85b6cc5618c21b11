"""Bills for ended charges, batched in one commit as far as they may wait for one another."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from uuid import UUID

import structlog

from forecourt.flows.billing import MeterVerifier, invoice_together
from forecourt.flows.ports import InvoiceSession, OutboxItem, StoreUnavailable
from forecourt.jobs.ports import WorkerPorts
from forecourt.kernel import Refused

_log = structlog.get_logger("forecourt.jobs")

# Other issuers of the same operator wait while these are numbered and written: some hundredths of a second.
BATCH = 25
# A task that was started this often without finishing is done alone.
MAX_ATTEMPTS_TOGETHER = 3


class BillBatches:
    def __init__(self, ports: WorkerPorts, verifier: MeterVerifier) -> None:
        self._ports, self._verifier = ports, verifier

    def make(self, items: Sequence[OutboxItem]) -> set[UUID]:
        """Bill the plain charges among these tasks that have no bill yet, and return the tasks done. The others must be done one by one."""
        return {item_id for batch in _batches(items) for item_id in self._bill_batch(batch)}

    def _bill_batch(self, batch: dict[UUID, InvoiceSession]) -> set[UUID]:
        ports, at = self._ports, self._ports.clock.now()
        try:
            with ports.transactions.begin() as store:
                billed = invoice_together(store, [one.session_id for one in batch.values()], at, ports.ids, self._verifier)
                done = {item_id for item_id, work in batch.items() if work.session_id in billed}
                for item_id in done:
                    store.outbox.done(item_id, at, "done")
                return done
        except Refused as error:
            _log.warning("bills_refused", charges=len(batch), code=error.code, text=str(error))
        except (StoreUnavailable, ConnectionError):
            raise
        except Exception as error:  # noqa: BLE001 - billed one by one, the faulty one holds up none of the others
            _log.error("bills_failed", charges=len(batch), error=f"{type(error).__name__}: {error}")
        return set()


def _batches(items: Sequence[OutboxItem]) -> Iterator[dict[UUID, InvoiceSession]]:
    bills = [(item.operator_id, item.id, item.work) for item in items if isinstance(item.work, InvoiceSession) and _can_share_commit(item)]
    for _, group in groupby(sorted(bills, key=lambda one: one[0]), key=lambda one: one[0]):
        of_one = list(group)
        for first in range(0, len(of_one), BATCH):
            yield {item_id: work for _, item_id, work in of_one[first : first + BATCH]}


def _can_share_commit(item: OutboxItem) -> bool:
    """Whether it can share a commit: one that failed before would make the others fail too, and late reports are handled alone."""
    is_late = isinstance(item.work, InvoiceSession) and item.work.late
    return not item.error and item.attempts < MAX_ATTEMPTS_TOGETHER and not is_late
