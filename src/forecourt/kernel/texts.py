"""What is said to a person: English by itself, and made of what another language is made of as well.

Rooms and flows know no language. They say what they say in English, with the values beside it; an edge that knows who reads it looks
the pattern up and words the values anew.
"""

from collections.abc import Mapping
from datetime import date
from typing import Self


class DayThere(date):
    """A day that is near, as it is told: "Wednesday 2 June"."""

    def __str__(self) -> str:
        return f"{self:%A} {self.day} {self:%B}"


class Text(str):
    """A sentence: as a string it is English. pattern: with a {name} for each of the values; many: the pattern for other counts than one."""

    __slots__ = ("many", "pattern", "values")
    pattern: str
    many: str
    values: Mapping[str, object]

    def __new__(cls, pattern: str, /, **values: object) -> Self:
        if isinstance(pattern, cls):
            return pattern  # said elsewhere, handed on
        return cls._made(pattern, pattern, "", values)

    @classmethod
    def counted(cls, one: str, many: str, /, *, n: int, **values: object) -> Self:
        """For one of something, and for another number of them; n may stand in both."""
        return cls._made(one if n == 1 else many, one, many, {"n": n, **values})

    @classmethod
    def _made(cls, english: str, pattern: str, many: str, values: Mapping[str, object]) -> Self:
        text = super().__new__(cls, english.format(**values) if values else english)
        text.pattern, text.many, text.values = pattern, many, values
        return text
