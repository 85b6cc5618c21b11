"""The documents that follow from a bill: its credit notes, and the bills that add to it or take its place."""

from collections.abc import Iterator, Sequence

from forecourt.billing import (
    DocumentKind,
    Invoice,
    corrected_buyer_number,
    corrected_buyer_reason,
    correction_reasons,
    creditable_amount,
    preceding_number,
)
from forecourt.flows.ports.store import Store


def buyer_replacement(store: Store, invoice: Invoice) -> Invoice | None:
    """The bill that replaced this one when its buyer was corrected."""
    return next(iter(store.documents.with_reasons(invoice.driver_id, (corrected_buyer_reason(invoice.number),))), None)


def buyer_chain(store: Store, invoice: Invoice) -> Iterator[Invoice]:
    """The bill and those that it has replaced with another buyer, back to the first."""
    found: Invoice | None = invoice
    while found is not None:
        yield found
        number = corrected_buyer_number(found.content.reason)
        found = store.documents.by_number(found.operator_id, number) if number else None


def latest_bill(store: Store, documents: Sequence[Invoice]) -> Invoice | None:
    """The first bill among documents, or the one that has taken its place when its buyer was corrected."""
    bill = next((one for one in documents if one.kind is DocumentKind.INVOICE), None)
    after = buyer_replacement(store, bill) if bill else None
    return latest_bill(store, [after]) if after else bill


def preceding_document(store: Store, invoice: Invoice) -> Invoice | None:
    """The bill that a document credits, replaces or adds to."""
    number = preceding_number(invoice.content)
    return store.documents.by_number(invoice.operator_id, number) if number else None


def first_document(store: Store, invoice: Invoice) -> Invoice:
    """The bill with which it began: of a charge, a booking or a month of membership."""
    before = preceding_document(store, invoice)
    return first_document(store, before) if before else invoice


def bill_history(store: Store, first: Invoice) -> list[Invoice]:
    """The bill and all documents that follow from it, by time of issue: a credit note before the bill that takes its place."""
    notes = store.documents.credit_notes_of(first.id)
    later = store.documents.with_reasons(first.driver_id, correction_reasons(first.number))
    return sorted([first, *notes, *(one for bill in later for one in bill_history(store, bill))], key=lambda one: one.issued_at)


def is_in_force(invoice: Invoice, notes: Sequence[Invoice]) -> bool:
    """Whether it is a bill of which something is left. notes: its credit notes."""
    return invoice.kind is DocumentKind.INVOICE and (not notes or bool(creditable_amount(invoice, notes)))
