"""What a cardholder's bank takes back and keeps: what is credited of it the driver has had, and the tax of the rest is owed no longer."""

from collections.abc import Iterable
from datetime import datetime

from forecourt.billing import AccountStatement, Invoice
from forecourt.flows.paying.payables import Payable, correctable, later_notes
from forecourt.flows.paying.recovered_debts import check_not_lost
from forecourt.flows.paying.returnable import disputes_of
from forecourt.flows.paying.surplus import had_from_banks
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, Money, PaymentId
from forecourt.ledger import Txn, receivable
from forecourt.payments import DisputeState, Payback, Payment, losses, set_off, set_off_ever, set_off_so_far, tax_corrected


def settle_losses(store: Store, payable: Payable, at: datetime) -> None:
    """Post what the lost disputes of a document lack: what credit notes took back of it, or was paid beyond it, is no loss, and what is
    lost is uncollectable as a debt that is written off, so its tax is owed no longer where the law corrects it at once. A verdict that is
    turned round undoes both.

    Repeating it posts nothing. The caller holds the document's lock.
    """
    payments = store.payments.of_document(payable.id)
    disputes = disputes_of(store, payments)
    if not disputes:
        return
    posted = {one.id: _posted(store, one.id) for one in payments}
    notes = store.documents.correcting(payable.id) if isinstance(payable, Invoice) else later_notes(store, payable)
    zero, so_far = Money.zero(payable.currency), set_off_of(store, payments, payable.currency)
    lost = sum((one.amount for one in disputes if one.state is DisputeState.LOST), zero)
    owed = owed_back(store, payable) + so_far if isinstance(payable, Invoice) else had_from_banks(store, payable, lost)
    left = max(zero, payable.due - sum((one.due for one in notes), zero))
    for loss in losses(disputes, max(zero, owed), left, correctable(store, payable, notes)):
        known = posted[loss.dispute.payment_id]
        for txn in (set_off(loss, receivable(payable.driver_id), known, at), tax_corrected(loss, known, at)):
            if txn is not None:
                store.ledger.post(txn)


def settle_credited(store: Store, invoice: Invoice, at: datetime) -> None:
    """The same of a document of which a note has taken something, and of the statement that collects it. The caller holds the document's
    lock."""
    settle_losses(store, invoice, at)
    statement_id = store.statements.of_document(invoice.id)
    statement = store.statements.lock(statement_id) if statement_id else None
    if statement is not None:
        settle_losses(store, statement, at)


def to_pay_back(store: Store, invoice: Invoice) -> Money:
    """What was set off against what is credited, and is owed to the driver again, for all disputes of the invoice are decided."""
    disputes = disputes_of(store, store.payments.of_document(invoice.id))
    ever = sum((set_off_ever(one, _posted(store, one.payment_id)) for one in disputes), Money.zero(invoice.currency))
    return Money.zero(invoice.currency) if any(one.open for one in disputes) else min(ever, unlisted(store, invoice))


def owed_back(store: Store, invoice: Invoice) -> Money:
    """What its driver is owed for an invoice, by the book, less what is on its way back; negative where it is not paid."""
    payments, notes = store.payments.of_document(invoice.id), store.documents.correcting(invoice.id)
    subjects = [invoice.id, *(one.id for one in notes), *(one.id for one in payments)]
    entries = (entry for subject in subjects for one in store.ledger.of_subject(subject) for entry in one.txn.entries)
    owes = sum(entry.minor for entry in entries if entry.account == receivable(invoice.driver_id))
    return Money(-owes, invoice.currency) - sum((one.returning for one in payments), Money.zero(invoice.currency))


def unlisted(store: Store, invoice: Invoice) -> Money:
    """What of it does not wait to be transferred back; negative where more waits."""
    return owed_back(store, invoice) - sum((one.amount for one in open_paybacks(store, invoice)), Money.zero(invoice.currency))


def open_paybacks(store: Store, invoice: Invoice) -> list[Payback]:
    return [one for paid in store.payments.of_document(invoice.id) for one in store.paybacks.of_payment(paid.id) if one.open]


def set_off_of(store: Store, payments: Iterable[Payment], currency: str) -> Money:
    """What of lost disputes of these payments is set off against what is credited."""
    known = (set_off_so_far(one, _posted(store, one.payment_id)) for one in disputes_of(store, payments))
    return sum(known, Money.zero(currency))


def check_creditable(store: Store, invoice: Invoice, amount: Money) -> None:
    """amount: of the note. Raises Conflict while it is not known whose the money is, and where the cardholder's bank has so much of what
    was paid with the month's statement that the note would take off the next one what nobody paid."""
    check_not_lost(store, invoice)
    statement_id = store.statements.of_document(invoice.id)
    for payable_id in filter(None, (invoice.id, statement_id)):
        if any(one.open for one in disputes_of(store, store.payments.of_document(payable_id))):
            text = f"A payment of {invoice.number} is disputed, and the cardholder's bank has not decided yet."
            raise Conflict("payment_disputed", text, "Wait for the decision, then credit it.")
    statement = store.statements.lock(statement_id) if statement_id else None
    kept = _kept_of(store, statement) if statement else None
    if kept is not None and amount > kept:
        text = f"The cardholder's bank took back all but {kept} of what was paid for {invoice.number} with its monthly statement."
        raise Conflict(
            "payment_disputed", text, "Credit at most the rest: more would come off the next statement without having been paid."
        )


def _kept_of(store: Store, statement: AccountStatement) -> Money | None:
    """What lost disputes and later notes have left of it; None where none is lost."""
    payments, zero = store.payments.of_document(statement.id), Money.zero(statement.currency)
    lost = [one.amount for one in disputes_of(store, payments) if one.state is DisputeState.LOST]
    taken = sum(lost, zero) - set_off_of(store, payments, statement.currency)
    return max(zero, statement.due - taken - sum((one.due for one in later_notes(store, statement)), zero)) if taken else None


def _posted(store: Store, payment_id: PaymentId) -> list[Txn]:
    return [one.txn for one in store.ledger.of_subject(payment_id)]
