"""From a sealed charge to an itemised, numbered document that never changes again."""

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
    "number_text",
]
