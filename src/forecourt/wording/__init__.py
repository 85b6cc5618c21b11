"""Wording by language: numbers, money, dates and reasons; the texts of documents, emails and pages."""

from forecourt.wording.digits import figures
from forecourt.wording.languages import Wording, words_of
from forecourt.wording.paying import paid_words, told_reference, transfer_code
from forecourt.wording.speech import EN, Shown, Speech, UnitPrice, speech_of
from forecourt.wording.telling import filled, told_values

__all__ = [
    "EN",
    "Shown",
    "Speech",
    "UnitPrice",
    "Wording",
    "figures",
    "filled",
    "paid_words",
    "speech_of",
    "told_reference",
    "told_values",
    "transfer_code",
    "words_of",
]
