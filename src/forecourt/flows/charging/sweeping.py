"""Sessions whose end never came: closed by rule, so that they block neither socket nor card."""

from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.flows.charging.stop import finish
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids, SiteId
from forecourt.stations import ConnectorState, StopReason

# A stop may be queued behind other messages at the charger; a free socket for this long means it was lost.
WAIT_FOR_STOP = timedelta(minutes=30)


def sweep(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> int:
    """End open sessions whose socket has been free for longer than a queued stop could take. How many."""
    ended = 0
    for session in store.sessions.open_at(site_id):
        socket = store.stations.socket(session.evse_id)
        if socket.state is not ConnectorState.AVAILABLE or socket.at is None or socket.at < session.started_at:
            continue
        charger = store.stations.charger(session.charger_id)
        if at - socket.at >= WAIT_FOR_STOP and charger is not None and charger.connected:
            lost = replace(session, notes=(*session.notes, "end_not_reported"))
            finish(store, lost, max(socket.at, session.last_at), StopReason.OTHER, ids)
            ended += 1
    return ended
