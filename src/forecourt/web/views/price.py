"""What the console's pages of prices show."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from forecourt.kernel import Money
from forecourt.tariffs import Change
from forecourt.web.views.price_parts import TariffPart
from forecourt.web.views.quote import PriceLine


@dataclass(frozen=True, slots=True)
class WeekStep:
    """From one local minute of a day to another a kilowatt-hour costs this much, tax included; None: there is no price."""

    start_minute: int
    end_minute: int
    per_kwh: Decimal | None


@dataclass(frozen=True, slots=True)
class WeekDay:
    day: date
    steps: tuple[WeekStep, ...]


@dataclass(frozen=True, slots=True)
class PriceWeek:
    """Seven days. now: the day's place in the week and its local minute; None where the week is another one."""

    currency: str
    days: tuple[WeekDay, ...]
    now: tuple[int, int] | None = None

    @property
    def prices(self) -> tuple[Decimal, ...]:
        """The different prices, from the lowest to the highest."""
        return tuple(sorted({step.per_kwh for day in self.days for step in day.steps if step.per_kwh is not None}))


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry of the price book in words. state: current, scheduled or past; text: its tariff's prices at present."""

    id: str
    name: str
    who: str
    where: str
    tariff: str
    version_id: str
    text: str
    state: str
    valid_from: datetime
    valid_to: datetime | None
    zone: str
    priority: int = 0


@dataclass(frozen=True, slots=True)
class VersionRow:
    """state: current, scheduled, past or withdrawn. changes: against the version ahead of it."""

    id: str
    number: int
    state: str
    valid_from: datetime
    valid_to: datetime | None
    zone: str
    hash: str
    text: str
    by: str
    at: datetime | None
    changes: tuple[Change, ...] = ()
    first: bool = False


@dataclass(frozen=True, slots=True)
class TariffRow:
    """A tariff in the list. next_from: when a scheduled version begins."""

    id: str
    version_id: str
    text: str
    versions: int
    used: int
    next_from: datetime | None
    zone: str


@dataclass(frozen=True, slots=True)
class PriceList:
    site: str
    name: str
    zone: str
    currency: str
    entries: tuple[EntryRow, ...]
    tariffs: tuple[TariffRow, ...]
    gaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListedPrice:
    """when: it holds, in words. with_tax: to four decimals; net: as the tariff has it, exactly, empty where that is the same. now: the
    one that holds now."""

    when: str
    with_tax: str
    net: str
    now: bool


@dataclass(frozen=True, slots=True)
class PriceGroup:
    """What is paid for one thing. unit: what one price is for, such as "per kWh"."""

    title: str
    unit: str
    rows: tuple[ListedPrice, ...]


@dataclass(frozen=True, slots=True)
class TariffPage:
    id: str
    site: str
    site_name: str
    zone: str
    currency: str
    latest_id: str
    prices: tuple[PriceGroup, ...]
    week: PriceWeek
    versions: tuple[VersionRow, ...]
    entries: tuple[EntryRow, ...]
    holidays: str = ""


@dataclass(frozen=True, slots=True)
class LawLine:
    """tone: good, bad or info. markets: for whom it was asked."""

    tone: str
    rule: str
    text: str
    remedy: str
    citation: str
    markets: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A sample charge under a tariff that nobody has published yet. error: what keeps it from being one, field: where."""

    error: str = ""
    remedy: str = ""
    field: str = ""
    lines: tuple[PriceLine, ...] = ()
    gross: Money | None = None
    vat: Money | None = None
    parts: tuple[TariffPart, ...] = ()
    law: tuple[LawLine, ...] = ()
    week: PriceWeek | None = None
    changes: tuple[Change, ...] = ()
    lawful: bool = True
    replaces: bool = False
