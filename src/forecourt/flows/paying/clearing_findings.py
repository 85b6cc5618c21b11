"""Store mismatches as findings until they are resolved or explained by a person."""

from datetime import datetime

from forecourt.flows.ports.store import Store
from forecourt.kernel import Money
from forecourt.settlement import Discrepancy, finding_id, resolve_finding, update_finding


def store_doubt(store: Store, discrepancy: Discrepancy, at: datetime) -> None:
    known = store.clearing.lock_finding(finding_id(discrepancy.subject))
    finding = update_finding(discrepancy, known, at)
    if finding != known:
        store.clearing.put_finding(finding)


def record_double_payment(store: Store, discrepancy: Discrepancy, amount: Money, at: datetime) -> None:
    """Record a doubt that this much too much was returned or paid out; if it is not above zero, resolve an earlier finding."""
    if amount.minor > 0:
        store_doubt(store, discrepancy, at)
        return
    known = store.clearing.lock_finding(finding_id(discrepancy.subject))
    if known is not None and known.open:
        store.clearing.put_finding(resolve_finding(known, at))
