"""The texts of pages: a catalogue for each language but English, whose texts are the keys. Loaded at first use."""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ENGLISH = "en"


@cache
def translations_of(language: str) -> NullTranslations:
    """Texts without a translation stay in English."""
    if language == ENGLISH:
        return NullTranslations()
    source, compiled = files("forecourt.wording") / "pages" / f"{language}.po", BytesIO()
    write_mo(compiled, read_po(BytesIO(source.read_bytes()), language))
    compiled.seek(0)
    return GNUTranslations(compiled)
