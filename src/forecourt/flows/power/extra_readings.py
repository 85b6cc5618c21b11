"""Whether to ask a charger for one more reading: its limit was lowered, it has not been seen to obey, and others wait for the amps.

A car follows its pilot within seconds, but the reading requested with the acceptance may be older than that, and the next regular
one is often a minute away.
"""

from forecourt.flows.ports.store import Store
from forecourt.kernel import ChargerId

# Seconds after the first requested reading; a charger that has not obeyed by then is late, and its regular readings will do.
REPEAT_READINGS_AFTER_S = (5.0, 12.0, 32.0)


def needs_reading(store: Store, charger_id: ChargerId, evse_number: int) -> bool:
    """Asking does not free any amps: only a reading that shows the drop does."""
    evse = store.stations.evse_at(charger_id, evse_number)
    grant = store.plans.grant(evse.id) if evse else None
    if evse is None or grant is None or grant.testing or grant.quarantined or grant.sent_a is None or grant.confirmed_a != grant.sent_a:
        return False
    latest = store.plans.latest(evse.site_id)
    if grant.counted_a <= grant.sent_a or latest is None:
        return False
    grants = store.plans.grants(evse.site_id).values()
    return any(one.plan == latest.number and one.session_id is not None and one.target_a > (one.sent_a or 0) for one in grants)
