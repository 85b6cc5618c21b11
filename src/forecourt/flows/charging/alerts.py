"""Parts of a charger that need somebody: shown to the operator, one entry a part and hour."""

from uuid import UUID, uuid5

from forecourt.flows.ports.papers import InboxRow, Quarantined
from forecourt.flows.ports.store import Store
from forecourt.stations import ComponentAlerted

_NAMESPACE = UUID("0192e4a0-0000-7000-8000-51a7a6e00003")


def alerted(store: Store, row: InboxRow, fact: ComponentAlerted) -> None:
    message = row.message
    for part, value, text in fact.alerts:
        entry = Quarantined(
            id=uuid5(_NAMESPACE, f"{message.charger_id}/{part}/{message.received_at:%Y-%m-%dT%H}"),
            operator_id=message.operator_id,
            site_id=message.site_id,
            charger_id=message.charger_id,
            at=message.received_at,
            code="charger_alert",
            text=f"{message.charger_id} reports {part} = {value}{f': {text}' if text else '.'}",
            raw=message.raw,
        )
        store.inbox.quarantine(entry)
