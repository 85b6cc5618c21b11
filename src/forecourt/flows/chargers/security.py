"""Security events reported by a charger, or seen at it: unusual ones are shown to the operator."""

from datetime import datetime

from forecourt.flows.desk.quarantine import quarantine_charger, quarantine_hourly
from forecourt.flows.ports.inbox import InboxRow
from forecourt.flows.ports.store import Store
from forecourt.kernel import ChargerId
from forecourt.stations import SecurityNoted

# Reported at every restart, or whenever the clock is set.
_DAILY = frozenset({"StartupOfTheDevice", "ResetOrReboot", "SettingSystemTime"})


def security_event_reported(store: Store, row: InboxRow, fact: SecurityNoted) -> None:
    """One entry per kind and hour."""
    if fact.what not in _DAILY:
        text = f"{row.message.charger_id} reports {fact.what}{f': {fact.text}' if fact.text else '.'}"
        quarantine_hourly(store, row, "security_event", fact.what, text)


def cards_guessed(store: Store, charger_id: ChargerId, at: datetime) -> None:
    """One entry per hour."""
    text = f"Many unknown cards were presented to {charger_id} within minutes. For now it only accepts cards that were accepted before."
    quarantine_charger(store, charger_id, at, "cards_guessed", text)
