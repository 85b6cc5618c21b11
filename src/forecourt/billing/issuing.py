"""Giving a draft its number, for good; and taking an issued document back by a credit note."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from forecourt.billing.einvoice_rules import check_sums
from forecourt.billing.model import DocumentKind, Draft, Invoice, number_text
from forecourt.kernel import BadInput, Conflict, DocumentId, utc

_SERIES = {DocumentKind.INVOICE: "INV", DocumentKind.CREDIT_NOTE: "CRN"}


def series_of(draft: Draft, at: datetime) -> tuple[str, int]:
    """The series a draft is numbered in, and the year: that of the instant of issue at the place."""
    return _SERIES[draft.kind], utc(at).astimezone(ZoneInfo(draft.place.zone)).year


def issue(draft: Draft, document_id: DocumentId, sequence: int, at: datetime) -> Invoice:
    """The document, numbered; sequence must come from `next_number` of series_of(draft, at) in the same commit.

    Raises BadInput for one whose parts break a rule of EN 16931 on sums (BR-CO-10 to BR-CO-17).
    """
    series, year = series_of(draft, at)
    issued = Invoice(document_id, number_text(series, year, sequence), series, year, sequence, at, draft)
    check_sums(issued)
    return issued


def credit(invoice: Invoice, reason: str) -> Draft:
    """The draft of a credit note that takes the whole invoice back. Raises Conflict for a document that is itself one."""
    if invoice.kind is not DocumentKind.INVOICE:
        raise Conflict("not_an_invoice", f"{invoice.number} is not an invoice.", "Only invoices can be credited.")
    if not reason.strip():
        raise BadInput("credit_reason", "A credit note needs a reason.", "Enter a reason.")
    return replace(
        invoice.content, kind=DocumentKind.CREDIT_NOTE, corrects=invoice.id, corrects_number=invoice.number, reason=reason.strip()[:300]
    )
