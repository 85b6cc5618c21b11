"""How languages put things: numbers, money, dates and reasons; the words of documents, letters and pages."""

from forecourt.wording.digits import figures
from forecourt.wording.languages import Wording, words_of
from forecourt.wording.speech import EN, Shown, Speech, because, speech_of

__all__ = ["EN", "Shown", "Speech", "Wording", "because", "figures", "speech_of", "words_of"]
