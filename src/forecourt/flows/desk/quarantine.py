"""Set doubtful messages and charges aside for the operator to review, instead of acting on them."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from forecourt.flows.ports.inbox import InboxRow, LateEnd, QuarantineEntry
from forecourt.flows.ports.store import Store
from forecourt.kernel import ChargerId, SessionId
from forecourt.sessions import ChargeRecord
from forecourt.stations import Charger

# Codes. A message about a charge whose start is unknown, or not known yet.
UNKNOWN_TRANSACTION = "unknown_transaction"
# A charge that ended without an accepted card.
NOBODY_TO_BILL = "nobody_to_bill"
# An end reported after its charge was sealed, with more energy.
LATE_END = "late_end"
# A charge whose meter signs its readings, if those do not match what is billed.
SIGNED_VALUES = "signed_values"
# A price in force that has become unlawful. It leaves the list once it is lawful, and not by being reviewed.
UNLAWFUL_PRICE = "unlawful_price"
_NAMESPACE = UUID("0192e4a0-0000-7000-8000-51a7a6e00001")


def quarantine_row(store: Store, row: InboxRow, code: str, text: str, subject: str = "") -> None:
    """Set a message aside. The entry's id is derived from the message, so that applying it twice shows it once."""
    store.inbox.quarantine(_entry(row, _key(row, code), code, text, subject))


def quarantine_late_end(store: Store, row: InboxRow, late_end: LateEnd, text: str, session_id: SessionId) -> None:
    """The same for an end that reports more energy than its charge was sealed with."""
    store.inbox.quarantine(replace(_entry(row, _key(row, LATE_END), LATE_END, text, str(session_id)), late=late_end))


def resolve_row(store: Store, row: InboxRow, code: str, at: datetime, note: str) -> bool:
    """Whether the message was set aside for that and no person has reviewed it: then it is settled and leaves the list."""
    return store.inbox.clear_quarantine(row.message.operator_id, uuid5(_NAMESPACE, _key(row, code)), at, note) is not None


def _key(row: InboxRow, code: str) -> str:
    return f"{row.message.charger_id}/{row.message.dedupe_key}/{code}"


def quarantine_hourly(store: Store, row: InboxRow, code: str, topic: str, text: str) -> None:
    """One entry an hour for all messages about the same subject, so that a noisy charger does not bury everything else."""
    message = row.message
    store.inbox.quarantine(_entry(row, f"{message.charger_id}/{code}/{topic}/{message.received_at:%Y-%m-%dT%H}", code, text))


def _entry(row: InboxRow, key: str, code: str, text: str, subject: str = "") -> QuarantineEntry:
    """key: what the entry's id is derived from."""
    message = row.message
    return QuarantineEntry(
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
    """An entry about a charger in service rather than a message: one an hour."""
    charger = store.stations.charger(charger_id)
    if charger is not None and charger.operator_id is not None:
        entry_id = uuid5(_NAMESPACE, f"{charger_id}/{code}/{at:%Y-%m-%dT%H}")
        store.inbox.quarantine(QuarantineEntry(entry_id, charger.operator_id, charger.site_id, charger_id, at, code, text))


def quarantine_once(store: Store, charger: Charger, at: datetime, code: str, text: str) -> None:
    """The same text about the same charger is a single entry, even after review."""
    if charger.operator_id is not None:
        entry_id = uuid5(_NAMESPACE, f"{charger.id}/{code}/{text}")
        store.inbox.quarantine(QuarantineEntry(entry_id, charger.operator_id, charger.site_id, charger.id, at, code, text))


def quarantine_record(store: Store, record: ChargeRecord, code: str, text: str) -> None:
    """Keep a finished charge from being billed until a person has reviewed it."""
    store.inbox.quarantine(
        QuarantineEntry(
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


def resolve_record(store: Store, record: ChargeRecord, code: str, at: datetime, note: str) -> bool:
    """Like `resolve_row`, for a finished charge."""
    return store.inbox.clear_quarantine(record.operator_id, _record_entry(record, code), at, note) is not None


def _record_entry(record: ChargeRecord, code: str) -> UUID:
    return uuid5(_NAMESPACE, f"{record.session_id}/{code}")
