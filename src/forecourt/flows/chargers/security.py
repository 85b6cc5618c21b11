"""What a charger says of its security, and what is seen of it: what is no daily matter is shown to the operator."""

from datetime import datetime

from forecourt.flows.desk.quarantine import quarantine_charger, quarantine_hourly
from forecourt.flows.ports.inbox import InboxRow
from forecourt.flows.ports.store import Store
from forecourt.kernel import ChargerId
from forecourt.stations import SecurityNoted

# Of every restart, of every clock that is set.
_DAILY = frozenset({"StartupOfTheDevice", "ResetOrReboot", "SettingSystemTime"})


def noted(store: Store, row: InboxRow, fact: SecurityNoted) -> None:
    """One entry a kind and hour."""
    if fact.what not in _DAILY:
        text = f"{row.message.charger_id} reports {fact.what}{f': {fact.text}' if fact.text else '.'}"
        quarantine_hourly(store, row, "security_event", fact.what, text)


def cards_guessed(store: Store, charger_id: ChargerId, at: datetime) -> None:
    """One entry an hour."""
    text = f"Many unknown cards were presented to {charger_id} within minutes. For now it only accepts cards that were accepted before."
    quarantine_charger(store, charger_id, at, "cards_guessed", text)
