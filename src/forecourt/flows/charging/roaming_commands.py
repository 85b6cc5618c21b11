"""What roaming partners ask us to do at chargers, for their own customers alone; and what became of it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from forecourt.drivers import RoamingPartner, RoamingToken, Token, TokenStatus, Whitelist, roamer, token_uid
from forecourt.flows.bookings.turns import STARTS_WITHIN, about_to_start
from forecourt.flows.charging.roaming_sessions import ASKED_FOR
from forecourt.flows.charging.starting import check_startable
from forecourt.flows.desk.orders import order, pass_on
from forecourt.flows.ports.papers import OutboxItem, PassResult
from forecourt.flows.ports.roamed import RoamingCommand
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.buying import buyer_of
from forecourt.flows.prices.price_finding import price_for
from forecourt.kernel import Conflict, EvseId, Forbidden, Ids, NotFound, Refused, SessionId, TokenUid
from forecourt.ocpi import (
    CdrToken,
    Command,
    CommandResponse,
    CommandResult,
    StartSession,
    StopSession,
    UnlockConnector,
)
from forecourt.stations import Evse, Order, OrderResult, Outcome, Protocol, StartCharge, StopCharge, Unlock

# A plug may be stuck after the charge has ended; later it is somebody else's.
STUCK_FOR = timedelta(minutes=30)
_KEY, _UNKNOWN_SESSION = "roaming/", "unknown_session"
_LONGEST_UID = 20  # of OCPP 1.6
_RESULTS = {
    Outcome.ACCEPTED: CommandResult.ACCEPTED,
    Outcome.UNSUPPORTED: CommandResult.NOT_SUPPORTED,
    Outcome.UNREACHABLE: CommandResult.TIMEOUT,
    Outcome.UNANSWERED: CommandResult.TIMEOUT,
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of a charger; of a start, with whose token."""

    evse: Evse
    order: Order
    token: CdrToken | None = None
    shown: TokenUid | None = None
    authorization_reference: str | None = None


@dataclass(frozen=True, slots=True)
class Commanded:
    """What the partner hears at once. text: why not."""

    response: CommandResponse
    text: str = ""


def obey(store: Store, partner: RoamingPartner, wanted: Command, at: datetime, ids: Ids) -> Commanded:
    """Ask the charger, or say why not. Where it is ACCEPTED the charger's answer goes to the partner's address once it is there."""
    try:
        asked = _asked(store, partner, wanted, at)
    except Refused as error:
        unknown = error.code == _UNKNOWN_SESSION
        return Commanded(CommandResponse.UNKNOWN_SESSION if unknown else CommandResponse.REJECTED, error.text)
    if asked is None:
        return Commanded(CommandResponse.NOT_SUPPORTED, "Reserving at once is not offered here.")
    command_id = ids.new(at)
    about = (partner.operator_id, partner.id, wanted.response_url, at, asked.evse.id)
    store.roamed.put_command(RoamingCommand(command_id, *about, asked.token, asked.shown, asked.authorization_reference))
    order(store, asked.evse.charger_id, asked.order, at, ids, f"{_KEY}{command_id}")
    return Commanded(CommandResponse.ACCEPTED)


def command_done(store: Store, item: OutboxItem, result: OrderResult, at: datetime, ids: Ids) -> None:
    """A charger has answered an order; the partner that asked for it, if one did, is told."""
    if not item.idempotency_key.startswith(_KEY):
        return
    command_id = UUID(item.idempotency_key.removeprefix(_KEY))
    told = PassResult(command_id, _RESULTS.get(result.outcome, CommandResult.REJECTED))
    pass_on(store, item, told, at, ids, "done")


def _asked(store: Store, partner: RoamingPartner, wanted: Command, at: datetime) -> _Asked | None:
    match wanted:
        case StartSession():
            return _start(store, partner, wanted, at)
        case StopSession(session_id=session_id):
            return _stop(store, partner, session_id)
        case UnlockConnector(location_id=location_id, evse_uid=evse_uid):
            return _unlock(store, partner, _evse(store, partner, location_id, evse_uid), at)
        case _:
            return None


