"""What can be asked for and reminded of: an invoice, or a month's statement that takes many together."""

from datetime import datetime
from decimal import Decimal

from forecourt.billing import AccountStatement, DocumentKind, Invoice
from forecourt.flows.desk.orders import task
from forecourt.flows.ports.papers import ShareInvoice
from forecourt.flows.ports.store import Store
from forecourt.kernel import DocumentId, Ids
from forecourt.tariffs import TaxLine

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


def complained_of(store: Store, payable: Payable) -> bool:
    """A driver says that something is wrong with it, or with one of the bills that it collects, and has no answer yet."""
    return any(one.open for document_id in _documents_of(payable) for one in store.complaints.of_document(document_id))


def _documents_of(payable: Payable) -> list[DocumentId]:
    return [payable.id] if isinstance(payable, Invoice) else [line.document_id for line in payable.lines]


def share_paid(store: Store, payable: Payable, at: datetime, ids: Ids) -> None:
    """It is paid: what others earn by its invoices is to be booked."""
    for document_id in _documents_of(payable):
        invoice = store.documents.document(document_id)
        if invoice is not None and invoice.kind is DocumentKind.INVOICE:
            task(store, invoice.content, ShareInvoice(invoice.id), at, ids, f"share/{invoice.id}")


def taxes_of(store: Store, payable: Payable) -> list[TaxLine]:
    """By rate, over all of a statement's documents; what credit notes took back is taken off."""
    if isinstance(payable, Invoice):
        return list(payable.content.taxes)
    sums: dict[Decimal | None, TaxLine] = {}
    for line in payable.lines:
        document = store.documents.document(line.document_id)
        sign = -1 if document is not None and document.kind is DocumentKind.CREDIT_NOTE else 1
        for tax in document.content.taxes if document is not None else ():
            was = sums.get(tax.vat_percent)
            net, due = (one if sign > 0 else -one for one in (tax.net, tax.tax))
            if was is not None:
                net, due = was.net + net, was.tax + due
            sums[tax.vat_percent] = TaxLine(tax.vat_percent, net, due, net + due)
    return list(sums.values())
