"""A transaction has begun, and a token was shown: determine whose charge it is, and at which price."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from forecourt.drivers import Token, TokenKind, token_uid
from forecourt.flows.bookings.turns import serve_ticket
from forecourt.flows.chargers.price_sheets import send_charge_prices
from forecourt.flows.charging.charge_caps import cap_charge
from forecourt.flows.charging.copied_cards import check_card_location
from forecourt.flows.charging.late_starts import restore_missed_booking
from forecourt.flows.charging.refusal_notices import queue_instead
from forecourt.flows.charging.stop import finish, quarantine_if_elsewhere
from forecourt.flows.charging.terminal_charges import move_visit_to_socket
from forecourt.flows.desk.orders import enqueue_order
from forecourt.flows.desk.quarantine import quarantine_row
from forecourt.flows.paying.funds import secure_charge
from forecourt.flows.ports.inbox import InboxRow
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.price_finding import price_at_start
from forecourt.flows.roaming.sessions import record_roaming_start
from forecourt.kernel import ChargerId, DriverId, Ids, SessionId
from forecourt.reservations import EARLY, Booking, Bound, arrive
from forecourt.sessions import END_NOT_REPORTED, Session, Step, apply, assign, mark_late_start, open_session
from forecourt.stations import ConnectorReported, ConnectorState, Evse, StopCharge, StopReason, TransactionStarted, Verdict

_NAMESPACE = UUID("0192e4a0-0000-7000-8000-5e5510000001")


def begin(store: Store, row: InboxRow, fact: TransactionStarted, ids: Ids) -> bool:
    """Open the session of a started transaction. Its id is derived from the message, so that a rebuild gives the same one."""
    message = row.message
    evse = store.stations.evse_at(message.charger_id, fact.evse_number)
    if evse is None:
        quarantine_row(
            store, row, "unknown_evse", f"{message.charger_id} started a charge at EVSE {fact.evse_number}, which it does not have."
        )
        return False
    if evse.retired_at is not None and fact.at >= evse.retired_at:
        quarantine_row(store, row, "retired_evse", f"{message.charger_id} started a charge, though it was taken out of service for good.")
        return False
    known_session = store.sessions.open_for(message.charger_id, fact.transaction)
    if known_session is not None:
        quarantine_if_elsewhere(store, row, known_session, fact)
        return False
    before = store.sessions.record_for(message.charger_id, fact.transaction)
    if before is not None:
        if fact.at > before.ended_at:
            text = f"{message.charger_id} started a charge with the number {fact.transaction}, which an earlier charge already has."
            quarantine_row(store, row, "transaction_reused", text, str(before.session_id))
        return False
    trusted = fact.offline or _tells_time(store, message.charger_id)
    unended = store.sessions.open_on(evse.id)
    if unended is not None and not (trusted and fact.at < unended.started_at):  # else reported late, and over before that one began
        finish(
            store,
            replace(unended, notes=(*unended.notes, END_NOT_REPORTED)),
            max(unended.last_at, unended.started_at),
            StopReason.OTHER,
            ids,
        )
    session_id = SessionId(uuid5(_NAMESPACE, f"{message.charger_id}/{message.dedupe_key}/{fact.transaction}"))
    step = _with_overtaken_status(store, open_session(session_id, fact, evse), evse, fact)
    if "flapping" in message.flags:
        text = f"Two chargers use the name {message.charger_id}, or one keeps losing its connection. This charge is held."
        quarantine_row(store, row, "flapping", text)
        step = replace(step, session=replace(step.session, held=True, notes=(*step.session.notes, "flapping")))
    session = mark_late_start(step.session, message.received_at, trusted=trusted)
    session = identify(store, session, evse, fact.token, row, ids) if fact.token else session
    store.sessions.put(session)
    store.sessions.add_points(step.points)
    return True


def _tells_time(store: Store, charger_id: ChargerId) -> bool:
    charger = store.stations.charger(charger_id)
    return charger is not None and charger.clock_right


def _with_overtaken_status(store: Store, step: Step, evse: Evse, fact: TransactionStarted) -> Step:
    """A status is not queued behind the start (OCPP 1.6), so the socket may have reported already what the charge is doing."""
    socket = store.stations.socket(evse.id)
    if socket.at is None or socket.at < fact.at or socket.charging_state is None:
        return step
    after = apply(step.session, ConnectorReported(socket.at, fact.evse_number, socket.state, socket.charging_state))
    return replace(after, points=(*step.points, *after.points))


def identify(store: Store, session: Session, evse: Evse, token: str, row: InboxRow, ids: Ids) -> Session:
    """Bind a running session to its token; to a driver and a price if the token was accepted. A refused one is stopped."""
    uid = token_uid(token)
    refused = row.ack.verdict is not Verdict.ACCEPTED
    shown = None if refused else store.drivers.token(session.operator_id, uid)
    known = shown.held_at(session.started_at) if shown else None
    if known is not None and is_valid_here(store, session, evse, known):
        assigned = bind(store, session, evse, known, row, ids)
        send_charge_prices(store, assigned, row.message.received_at, ids)
        cap_charge(store, assigned, row.message.received_at, ids)
        return assigned
    if refused or known is not None:
        enqueue_order(
            store, session.charger_id, StopCharge(session.transaction), row.message.received_at, ids, f"stop/{session.id}/refused"
        )
    if refused:
        queue_instead(store, row, evse, uid, ids)
    return assign(session, uid, None, None)


def bind(store: Store, session: Session, evse: Evse, known: Token, row: InboxRow, ids: Ids) -> Session:
    """The session assigned to the token's driver, at the driver's price, with the driver's booking and the payment behind it."""
    at = row.message.received_at
    booking = _booking_of(store, session, evse, known.driver_id) or restore_missed_booking(store, session, evse, known.driver_id, at, ids)
    check_card_location(store, row, session, known)
    price = price_at_start(store, evse, known, booking, session.started_at)
    if price is None:
        text = f"{evse.label} has no price for this driver, so the charge that started there cannot be billed."
        quarantine_row(store, row, "no_price", text, str(session.id))
    assigned = assign(session, known.uid, known.driver_id, price, booking.id if booking else None)
    secure_charge(store, assigned, evse, booking, at, ids)
    record_roaming_start(store, assigned, known, ids)
    serve_ticket(store, evse, known.driver_id, session.id, session.started_at, ids)
    return assigned


