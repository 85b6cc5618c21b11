"""Refunds that did not reach their payer, at once or days later: what is still owed is to be returned another way."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from forecourt.billing import Invoice
from forecourt.flows.desk.money_notices import notify_refund_failed
from forecourt.flows.paying.barred_paybacks import follow_up_returned_money
from forecourt.flows.paying.lost_disputes import settle_losses, unassigned_refund
from forecourt.flows.ports.store import Store
from forecourt.kernel import DocumentId, Ids, Money
from forecourt.payments import WALLET, Payment, payback_for_refund


def handle_failed_refunds(store: Store, before: Payment, after: Payment, at: datetime, ids: Ids) -> None:
    """A refund was refused, or sent back by the payer's bank: whatever of it is owed awaits a transfer, or another attempt on the card;
    nothing if nobody promised it. It is not transferred as far as a refund made at the processor has covered it. The caller holds the
    document's lock."""
    has_changed = (after.refunded_or_refunding, after.returned) != (before.refunded_or_refunding, before.returned)
    if after.document_id and has_changed and store.statements.statement(after.document_id):
        _handle_statement(store, after.document_id, at, ids)
    invoice = store.documents.document(after.document_id) if after.document_id and has_changed else None
    if invoice is None or after.method == WALLET:
        return
    settle_losses(store, invoice, at)
    notes, unlisted_amount = store.documents.credit_notes_of(invoice.id), unassigned_refund(store, invoice)
    for document, part in _promised(
        store, (*reversed(notes), invoice), min(before.refunded_or_refunding - after.refunded_or_refunding, unlisted_amount)
    ):
        payback = payback_for_refund(document, after, part, ids.new(at), at)
        store.paybacks.put(payback)
        notify_refund_failed(store, payback, at)
    follow_up_returned_money(store, invoice.id, at, ids)


def _handle_statement(store: Store, statement_id: DocumentId, at: datetime, ids: Ids) -> None:
    """What exceeds the statement awaits a transfer back."""
    known = {one.id for one in store.paybacks.of_note(statement_id)}
    follow_up_returned_money(store, statement_id, at, ids)
    for one in store.paybacks.of_note(statement_id):
        if one.open and one.id not in known:
            notify_refund_failed(store, one, at)


def _promised(store: Store, documents: Sequence[Invoice], left: Money) -> Iterator[tuple[Invoice, Money]]:
    """The documents that owe it: the one over exactly this amount, else the first; none for more than its own amount."""
    paid = {one.id: sum((back.amount for back in store.paybacks.of_note(one.id)), Money.zero(left.currency)) for one in documents}
    for document in sorted(documents, key=lambda one: one.due - paid[one.id] != left):
        part = min(left, document.due - paid[document.id])
        if part.minor > 0:
            yield document, part
            left -= part
