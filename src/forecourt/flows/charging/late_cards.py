"""A card reported after its charge was sealed without one (OCPP 2.x may send queued messages in another order)."""

from dataclasses import replace

from forecourt.drivers import token_uid
from forecourt.flows.charging.authorise import bind, is_valid_here
from forecourt.flows.charging.stop import seal
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.quarantine import NOBODY_TO_BILL, resolve_record
from forecourt.flows.ports.inbox import InboxRow
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids
from forecourt.sessions import ChargeRecord, Session
from forecourt.stations import TransactionUpdated, Verdict
from forecourt.tariffs import PhaseState


def apply_late_card(store: Store, row: InboxRow, record: ChargeRecord, fact: TransactionUpdated, ids: Ids) -> None:
    """Assign the sealed charge to the card's driver, as if the card had been reported in time, and bill it. Its readings stay as sealed.

    Only if the charger numbers its messages (seq), and no card was reported before. What a person has settled stays so; of a refused card
    only the id is added.
    """
    if not fact.token or fact.seq is None or record.token is not None or not record.started_at <= fact.at <= record.ended_at:
        return
    uid, evse = token_uid(fact.token), store.stations.evse(record.evse_id)
    session = _as_it_was(record, evse.max_power_w)
    shown = store.drivers.token(record.operator_id, uid) if row.ack.verdict is Verdict.ACCEPTED else None
    known = shown.held_at(record.started_at) if shown else None
    if known is None or not is_valid_here(store, session, evse, known):
        store.sessions.end(replace(record, token=uid))
        return
    at, resolution = row.message.received_at, f"Its card was reported after its end: {fact.transaction}, {fact.at:%Y-%m-%d %H:%M} UTC."
    if record.energy_wh > 0 and not record.held and not resolve_record(store, record, NOBODY_TO_BILL, at, resolution):
        return
    note(store, Staff(record.operator_id, "system", at, ids), "quarantine.join", row.message.charger_id, resolution)
    session_now = bind(store, session, evse, known, row, ids)
    seal(
        store,
        replace(
            record,
            token=session_now.token,
            driver_id=session_now.driver_id,
            booking_id=session_now.booking_id,
            tariff_version_id=session_now.tariff_version_id,
            price_because=session_now.price_because,
        ),
        ids,
    )


def _as_it_was(record: ChargeRecord, max_power_w: int) -> Session:
    """A session value to determine whose charge it is; never stored."""
    return Session(
        id=record.session_id,
        operator_id=record.operator_id,
        site_id=record.site_id,
        evse_id=record.evse_id,
        charger_id=record.charger_id,
        transaction=record.transaction,
        started_at=record.started_at,
        last_at=record.ended_at,
        state=record.phases[-1].state if record.phases else PhaseState.IDLE,
        max_power_w=max_power_w,
    )
