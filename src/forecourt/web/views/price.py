"""Views of the console's pages of prices."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from forecourt.kernel import Money
from forecourt.tariffs import TariffChange
from forecourt.web.views.price_parts import TariffPart
from forecourt.web.views.quote import PriceLine


@dataclass(frozen=True, slots=True)
class WeekStep:
    """The price per kilowatt-hour, tax included, between two local minutes of a day; None: there is no price."""

    start_minute: int
    end_minute: int
    per_kwh: Decimal | None


@dataclass(frozen=True, slots=True)
class WeekDay:
    day: date
    steps: tuple[WeekStep, ...]


@dataclass(frozen=True, slots=True)
class PriceWeek:
    """Seven days. now: the weekday's index and its local minute; None for other weeks."""

    currency: str
    days: tuple[WeekDay, ...]
    now: tuple[int, int] | None = None

    @property
    def prices(self) -> tuple[Decimal, ...]:
        """The different prices, from the lowest to the highest."""
        return tuple(sorted({step.per_kwh for day in self.days for step in day.steps if step.per_kwh is not None}))


@dataclass(frozen=True, slots=True)
class AcknowledgedLaw:
    """A person's decision that a price stays as it is although it is found to break a rule. by: their email."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class PriceBreachRow:
    """A rule that a price in force breaks at a site. text: the rule, what to change, and the source."""

    title: str
    text: str
    acknowledged: AcknowledgedLaw | None = None


@dataclass(frozen=True, slots=True)
class PriceEntryRow:
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
    """state: current, scheduled, past or withdrawn. changes: compared with the previous version."""

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
    changes: tuple[TariffChange, ...] = ()
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
    """gaps: sockets without a price, in words. breaches: each rule that a price in force breaks. unjudged:
    rules that could not be judged for the prices in force, and what to state."""

    site: str
    name: str
    zone: str
    currency: str
    entries: tuple[PriceEntryRow, ...]
    tariffs: tuple[TariffRow, ...]
    gaps: tuple[str, ...]
    breaches: tuple[PriceBreachRow, ...] = ()
    unjudged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnlawfulPrice:
    """A price in force that breaks a rule. id: of the entry of the first site. why: the rule, what to change, and the source. found_at: at
    the first of the sites. sites: their names and short names."""

    id: str
    text: str
    why: str
    found_at: datetime
    zone: str
    sites: tuple[tuple[str, str], ...]
    acknowledged: AcknowledgedLaw | None = None


@dataclass(frozen=True, slots=True)
class ListedPrice:
    """when: its conditions in words. with_tax: to four decimals; net: exactly as in the tariff, empty if equal. now: it applies now."""

    when: str
    with_tax: str
    net: str
    now: bool


@dataclass(frozen=True, slots=True)
class PriceGroup:
    """The prices of one item. unit: what a price is for, such as "per kWh"."""

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
    entries: tuple[PriceEntryRow, ...]
    holidays: str = ""


@dataclass(frozen=True, slots=True)
class LegalCheck:
    """tone: good, bad or info. markets: which it was checked for."""

    tone: str
    rule: str
    text: str
    remedy: str
    citation: str
    markets: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A sample charge under an unpublished tariff. error: why it is invalid, field: where."""

    error: str = ""
    remedy: str = ""
    field: str = ""
    lines: tuple[PriceLine, ...] = ()
    gross: Money | None = None
    vat: Money | None = None
    parts: tuple[TariffPart, ...] = ()
    law: tuple[LegalCheck, ...] = ()
    week: PriceWeek | None = None
    changes: tuple[TariffChange, ...] = ()
    lawful: bool = True
    replaces: bool = False
