"""Reading untrusted JSON field by field: every refusal names the path of the wrong field."""

from collections.abc import Iterator
from datetime import datetime
from typing import cast

from forecourt.kernel import BadInput, parse_instant

_MAX_ENTRIES = 10_000


class Field:
    """A value and its path in the document. Every reader raises BadInput with that path."""

    def __init__(self, value: object, path: str = "") -> None:
        self.value = value
        self.path = path

    def refuse(self, must: str) -> BadInput:
        return BadInput("problem_field", f"{self.path or 'The problem'} must be {must}.", "See docs/planning.md for the form.")

    def __getitem__(self, name: str) -> "Field":
        """A required member."""
        found = self.get(name)
        if found is None:
            raise BadInput("problem_field", f"{self._below(name)} is missing.", "See docs/planning.md for the form.")
        return found

    def get(self, *names: str) -> "Field | None":
        """The first of these members that is present and not null."""
        members = self.members()
        return next((Field(members[name], self._below(name)) for name in names if members.get(name) is not None), None)

    def members(self) -> dict[str, object]:
        if not isinstance(self.value, dict):
            raise self.refuse("an object")
        return cast("dict[str, object]", self.value)

    def pairs(self) -> Iterator[tuple[str, "Field"]]:
        return ((name, Field(value, self._below(name))) for name, value in self.members().items())

    def items(self) -> list["Field"]:
        if not isinstance(self.value, list) or len(self.value) > _MAX_ENTRIES:
            raise self.refuse(f"a list of at most {_MAX_ENTRIES} entries")
        return [Field(value, f"{self.path}[{place}]") for place, value in enumerate(self.value)]

    def text(self) -> str:
        if not isinstance(self.value, str) or not 0 < len(self.value) <= 255:
            raise self.refuse("a text of 1 to 255 characters")
        return self.value

    def number(self, low: float = 0.0, high: float = 1e9) -> float:
        if isinstance(self.value, bool) or not isinstance(self.value, int | float) or self.value != self.value:
            raise self.refuse("a number")
        if not low <= self.value <= high:  # compared as an int: it may be too large for a float
            raise self.refuse(f"between {low:g} and {high:g}")
        return float(self.value)

    def whole(self, low: int = 0, high: int = 1_000_000) -> int:
        number = self.number(low, high)
        if number != int(number):
            raise self.refuse("a whole number")
        return int(number)

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.refuse("true or false")
        return self.value

    def instant(self) -> datetime:
        try:
            return parse_instant(self.text())
        except BadInput as error:
            raise self.refuse("an instant such as 2026-11-23T12:00:00Z") from error

    def _below(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name
