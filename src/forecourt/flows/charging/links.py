"""A charger's socket opened or closed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from forecourt.flows.ports.store import Store
from forecourt.kernel import ChargerId


def links_changed(store: Store, connected: Mapping[ChargerId, bool], at: datetime, holder: str = "") -> dict[ChargerId, bool]:
    """The same for many chargers at once: what was news, by charger.

    Chargers that another unit of work is changing are left out: to wait for one while others are held could deadlock.
    """
    free = [charger.id for charger in store.stations.hold_free(list(connected))]
    return {charger_id: link_changed(store, charger_id, connected[charger_id], at, holder) for charger_id in free}


def link_changed(store: Store, charger_id: ChargerId, connected: bool, at: datetime, holder: str = "") -> bool:
    """Remember whether a charger can be told something now. True if that is news.

    holder: the process whose socket it is. What one says of a socket that it has lost to another does not count.
    """
    charger = store.stations.charger(charger_id)
    if charger is None or (charger.connected, charger.holder) == (connected, holder):
        return False
    if not connected and (not charger.connected or charger.holder not in ("", holder)):
        return False
    store.stations.put_charger(replace(charger, connected=connected, seen_at=at, holder=holder))
    return charger.connected != connected
