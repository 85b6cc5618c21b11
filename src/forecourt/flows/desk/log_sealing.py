"""Seal the log in batches, without blocking its writers, and verify it against its seals."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from forecourt.flows.desk.log_chain import SavedSeal, differences, find_unsealed, seal_entries
from forecourt.flows.ports.audit_log import LogSeal
from forecourt.flows.ports.store import Store

AGE = timedelta(minutes=5)
LOG_BATCH = 1000


@dataclass(frozen=True, slots=True)
class LogReport:
    """sealed, waiting: numbers of entries. differences: first one first."""

    sealed: int
    waiting: int
    newest: LogSeal | None
    differences: tuple[str, ...]


def seal_log(store: Store, at: datetime) -> int:
    """Seal entries that are some minutes old and in no seal yet. Returns how many, at most LOG_BATCH."""
    store.log_seals.lock()
    entries = store.log_seals.waiting(at - AGE, LOG_BATCH)
    if entries:
        store.log_seals.add(seal_entries(store.log_seals.newest(), entries, at))
    return len(entries)


def verify_log(store: Store, saved: SavedSeal | None = None) -> LogReport:
    """Verify the chain. saved: a seal that somebody saved elsewhere, which it must contain."""
    found = list(differences(store.log_seals.chain(), saved))
    newest, unsealed = store.log_seals.newest(), store.log_seals.unsealed()
    found += find_unsealed(unsealed, newest)
    return LogReport(newest.total if newest else 0, sum(waits for _, waits in unsealed), newest, tuple(found))
