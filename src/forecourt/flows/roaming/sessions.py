"""Charges of roaming partners' customers: whose they are, and when the partner is updated."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from forecourt.drivers import RoamingToken, Token, TokenKind, looks_like_roamer, roaming_identity
from forecourt.flows.desk.orders import enqueue_partner_message
from forecourt.flows.ports.outbox import PassResult, PassSession
from forecourt.flows.ports.roaming_charges import RoamingCharge, RoamingCommand
from forecourt.flows.ports.store import Store
from forecourt.flows.roaming.profile_results import reject_pending_profile
from forecourt.flows.roaming.profiles import report_profile_change
from forecourt.flows.roaming.tokens import ANSWER_VALID_FOR, expire_authorization
from forecourt.kernel import Ids, SiteId, instant_text
from forecourt.ocpi import AuthMethod, CdrToken, CommandResult
from forecourt.reservations import Booking, Bound, Broken, Kept
from forecourt.sessions import ChargeRecord, Session

# How often a partner is updated on a running charge: often enough for its customer, but not for every reading.
UPDATE_EVERY = timedelta(minutes=5)
# A start with this token within this time of a partner's command is the one it asked for (OCPI: 15 minutes).
START_COMMAND_VALID_FOR = timedelta(minutes=15)


def record_roaming_start(store: Store, session: Session, token: Token, ids: Ids) -> None:
    """Record whose charge it is, with the token in the partner's own terms, and tell the partner. Nothing for our own drivers."""
    driver = store.drivers.driver(token.driver_id) if token.kind is TokenKind.ROAMING else None
    if driver is None or driver.roaming_partner_id is None:
        return
    at = session.started_at
    command = store.roaming_charges.requested_start(session.evse_id, token.uid, at - START_COMMAND_VALID_FOR)
    pushed = next((one for one in store.roaming.shown(session.operator_id, token.uid) if roaming_identity(one)[0].id == driver.id), None)
    allowed = pushed if pushed and pushed.allowed_at and at - pushed.allowed_at <= ANSWER_VALID_FOR else None
    reserved_charge = store.roaming_charges.charge_of_booking(session.booking_id) if session.booking_id else None
    shown = (
        command.token if command and command.token else _in_words(pushed) if pushed else reserved_charge.token if reserved_charge else None
    )
    if shown is None:
        return
    by_command = command is not None or pushed is None
    charge = RoamingCharge(
        id=reserved_charge.id if reserved_charge else session.id,
        session_id=session.id,
        operator_id=session.operator_id,
        partner_id=driver.roaming_partner_id,
        token=shown,
        auth_method=AuthMethod.COMMAND if by_command else AuthMethod.AUTH_REQUEST if allowed else AuthMethod.WHITELIST,
        authorization_reference=_reference(command, allowed, reserved_charge),
        began_at=reserved_charge.began_at if reserved_charge else at,
        changed_at=at,
        reserved=reserved_charge.reserved if reserved_charge else None,
    )
    store.roaming_charges.put_charge(charge)
    if not by_command:
        expire_authorization(store, token, at)
    enqueue_partner_message(store, charge, PassSession(charge.id), at, ids, "begun")


def _reference(command: RoamingCommand | None, allowed: RoamingToken | None, reserved_charge: RoamingCharge | None) -> str | None:
    """The partner's latest reference."""
    last = command.authorization_reference if command else allowed.reference if allowed else None
    return last or (reserved_charge.authorization_reference if reserved_charge else None)


def update_partners(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> int:
    """Update partners on a site's running charges, if the last update is old enough, and on reserved sockets that have changed. Returns how
    many. A partner that accepts nothing is not sent more of the same."""
    sent = sum(update_reservation(store, one, at, ids) for one in store.roaming_charges.reserved_at(site_id))
    for charge_before in store.roaming_charges.charges({one.id for one in store.sessions.open_at(site_id)}):
        charge = report_profile_change(store, charge_before, at, ids)
        if at - charge.changed_at < UPDATE_EVERY:
            continue
        if charge.passing.error:
            store.roaming_charges.put_charge(replace(charge, changed_at=at))  # for partners that fetch it
            continue
        _changed(store, charge, at, ids, instant_text(at))
        sent += 1
    return sent


def record_roaming_end(store: Store, record: ChargeRecord, ids: Ids) -> None:
    """The final update on a charge; its CDR follows with the bill. For our own drivers nothing is looked up."""
    if record.driver_id is None or not looks_like_roamer(record.driver_id):
        return
    charge = store.roaming_charges.charge_of(record.session_id)
    if charge is not None:
        charge = reject_pending_profile(store, charge, record.ended_at, ids)
        _changed(store, charge, max(record.ended_at, charge.changed_at), ids, "ended")


def send_corrected_session(store: Store, charge: RoamingCharge, by: UUID, at: datetime, ids: Ids) -> None:
    """More became known after the final update: send another. by: the document whose CDR says so, or what reported it before the bill."""
    _changed(store, charge, max(at, charge.changed_at), ids, str(by))


def update_reservation(store: Store, charge: RoamingCharge, at: datetime, ids: Ids) -> bool:
    """Tell the partner if a reservation differs from what it knows, or has ended; as CANCELED_RESERVATION if we cancelled
    it. Returns whether it was told."""
    booking = store.bookings.booking(charge.reserved.booking_id) if charge.reserved else None
    if booking is None or charge.reserved is None or isinstance(booking.state, Kept):
        return False
    seen = _seen(booking)
    if seen == charge.reserved.seen:
        return False
    reserved = replace(charge.reserved, seen=seen, over=not booking.live)
    _changed(store, replace(charge, reserved=reserved), at, ids, instant_text(at))
    if isinstance(booking.state, Broken):
        enqueue_partner_message(store, charge, PassResult(reserved.command_id, CommandResult.CANCELED_RESERVATION), at, ids, "taken back")
    return True


def _seen(booking: Booking) -> str:
    socket = str(booking.state.evse_id) if isinstance(booking.state, Bound) else "no socket"
    return f"{type(booking.state).__name__}, {socket}, until {instant_text(booking.window.end)}"


def _changed(store: Store, charge: RoamingCharge, at: datetime, ids: Ids, version: str) -> None:
    store.roaming_charges.put_charge(replace(charge, changed_at=at))
    enqueue_partner_message(store, charge, PassSession(charge.id), at, ids, version)


def _in_words(token: RoamingToken) -> CdrToken:
    return CdrToken(country_code=token.country, party_id=token.party, uid=token.uid, type=token.type, contract_id=token.contract_id)
