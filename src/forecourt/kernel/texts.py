"""Sentences for people: English strings that remember the pattern and values they were made from, so that they can be translated.

Rooms and flows know no language. They write English and keep the values beside it; an edge that knows the reader's language looks the
pattern up and formats the values for that language.
"""

from collections.abc import Mapping
from datetime import date
from typing import Self


def lowered(text: str) -> str:
    """In lower case letter by letter, as databases do it: İ loses its dot, and Σ is σ at the end of a word, too."""
    return text.lower() if text.isascii() else "".join(one.lower()[:1] for one in text)


class NearbyDay(date):
    """A nearby day, written without its year: "Wednesday 2 June"."""

    def __str__(self) -> str:
        return f"{self:%A} {self.day} {self:%B}"


class Text(str):
    """A sentence; as a string it is English. pattern: with a {name} for each value; many: the pattern for counts other than one."""

    __slots__ = ("many", "pattern", "values")
    pattern: str
    many: str
    values: Mapping[str, object]

    def __new__(cls, pattern: str, /, **values: object) -> Self:
        if isinstance(pattern, cls):
            return pattern  # already a Text: hand it on
        return cls._made(pattern, pattern, "", values)

    @classmethod
    def counted(cls, one: str, many: str, /, *, n: int, **values: object) -> Self:
        """A sentence that depends on a count: `one` for exactly one, `many` for any other number. Both may contain {n}."""
        return cls._made(one if n == 1 else many, one, many, {"n": n, **values})

    @classmethod
    def _made(cls, english: str, pattern: str, many: str, values: Mapping[str, object]) -> Self:
        text = super().__new__(cls, english.format(**values) if values else english)
        text.pattern, text.many, text.values = pattern, many, values
        return text
