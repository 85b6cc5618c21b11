"""What a charger says of its security: all of it is kept, and what is no daily matter is shown to the operator."""

from forecourt.flows.desk.doubt import quarantine_hourly
from forecourt.flows.ports.papers import InboxRow
from forecourt.flows.ports.store import Store
from forecourt.stations import SecurityNoted

# Of every restart, of every clock that is set.
_DAILY = frozenset({"StartupOfTheDevice", "ResetOrReboot", "SettingSystemTime"})


def noted(store: Store, row: InboxRow, fact: SecurityNoted) -> None:
    """One entry a kind and hour."""
    if fact.what not in _DAILY:
        text = f"{row.message.charger_id} reports {fact.what}{f': {fact.text}' if fact.text else '.'}"
        quarantine_hourly(store, row, "security_event", fact.what, text)
