"""Maps the reports of sockets and sessions to the seven states people see."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from forecourt.flows.ports import BayCount, Store
from forecourt.kernel import DriverId, EvseId, SiteId
from forecourt.reservations import Bound, Called, waits_until
from forecourt.sessions import Session
from forecourt.stations import Charger, ConnectorState, Evse, Socket
from forecourt.tariffs import PhaseState
from forecourt.web.views.bays import BayState

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


def bay_state_of_phase(state: PhaseState) -> BayState:
    return _OF_PHASE[state]


def charge_state(session: Session, limit_a: int | None) -> BayState:
    """The present look of a charge. limit_a: what the plan gives it, if there is one."""
    return _charging(session.state, draws_power=bool(session.power_w), stopped=limit_a == 0)


def _charging(charge: PhaseState, *, draws_power: bool, stopped: bool) -> BayState:
    """A charger need not report that it withholds power before the first ampere flowed; a plan that gives it none tells."""
    state = bay_state_of_phase(charge)
    return BayState.WITHHELD if state is BayState.CHARGING and not draws_power and stopped else state


def planned_limits(store: Store, site_id: SiteId) -> Mapping[EvseId, int]:
    """Amperes that the plan in force gives each socket with a charge."""
    plan = store.plans.latest(site_id)
    return {setpoint.evse_id: setpoint.limit_a for setpoint in plan.setpoints} if plan else {}


def bay_state(bay: BayCount) -> BayState:
    """A running charge decides; without one, the socket's own report. Without contact the state is unknown."""
    if bay.socket is ConnectorState.FAULTED:
        return BayState.FAULT
    if not bay.connected:
        return BayState.OFFLINE
    if bay.charge is not None:
        return _charging(bay.charge, draws_power=bay.draws, stopped=bay.stopped)
    state = _OF_SOCKET[bay.socket]
    return BayState.RESERVED if bay.promised and state is BayState.FREE else state


def out_of_contact_since(charger: Charger | None, session: Session) -> datetime | None:
    """Since when nothing is known of what a charge draws; None: its charger is in contact."""
    if charger is not None and charger.connected:
        return None
    return (charger.contact.since or charger.seen_at if charger else None) or session.last_at


def bays_of(store: Store, site_id: SiteId) -> list[Evse]:
    """The sockets at a site now: those out of service for good are history."""
    return [evse for evse in store.stations.evses(site_id) if evse.retired_at is None]


@dataclass(frozen=True, slots=True)
class HeldBay:
    """A bay held now: for whom, and until when if they do not come."""

    driver_id: DriverId
    until: datetime


def held_bays(store: Store, site_id: SiteId) -> Mapping[EvseId, HeldBay]:
    """Bays of a site held for a booking now, or for a turn in the queue."""
    booked = ((one, one.state) for one in store.bookings.live_at(site_id))
    held = {state.evse_id: HeldBay(one.driver_id, waits_until(one)) for one, state in booked if isinstance(state, Bound)}
    called = ((one, one.state) for one in store.queue.live_at(site_id))
    return {turn.evse_id: HeldBay(one.driver_id, turn.until) for one, turn in called if isinstance(turn, Called)} | held


def bay_states(store: Store, site_id: SiteId) -> Mapping[EvseId, BayState]:
    """The state of every bay at a site."""
    chargers = {charger.id: charger for charger in store.stations.chargers(site_id)}
    sessions = {session.evse_id: session for session in store.sessions.open_at(site_id)}
    sockets = {socket.evse_id: socket for socket in store.stations.sockets(site_id)}
    held = held_bays(store, site_id)
    allowed = planned_limits(store, site_id)

    def bay_now(evse: Evse) -> BayCount:
        socket, charger, session = sockets.get(evse.id, Socket(evse.id)), chargers.get(evse.charger_id), sessions.get(evse.id)
        watts = session.power_w or 0 if session else 0
        online, stopped = charger is not None and charger.connected, allowed.get(evse.id) == 0
        charge = session.state if session else None
        return BayCount(site_id, socket.state, online, charge, stopped, evse.id in held, watts > 0, (evse.label,), watts)

    return {evse.id: bay_state(bay_now(evse)) for evse in bays_of(store, site_id)}
