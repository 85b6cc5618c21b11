"""Reads the processor's clearing file: stores and books its rows, and reconciles them with the ledger."""

import structlog

from forecourt.flows.paying import clear, clearing_read_from, mark_clearing_read, reconcile
from forecourt.jobs.ports import WorkerPorts

_log = structlog.get_logger("forecourt.jobs")

_BATCH = 500


def read_clearing(ports: WorkerPorts) -> None:
    """Rows that were read before change nothing. Raises ConnectionError if the processor does not answer, StoreUnavailable."""
    at = ports.clock.now()
    with ports.transactions.begin() as store:
        since = clearing_read_from(store, at)
    lines = ports.processor.clearing(since)
    for first in range(0, len(lines), _BATCH):
        with ports.transactions.begin() as store:
            clear(store, lines[first : first + _BATCH], at, ports.ids)
    with ports.transactions.begin() as store:
        mark_clearing_read(store, since, at)
        found = reconcile(store, at)
    if found:
        _log.warning("clearing_findings", open=found)
