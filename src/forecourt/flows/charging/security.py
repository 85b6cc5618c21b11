"""What a charger says of its security: all of it is kept, and what is no daily matter is shown to the operator."""

from uuid import UUID, uuid5

from forecourt.flows.ports.papers import InboxRow, Quarantined
from forecourt.flows.ports.store import Store
from forecourt.stations import SecurityNoted

_NAMESPACE = UUID("0192e4a0-0000-7000-8000-51a7a6e00002")
# Of every restart, of every clock that is set.
_DAILY = frozenset({"StartupOfTheDevice", "ResetOrReboot", "SettingSystemTime"})


def noted(store: Store, row: InboxRow, fact: SecurityNoted) -> None:
    """One entry a kind and hour: a charger that says it all the time buries nothing else."""
    if fact.what in _DAILY:
        return
    message = row.message
    entry = Quarantined(
        id=uuid5(_NAMESPACE, f"{message.charger_id}/{fact.what}/{message.received_at:%Y-%m-%dT%H}"),
        operator_id=message.operator_id,
        site_id=message.site_id,
        charger_id=message.charger_id,
        at=message.received_at,
        code="security_event",
        text=f"{message.charger_id} reports {fact.what}{f': {fact.text}' if fact.text else '.'}",
        raw=message.raw,
    )
    store.inbox.quarantine(entry)
