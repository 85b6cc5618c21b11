"""Wording by language: numbers, money, dates and reasons; the texts of documents, emails and pages."""

from forecourt.wording.languages import Wording, document_texts
from forecourt.wording.localiser import EN, LocalisedValue, Localiser, UnitPrice, localiser_for
from forecourt.wording.notice_texts import fill_in, notice_values
from forecourt.wording.number_format import format_number
from forecourt.wording.payment_texts import payment_text, remittance_reference, transfer_code

__all__ = [
    "EN",
    "LocalisedValue",
    "Localiser",
    "UnitPrice",
    "Wording",
    "document_texts",
    "fill_in",
    "format_number",
    "localiser_for",
    "notice_values",
    "payment_text",
    "remittance_reference",
    "transfer_code",
]
