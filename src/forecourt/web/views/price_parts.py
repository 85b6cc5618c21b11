"""A tariff in words, part by part."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TariffPart:
    """One price of the tariff in words, tax included. when: its conditions; now: it applies now."""

    text: str
    when: str
    now: bool


@dataclass(frozen=True, slots=True)
class ComingPrices:
    """The prices of charges that start from an instant on."""

    at: datetime
    parts: tuple[TariffPart, ...]
