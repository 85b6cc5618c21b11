"""Wording by language: numbers, money, dates and reasons; the texts of documents, emails and pages."""

from forecourt.wording.digits import figures
from forecourt.wording.languages import Wording, document_texts
from forecourt.wording.localiser import EN, LocalisedValue, Localiser, UnitPrice, localiser_for
from forecourt.wording.notice_texts import fill_in, notice_values
from forecourt.wording.payment_texts import payment_text, remittance_reference, transfer_code

__all__ = [
    "EN",
    "LocalisedValue",
    "Localiser",
    "UnitPrice",
    "Wording",
    "document_texts",
    "figures",
    "fill_in",
    "localiser_for",
    "notice_values",
    "payment_text",
    "remittance_reference",
    "transfer_code",
]
