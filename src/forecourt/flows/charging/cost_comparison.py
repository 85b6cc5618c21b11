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


def compare_cost(store: Store, row: InboxRow, session: Session, reported: CostReported, rating: Rating) -> None:
    """rating: for the charge alone; chargers know nothing of discounts and booking fees."""
    if session.booking_id is None and (difference := _difference(reported, rating)):
        text = f"{row.message.charger_id} showed a different cost from the bill: {difference}"
        quarantine_row(store, row, "charger_cost", text, str(session.id))


def _difference(reported: CostReported, rating: Rating) -> str:
    if reported.failed:
        return f"it could not calculate it ({reported.failed})."
    if reported.currency != rating.currency:
        return f"it uses {reported.currency}, the bill {rating.currency}."
    if reported.after_tax is not None:
        reported_amount, billed, side = reported.after_tax, rating.gross, "with tax"
    elif reported.before_tax is not None:
        reported_amount, billed, side = reported.before_tax, rating.net, "without tax"
    else:
        return "it reported no total."
    shown = Money.of(Decimal(reported_amount), rating.currency)
    return "" if abs(shown.minor - billed.minor) <= _MINOR_APART else f"{shown}, the bill {billed}, {side} and before discounts."
