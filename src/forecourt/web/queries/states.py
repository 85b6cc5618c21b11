"""From what sockets and sessions report to the seven states people see."""

from collections.abc import Mapping

from forecourt.flows import Store
from forecourt.kernel import EvseId, SiteId
from forecourt.reservations import Bound
from forecourt.sessions import Session
from forecourt.stations import Charger, ConnectorState, Socket
from forecourt.tariffs import PhaseState
from forecourt.web.views import BayState

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


def bay_state(socket: Socket, session: Session | None, charger: Charger | None, promised: bool) -> BayState:
    """A charge that runs is what people see; without one, the socket's own word, where its charger can be reached."""
    if socket.state is ConnectorState.FAULTED:
        return BayState.FAULT
    if session is not None:
        return of_phase(session.state)
    if charger is None or not charger.connected:
        return BayState.OFFLINE
    state = _OF_SOCKET[socket.state]
    return BayState.RESERVED if promised and state is BayState.FREE else state


def bay_states(store: Store, site_id: SiteId) -> Mapping[EvseId, BayState]:
    """The state of every bay of a site."""
    chargers = {charger.id: charger for charger in store.stations.chargers(site_id)}
    sessions = {session.evse_id: session for session in store.sessions.open_at(site_id)}
    sockets = {socket.evse_id: socket for socket in store.stations.sockets(site_id)}
    bound = {booking.state.evse_id for booking in store.bookings.live_at(site_id) if isinstance(booking.state, Bound)}
    return {
        evse.id: bay_state(sockets.get(evse.id, Socket(evse.id)), sessions.get(evse.id), chargers.get(evse.charger_id), evse.id in bound)
        for evse in store.stations.evses(site_id)
    }
