"""Charger components that need attention, shown to the operator."""

from forecourt.flows.desk.quarantine import quarantine_hourly
from forecourt.flows.ports.inbox import InboxRow
from forecourt.flows.ports.store import Store
from forecourt.stations import ComponentAlerted


def alerts_reported(store: Store, row: InboxRow, fact: ComponentAlerted) -> None:
    """One entry per component and hour."""
    for component, value, text in fact.alerts:
        entry_text = f"{row.message.charger_id} reports {component} = {value}{f': {text}' if text else '.'}"
        quarantine_hourly(store, row, "charger_alert", component, entry_text)
