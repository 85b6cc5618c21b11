"""Parse the reason of a line, so that it can be worded in every language.

`Line.because` is its stored form; this also parses those of documents issued long ago.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache


class ReasonKind(StrEnum):
    ONCE = "ONCE"
    ENERGY = "ENERGY"
    TIME = "TIME"
    LIMIT = "LIMIT"


@dataclass(frozen=True, slots=True)
class Condition:
    """A restriction that held. values: plain numbers with a point, times as 09:00, days as MON, dates as 2026-01-31."""

    code: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """element: the place in the tariff, from 1; 0 for a limit, whose bounds are then the conditions.

    quantity and rounded_up: kWh or minutes; block: Wh or seconds, 0 where nothing was rounded up.
    """

    kind: ReasonKind
    element: int = 0
    conditions: tuple[Condition, ...] = ()
    quantity: Decimal = Decimal(0)
    rounded_up: Decimal = Decimal(0)
    block: int = 0


_PLACE = re.compile(r"element (\d+)(?: \((.*)\))?: (.*)")
_AMOUNT = re.compile(r"([\d.]+) (kWh|min)(?:, rounded up by ([\d.]+) (?:kWh|min) to blocks of (\d+) (?:Wh|s))?")
_BOUND = re.compile(r"(min_price|max_price) (.*)")
_SIDE = re.compile(r"([\d.]+) (before|after) tax")
_DAY = "Mon|Tue|Wed|Thu|Fri|Sat|Sun"
_CONDITIONS = tuple(
    (code, re.compile(pattern))
    for code, pattern in (
        ("BETWEEN_TIMES", r"(\d\d:\d\d) to (\d\d:\d\d)"),
        ("BETWEEN_DAYS", rf"({_DAY}) to ({_DAY})"),
        ("DAY", rf"({_DAY})"),
        ("HOLIDAYS_AS_SUNDAY", "holidays as Sundays"),
        ("HOLIDAYS_ONLY", "on holidays"),
        ("HOLIDAYS_NEVER", "not on holidays"),
        ("FROM_DATE", r"from (\d{4}-\d\d-\d\d)"),
        ("BEFORE_DATE", r"before (\d{4}-\d\d-\d\d)"),
        ("AFTER_MIN", r"after ([\d.]+) min"),
        ("FIRST_MIN", r"in the first ([\d.]+) min"),
        ("FROM_KWH", r"from ([\d.]+) kWh"),
        ("BELOW_KWH", r"below ([\d.]+) kWh"),
        ("FROM_KW", r"from ([\d.]+) kW"),
        ("BELOW_KW", r"below ([\d.]+) kW"),
        ("FROM_A", r"from ([\d.]+) A"),
        ("BELOW_A", r"below ([\d.]+) A"),
        ("RESERVATION", r"(reservation|booking)(?: expires| cancellation fees| overtime)?"),
    )
)


@lru_cache(maxsize=4096)
def parse_reason(because: str) -> Reason | None:
    """Parse a stored reason; None for text that a person wrote, such as the name of an offer."""
    if because.startswith("limit: "):
        return _limit(because.removeprefix("limit: "))
    found = _PLACE.fullmatch(because)
    if found is None:
        return None
    element, conditions = int(found[1]), parse_conditions(found[2])
    if conditions is None:
        return None
    if found[3] == "once":
        return Reason(ReasonKind.ONCE, element, conditions)
    amount = _AMOUNT.fullmatch(found[3])
    if amount is None:
        return None
    kind = ReasonKind.ENERGY if amount[2] == "kWh" else ReasonKind.TIME
    return Reason(kind, element, conditions, Decimal(amount[1]), Decimal(amount[3] or 0), int(amount[4] or 0))


def parse_conditions(text: str | None) -> tuple[Condition, ...] | None:
    """Parse the conditions of a price; None if one of them is unknown."""
    read = [_condition(part) for part in text.split(", ")] if text else []
    known = tuple(one for one in read if one is not None)
    return known if len(known) == len(read) else None


def _condition(text: str) -> Condition | None:
    for code, pattern in _CONDITIONS:
        if found := pattern.fullmatch(text):
            return Condition(code, tuple(value.upper() for value in found.groups()))
    return None


def _limit(text: str) -> Reason | None:
    bounds = []
    for part in re.split(r" and (?=m.._price)", text):
        bound = _BOUND.fullmatch(part)
        sides = [_SIDE.fullmatch(side) for side in bound[2].split(" and ")] if bound else []
        if bound is None or None in sides:
            return None
        bounds += [Condition(f"{bound[1]}_{side[2]}_TAX".upper(), (side[1],)) for side in sides if side]
    return Reason(ReasonKind.LIMIT, conditions=tuple(bounds))
