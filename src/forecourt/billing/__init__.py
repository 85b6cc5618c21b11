"""From a sealed charge to an itemised, numbered document that never changes again."""

from forecourt.billing.charging import bill, bill_no_show, billed_usage
from forecourt.billing.issuing import credit, issue, series_of
from forecourt.billing.model import (
    Delivery,
    DocumentKind,
    Draft,
    Invoice,
    InvoiceLine,
    LineKind,
    Parties,
    Party,
    Place,
    number_text,
)
from forecourt.billing.posting import entries

__all__ = [
    "Delivery",
    "DocumentKind",
    "Draft",
    "Invoice",
    "InvoiceLine",
    "LineKind",
    "Parties",
    "Party",
    "Place",
    "bill",
    "bill_no_show",
    "billed_usage",
    "credit",
    "entries",
    "issue",
    "number_text",
    "series_of",
]
