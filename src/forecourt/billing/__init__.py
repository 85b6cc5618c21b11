"""From a sealed charge to an itemised, numbered document that never changes again."""

from forecourt.billing.accounts import (
    BY_PARTNER,
    PRICE,
    STATEMENT_SERIES,
    AccountLine,
    AccountPart,
    AccountStatement,
    Numbering,
    account_statement,
    owed_for,
    taken_over,
)
from forecourt.billing.addressing import printed_line, vat_number_of
from forecourt.billing.charging import bill, bill_no_show, billed_usage, no_show_rating, owed_usage, rating_of, unused_gross
from forecourt.billing.checking import BillCheck, LineCheck, compare
from forecourt.billing.crediting import credit_amount, credit_lines, left_to_credit
from forecourt.billing.discounting import contributions, discount_lines, discounted, lowered
from forecourt.billing.einvoice import Allowance, EInvoice, EInvoiceLine, VatCategory, VatKey, VatSum, einvoice_of
from forecourt.billing.einvoice_rules import Finding, check_sums, false_sums, lacking
from forecourt.billing.issuing import credit, issue, series_of
from forecourt.billing.itemising import lawful_taxes
from forecourt.billing.membership import bill_month, month_told
from forecourt.billing.model import (
    Contribution,
    Delivery,
    DocumentKind,
    Draft,
    Exemption,
    Invoice,
    InvoiceLine,
    LineKind,
    Parties,
    Party,
    Place,
    VatRelief,
    number_text,
)
from forecourt.billing.posting import entries

__all__ = [
    "BY_PARTNER",
    "PRICE",
    "STATEMENT_SERIES",
    "AccountLine",
    "AccountPart",
    "AccountStatement",
    "Allowance",
    "BillCheck",
    "Contribution",
    "Delivery",
    "DocumentKind",
    "Draft",
    "EInvoice",
    "EInvoiceLine",
    "Exemption",
    "Finding",
    "Invoice",
    "InvoiceLine",
    "LineCheck",
    "LineKind",
    "Numbering",
    "Parties",
    "Party",
    "Place",
    "VatCategory",
    "VatKey",
    "VatRelief",
    "VatSum",
    "account_statement",
    "bill",
    "bill_month",
    "bill_no_show",
    "billed_usage",
    "check_sums",
    "compare",
    "contributions",
    "credit",
    "credit_amount",
    "credit_lines",
    "discount_lines",
    "discounted",
    "einvoice_of",
    "entries",
    "false_sums",
    "issue",
    "lacking",
    "lawful_taxes",
    "left_to_credit",
    "lowered",
    "month_told",
    "no_show_rating",
    "number_text",
    "owed_for",
    "owed_usage",
    "printed_line",
    "rating_of",
    "series_of",
    "taken_over",
    "unused_gross",
    "vat_number_of",
]
