"""Writing off a debt that nobody will pay."""

from forecourt.billing import AccountStatement
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.paying.account_credits import set_off_before_write_off
from forecourt.flows.paying.dunning import amount_owed_now, own_payable
from forecourt.flows.paying.payables import amount_due, correctable_taxes
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, DocumentId, Money
from forecourt.payments import WRITTEN_OFF, close_case, write_off_txn


def write_off(store: Store, by: Staff, document_id: DocumentId, reason: str) -> Money:
    """Write off what is owed: less the tax in it, it becomes a loss in the ledger, and it no longer blocks the driver. Returns the amount:
    zero if waiting credit notes cover all of it."""
    invoice = own_payable(store, by, document_id)
    case = store.dunning.case(document_id)
    if case is None or not case.open:
        raise Conflict("no_debt", f"{invoice.number} is not an open debt.", "Only open debts can be written off.")
    if not reason.strip():
        raise BadInput("reason", "A write-off needs a reason.", "Enter a reason.")
    if isinstance(invoice, AccountStatement):
        set_off_before_write_off(store, invoice, by.at, by.ids)
        case = store.dunning.case(document_id) or case
        if not case.open:
            return Money.zero(invoice.currency)
    amount = amount_owed_now(store, invoice)
    store.ledger.post(write_off_txn(invoice, correctable_taxes(store, invoice), amount, by.at, amount_due(store, invoice)))
    store.dunning.put(close_case(case, WRITTEN_OFF, by.at))
    note(store, by, "debt.write_off", document_id, f"{invoice.number}: {amount}, {reason.strip()[:200]}")
    return amount
