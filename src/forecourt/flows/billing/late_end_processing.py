"""What workers do about late ends before a person looks: add one to a charge that is not billed yet, and credit what was
overbilled."""

from dataclasses import replace
from datetime import datetime

from forecourt.flows.billing.late_ends import MONEY_MOVES, bill_late_end, bills_of, check_true, late_amount
from forecourt.flows.billing.signed_values import MeterVerifier, signed_fault
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.quarantine import SIGNED_VALUES, resolve_record
from forecourt.flows.ports.inbox import LateEnd, QuarantineEntry
from forecourt.flows.ports.store import Store
from forecourt.flows.roaming.sessions import send_corrected_session
from forecourt.kernel import Conflict, Ids, SessionId
from forecourt.sessions import END_NOT_REPORTED, ChargeRecord, first_and_latest, with_late_end

_JOINED = "The end of the charge was reported before billing: it is billed to that end."


def process_late_ends(store: Store, session_id: SessionId, at: datetime, ids: Ids, verifier: MeterVerifier | None = None) -> None:
    """Credit what late ends take off a charge's bill; a person decides about what they add. A charge without a bill is billed up to the
    reported end. Raises Conflict while a payment of it is under way."""
    known = store.sessions.record(session_id)
    for entry in store.inbox.quarantined_about(known.operator_id, str(session_id)) if known else ():
        record = store.sessions.record(session_id)
        if record is None or entry.late is None:
            continue
        by = Staff(entry.operator_id, "system", at, ids)
        whole = _whole(store, record, entry, entry.late, verifier)
        if not bills_of(store, session_id):
            _join(store, by, entry, whole)
            continue
        if whole is not None and entry.late.signed:
            store.sessions.end(replace(record, signed=whole.signed))  # for its driver to check, and for billing
        try:
            difference = late_amount(store, entry)
        except Conflict as refused:
            if refused.code == MONEY_MOVES:
                raise
            if refused.code == "late_nothing":
                store.inbox.clear_quarantine(entry.operator_id, entry.id, at, "It changes nothing of what was billed.")
            continue  # its page says why
        if difference.minor < 0:
            bill_late_end(store, by, entry.id, difference)


def _whole(
    store: Store, record: ChargeRecord, entry: QuarantineEntry, late_end: LateEnd, verifier: MeterVerifier | None
) -> ChargeRecord | None:
    """The charge with an end that was unknown when it was sealed; None if that end is impossible, contradicts the signed values, or nobody
    is known to owe it."""
    is_owed = not record.held and record.driver_id is not None and record.tariff_version_id is not None
    if not is_owed or record.meter_stop_wh is None or END_NOT_REPORTED not in record.notes:
        return None
    try:
        check_true(store, record, entry, late_end)
    except Conflict:
        return None
    whole = replace(with_late_end(record, late_end.at, late_end.register_wh), signed=first_and_latest(record.signed, late_end.signed))
    return None if signed_fault(store, whole, verifier) else whole


def _join(store: Store, by: Staff, entry: QuarantineEntry, whole: ChargeRecord | None) -> None:
    if whole is None or store.inbox.clear_quarantine(entry.operator_id, entry.id, by.at, _JOINED) is None:
        return
    store.sessions.end(whole)
    resolve_record(store, whole, SIGNED_VALUES, by.at, _JOINED)
    charge = store.roaming_charges.charge_of(whole.session_id)
    if charge is not None:
        send_corrected_session(store, charge, entry.id, by.at, by.ids)
    note(store, by, "quarantine.join", entry.charger_id or entry.id, f"{_JOINED} {entry.text}")
