"""From what sockets and sessions report to the seven states people see."""

from collections.abc import Mapping

from forecourt.flows.ports import Store
from forecourt.kernel import EvseId, SiteId
from forecourt.reservations import Bound
from forecourt.sessions import Session
from forecourt.stations import Charger, ConnectorState, Evse, Socket
from forecourt.tariffs import PhaseState
from forecourt.web.views.charges import BayState

_OF_PHASE = {
    PhaseState.CHARGING: BayState.CHARGING,
    PhaseState.WITHHELD: BayState.WITHHELD,
    PhaseState.IDLE: BayState.IDLE,
    PhaseState.RESERVED: BayState.RESERVED,
}
_OF_SOCKET = {
    ConnectorState.AVAILABLE: BayState.FREE,
    ConnectorState.OCCUPIED: BayState.IDLE,
    ConnectorState.RESERVED: BayState.RESERVED,
    ConnectorState.UNAVAILABLE: BayState.FAULT,
    ConnectorState.FAULTED: BayState.FAULT,
    ConnectorState.UNKNOWN: BayState.OFFLINE,
}


def of_phase(state: PhaseState) -> BayState:
    return _OF_PHASE[state]


def seen(session: Session, limit_a: int | None) -> BayState:
    """How a charge looks now. limit_a: what the plan gives it, where there is one.

    A charger need not say that it withholds power before the first ampere flowed: the plan that gives it none says so.
    """
    state = of_phase(session.state)
    waits = state is BayState.CHARGING and not session.power_w and limit_a == 0
    return BayState.WITHHELD if waits else state


def limits(store: Store, site_id: SiteId) -> Mapping[EvseId, int]:
    """Amperes the plan in force gives each socket that has a charge."""
    paper = store.plans.latest(site_id)
    return {setpoint.evse_id: setpoint.limit_a for setpoint in paper.setpoints} if paper else {}


def bay_state(socket: Socket, session: Session | None, charger: Charger | None, promised: bool, limit_a: int | None = None) -> BayState:
    """A charge that runs is what people see; without one, the socket's own word, where its charger can be reached."""
    if socket.state is ConnectorState.FAULTED:
        return BayState.FAULT
    if session is not None:
        return seen(session, limit_a)
    if charger is None or not charger.connected:
        return BayState.OFFLINE
    state = _OF_SOCKET[socket.state]
    return BayState.RESERVED if promised and state is BayState.FREE else state


def bays_of(store: Store, site_id: SiteId) -> list[Evse]:
    """What stands at a site now: sockets taken out of service for good are history."""
    return [evse for evse in store.stations.evses(site_id) if evse.retired_at is None]


def bay_states(store: Store, site_id: SiteId) -> Mapping[EvseId, BayState]:
    """The state of every bay that stands at a site."""
    chargers = {charger.id: charger for charger in store.stations.chargers(site_id)}
    sessions = {session.evse_id: session for session in store.sessions.open_at(site_id)}
    sockets = {socket.evse_id: socket for socket in store.stations.sockets(site_id)}
    bound = {booking.state.evse_id for booking in store.bookings.live_at(site_id) if isinstance(booking.state, Bound)}
    allowed = limits(store, site_id)
    return {
        evse.id: bay_state(
            sockets.get(evse.id, Socket(evse.id)),
            sessions.get(evse.id),
            chargers.get(evse.charger_id),
            evse.id in bound,
            allowed.get(evse.id),
        )
        for evse in bays_of(store, site_id)
    }
