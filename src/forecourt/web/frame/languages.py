"""The languages of the pages, by their own names, and which of them a browser prefers."""

from collections.abc import Iterator

from forecourt.notices import LANGUAGES

# In the language itself, so that people who cannot read the page still find their own.
LANGUAGE_NAMES = (("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("nl", "Nederlands"), ("es", "Español"))


def preferred_language(accepts: str) -> str:
    """The best of the languages we write for an Accept-Language header (RFC 9110, 12.5.4); English where none is asked for."""
    weighed = sorted(_weighed(accepts[:500]), key=lambda one: -one[1])
    return next((language for language, weight in weighed if language in LANGUAGES and weight > 0), LANGUAGES[0])


def _weighed(accepts: str) -> Iterator[tuple[str, float]]:
    for part in accepts.split(","):
        tag, _, parameter = part.partition(";")
        name, _, weight = parameter.strip().partition("=")
        known = weight.strip() if name == "q" else "1"
        yield tag.strip().lower().split("-")[0], float(known) if known.replace(".", "", 1).isdecimal() and known.isascii() else 0.0
