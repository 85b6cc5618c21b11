"""Charts of the revenue pages: a week by hour, and a day's prices as proposed. Hours are local to the site."""

from dataclasses import dataclass
from decimal import Decimal

from forecourt.kernel import Money


@dataclass(frozen=True, slots=True)
class HeatView:
    """A week by hour: values[weekday][hour], Monday first; words formats a value for people."""

    title: str
    values: tuple[tuple[float, ...], ...]
    words: tuple[tuple[str, ...], ...]

    @property
    def top(self) -> float:
        return max(max(row) for row in self.values)


@dataclass(frozen=True, slots=True)
class PriceShape:
    """A kind of day: prices by hour now and proposed (empty if nothing changes), occupied sockets, and the value of a socket-hour."""

    name: str
    currency: str
    now: tuple[Decimal, ...]
    proposed: tuple[Decimal, ...]
    busy: tuple[float, ...]
    arrivals: float
    peak_value: Money
    peak_hour: int
