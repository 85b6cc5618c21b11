"""A socket reported its state: store it, and update a running session."""

from dataclasses import replace
from datetime import datetime

from forecourt.flows.chargers.history import put_socket
from forecourt.flows.ports.store import Store
from forecourt.flows.power.charge_start import idle_a, lacks_fallback
from forecourt.flows.power.fallbacks import check_fallback
from forecourt.flows.power.untested_sockets import about_to_start, untested
from forecourt.kernel import Ids
from forecourt.sessions import TOLERANCE, apply
from forecourt.stations import ConnectorReported, ConnectorState, Evse, Message, Socket

# Connector 0 stands for the whole charger, but its good states say nothing about a single socket.
_WHOLE_CHARGER = (ConnectorState.FAULTED, ConnectorState.UNAVAILABLE)


def reported(store: Store, message: Message, fact: ConnectorReported, at: datetime, ids: Ids) -> bool:
    """Store the socket's state (unless older than the known one, or the socket is retired). True if power should be shared anew."""
    _learn_clock(store, message, fact)
    if fact.evse_number == 0:
        if fact.state not in _WHOLE_CHARGER:
            return False
        evses = [evse for evse in store.stations.evses(message.site_id) if evse.charger_id == message.charger_id]
    else:
        evse = store.stations.evse_at(message.charger_id, fact.evse_number)
        evses = [evse] if evse else []
    changed = [_one(store, evse, fact, at, ids) for evse in evses]
    return any(changed)


def _learn_clock(store: Store, message: Message, fact: ConnectorReported) -> None:
    """A status is never queued while offline: if it arrived on time, the charger's clock is right. Without a readable time
    it is given that of its arrival, and proves nothing."""
    charger = store.stations.charger(message.charger_id)
    has_own_time = fact.at != message.received_at and not {"clock", "clock_ahead", "zone"} & set(message.flags)
    if charger is not None and not charger.clock_right and has_own_time and message.received_at - fact.at <= TOLERANCE:
        store.stations.put_charger(replace(charger, clock_right=True))


def _one(store: Store, evse: Evse, fact: ConnectorReported, at: datetime, ids: Ids) -> bool:
    before = store.stations.socket(evse.id)
    if evse.retired_at is not None and fact.at >= evse.retired_at:
        return False
    if before.at is not None and before.at > fact.at:
        return False
    put_socket(store, evse, Socket(evse.id, fact.state, fact.charging_state, fact.error, fact.at, learned_at=at), fact.at)
    session = store.sessions.open_on(evse.id)
    if session is None:
        if fact.state is ConnectorState.OCCUPIED and before.state is not ConnectorState.OCCUPIED:
            check_fallback(store, evse, at, ids)
        return _makes_room(store, evse, before, fact)
    if fact.charging_state is None:
        return False
    step = apply(session, fact)
    store.sessions.put(step.session)
    store.sessions.add_points(step.points)
    return step.session.state is not session.state


def _makes_room(store: Store, evse: Evse, before: Socket, fact: ConnectorReported) -> bool:
    """Whether a car was plugged in that may draw before it gets an order, so that the others must make room for it."""
    now = store.stations.socket(evse.id)
    grant = store.plans.grant(evse.id)
    takes = idle_a(now, grant, evse, fact.at) > 0 or ((untested(grant) or lacks_fallback(grant)) and about_to_start(now, fact.at))
    return now.state is not before.state and takes
