"""The reason of a discount as values, so that it can be worded in every language.

`Discount.because` is its stored form; this parses it, also from documents issued long ago.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache


class DiscountKind(StrEnum):
    """What a discount is measured in."""

    PERCENT_OFF = "PERCENT_OFF"
    AMOUNT_OFF = "AMOUNT_OFF"
    OFF_EACH_KWH = "OFF_EACH_KWH"
    KWH_FREE = "KWH_FREE"
    MIN_FREE = "MIN_FREE"


@dataclass(frozen=True, slots=True)
class DiscountReason:
    """value: per cent, major units of the currency, kWh or minutes; funder: who bears it, empty for the operator."""

    kind: DiscountKind
    value: Decimal
    funder: str


_BORNE = re.compile(r"(.*?), borne by (.+)", re.DOTALL)
_KINDS = (
    (DiscountKind.PERCENT_OFF, re.compile(r"([\d.]+) % off")),
    (DiscountKind.AMOUNT_OFF, re.compile(r"([\d.]+) [A-Z]{3} off")),
    (DiscountKind.OFF_EACH_KWH, re.compile(r"([\d.]+) off each kWh")),
    (DiscountKind.KWH_FREE, re.compile(r"([\d.]+) kWh free")),
    (DiscountKind.MIN_FREE, re.compile(r"([\d.]+) min free")),
)
_OPERATOR = "the operator"


@lru_cache(maxsize=4096)
def parse_discount_reason(because: str) -> DiscountReason | None:
    """Parse a stored reason; None for text that a person wrote."""
    borne = _BORNE.fullmatch(because)
    if borne is None:
        return None
    for kind, pattern in _KINDS:
        if found := pattern.fullmatch(borne[1]):
            return DiscountReason(kind, Decimal(found[1]), "" if borne[2] == _OPERATOR else borne[2])
    return None
