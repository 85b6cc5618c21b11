"""What does not fit is kept as a finding until it does, or a person explains it."""

from datetime import datetime

from forecourt.flows.ports.store import Store
from forecourt.settlement import Doubt, find, finding_id, gone


def keep_doubt(store: Store, doubt: Doubt, at: datetime) -> None:
    known = store.clearing.lock_finding(finding_id(doubt.subject))
    kept = find(doubt, known, at)
    if kept != known:
        store.clearing.put_finding(kept)


def end_doubt(store: Store, subject: str, at: datetime) -> None:
    """It fits now. Nothing happens where it always did."""
    known = store.clearing.lock_finding(finding_id(subject))
    if known is not None and known.open:
        store.clearing.put_finding(gone(known, at))
