"""Issuing a draft, which gives it its final number, and crediting an issued document."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from forecourt.billing.einvoice_rules import check_sums
from forecourt.billing.model import DocumentKind, Draft, Invoice, document_number
from forecourt.kernel import BadInput, Conflict, DocumentId, utc

_SERIES = {DocumentKind.INVOICE: "INV", DocumentKind.CREDIT_NOTE: "CRN"}


def series_of(draft: Draft, at: datetime) -> tuple[str, int]:
    """The series in which a draft is numbered, and the year: that of the instant of issue in the place's time zone."""
    return _SERIES[draft.kind], utc(at).astimezone(ZoneInfo(draft.place.zone)).year


def issue(draft: Draft, document_id: DocumentId, sequence: int, at: datetime) -> Invoice:
    """Number a draft. sequence must come from `next_number` of series_of(draft, at) in the same commit.

    Raises BadInput if its parts violate a rule of EN 16931 on sums (BR-CO-10 to BR-CO-17).
    """
    series, year = series_of(draft, at)
    issued = Invoice(document_id, document_number(series, year, sequence), series, year, sequence, at, draft)
    check_sums(issued)
    return issued


def credit(invoice: Invoice, reason: str) -> Draft:
    """The draft of a credit note for the whole invoice. Raises Conflict for a document that is itself a credit note."""
    if invoice.kind is not DocumentKind.INVOICE:
        raise Conflict("not_an_invoice", f"{invoice.number} is not an invoice.", "Only invoices can be credited.")
    if not reason.strip():
        raise BadInput("credit_reason", "A credit note needs a reason.", "Enter a reason.")
    return replace(
        invoice.content, kind=DocumentKind.CREDIT_NOTE, corrects=invoice.id, corrects_number=invoice.number, reason=reason.strip()[:300]
    )
