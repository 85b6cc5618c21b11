"""Read decoded JSON by name and type; every error names the place of the mistake."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from forecourt.kernel import BadInput, parse_instant, round_half_up

_DECIMALS = 15
_MINUTE = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(:[0-5][0-9])?")


@dataclass(frozen=True, slots=True)
class Reader:
    """A JSON object and where it stands in the document."""

    value: Mapping[str, Any]
    place: str

    @classmethod
    def of(cls, source: Mapping[str, Any] | str, place: str) -> "Reader":
        """From JSON text (numbers kept digit for digit) or an object; BadInput when it is neither."""
        if isinstance(source, str):
            try:
                source = json.loads(source, parse_float=Decimal, parse_constant=_no_constant)
            except (ValueError, ArithmeticError, RecursionError) as error:
                raise BadInput("json", f"{place}: this is not JSON ({error}).", "Check the file.") from error
        if type(source) is not dict and not isinstance(source, Mapping):
            raise BadInput("json_object", f"{place}: expected an object.", "Give one OCPI object in braces.")
        return cls(source, place)

    def refuse(self, name: str, what: str, remedy: str = "") -> BadInput:
        return BadInput("field", f"{self.place}.{name}: {what}.", remedy)

    def text(self, name: str) -> str:
        text = self.text_or_none(name)
        if not text:
            raise self.refuse(name, "is missing", "It must be a text.")
        return text

    def text_or_none(self, name: str) -> str | None:
        value = self.value.get(name)
        if value is None or isinstance(value, str):
            return value
        raise self.refuse(name, f"is {_kind(value)}", "It must be a text.")

    def texts(self, name: str) -> list[str]:
        value = self.value.get(name)
        if value is None:
            return []
        if isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(each, str) for each in value):
            return list(value)
        raise self.refuse(name, "is not a list of texts")

    def choice(self, name: str, allowed: Sequence[str], default: str | None = None) -> str:
        value = self.value.get(name, default)
        if value is None:
            value = default
        if isinstance(value, str) and value in allowed:
            return value
        what = "is missing" if value is None else f"is {value[:40]!r}" if isinstance(value, str) else f"is {_kind(value)}"
        raise self.refuse(name, what, f"Use one of {', '.join(allowed)}.")

    def flag(self, name: str) -> bool:
        """true or false; missing is false."""
        value = self.value.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise self.refuse(name, f"is {_kind(value)}", "It must be true or false.")

    def number(self, name: str, least: Decimal | None = None, most: Decimal = Decimal(10**9)) -> Decimal | None:
        """A number; floats by their printed digits, so that 0.1 is 0.1."""
        value = self.value.get(name)
        if value is None:
            return None
        number = value if type(value) is Decimal else self._decimal(name, value)
        if not number.is_finite() or number > most or number < (-most if least is None else least):
            bounds = f"At least {-most if least is None else least}, at most {most}."
            raise self.refuse(name, f"is {number:.6g}, out of range", bounds)
        if number.as_tuple().exponent < -_DECIMALS:  # type: ignore[operator]
            # Binary floats print up to 17 digits; what lies behind the 15th decimal is their noise.
            rounded = round_half_up(number, _DECIMALS)
            if not rounded and number:
                raise self.refuse(name, f"is {number:.6g}, too small to mean anything", "Use at most 15 decimals.")
            return rounded.normalize()
        return number

    def _decimal(self, name: str, value: object) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
            raise self.refuse(name, f"is {_kind(value)}", "It must be a number.")
        try:
            return Decimal(value) if isinstance(value, int) else Decimal(str(value))
        except InvalidOperation as error:
            raise self.refuse(name, f"is {str(value)[:40]!r}", "It must be a number.") from error

    def required_number(self, name: str, least: Decimal | None = None, most: Decimal = Decimal(10**9)) -> Decimal:
        number = self.number(name, least, most)
        if number is None:
            raise self.refuse(name, "is missing", "It must be a number.")
        return number

    def thousands(self, name: str) -> Decimal | None:
        """kWh, kW or A as Wh, W or mA."""
        number = self.number(name, least=Decimal(0))
        return None if number is None else number * 1000

    def integer(self, name: str, most: int) -> int | None:
        number = self.number(name, least=Decimal(0), most=Decimal(most))
        if number is None:
            return None
        if number != number.to_integral_value():
            raise self.refuse(name, f"is {number}", "It must be a whole number.")
        return int(number)

    def minute(self, name: str) -> int | None:
        """HH:MM as minutes of the day (seconds, which some senders add, are read only as :00)."""
        text = self.text_or_none(name)
        if text is None:
            return None
        found = _MINUTE.fullmatch(text)
        if found is None or found[3] not in (None, ":00"):
            raise self.refuse(name, f"{text[:20]!r} is not a time of day", "Write it as 09:30.")
        return int(found[1]) * 60 + int(found[2])

    def instant(self, name: str) -> datetime | None:
        text = self.text_or_none(name)
        return None if text is None else _instant(text, f"{self.place}.{name}")

    def required_instant(self, name: str) -> datetime:
        return _instant(self.text(name), f"{self.place}.{name}")

    def object(self, name: str) -> "Reader | None":
        value = self.value.get(name)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise self.refuse(name, f"is {_kind(value)}", "It must be an object in braces.")
        return Reader(value, f"{self.place}.{name}")

    def objects(self, name: str) -> list["Reader"]:
        value = self.value.get(name)
        if value is None:
            return []
        if type(value) is not list and (isinstance(value, str) or not isinstance(value, Sequence)):
            raise self.refuse(name, f"is {_kind(value)}", "It must be a list.")
        return [Reader.of(each, f"{self.place}.{name}[{index}]") for index, each in enumerate(value)]


def _instant(text: str, place: str) -> datetime:
    """OCPI leaves the Z away at times; its instants are UTC all the same."""
    try:
        return parse_instant(text if re.search(r"(Z|[+-]\d\d:?\d\d)$", text) else f"{text}Z")
    except BadInput as error:
        raise BadInput(error.code, f"{place}: {error.text}", error.remedy) from error


def _kind(value: object) -> str:
    return {"bool": "true or false", "dict": "an object", "list": "a list", "str": "a text"}.get(type(value).__name__, "a number")


def _no_constant(text: str) -> None:
    raise ValueError(f"{text} is not a number")
