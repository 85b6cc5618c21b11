"""The frozen values of pricing: what was used, what it is priced by, what it costs."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple, Protocol

from forecourt.kernel import (
    BadInput,
    Money,
    OperatorId,
    SiteId,
    TariffVersionId,
    divide_half_up,
    instant_text,
    minor_digits,
    net_of_gross,
    utc,
)
from forecourt.tariffs.matching import Plan, compile_elements
from forecourt.tariffs.terms import Dimension, Element, Holidays, PriceLimit, Scope, TaxIncluded, gross_over_net


class PhaseState(StrEnum):
    """Who holds the socket, and why no power flows when none does."""

    CHARGING = "CHARGING"
    # The vehicle asks for no power: this is parking time.
    IDLE = "IDLE"
    # The station gives no power (smart charging, fault): neither charging time nor parking time is owed.
    WITHHELD = "WITHHELD"
    # A reservation before the vehicle is plugged in.
    RESERVED = "RESERVED"


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of one state. Energy (whole Wh) is spread evenly in time inside it.

    power_w and current_ma: as metered, if known; otherwise power is energy over time.
    """

    state: PhaseState
    start: datetime
    end: datetime
    energy_wh: int
    power_w: int | None = None
    current_ma: int | None = None

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            utc(self.start)
            utc(self.end)
        if self.end < self.start:
            raise BadInput("phase_backwards", f"A phase ends at {instant_text(self.end)}, before it starts at {instant_text(self.start)}.")
        if self.energy_wh < 0:
            raise BadInput("phase_energy", f"A phase at {instant_text(self.start)} has {self.energy_wh} Wh; energy is never negative.")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a driver used: phases in order of time, the IANA zone of the place, and whether a reservation went unused."""

    phases: tuple[Phase, ...]
    zone: str
    reservation_expired: bool = False
    # The RESERVED phases belong to a booking (OCPI bookings edition), or the booking was called off,
    # or it ended at that instant while the vehicle went on charging.
    booked: bool = False
    booking_cancelled: bool = False
    booking_ended: datetime | None = None

    def __post_init__(self) -> None:
        for before, after in pairwise(self.phases):
            if after.start < before.end:
                raise BadInput(
                    "phases_overlap",
                    f"A phase starts at {instant_text(after.start)}, before the one ahead of it ends at {instant_text(before.end)}.",
                    "Give phases in order of time, without overlap.",
                )

    @property
    def energy_wh(self) -> int:
        return sum(phase.energy_wh for phase in self.phases)


@dataclass(frozen=True, slots=True)
class Tariff:
    """A price list in OCPI's model, read once and immutable. Per dimension the first element that matches is the price.

    holidays: what the elements' rules for holidays go by. They are part of the tariff, so that no later calendar changes a bill.
    preauthorise: the card hold to ask for, in major units of the currency; None leaves it to the caller.
    """

    id: str
    currency: str
    elements: tuple[Element, ...]
    tax_included: TaxIncluded = TaxIncluded.NO
    min_price: PriceLimit | None = None
    max_price: PriceLimit | None = None
    preauthorise: Decimal | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    kind: str | None = None
    alt_text: tuple[tuple[str, str], ...] = ()
    holidays: Holidays | None = None
    # Restrictions sorted and turned into whole numbers once, not at every rating.
    plan: Plan = field(init=False, compare=False, repr=False)
    # How many minor units the currency's unit has: 100 cents.
    minor_units: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "minor_units", 10 ** minor_digits(self.currency))
        object.__setattr__(self, "plan", self._compiled())

    def _compiled(self) -> Plan:
        taxed = self.tax_included is not TaxIncluded.NOT_APPLICABLE
        return compile_elements(self.elements, taxed, self.holidays.dates if self.holidays else frozenset())


@dataclass(frozen=True, slots=True)
class TariffKey:
    """A tariff through time: its OCPI id at a site (None: one for all sites of the operator). Its versions never overlap."""

    site_id: SiteId | None
    id: str


@dataclass(frozen=True, slots=True)
class VersionCut:
    """A version was ended by its successor; ended_at: when it would have ended, None: never."""

    version_id: TariffVersionId
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class TariffVersion:
    """One immutable published state of a tariff. The optimiser and the editor write new ones; nothing edits one.

    source: canonical JSON of the OCPI tariff; content_hash: SHA-256 of it, hexadecimal.
    site_id: None holds for all sites of the operator. withdrawn: before it began; it never applies.
    published_by: an account id, or "system". cuts: the earlier version that its start ended.
    """

    id: TariffVersionId
    operator_id: OperatorId
    site_id: SiteId | None
    valid_from: datetime
    valid_to: datetime | None
    content_hash: str
    tariff: Tariff
    source: str
    withdrawn: bool = False
    published_by: str = "system"
    published_at: datetime | None = None
    cuts: VersionCut | None = None

    @property
    def key(self) -> TariffKey:
        return TariffKey(self.site_id, self.tariff.id)

    def is_valid_at(self, at: datetime) -> bool:
        return not self.withdrawn and self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


class Line(NamedTuple):
    """One priced line.

    quantity: in `unit` (kWh, h, or empty for a flat fee); amount: exact before tax, or with tax where the tariff
    says its prices include it (12 decimals where the exact value never ends); because: why this price, for a person.
    """

    dimension: Dimension
    scope: Scope
    quantity: Decimal
    unit: str
    unit_price: Decimal
    amount: Decimal
    vat_percent: Decimal | None
    because: str


@dataclass(frozen=True, slots=True)
class TaxLine:
    """One VAT category of a document. Cannot be built unless net + tax = gross."""

    vat_percent: Decimal | None
    net: Money
    tax: Money
    gross: Money

    def __post_init__(self) -> None:
        if self.net.minor + self.tax.minor != self.gross.minor:
            raise BadInput("tax_line", f"{self.net} net and {self.tax} tax are not {self.gross}.")

    @classmethod
    def from_gross(cls, vat_percent: Decimal | None, gross: Money) -> "TaxLine":
        """Split an amount that includes tax, as `net_of_gross` does."""
        net = Money(net_of_gross(gross.minor, *gross_over_net(vat_percent)), gross.currency)
        return cls(vat_percent, net, gross - net, gross)

    @classmethod
    def from_net(cls, vat_percent: Decimal | None, net: Money) -> "TaxLine":
        """Add tax to a net amount: net x rate, rounded once."""
        up, down = gross_over_net(vat_percent)
        tax = Money(divide_half_up(net.minor * (up - down), down), net.currency)
        return cls(vat_percent, net, tax, net + tax)

    @property
    def tax_deviation_minor(self) -> int:
        """By how many minor units the tax differs from the rounded net x rate (EN 16931, BR-CO-17)."""
        return abs(self.tax.minor - TaxLine.from_net(self.vat_percent, self.net).tax.minor)


@dataclass(frozen=True, slots=True)
class Note:
    """Something a reader of the bill should know; code is stable, text is for a person."""

    code: str
    text: str


# A VAT category's rate, and its net and gross in minor units.
TaxMinor = tuple[Decimal | None, int, int]


class RatingDetail(Protocol):
    """Lines and exact totals of a rating, computed on demand."""

    def lines(self) -> tuple[Line, ...]: ...

    def exact(self) -> tuple[Decimal, Decimal]:
        """Net and gross before any rounding."""
        ...


class Rating(NamedTuple):
    """A priced usage. Lines are exact; money is rounded once per VAT category; net + tax = gross.

    tax_included: line amounts contain their tax. minors: the rounded VAT categories. Lines are made when they are read.
    """

    currency: str
    minors: tuple[TaxMinor, ...]
    notes: tuple[Note, ...]
    tax_included: bool
    detail: RatingDetail

    @property
    def lines(self) -> tuple[Line, ...]:
        return self.detail.lines()

    @property
    def taxes(self) -> tuple[TaxLine, ...]:
        of = self.currency
        return tuple(TaxLine(vat, Money(net, of), Money(gross - net, of), Money(gross, of)) for vat, net, gross in self.minors)

    @property
    def net(self) -> Money:
        minor = 0
        for _, net, _ in self.minors:
            minor += net
        return Money(minor, self.currency)

    @property
    def tax(self) -> Money:
        return self.gross - self.net

    @property
    def gross(self) -> Money:
        minor = 0
        for _, _, gross in self.minors:
            minor += gross
        return Money(minor, self.currency)

    @property
    def exact_net(self) -> Decimal:
        """The total before any rounding (12 decimals where it never ends)."""
        return self.detail.exact()[0]

    @property
    def exact_gross(self) -> Decimal:
        return self.detail.exact()[1]

    def _all(self) -> tuple[object, ...]:
        return self.currency, self.minors, self.notes, self.tax_included, self.lines, self.detail.exact()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rating) and self._all() == other._all()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((self.currency, self.minors))

    def __repr__(self) -> str:
        exact = f"exact_net={self.exact_net!r}, exact_gross={self.exact_gross!r}"
        return f"Rating({self.currency}, {self.lines!r}, {self.taxes!r}, {self.notes!r}, {exact}, tax_included={self.tax_included})"