def _start(store: Store, partner: RoamingPartner, wanted: StartSession, at: datetime) -> _Asked:
    """The token is taken as good: its partner says so by asking. What would keep our own drivers from the socket keeps this one."""
    if partner.peer is None or not partner.peer.speaks_for(wanted.token.country_code, wanted.token.party_id):
        raise Forbidden("token_owner", "This token is not one of your own.")
    evse = _evse(store, partner, wanted.location_id, wanted.evse_uid)
    token = _token(store, partner, wanted.token, evse, at)
    store.bookings.lock_pool(evse.site_id, evse.kind)  # of drivers who ask at the same time, one is first
    price_for(store, store.stations.site(evse.site_id), evse.kind, buyer_of(store, token.driver_id, at, token), at)
    check_startable(store, evse, token.driver_id, token.uid, at)
    about_to_start(store, evse, token.driver_id, at, STARTS_WITHIN)
    start = StartCharge(evse.number, token.uid, store.bookings.next_number())
    return _Asked(evse, start, wanted.token, token.uid, wanted.authorization_reference)


def _token(store: Store, partner: RoamingPartner, told: CdrToken, evse: Evse, at: datetime) -> Token:
    """The token as chargers are shown it. One that was never pushed is good for this start alone."""
    charger = store.stations.charger(evse.charger_id)
    uid = token_uid(told.uid)
    if len(uid) > _LONGEST_UID and charger is not None and charger.protocol is Protocol.OCPP16:
        uid = TokenUid(f"RO{sha256(f'{partner.id}/{uid}'.encode()).hexdigest()[: _LONGEST_UID - 2].upper()}")
    driver, token = roamer(
        RoamingToken(
            partner.operator_id, partner.id, told.country_code, told.party_id, uid, told.type, told.contract_id, "", True,
            Whitelist.ALLOWED, at,
        )
    )  # fmt: skip
    known = store.drivers.token(partner.operator_id, uid)
    if known is not None and (known.driver_id != driver.id or known.status is TokenStatus.BLOCKED):
        raise Forbidden("token_refused", "This token is not one that may charge here.")
    if known is not None and known.valid_until is None:
        return known
    store.drivers.put_driver(driver)
    store.drivers.put_token(asked := replace(token, valid_until=at + ASKED_FOR))
    return asked


def _stop(store: Store, partner: RoamingPartner, session_id: str) -> _Asked:
    charge = store.roamed.charge(SessionId(_id(session_id)))
    session = store.sessions.session(charge.session_id) if charge and charge.partner_id == partner.id else None
    if session is None:
        raise NotFound(_UNKNOWN_SESSION, "No charge of a customer of yours goes on under that id.")
    return _Asked(store.stations.evse(session.evse_id), StopCharge(session.transaction))


def _unlock(store: Store, partner: RoamingPartner, evse: Evse, at: datetime) -> _Asked:
    """Only where the partner's customer charges, or has just charged and nobody else since."""
    running = store.sessions.open_on(evse.id)
    ended = next((one for one in store.sessions.records(evse.site_id) if one.evse_id == evse.id and one.ended_at >= at - STUCK_FOR), None)
    last = running.id if running else ended.session_id if ended else None
    charge = store.roamed.charge(last) if last else None
    if charge is None or charge.partner_id != partner.id:
        raise Forbidden("not_your_customer", "No customer of yours charges there, or has just done so.")
    return _Asked(evse, Unlock(evse.number))


def _evse(store: Store, partner: RoamingPartner, location_id: str, evse_uid: str | None) -> Evse:
    if evse_uid is None:
        raise Conflict("no_evse", "Name the EVSE: a socket is not chosen for somebody who stands before one.")
    evse = store.stations.evse(EvseId(_id(evse_uid)))
    if evse.operator_id != partner.operator_id or evse.retired_at is not None or str(evse.site_id) != location_id.lower():
        raise NotFound("evse", "There is no such EVSE at that Location.")
    return evse


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("id", f"{text[:36]!r} is not an id of ours.") from error
