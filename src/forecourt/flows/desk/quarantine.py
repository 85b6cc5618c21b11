"""Show what is doubtful to the operator instead of acting on it."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from forecourt.flows.ports.inbox import InboxRow, LateEnd, Quarantined
from forecourt.flows.ports.store import Store
from forecourt.kernel import ChargerId, SessionId
from forecourt.sessions import ChargeRecord
from forecourt.stations import Charger

# Set aside for it: what is said of a charge whose start is not known, or not yet.
UNKNOWN_TRANSACTION = "unknown_transaction"
# Of a charge that ended without a card that was accepted.
NOBODY_TO_BILL = "nobody_to_bill"
# Of an end that was told after its charge was sealed, and tells of more energy.
LATE_END = "late_end"
# Of a charge whose meter signs its readings, and what it signed does not say what is billed.
SIGNED_VALUES = "signed_values"
_NAMESPACE = UUID("0192e4a0-0000-7000-8000-51a7a6e00001")


def quarantine_row(store: Store, row: InboxRow, code: str, text: str, subject: str = "") -> None:
    """Set a message aside. The entry's id follows from the message: applying it twice shows it once."""
    store.inbox.quarantine(_entry(row, _key(row, code), code, text, subject))


def quarantine_late_end(store: Store, row: InboxRow, late: LateEnd, text: str, session_id: SessionId) -> None:
    """The same, of an end that tells of more energy than its charge was sealed with."""
    store.inbox.quarantine(replace(_entry(row, _key(row, LATE_END), LATE_END, text, str(session_id)), late=late))


def settle_row(store: Store, row: InboxRow, code: str, at: datetime, how: str) -> bool:
    """Whether the message was set aside for that, and no person has looked: it settles itself, and leaves the list."""
    return store.inbox.clear_quarantine(row.message.operator_id, uuid5(_NAMESPACE, _key(row, code)), at, how) is not None


def _key(row: InboxRow, code: str) -> str:
    return f"{row.message.charger_id}/{row.message.dedupe_key}/{code}"


def quarantine_hourly(store: Store, row: InboxRow, code: str, about: str, text: str) -> None:
    """One entry an hour for all messages about the same: a charger that says it all the time buries nothing else."""
    message = row.message
    store.inbox.quarantine(_entry(row, f"{message.charger_id}/{code}/{about}/{message.received_at:%Y-%m-%dT%H}", code, text))


def _entry(row: InboxRow, key: str, code: str, text: str, subject: str = "") -> Quarantined:
    """key: what the entry's id follows from."""
    message = row.message
    return Quarantined(
        id=uuid5(_NAMESPACE, key),
        operator_id=message.operator_id,
        site_id=message.site_id,
        charger_id=message.charger_id,
        at=message.received_at,
        code=code,
        text=text,
        subject=subject,
        raw=message.raw,
    )


def quarantine_charger(store: Store, charger_id: ChargerId, at: datetime, code: str, text: str) -> None:
    """Of a charger in service, and no message of it: one entry an hour."""
    charger = store.stations.charger(charger_id)
    if charger is not None and charger.operator_id is not None:
        entry_id = uuid5(_NAMESPACE, f"{charger_id}/{code}/{at:%Y-%m-%dT%H}")
        store.inbox.quarantine(Quarantined(entry_id, charger.operator_id, charger.site_id, charger_id, at, code, text))


def quarantine_once(store: Store, charger: Charger, at: datetime, code: str, text: str) -> None:
    """The same text of the same charger is one entry, also when it has been looked at."""
    if charger.operator_id is not None:
        entry_id = uuid5(_NAMESPACE, f"{charger.id}/{code}/{text}")
        store.inbox.quarantine(Quarantined(entry_id, charger.operator_id, charger.site_id, charger.id, at, code, text))


def quarantine_record(store: Store, record: ChargeRecord, code: str, text: str) -> None:
    """Keep a finished charge from being billed until a person has looked."""
    store.inbox.quarantine(
        Quarantined(
            id=_record_entry(record, code),
            operator_id=record.operator_id,
            site_id=record.site_id,
            charger_id=record.charger_id,
            at=record.ended_at,
            code=code,
            text=text,
            subject=str(record.session_id),
        )
    )


def settle_record(store: Store, record: ChargeRecord, code: str, at: datetime, how: str) -> bool:
    """As `settle_row`, of a finished charge."""
    return store.inbox.clear_quarantine(record.operator_id, _record_entry(record, code), at, how) is not None


def _record_entry(record: ChargeRecord, code: str) -> UUID:
    return uuid5(_NAMESPACE, f"{record.session_id}/{code}")
