"""What can be asked for and reminded of: an invoice, or a month's statement that takes many together."""

from datetime import datetime

from forecourt.billing import AccountStatement, DocumentKind, Invoice
from forecourt.flows.desk.orders import task
from forecourt.flows.ports.papers import ShareInvoice
from forecourt.flows.ports.store import Store
from forecourt.kernel import DocumentId, Ids

Payable = Invoice | AccountStatement


def lock_payable(store: Store, document_id: DocumentId) -> Payable | None:
    """The invoice or statement; no other unit of work decides how it is paid until this one ends."""
    invoice = store.documents.lock(document_id)
    if invoice is not None:
        return invoice if invoice.kind is DocumentKind.INVOICE else None
    return store.statements.lock(document_id)


def owed_elsewhere(store: Store, payable: Payable) -> bool:
    """It was taken back by a credit note, or a statement collects it."""
    if isinstance(payable, AccountStatement):
        return False
    return bool(store.documents.correcting(payable.id)) or store.statements.of_document(payable.id) is not None


def share_paid(store: Store, payable: Payable, at: datetime, ids: Ids) -> None:
    """It is paid: what others earn by its invoices is to be booked."""
    paid_ids = [payable.id] if isinstance(payable, Invoice) else [line.document_id for line in payable.lines]
    for document_id in paid_ids:
        invoice = store.documents.document(document_id)
        if invoice is not None and invoice.kind is DocumentKind.INVOICE:
            task(store, invoice.content, ShareInvoice(invoice.id), at, ids, f"share/{invoice.id}")
