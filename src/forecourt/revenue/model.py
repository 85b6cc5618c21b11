"""The frozen values of revenue management. Occupancy is a share of the site's sockets, 0 to 1; prices are Decimal per kWh."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from forecourt.kernel import BadInput


@dataclass(frozen=True, slots=True)
class BusyHour:
    """How many socket-minutes were taken in the hour that starts at `start` (UTC, on the hour)."""

    start: datetime
    busy_minutes: int


class DayKind(StrEnum):
    """Days that share a price list."""

    WORKDAY = "WORKDAY"
    WEEKEND = "WEEKEND"


@dataclass(frozen=True, slots=True)
class Forecast:
    """Expected occupancy for each hour of the local week (0 is Monday 00:00), and how wrong such a forecast has been.

    method: the better of its candidates in the back-test; error: its mean absolute error on held-out weeks;
    naive_error: that of "as in the same hour a week ago", the yardstick; tested_hours: on how many hours.
    """

    occupancy: tuple[float, ...]
    method: str
    error: float
    naive_error: float
    tested_hours: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the operator allows: prices between floor and cap, a change of at most largest_step, in whole ticks.

    Above `full` expected occupancy a price may rise, below `empty` it may fall.
    """

    floor: Decimal
    cap: Decimal
    largest_step: Decimal
    tick: Decimal = Decimal("0.01")
    full: float = 0.85
    empty: float = 0.30

    def __post_init__(self) -> None:
        if not 0 < self.floor <= self.cap or self.largest_step <= 0 or self.tick <= 0:
            raise BadInput("price_bounds", "A floor above zero, a cap not below it, a step and a tick above zero are needed.")
        if not 0 <= self.empty < self.full <= 1:
            raise BadInput("price_thresholds", "Empty must lie below full, both between 0 and 1.")


@dataclass(frozen=True, slots=True)
class PriceMove:
    """A change of the energy price over a window of local hours [start_hour, end_hour); it may also be a step down."""

    day: DayKind
    start_hour: int
    end_hour: int
    old_price: Decimal
    new_price: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A tariff to publish in place of the present one. source: OCPI JSON; steps: empty where nothing should change."""

    steps: tuple[PriceMove, ...]
    source: dict[str, Any]
    forecast: Forecast
