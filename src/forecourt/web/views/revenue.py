"""What the revenue pages show. Shares are 0 to 1; money is before tax; hours are local to the site."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from forecourt.flows.ports import ListPage
from forecourt.kernel import Money
from forecourt.revenue import PriceRules


@dataclass(frozen=True, slots=True)
class HeatView:
    """A week by hour: values[weekday][hour], Monday first; words tells a value for people."""

    title: str
    values: tuple[tuple[float, ...], ...]
    words: tuple[tuple[str, ...], ...]

    @property
    def top(self) -> float:
        return max(max(row) for row in self.values)


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """A site, a price list or a kind of line, and what it brought; share: of the largest of its table."""

    name: str
    net: Money
    share: float
    charges: int = 0
    energy_wh: int = 0
    href: str = ""


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What a change of price did; verdict in a sentence, tone good, warn or info."""

    day: date
    tariff: str
    before: str
    after: str
    arrivals: str
    energy: str
    verdict: str
    tone: str


@dataclass(frozen=True, slots=True)
class PriceShape:
    """A kind of day: prices by hour now and then (empty where nothing changes), sockets taken, and a socket-hour's worth."""

    name: str
    currency: str
    now: tuple[Decimal, ...]
    then: tuple[Decimal, ...]
    busy: tuple[float, ...]
    arrivals: float
    worth: Money
    worth_hour: int


@dataclass(frozen=True, slots=True)
class ProposalView:
    id: str
    made_at: datetime
    kind: str
    state: str
    reason: str
    moves: tuple[str, ...]
    shapes: tuple[PriceShape, ...]
    figures: tuple[tuple[str, str], ...]
    decided: str
    is_open: bool
    ladder: str = ""


@dataclass(frozen=True, slots=True)
class HourRow:
    """One local hour for the export."""

    day: date
    hour: int
    charges: float
    energy_wh: int
    busy_minutes: float


@dataclass(frozen=True, slots=True)
class RevenuePage:
    """The overview of one site and the sums of all."""

    site: str
    name: str
    zone: str
    days: int
    sites: tuple[MoneyRow, ...]
    kinds: tuple[MoneyRow, ...]
    lists: tuple[MoneyRow, ...]
    net: Money
    charges: int
    energy_wh: int
    busy: float
    money_heat: HeatView | None
    busy_heat: HeatView | None
    changes: tuple[ChangeRow, ...]
    hours: tuple[HourRow, ...]


@dataclass(frozen=True, slots=True)
class PricingPage:
    site: str
    name: str
    zone: str
    currency: str
    rules: PriceRules | None
    waiting: str
    proposals: ListPage[ProposalView]
