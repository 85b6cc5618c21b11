"""Show what is doubtful to the operator instead of acting on it."""

from uuid import UUID, uuid5

from forecourt.flows.ports.papers import InboxRow, Quarantined
from forecourt.flows.ports.store import Store
from forecourt.sessions import ChargeRecord

_NAMESPACE = UUID("0192e4a0-0000-7000-8000-51a7a6e00001")


def quarantine_row(store: Store, row: InboxRow, code: str, text: str, subject: str = "") -> None:
    """Set a message aside. The entry's id follows from the message: applying it twice shows it once."""
    message = row.message
    entry_id = uuid5(_NAMESPACE, f"{message.charger_id}/{message.dedupe_key}/{code}")
    store.inbox.quarantine(
        Quarantined(
            id=entry_id,
            operator_id=message.operator_id,
            site_id=message.site_id,
            charger_id=message.charger_id,
            at=message.received_at,
            code=code,
            text=text,
            subject=subject,
            raw=message.raw,
        )
    )


def quarantine_record(store: Store, record: ChargeRecord, code: str, text: str) -> None:
    """Keep a finished charge from being billed until a person has looked."""
    store.inbox.quarantine(
        Quarantined(
            id=uuid5(_NAMESPACE, f"{record.session_id}/{code}"),
            operator_id=record.operator_id,
            site_id=record.site_id,
            charger_id=record.charger_id,
            at=record.ended_at,
            code=code,
            text=text,
            subject=str(record.session_id),
        )
    )
