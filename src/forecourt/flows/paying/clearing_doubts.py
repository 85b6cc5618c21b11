"""What does not fit is kept as a finding until it does, or a person explains it."""

from datetime import datetime

from forecourt.flows.ports.store import Store
from forecourt.kernel import Money
from forecourt.settlement import Doubt, find, finding_id, gone


def keep_doubt(store: Store, doubt: Doubt, at: datetime) -> None:
    known = store.clearing.lock_finding(finding_id(doubt.subject))
    kept = find(doubt, known, at)
    if kept != known:
        store.clearing.put_finding(kept)


def look_for_twice(store: Store, doubt: Doubt, more: Money, at: datetime) -> None:
    """doubt: that so much more went back, or out, than was owed; where it is not more it fits, and any doubt of before is gone."""
    if more.minor > 0:
        keep_doubt(store, doubt, at)
        return
    known = store.clearing.lock_finding(finding_id(doubt.subject))
    if known is not None and known.open:
        store.clearing.put_finding(gone(known, at))
