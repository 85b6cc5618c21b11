"""The end of a charge: seal the record, order its bill, release the socket's power."""

from dataclasses import replace
from datetime import datetime

from forecourt.drivers import TokenKind, TokenStatus, looks_like_guest
from forecourt.flows.bookings.power_outcome import record_power_outcome
from forecourt.flows.charging.cost_comparison import compare_cost
from forecourt.flows.charging.cost_display import show_final
from forecourt.flows.desk.orders import enqueue_task
from forecourt.flows.desk.quarantine import NOBODY_TO_BILL, UNKNOWN_TRANSACTION, quarantine_late_end, quarantine_record, quarantine_row
from forecourt.flows.ports.inbox import InboxRow, LateEnd
from forecourt.flows.ports.outbox import InvoiceSession
from forecourt.flows.ports.power_plans import Grant
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.price_finding import price_at_start, running_cost
from forecourt.flows.roaming.sessions import record_roaming_end
from forecourt.kernel import Ids
from forecourt.sessions import ChargeRecord, Session, adds_information, apply, close, update_lateness
from forecourt.stations import StopReason, TransactionEnded, TransactionStarted, TransactionUpdated


def stopped(store: Store, row: InboxRow, fact: TransactionEnded, ids: Ids) -> bool:
    """End the session that the charger means. A second stop changes nothing; a stop for somebody else's charge has no effect."""
    charger_id = row.message.charger_id
    session = store.sessions.open_for(charger_id, fact.transaction) or _only_match(store, row, fact)
    if session is not None and quarantine_if_elsewhere(store, row, session, fact):
        return False
    if session is None:
        _set_aside(store, row, fact, ids)
        return False
    step = apply(session, fact)
    store.sessions.add_points(step.points)
    ending, ended_at = update_lateness(step.session, fact.at, row.message.received_at), step.ended_at or fact.at
    price = running_cost(store, ending, ended_at) if fact.cost else None
    finish(store, ending, ended_at, fact.reason, ids)
    if fact.cost is not None and price is not None:
        compare_cost(store, row, ending, fact.cost, price.rating)
    return True


def quarantine_if_elsewhere(
    store: Store, row: InboxRow, session: Session, fact: TransactionStarted | TransactionUpdated | TransactionEnded
) -> bool:
    """True if the charger uses one transaction id at two sockets (in OCPP 2.x it assigns them), so that the message is ambiguous."""
    evse = store.stations.evse(session.evse_id)
    if fact.seq is None or fact.evse_number in (None, 0, evse.number):
        return False
    text = f"{row.message.charger_id} reports {fact.transaction} at EVSE {fact.evse_number}, but that charge is at {evse.label}."
    quarantine_row(store, row, "transaction_reused", text, str(session.id))
    return True


def finish(store: Store, session: Session, ended_at: datetime, reason: StopReason, ids: Ids) -> ChargeRecord:
    """Seal the record; order its invoice unless a person must review it first."""
    record = close(session, store.sessions.points(session.id), ended_at, reason)
    if record.started_at != session.started_at:
        record = _repriced(store, record)
    show_final(store, session, record, ids)
    record = seal(store, record, ids)
    if store.sessions.open_on(session.evse_id) is None:  # otherwise the next car is charging there already
        before = store.plans.grant(session.evse_id) or Grant(session.evse_id, session.operator_id, session.site_id)
        store.plans.put_grant(before.without_session())
    return record


def seal(store: Store, record: ChargeRecord, ids: Ids) -> ChargeRecord:
    """Store the record with its driver's statement, and order its invoice or a review."""
    record = _with_words(store, record)
    store.sessions.end(record)
    _use_up(store, record)
    record_power_outcome(store, record, record.ended_at)
    record_roaming_end(store, record, ids)
    if record.held:
        quarantine_record(store, record, "doubtful_charge", f"The readings of this charge are inconsistent: {', '.join(record.notes)}.")
    elif record.driver_id is None:
        if record.energy_wh > 0:
            quarantine_record(store, record, NOBODY_TO_BILL, f"{record.energy_wh} Wh went to a token that was not accepted.")
    elif record.tariff_version_id is None:
        quarantine_record(store, record, "no_price", "No tariff was valid when this charge started.")
    else:
        work, key = InvoiceSession(record.session_id), f"invoice/{record.session_id}"
        enqueue_task(store, record, work, record.ended_at, ids, key)
    return record


def _with_words(store: Store, record: ChargeRecord) -> ChargeRecord:
    """The record with its driver's statement about this charge, which does not apply to the next one."""
    need = store.drivers.need(record.driver_id, record.site_id) if record.driver_id else None
    if need is None or not need.is_about(record.started_at):
        return record
    if need.stated_at <= record.ended_at:
        store.drivers.put_need(replace(need, over=True))
    return replace(record, stated_departure=need.departure, stated_wh=need.energy_wh)


def _use_up(store: Store, record: ChargeRecord) -> None:
    """Block a guest's token, which was good for this charge only."""
    token = store.drivers.token(record.operator_id, record.token) if record.token and looks_like_guest(record.token) else None
    if token is not None and token.kind is TokenKind.GUEST:
        store.drivers.put_token(replace(token, status=TokenStatus.BLOCKED))


def _repriced(store: Store, record: ChargeRecord) -> ChargeRecord:
    """If a charge began at another time than its charger said, the price of that time applies."""
    token = store.drivers.token(record.operator_id, record.token) if record.token else None
    if token is None or record.driver_id is None:
        return record
    booking = store.bookings.booking(record.booking_id) if record.booking_id else None
    price = price_at_start(store, store.stations.evse(record.evse_id), token.held_by(record.driver_id), booking, record.started_at)
    return replace(record, tariff_version_id=price.tariff_version_id if price else None, price_because=price.because if price else "")


def _set_aside(store: Store, row: InboxRow, fact: TransactionEnded, ids: Ids) -> None:
    """Nothing to end. For review: a charge that never began, or energy reported after its charge was sealed."""
    charger_id = row.message.charger_id
    record = store.sessions.record_for(charger_id, fact.transaction)
    if record is None:
        text = f"A stop for transaction {fact.transaction}, which {charger_id} has not started."
        quarantine_row(store, row, UNKNOWN_TRANSACTION, text, fact.transaction)
        return
    told_wh = max((sample.energy_wh for sample in fact.samples if sample.energy_wh is not None), default=None)
    if told_wh is None or not adds_information(record, fact.at, told_wh):
        return
    known = "without a reading" if record.meter_stop_wh is None else f"at {record.meter_stop_wh} Wh"
    text = f"{charger_id} reports the end at {told_wh} Wh of a charge that was sealed {known}."
    signed = tuple(one for sample in fact.samples for one in sample.signed)
    quarantine_late_end(store, row, LateEnd(fact.at, told_wh, signed), text, record.session_id)
    work, key = InvoiceSession(record.session_id, late=True), f"invoice/{record.session_id}/{row.message.dedupe_key}"
    enqueue_task(store, record, work, row.message.received_at, ids, key)


def _only_match(store: Store, row: InboxRow, fact: TransactionEnded) -> Session | None:
    """For ids that chargers invent offline ("0", "-1"): the only open session of this charger that the stop can mean."""
    if fact.transaction not in ("", "0", "-1"):
        return None
    message = row.message
    candidates = [
        session
        for session in store.sessions.open_at(message.site_id)
        if session.charger_id == message.charger_id and session.started_at <= fact.at
    ]
    return candidates[0] if len(candidates) == 1 else None
