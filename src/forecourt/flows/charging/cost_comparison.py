"""Compare the cost computed by a charger with our own rating: a difference is shown to the operator, and never billed."""

from decimal import Decimal

from forecourt.flows.desk.quarantine import quarantine_row
from forecourt.flows.ports.inbox import InboxRow
from forecourt.flows.ports.store import Store
from forecourt.kernel import Money
from forecourt.sessions import Session
from forecourt.stations import CostReported
from forecourt.tariffs import Rating

# Chargers round at different steps.
_MINOR_APART = 1


def compare_cost(store: Store, row: InboxRow, session: Session, told: CostReported, ours: Rating) -> None:
    """ours: for the charge alone; chargers know nothing of discounts and booking fees."""
    if session.booking_id is None and (words := _difference(told, ours)):
        text = f"{row.message.charger_id} showed a different cost from the bill: {words}"
        quarantine_row(store, row, "charger_cost", text, str(session.id))


def _difference(told: CostReported, ours: Rating) -> str:
    if told.failed:
        return f"it could not calculate it ({told.failed})."
    if told.currency != ours.currency:
        return f"it uses {told.currency}, the bill {ours.currency}."
    if told.after_tax is not None:
        theirs, own, side = told.after_tax, ours.gross, "with tax"
    elif told.before_tax is not None:
        theirs, own, side = told.before_tax, ours.net, "without tax"
    else:
        return "it reported no total."
    shown = Money.of(Decimal(theirs), ours.currency)
    return "" if abs(shown.minor - own.minor) <= _MINOR_APART else f"{shown}, the bill {own}, {side} and before discounts."