def is_valid_here(store: Store, session: Session, evse: Evse, known: Token) -> bool:
    """False for a guest's token that is not valid here: it is good for one charge at the socket it was paid for."""
    if known.kind is not TokenKind.GUEST:
        return True
    move_visit_to_socket(store, session, evse, known.driver_id)
    return _guest_paid_for(store, session, known)


def _guest_paid_for(store: Store, session: Session, token: Token) -> bool:
    visit = store.guests.of_driver(token.driver_id)
    other_charges = [one.id for one in store.sessions.open_of(token.driver_id) if one.id != session.id]
    other_charges += [one.session_id for one in store.sessions.records_of(token.driver_id)]
    return visit is not None and visit.evse_id == session.evse_id and not other_charges


def _booking_of(store: Store, session: Session, evse: Evse, driver_id: DriverId) -> Booking | None:
    """The driver's live booking that this charge fulfils: of this kind of socket, now (or slightly early)."""
    if not any(_is_reserved_by(one, session, evse, driver_id) for one in store.bookings.live_at(session.site_id)):
        return None
    store.bookings.lock_pool(session.site_id, evse.kind)  # the clock may be about to end it
    for booking in store.bookings.live_at(session.site_id):
        if _is_reserved_by(booking, session, evse, driver_id):
            store.bookings.put(arrive(booking, session.id, _plugged_at(store, session, booking)))
            return booking
    return None


def _plugged_at(store: Store, session: Session, booking: Booking) -> datetime:
    """When the driver came: the cable is plugged in before a card is shown, a bank has answered and the charger starts."""
    socket = store.stations.socket(session.evse_id)
    since = socket.since if socket.state is ConnectorState.OCCUPIED else None
    return since if since is not None and booking.window.start - EARLY <= since <= session.started_at else session.started_at


def _is_reserved_by(booking: Booking, session: Session, evse: Evse, driver_id: DriverId) -> bool:
    if booking.driver_id != driver_id or booking.kind != evse.kind:
        return False
    if isinstance(booking.state, Bound) and booking.state.evse_id == evse.id:
        return session.started_at < booking.window.end
    return booking.window.start - EARLY <= session.started_at < booking.window.end
