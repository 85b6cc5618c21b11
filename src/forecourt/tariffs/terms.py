"""What a tariff is made of (OCPI 2.2.1 and 2.3.0): components, restrictions, elements, limits."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction


class Dimension(StrEnum):
    """What a price is for (OCPI TariffDimensionType)."""

    ENERGY = "ENERGY"
    TIME = "TIME"
    PARKING_TIME = "PARKING_TIME"
    FLAT = "FLAT"


class Scope(StrEnum):
    """Which part of the visit a line belongs to: each is rated, stepped and limited on its own."""

    SESSION = "SESSION"
    RESERVATION = "RESERVATION"
    BOOKING = "BOOKING"


class TaxIncluded(StrEnum):
    """Whether the prices of a tariff contain tax (OCPI 2.3.0 tax_included; 2.2.1 is always NO)."""

    YES = "YES"
    NO = "NO"
    NOT_APPLICABLE = "N/A"


class ReservationKind(StrEnum):
    """Which fee of a reservation or booking an element prices (OCPI ReservationRestrictionType)."""

    RESERVATION = "RESERVATION"
    RESERVATION_EXPIRES = "RESERVATION_EXPIRES"
    BOOKING = "BOOKING"
    BOOKING_EXPIRES = "BOOKING_EXPIRES"
    BOOKING_CANCELLATION_FEES = "BOOKING_CANCELLATION_FEES"
    BOOKING_OVERTIME = "BOOKING_OVERTIME"


class HolidayRule(StrEnum):
    """What becomes of an element on the tariff's holidays. Without a rule they are days like others."""

    # The weekday counts as a Sunday's.
    AS_SUNDAY = "as_sunday"
    ONLY = "only"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Component:
    """One price. Per kWh, per hour or flat; step_size in Wh or s (0 and 1: no step for whole Wh and seconds)."""

    dimension: Dimension
    price: Decimal
    vat_percent: Decimal | None = None
    step_size: int = 1


@dataclass(frozen=True, slots=True)
class Restrictions:
    """When an element holds. None: no such restriction. Minima are inclusive, maxima exclusive.

    start_minute, end_minute: local minutes of the day, end 1440 for midnight; end <= start runs over midnight.
    start_date inclusive, end_date exclusive, local. Energy in Wh, power in W, current in mA, duration in s.
    days: 0 is Monday.
    """

    start_minute: int | None = None
    end_minute: int | None = None
    start_date: date | None = None
    end_date: date | None = None
    min_wh: Decimal | None = None
    max_wh: Decimal | None = None
    min_ma: Decimal | None = None
    max_ma: Decimal | None = None
    min_w: Decimal | None = None
    max_w: Decimal | None = None
    min_seconds: int | None = None
    max_seconds: int | None = None
    days: frozenset[int] | None = None
    holidays: HolidayRule | None = None
    reservation: ReservationKind | None = None


@dataclass(frozen=True, slots=True)
class Element:
    """Components that hold together under the same restrictions."""

    components: tuple[Component, ...]
    restrictions: Restrictions = Restrictions()


@dataclass(frozen=True, slots=True)
class Holidays:
    """The days a tariff takes for holidays. region: whose public holidays `public` are ("DE-BE"); own: the operator's own closing days."""

    region: str = ""
    public: tuple[date, ...] = ()
    own: tuple[date, ...] = ()

    @property
    def dates(self) -> frozenset[date]:
        return frozenset((*self.public, *self.own))


@dataclass(frozen=True, slots=True)
class PriceLimit:
    """A least or greatest total of a session; the two sides bind independently."""

    before_taxes: Decimal | None = None
    after_taxes: Decimal | None = None


def gross_over_net(vat_percent: Decimal | None) -> tuple[int, int]:
    """As whole numbers: 19 % is 119 / 100."""
    return (1 + Fraction(vat_percent or 0) / 100).as_integer_ratio()
