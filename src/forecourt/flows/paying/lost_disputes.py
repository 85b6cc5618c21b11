"""Book lost disputes: the part that was credited is set off, as the driver got it from the bank; on the rest tax is no longer due."""

from collections.abc import Iterable
from datetime import datetime

from forecourt.billing import AccountStatement, Invoice
from forecourt.flows.paying.payables import Payable, correctable_taxes, later_notes
from forecourt.flows.paying.recovered_debts import check_not_written_off
from forecourt.flows.paying.refundable_amounts import disputes_of
from forecourt.flows.paying.surplus import surplus_returned_by_banks
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, Money, PaymentId
from forecourt.ledger import Txn, receivable
from forecourt.payments import DisputeState, Payback, Payment, losses, set_off, set_off_in_total, set_off_now, tax_correction


def settle_losses(store: Store, payable: Payable, at: datetime) -> None:
    """Post what is missing for a document's lost disputes. What was credited, or paid beyond the document, is not a loss; the rest is
    uncollectable like a written-off debt, so its tax is no longer due where the law corrects that at once. If a verdict is overturned,
    both are reversed.

    Repeating it posts nothing. The caller holds the document's lock.
    """
    payments = store.payments.of_document(payable.id)
    disputes = disputes_of(store, payments)
    if not disputes:
        return
    posted = {one.id: _posted(store, one.id) for one in payments}
    notes = store.documents.credit_notes_of(payable.id) if isinstance(payable, Invoice) else later_notes(store, payable)
    zero, set_off_before = Money.zero(payable.currency), set_off_against_credits(store, payments, payable.currency)
    lost_amount = sum((one.amount for one in disputes if one.state is DisputeState.LOST), zero)
    refunded = (
        owed_back(store, payable) + set_off_before
        if isinstance(payable, Invoice)
        else surplus_returned_by_banks(store, payable, lost_amount)
    )
    still_due = max(zero, payable.due - sum((one.due for one in notes), zero))
    for loss in losses(disputes, max(zero, refunded), still_due, correctable_taxes(store, payable, notes)):
        known = posted[loss.dispute.payment_id]
        for txn in (set_off(loss, receivable(payable.driver_id), known, at), tax_correction(loss, known, at)):
            if txn is not None:
                store.ledger.post(txn)


def settle_credited(store: Store, invoice: Invoice, at: datetime) -> None:
    """The same for an invoice that was credited in part or whole, and the statement that collects it. The caller holds the invoice's
    lock."""
    settle_losses(store, invoice, at)
    statement_id = store.statements.of_document(invoice.id)
    statement = store.statements.lock(statement_id) if statement_id else None
    if statement is not None:
        settle_losses(store, statement, at)


def owed_after_disputes(store: Store, invoice: Invoice) -> Money:
    """What was set off against credits and is owed to the driver again, as every dispute of the invoice is now decided."""
    disputes = disputes_of(store, store.payments.of_document(invoice.id))
    ever_set_off = sum((set_off_in_total(one, _posted(store, one.payment_id)) for one in disputes), Money.zero(invoice.currency))
    return Money.zero(invoice.currency) if any(one.open for one in disputes) else min(ever_set_off, unassigned_refund(store, invoice))


def owed_back(store: Store, invoice: Invoice) -> Money:
    """What the ledger shows as owed to the driver for an invoice, less refunds under way; negative if it is unpaid."""
    payments, notes = store.payments.of_document(invoice.id), store.documents.credit_notes_of(invoice.id)
    subjects = [invoice.id, *(one.id for one in notes), *(one.id for one in payments)]
    entries = (entry for subject in subjects for one in store.ledger.of_subject(subject) for entry in one.txn.entries)
    owes = sum(entry.minor for entry in entries if entry.account == receivable(invoice.driver_id))
    return Money(-owes, invoice.currency) - sum((one.returning for one in payments), Money.zero(invoice.currency))


def unassigned_refund(store: Store, invoice: Invoice) -> Money:
    """What is owed back beyond the waiting paybacks; negative if those amount to more."""
    return owed_back(store, invoice) - sum((one.amount for one in open_paybacks(store, invoice)), Money.zero(invoice.currency))


def open_paybacks(store: Store, invoice: Invoice) -> list[Payback]:
    return [one for paid in store.payments.of_document(invoice.id) for one in store.paybacks.of_payment(paid.id) if one.open]


def set_off_against_credits(store: Store, payments: Iterable[Payment], currency: str) -> Money:
    """What lost disputes of these payments have set off against credits."""
    known = (set_off_now(one, _posted(store, one.payment_id)) for one in disputes_of(store, payments))
    return sum(known, Money.zero(currency))


def check_creditable(store: Store, invoice: Invoice, amount: Money) -> None:
    """Check that a credit note over this amount is possible. Raises Conflict while a dispute is open; and if a bank has taken back so much
    of the monthly statement's payment that the note would deduct from the next statement what nobody has paid."""
    check_not_written_off(store, invoice)
    statement_id = store.statements.of_document(invoice.id)
    for payable_id in filter(None, (invoice.id, statement_id)):
        if any(one.open for one in disputes_of(store, store.payments.of_document(payable_id))):
            text = f"A payment of {invoice.number} is disputed, and the cardholder's bank has not decided yet."
            raise Conflict("payment_disputed", text, "Wait for the decision, then credit it.")
    statement = store.statements.lock(statement_id) if statement_id else None
    left_to_credit = _left_after_disputes(store, statement) if statement else None
    if left_to_credit is not None and amount > left_to_credit:
        text = f"The cardholder's bank took back all but {left_to_credit} of what was paid for {invoice.number} with its monthly statement."
        raise Conflict(
            "payment_disputed", text, "Credit at most the rest: more would come off the next statement without having been paid."
        )


def _left_after_disputes(store: Store, statement: AccountStatement) -> Money | None:
    """What lost disputes and later notes have left of a statement; None if no dispute was lost."""
    payments, zero = store.payments.of_document(statement.id), Money.zero(statement.currency)
    lost = [one.amount for one in disputes_of(store, payments) if one.state is DisputeState.LOST]
    taken_back = sum(lost, zero) - set_off_against_credits(store, payments, statement.currency)
    return max(zero, statement.due - taken_back - sum((one.due for one in later_notes(store, statement)), zero)) if taken_back else None


def _posted(store: Store, payment_id: PaymentId) -> list[Txn]:
    return [one.txn for one in store.ledger.of_subject(payment_id)]
