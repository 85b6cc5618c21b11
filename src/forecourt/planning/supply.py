"""What energy costs a site: prices through time, a charge on the month's highest power, and what a kilowatt hour sold earns."""

import itertools
from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta

from forecourt.kernel import BadInput, utc


@dataclass(frozen=True, slots=True)
class PriceStep:
    """From `start` on a kilowatt hour costs the site this much, until the next step."""

    start: datetime
    per_kwh: float


@dataclass(frozen=True, slots=True)
class Supply:
    """Money is in one currency throughout, per kWh and per kW.

    prices: by start; the first holds before its start too, the last for ever. earns_per_kwh: what the site takes for a kWh.
    demand_per_kw: paid once for the highest mean power of the billing month. most_w: of the connection.
    """

    prices: tuple[PriceStep, ...]
    earns_per_kwh: float
    demand_per_kw: float = 0.0
    most_w: float = float("inf")

    def __post_init__(self) -> None:
        if not self.prices:
            raise BadInput("supply_prices", "A supply has no price.", "Give at least one step.")
        starts = [utc(step.start) for step in self.prices]
        if any(later <= sooner for sooner, later in itertools.pairwise(starts)):
            raise BadInput("supply_prices", "Price steps are not in the order of their starts.")

    def per_kwh(self, at: datetime) -> float:
        place = bisect_right(self.prices, at, key=lambda step: step.start)
        return self.prices[max(0, place - 1)].per_kwh

    def changes(self, start: datetime, end: datetime) -> list[datetime]:
        """Instants between the two at which the price changes."""
        return [step.start for step in self.prices if start < step.start < end]


@dataclass(frozen=True, slots=True)
class Stay:
    """One car's time at a socket. times: how often one like it is expected (its energy's worth counts so many times)."""

    start: datetime
    end: datetime
    need_wh: float
    most_w: float
    times: float = 1.0

    def __post_init__(self) -> None:
        if not timedelta(0) <= utc(self.end) - utc(self.start):
            raise BadInput("stay", "A stay ends before it begins.")
