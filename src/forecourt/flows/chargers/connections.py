"""Record that a charger's connection was opened or closed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from forecourt.flows.chargers.history import record_contact
from forecourt.flows.ports.store import Store
from forecourt.kernel import ChargerId
from forecourt.stations import ConnectionInfo

_NO_WAYS: Mapping[ChargerId, ConnectionInfo] = {}


def links_changed(
    store: Store, connected: Mapping[ChargerId, bool], at: datetime, holder: str = "", ways: Mapping[ChargerId, ConnectionInfo] = _NO_WAYS
) -> dict[ChargerId, bool]:
    """The same for many chargers: what was news, by charger. ways: how each one connected.

    Chargers that another unit of work is changing are left out, as waiting for one while holding others could deadlock.
    """
    free = [charger.id for charger in store.stations.lock_available(list(connected))]
    changes = {one: _record_link(store, one, connected[one], at, holder, ways.get(one)) for one in free}
    _retry_orders(store, [one for one in free if changes[one] and connected[one]], at)
    return changes


def link_changed(
    store: Store, charger_id: ChargerId, connected: bool, at: datetime, holder: str = "", connection_info: ConnectionInfo | None = None
) -> bool:
    """Record whether a charger can be reached, and how it connected. True if that has changed.

    holder: the process that has the connection. What it says of a connection that another process has taken over is ignored.
    """
    has_changed = _record_link(store, charger_id, connected, at, holder, connection_info)
    if has_changed and connected:
        _retry_orders(store, [charger_id], at)
    return has_changed


def _retry_orders(store: Store, charger_ids: Sequence[ChargerId], at: datetime) -> None:
    """Orders wait for one another, so one that is due again in minutes would hold up all that comes after it, limits and starts too."""
    if charger_ids:
        store.outbox.retry_now("charger", charger_ids, at)


def _record_link(
    store: Store, charger_id: ChargerId, connected: bool, at: datetime, holder: str, connection_info: ConnectionInfo | None
) -> bool:
    charger = store.stations.charger(charger_id)
    if charger is None:
        return False
    connection = charger.last_connection.after(connection_info) if connection_info is not None else charger.last_connection
    watched = charger.contact.watched is not None or not connected
    if watched and (charger.connected, charger.holder, charger.last_connection) == (connected, holder, connection):
        return False
    if not connected and (not charger.connected or charger.holder not in ("", holder)):
        return False
    contact = record_contact(store, charger, connected, at)
    known = replace(charger, last_connection=connection, contact=contact)
    store.stations.put_charger(replace(known, connected=connected, seen_at=at, holder=holder))
    return charger.connected != connected


def certificate_refused(store: Store, charger_id: ChargerId, reason: str, at: datetime) -> None:
    """Somebody used the charger's name with an invalid certificate: shown on its page until it connects."""
    charger = store.stations.charger(charger_id)
    if charger is not None:
        store.stations.put_charger(replace(charger, last_connection=charger.last_connection.turned_away(reason, at)))
