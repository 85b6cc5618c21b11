"""Commands from roaming partners for their own customers at our chargers, and their results."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from forecourt.drivers import RoamingPartner
from forecourt.flows.bookings.ocpi_reservations import cancel_reservation, reserve_now
from forecourt.flows.bookings.turns import STARTS_WITHIN, extend_turn
from forecourt.flows.charging.starting import check_startable
from forecourt.flows.desk.orders import enqueue_order, enqueue_partner_message
from forecourt.flows.ports.outbox import OutboxItem, PassResult
from forecourt.flows.ports.roaming_charges import RoamingCommand
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.buyer import buyer_of
from forecourt.flows.prices.price_finding import price_for
from forecourt.flows.roaming.references import UNKNOWN_PLACE, UNKNOWN_SESSION, check_response_url, parse_own_id, resolve_evse, resolve_token
from forecourt.flows.roaming.sessions import START_COMMAND_VALID_FOR
from forecourt.kernel import Conflict, Forbidden, Ids, NotFound, Refused, TokenUid
from forecourt.ocpi import (
    CancelReservation,
    CdrToken,
    Command,
    CommandResponse,
    CommandResult,
    ReserveNow,
    StartSession,
    StopSession,
    UnlockConnector,
)
from forecourt.stations import Evse, Order, OrderResult, Outcome, StartCharge, StopCharge, Unlock

# A plug may be stuck after the charge has ended; any later it is somebody else's.
STUCK_FOR = timedelta(minutes=30)
_KEY = "roaming/"
_RESULTS = {
    Outcome.ACCEPTED: CommandResult.ACCEPTED,
    Outcome.UNSUPPORTED: CommandResult.NOT_SUPPORTED,
    Outcome.UNREACHABLE: CommandResult.TIMEOUT,
    Outcome.UNANSWERED: CommandResult.TIMEOUT,
}


@dataclass(frozen=True, slots=True)
class _ChargerCommand:
    """The order for a charger; for a start, with the token."""

    evse: Evse
    order: Order
    token: CdrToken | None = None
    shown: TokenUid | None = None
    authorization_reference: str | None = None


@dataclass(frozen=True, slots=True)
class CommandReply:
    """The immediate response to the partner. text: why it was refused. unknown_place: it names a location or EVSE that is not ours."""

    response: CommandResponse
    text: str = ""
    unknown_place: bool = False


def execute_command(store: Store, partner: RoamingPartner, wanted: Command, at: datetime, ids: Ids) -> CommandReply:
    """Order it from the charger, or say why not. If ACCEPTED, the charger's answer is sent to the partner's address later.

    Raises BadInput for an address that is not one of the partner's own.
    """
    check_response_url(partner, wanted.response_url)
    try:
        if isinstance(wanted, ReserveNow | CancelReservation):
            return _decide(store, partner, wanted, at, ids)
        request = _charger_command(store, partner, wanted, at)
    except Refused as error:
        response = CommandResponse.UNKNOWN_SESSION if error.code == UNKNOWN_SESSION else CommandResponse.REJECTED
        return CommandReply(response, error.text, error.code == UNKNOWN_PLACE)
    command_id = ids.new(at)
    details = (partner.operator_id, partner.id, wanted.response_url, at, request.evse.id)
    store.roaming_charges.put_command(RoamingCommand(command_id, *details, request.token, request.shown, request.authorization_reference))
    enqueue_order(store, request.evse.charger_id, request.order, at, ids, f"{_KEY}{command_id}")
    return CommandReply(CommandResponse.ACCEPTED)


def command_done(store: Store, item: OutboxItem, result: OrderResult, at: datetime, ids: Ids) -> None:
    """A charger has answered an order: send the result to the partner who commanded it, if any."""
    if not item.idempotency_key.startswith(_KEY):
        return
    command = store.roaming_charges.command(UUID(item.idempotency_key.removeprefix(_KEY)))
    if command is not None:
        enqueue_partner_message(
            store, command, PassResult(command.id, _RESULTS.get(result.outcome, CommandResult.REJECTED)), at, ids, "done"
        )


def _decide(store: Store, partner: RoamingPartner, wanted: ReserveNow | CancelReservation, at: datetime, ids: Ids) -> CommandReply:
    """Reservations wait for no charger: some socket is promised, which may still change. The result is sent like the others."""
    command = RoamingCommand(ids.new(at), partner.operator_id, partner.id, wanted.response_url, at)
    if isinstance(wanted, ReserveNow):
        result = reserve_now(store, partner, wanted, command.id, at, ids)
    else:
        result = cancel_reservation(store, partner, wanted, at, ids)
    store.roaming_charges.put_command(command)
    enqueue_partner_message(store, command, PassResult(command.id, result), at, ids, "done")
    return CommandReply(CommandResponse.ACCEPTED)


def _charger_command(
    store: Store, partner: RoamingPartner, wanted: StartSession | StopSession | UnlockConnector, at: datetime
) -> _ChargerCommand:
    match wanted:
        case StartSession():
            return _start(store, partner, wanted, at)
        case StopSession(session_id=session_id):
            return _stop(store, partner, session_id)
        case UnlockConnector():
            return _unlock(store, partner, resolve_evse(store, partner, wanted.location_id, wanted.evse_uid, wanted.connector_id), at)


def _start(store: Store, partner: RoamingPartner, wanted: StartSession, at: datetime) -> _ChargerCommand:
    """Whatever would prevent our own drivers from starting there prevents this start, too."""
    if wanted.evse_uid is None:
        raise Conflict("no_evse", "Name the EVSE: a socket is not chosen for somebody who stands before one.")
    evse = resolve_evse(store, partner, wanted.location_id, wanted.evse_uid, wanted.connector_id)
    token = resolve_token(store, partner, wanted.token, [evse], (at, at + START_COMMAND_VALID_FOR))
    store.bookings.lock_pool(evse.site_id, evse.kind)  # of drivers who ask at the same time, one is first
    price_for(store, store.stations.site(evse.site_id), evse.kind, buyer_of(store, token.driver_id, at, token), at)
    check_startable(store, evse, token.driver_id, token.uid, at)
    extend_turn(store, evse, token.driver_id, at, STARTS_WITHIN)
    start = StartCharge(evse.number, token.uid, store.bookings.next_number())
    return _ChargerCommand(evse, start, wanted.token, token.uid, wanted.authorization_reference)


def _stop(store: Store, partner: RoamingPartner, session_id: str) -> _ChargerCommand:
    charge = store.roaming_charges.charge(parse_own_id(session_id, UNKNOWN_SESSION))
    running = charge.session_id if charge and charge.partner_id == partner.id else None
    session = store.sessions.session(running) if running else None
    if session is None:
        raise NotFound(UNKNOWN_SESSION, "No charge of a customer of yours goes on under that id.")
    return _ChargerCommand(store.stations.evse(session.evse_id), StopCharge(session.transaction))


def _unlock(store: Store, partner: RoamingPartner, evse: Evse, at: datetime) -> _ChargerCommand:
    """Only where the partner's customer is charging, or has just finished and nobody has charged since."""
    running = store.sessions.open_on(evse.id)
    ended = next((one for one in store.sessions.ended(evse.site_id) if one.evse_id == evse.id and one.ended_at >= at - STUCK_FOR), None)
    last = running.id if running else ended.session_id if ended else None
    charge = store.roaming_charges.charge_of(last) if last else None
    if charge is None or charge.partner_id != partner.id:
        raise Forbidden("not_your_customer", "No customer of yours charges there, or has just done so.")
    return _ChargerCommand(evse, Unlock(evse.number))
