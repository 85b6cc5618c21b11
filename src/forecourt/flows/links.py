"""A charger's socket opened or closed."""

from dataclasses import replace
from datetime import datetime

from forecourt.flows.ports import Store
from forecourt.kernel import ChargerId


def link_changed(store: Store, charger_id: ChargerId, connected: bool, at: datetime) -> bool:
    """Remember whether a charger can be told something now. True if that is news."""
    charger = store.stations.charger(charger_id)
    if charger is None or charger.connected == connected:
        return False
    store.stations.put_charger(replace(charger, connected=connected, seen_at=at))
    return True
