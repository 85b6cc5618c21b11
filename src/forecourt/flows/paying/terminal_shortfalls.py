"""Charges at a card terminal whose bill and payment differ: the payer has left no address, so the operator is told."""

from datetime import datetime

from forecourt.billing import Invoice
from forecourt.flows.desk.quarantine import quarantine_once
from forecourt.flows.ports.store import Store
from forecourt.kernel import Money


def report_terminal_mismatch(store: Store, invoice: Invoice, outstanding: Money, at: datetime) -> None:
    """lacking: what is neither paid nor being charged; negative if more was charged than the invoice says."""
    visit = store.guests.of_driver(invoice.driver_id) if outstanding else None
    record = store.sessions.record(invoice.session_id) if visit and visit.terminal and invoice.session_id else None
    charger = store.stations.charger(record.charger_id) if record else None
    if charger is None:
        return
    if outstanding.minor > 0:
        text = (
            f"{outstanding} of invoice {invoice.number} is not covered by what the card terminal of {charger.id} held, or held no longer."
        )
        text += " It can be paid by the link of the charge."
    else:
        text = f"{-outstanding} more than invoice {invoice.number} says was taken at the card terminal of {charger.id}."
        text += " Refund it at the payment."
    quarantine_once(store, charger, at, "terminal_payment", text)
