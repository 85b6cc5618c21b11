"""Readings and changes of a running transaction."""

from forecourt.flows.charging.authorise import identify
from forecourt.flows.charging.charge_caps import cap_reached, record_reported_cap
from forecourt.flows.charging.late_cards import apply_late_card
from forecourt.flows.charging.stop import quarantine_if_elsewhere
from forecourt.flows.charging.terminal_charges import check_hold_increase
from forecourt.flows.desk.quarantine import UNKNOWN_TRANSACTION, quarantine_row
from forecourt.flows.paying.hold_guard import guard_hold
from forecourt.flows.ports.inbox import InboxRow
from forecourt.flows.ports.store import Store
from forecourt.flows.power.limit_ends import note_on_time_reading
from forecourt.flows.power.socket_testing import advance_test_by_reading
from forecourt.flows.power.supply_readings import at_supply, samples_at_supply
from forecourt.flows.power.verification import PowerEffect, has_slowed_down, verify_readings
from forecourt.kernel import Ids
from forecourt.sessions import Session, apply, update_lateness
from forecourt.stations import TransactionUpdated

# What chargers send to mean "no transaction" or "one I could not get an id for".
NO_TRANSACTION = (None, "", "0", "-1")


def progress(store: Store, row: InboxRow, fact: TransactionUpdated, ids: Ids) -> PowerEffect:
    """Assign readings to their session and apply them."""
    session = _session_of(store, row, fact)
    if session is None:
        _set_aside(store, row, fact, ids)
        return PowerEffect.NOTHING
    if quarantine_if_elsewhere(store, row, session, fact):
        return PowerEffect.NOTHING
    step = apply(session, fact)
    after = update_lateness(step.session, fact.at, row.message.received_at)
    if fact.token and after.token is None:
        after = identify(store, after, store.stations.evse(after.evse_id), fact.token, row, ids)
    store.sessions.put(after)
    store.sessions.add_points(step.points)
    guard_hold(store, after, fact.at, ids)
    if fact.cap is not None:
        record_reported_cap(store, after, fact.cap, fact.at)
        check_hold_increase(store, after, fact.cap, fact.at, ids)
    if fact.capped:
        cap_reached(store, after, fact.at, ids)
    now_there = store.sessions.open_on(after.evse_id)
    if now_there is not None and now_there.id != after.id:
        return PowerEffect.NOTHING  # reported late: another car is charging there now
    changed = after.state is not session.state or after.driver_id != session.driver_id
    evse = store.stations.evse(after.evse_id)
    before, now, samples = at_supply(evse, session), at_supply(evse, after), samples_at_supply(evse, fact.samples)
    grant = store.plans.grant(after.evse_id)
    if grant is not None:
        note_on_time_reading(store, grant, row.message, fact.at)
    effect = max(
        verify_readings(store, before, samples, row.message.received_at, ids),
        advance_test_by_reading(store, now, samples, row.message.received_at, ids),
    )
    return PowerEffect.CHANGED if changed or has_slowed_down(store, before, now, fact.at) else effect


def _session_of(store: Store, row: InboxRow, fact: TransactionUpdated) -> Session | None:
    """By transaction; without one, by EVSE and time."""
    charger_id = row.message.charger_id
    if fact.transaction not in NO_TRANSACTION and fact.transaction is not None:
        return store.sessions.open_for(charger_id, fact.transaction)
    evse = store.stations.evse_at(charger_id, fact.evse_number) if fact.evse_number else None
    session = store.sessions.open_on(evse.id) if evse else None
    return session if session and session.started_at <= fact.at else None


def _set_aside(store: Store, row: InboxRow, fact: TransactionUpdated, ids: Ids) -> None:
    """Ignore readings between charges, which are normal; quarantine those of unknown transactions. A card reported late counts."""
    if fact.transaction in NO_TRANSACTION or fact.transaction is None:
        return
    record = store.sessions.record_for(row.message.charger_id, fact.transaction)
    if record is None:
        text = f"Readings for transaction {fact.transaction}, which {row.message.charger_id} has not started."
        quarantine_row(store, row, UNKNOWN_TRANSACTION, text, fact.transaction)
    elif fact.at > record.ended_at:
        quarantine_row(store, row, "meter_after_end", "Readings dated after the charge had ended.", str(record.session_id))
    else:
        apply_late_card(store, row, record, fact, ids)
