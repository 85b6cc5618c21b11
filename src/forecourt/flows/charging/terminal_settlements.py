"""Settlements reported by a charger's own card terminal. Since settling is left to us, it should only report cancelled payments;
anything else is shown to the operator, and is not booked until the processor confirms it."""

from forecourt.flows.desk.quarantine import quarantine_row
from forecourt.flows.paying.guest_payments import end_at_terminal
from forecourt.flows.paying.pay import look_up
from forecourt.flows.ports.inbox import InboxRow
from forecourt.flows.ports.store import Store
from forecourt.kernel import Ids
from forecourt.payments import terminal_payment_id
from forecourt.stations import SettlementReported

_OURS = (
    "It should have left that to Forecourt, which bills this charge and captures the amount from the hold."
    " The payment processor's record counts, and is being read."
)
_NOT_OURS = "Forecourt does not bill payments a terminal takes on its own. Settle it with the operator of the terminal."


def settlement_reported(store: Store, row: InboxRow, fact: SettlementReported, ids: Ids) -> None:
    """A cancelled payment moved no money: a hold without a charge is also released here."""
    message = row.message
    payment = store.payments.lock(terminal_payment_id(message.operator_id, fact.reference))
    if payment is not None and payment.session_id is None and fact.state == "Canceled":
        end_at_terminal(store, payment, "cancelled at the terminal", message.received_at, ids)
    elif payment is not None:
        look_up(store, payment, f"{payment.id}/told/{message.dedupe_key}", message.received_at, ids)
    if fact.state == "Canceled":
        return
    done = "has charged" if fact.state == "Settled" else f"could not charge ({fact.state})"
    charge = f" for charge {fact.transaction}" if fact.transaction else ""
    receipt = f", receipt {fact.receipt}" if fact.receipt else ""
    detail = f" It reports: {fact.detail}." if fact.detail else ""
    text = (
        f"The card terminal of {message.charger_id} {done} {fact.amount}{charge} (payment {fact.reference}{receipt}).{detail}"
        f" {_NOT_OURS if payment is None else _OURS}"
    )
    quarantine_row(store, row, "terminal_payment", text, fact.transaction)
