"""Sessions whose end never came: closed by rule, so that they block neither socket nor card."""

from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.flows.charging.stop import finish
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids, SiteId
from forecourt.sessions import END_NOT_REPORTED, Session
from forecourt.stations import ChargingState, ConnectorState, StopReason

# A stop may be queued behind other messages at the charger; if the socket stays free for this long after we learned of it, with nothing in
# the way of messages, it was lost.
WAIT_FOR_STOP = timedelta(minutes=30)
# After a boot, a charger sends its stored messages within seconds; if it still reports no charge, it has forgotten it.
WAIT_AFTER_BOOT = timedelta(minutes=5)
_CLOCKS = timedelta(minutes=1)  # between a charger's clock, used in its reports, and ours, used for its boot


def has_stale(store: Store, site_id: SiteId, at: datetime, heard_since: datetime) -> bool:
    """Whether `end_stale` would find a session to end, without a lock. Use a unit of work of its own: what was read before the lock
    may be out of date under it."""
    return any(_assumed_end(store, session, at, heard_since) is not None for session in store.sessions.open_at(site_id))


def end_stale(store: Store, site_id: SiteId, at: datetime, ids: Ids, heard_since: datetime) -> int:
    """End open sessions whose socket has been without a charge for longer than a queued stop could take. Returns how many.

    heard_since: since when messages could be stored and applied without a break: what chargers could not send before comes first. None are
    ended while messages of the site wait to be applied: the stop may be one of them. Messages of the site are not applied meanwhile, so
    call this only if `has_stale`.
    """
    if not store.inbox.lock_site(site_id) or store.inbox.unapplied(site_id, limit=1):
        return 0
    ended = 0
    for session in store.sessions.open_at(site_id):
        ended_at = _assumed_end(store, session, at, heard_since)
        if ended_at is not None:
            lost = replace(session, notes=(*session.notes, END_NOT_REPORTED))
            finish(store, lost, ended_at, StopReason.OTHER, ids)
            ended += 1
    return ended


def forgotten(store: Store, session: Session) -> bool:
    """Whether the charger has booted since it last mentioned the charge, and reports that nothing charges at its socket.

    With a car plugged in, OCPP 1.6 reports this by itself (Preparing), 2.x when asked. There, and at a free socket, a new charge
    may begin at once.
    """
    charger, socket = store.stations.charger(session.charger_id), store.stations.socket(session.evse_id)
    if charger is None or charger.booted_at is None or socket.at is None or session.last_at >= charger.booted_at:
        return False
    nothing = socket.state is ConnectorState.AVAILABLE or socket.charging_state is ChargingState.EV_CONNECTED
    return nothing and socket.at > max(session.last_at, charger.booted_at - _CLOCKS)


def _assumed_end(store: Store, session: Session, at: datetime, heard_since: datetime) -> datetime | None:
    """When the session ended, if waiting for its stop is over; None: it goes on, or its end may still come."""
    charger, socket = store.stations.charger(session.charger_id), store.stations.socket(session.evse_id)
    if charger is None or not charger.connected or socket.at is None or socket.at < session.started_at:
        return None
    known_for = at - max(socket.at, socket.learned_at or socket.at, heard_since)
    if forgotten(store, session) and known_for >= WAIT_AFTER_BOOT:
        return session.last_at
    if socket.state is ConnectorState.AVAILABLE and known_for >= WAIT_FOR_STOP:
        return max(socket.at, session.last_at)
    return None
