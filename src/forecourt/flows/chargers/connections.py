"""A charger's socket opened or closed."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from forecourt.flows.chargers.history import contact_turned
from forecourt.flows.ports.store import Store
from forecourt.kernel import ChargerId
from forecourt.stations import WayIn

_NO_WAYS: Mapping[ChargerId, WayIn] = {}


def links_changed(
    store: Store, connected: Mapping[ChargerId, bool], at: datetime, holder: str = "", ways: Mapping[ChargerId, WayIn] = _NO_WAYS
) -> dict[ChargerId, bool]:
    """The same for many chargers at once: what was news, by charger. ways: how each came in.

    Chargers that another unit of work is changing are left out: to wait for one while others are held could deadlock.
    """
    free = [charger.id for charger in store.stations.hold_free(list(connected))]
    return {charger_id: link_changed(store, charger_id, connected[charger_id], at, holder, ways.get(charger_id)) for charger_id in free}


def link_changed(store: Store, charger_id: ChargerId, connected: bool, at: datetime, holder: str = "", came: WayIn | None = None) -> bool:
    """Remember whether a charger can be told something now, and how it came in. True if it could not be before, or cannot now.

    holder: the process whose socket it is. What one says of a socket that it has lost to another does not count.
    """
    charger = store.stations.charger(charger_id)
    if charger is None:
        return False
    way_in = charger.way_in.after(came) if came is not None else charger.way_in
    watched = charger.contact.watched is not None or not connected
    if watched and (charger.connected, charger.holder, charger.way_in) == (connected, holder, way_in):
        return False
    if not connected and (not charger.connected or charger.holder not in ("", holder)):
        return False
    contact = contact_turned(store, charger, connected, at)
    store.stations.put_charger(replace(charger, connected=connected, seen_at=at, holder=holder, way_in=way_in, contact=contact))
    return charger.connected != connected


def certificate_refused(store: Store, charger_id: ChargerId, why: str, at: datetime) -> None:
    """Somebody came under its name with a certificate that does not open: shown at its page until it comes in."""
    charger = store.stations.charger(charger_id)
    if charger is not None:
        store.stations.put_charger(replace(charger, way_in=charger.way_in.turned_away(why, at)))
