"""The frozen values of revenue management. Occupancy is a share of the site's sockets, 0 to 1; prices are Decimal per kWh."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar

from forecourt.kernel import BadInput


class DayKind(StrEnum):
    """Days that share a price list."""

    WORKDAY = "WORKDAY"
    WEEKEND = "WEEKEND"


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How forecasts made in the past turned out, all hours of the week ahead of each past midnight; naive: "as a week ago".

    mae, rmse: in the unit of the history. pinball: mean loss at the 10 %, 50 % and 90 % quantiles.
    coverage: share of hours inside the interval of 80 %.
    """

    hours: int
    mae: float
    mae_naive: float
    rmse: float
    rmse_naive: float
    pinball: float
    pinball_naive: float
    coverage: float
    coverage_naive: float

    FIGURES: ClassVar[tuple[str, ...]] = ("mae", "rmse", "pinball", "coverage")

    @property
    def beats_naive(self) -> bool:
        return self.mae < self.mae_naive


@dataclass(frozen=True, slots=True)
class Forecast:
    """A figure for each local hour of coming days: expected[day][hour], with an interval of 80 %.

    model: the better of the two that are mixed; accuracy: of such forecasts so far.
    """

    first_day: date
    expected: tuple[tuple[float, ...], ...]
    low: tuple[tuple[float, ...], ...]
    high: tuple[tuple[float, ...], ...]
    model: str
    accuracy: Accuracy

    @property
    def total(self) -> float:
        return sum(map(sum, self.expected))


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the operator allows: prices per kWh between floor and cap, in whole ticks, changed by at most largest_step at a time.

    most_windows: of the day, beside the base price. notice_h: hours between the publishing of a list and its first minute.
    energy_cost: what a kWh costs the operator; least_gain: what a change must bring, as a share of the money.
    """

    floor: Decimal
    cap: Decimal
    largest_step: Decimal
    tick: Decimal = Decimal("0.01")
    most_windows: int = 2
    notice_h: int = 24
    energy_cost: Decimal = Decimal(0)
    least_gain: float = 0.01

    def __post_init__(self) -> None:
        if not 0 < self.floor <= self.cap or self.largest_step <= 0 or self.tick <= 0:
            raise BadInput(
                "price_bounds",
                "The lowest price must be above zero and not above the highest; price step and largest change must be above zero.",
            )
        if self.floor % self.tick or self.cap % self.tick or self.largest_step % self.tick:
            raise BadInput(
                "price_tick",
                "Lowest price, highest price and largest change must be multiples of the price step.",
                f"Use multiples of {self.tick}.",
            )
        if not 0 <= self.most_windows <= 4 or not 0 <= self.notice_h <= 24 * 90 or self.energy_cost < 0:
            raise BadInput("price_bounds", "Enter at most 4 time windows, at most 90 days of notice, and a cost of zero or more.")

    def clamp(self, price: Decimal) -> Decimal:
        """The nearest price between floor and cap."""
        return min(max(price, self.floor), self.cap)


class ProposalKind(StrEnum):
    """What is proposed: prices by the clock, or by how many sockets are taken."""

    BY_CLOCK = "BY_CLOCK"
    BY_OCCUPANCY = "BY_OCCUPANCY"


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
class DayFigures:
    """A kind of day by hour. busy, refused: shares expected at today's prices; worth: of a socket kept free for that hour."""

    kind: DayKind
    arrivals: tuple[float, ...]
    busy: tuple[float, ...]
    refused: tuple[float, ...]
    old_prices: tuple[Decimal, ...]
    new_prices: tuple[Decimal, ...]
    worth: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """Money a mean day, before tax, of the site's mean charges with their energy paid; only its ratios are of use.

    flat: of the best single price within the same bounds, `flat_price`. over_flat: what is proposed over it, as a share;
    low and high: the least and most of it over the corners of what is believed with 80 % confidence. bound: the most any
    pricing could have over it. refused: shares of drivers.
    """

    now: float
    flat: float
    flat_price: Decimal
    proposed: float
    over_flat: float
    low: float
    high: float
    bound: float
    refused_now: float
    refused_then: float


@dataclass(frozen=True, slots=True)
class Ladder:
    """Prices by occupancy: rungs[day kind][hour][sockets taken] is the place in `prices` of what to show to who comes next."""

    prices: tuple[Decimal, ...]
    workday: tuple[tuple[int, ...], ...]
    weekend: tuple[tuple[int, ...], ...]

    def price(self, kind: DayKind, hour: int, occupied: int) -> Decimal:
        rungs = (self.workday if kind is DayKind.WORKDAY else self.weekend)[hour]
        return self.prices[rungs[min(max(occupied, 0), len(rungs) - 1)]]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to publish in place of the present tariff. source: OCPI JSON; moves: empty where nothing should change.

    reason: for people. ladder: with BY_OCCUPANCY alone; then source is the present tariff and its price follows the ladder.
    """

    kind: ProposalKind
    moves: tuple[PriceMove, ...]
    source: dict[str, Any]
    days: tuple[DayFigures, ...]
    effect: Effect
    reason: str
    ladder: Ladder | None = None

    @property
    def changes(self) -> bool:
        return bool(self.moves) or self.ladder is not None
