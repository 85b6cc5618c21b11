"""How languages put things: numbers, money, dates and reasons, and the words of documents and letters."""

from forecourt.wording.digits import figures
from forecourt.wording.languages import Wording, words_of

__all__ = ["Wording", "figures", "words_of"]
