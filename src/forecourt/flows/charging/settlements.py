"""Money that a charger's own card terminal took: nothing of ours, so it is shown to the operator and billed by nobody here."""

from forecourt.flows.desk.doubt import quarantine_row
from forecourt.flows.ports.papers import InboxRow
from forecourt.flows.ports.store import Store
from forecourt.stations import SettlementTold


def settlement_told(store: Store, row: InboxRow, fact: SettlementTold) -> None:
    """What was called off moved no money."""
    if fact.state == "Canceled":
        return
    done = "has taken" if fact.state == "Settled" else f"could not take ({fact.state})"
    charge = f" for charge {fact.transaction}" if fact.transaction else ""
    paper = f", receipt {fact.receipt}" if fact.receipt else ""
    said = f" It says: {fact.words}." if fact.words else ""
    text = (
        f"The card terminal of {row.message.charger_id} {done} {fact.amount}{charge} (payment {fact.reference}{paper}).{said}"
        " Forecourt does not bill what a terminal takes: settle it with whoever runs the terminal."
    )
    quarantine_row(store, row, "terminal_payment", text, fact.transaction)
