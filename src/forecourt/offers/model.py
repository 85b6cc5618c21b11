"""The frozen values of offers."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from forecourt.kernel import BadInput, Money, Span
from forecourt.tariffs import Dimension


class FunderKind(StrEnum):
    """Who gives the money a driver saves."""

    OPERATOR = "OPERATOR"
    PARTNER = "PARTNER"


@dataclass(frozen=True, slots=True)
class Funder:
    """The party that bears a discount. A partner's share is posted as owed by the partner; the operator's own lowers its revenue."""

    kind: FunderKind
    name: str


class Kind(StrEnum):
    """Where an entitlement comes from; it decides the order: a membership's price first, coupons on what is left."""

    MEMBERSHIP = "MEMBERSHIP"
    PARTNER = "PARTNER"
    COUPON = "COUPON"


@dataclass(frozen=True, slots=True)
class Cut:
    """What is taken off: exactly one of a percentage, an amount (with tax, once), kWh, or minutes (of parking or charging).

    dimensions: the lines a percentage looks at. least_wh: only sessions with at least that much energy.
    """

    percent: Decimal | None = None
    amount: Money | None = None
    energy_wh: int | None = None
    minutes: int | None = None
    dimensions: frozenset[Dimension] = field(default_factory=lambda: frozenset(Dimension))
    least_wh: int = 0

    def __post_init__(self) -> None:
        given = [each for each in (self.percent, self.amount, self.energy_wh, self.minutes) if each is not None]
        if len(given) != 1:
            raise BadInput("cut", "A discount is one of percent, amount, energy and minutes.", "Give exactly one.")
        if self.percent is not None and not 0 < self.percent <= 100:
            raise BadInput("cut_percent", f"{self.percent} % is no discount.", "Choose more than 0 and at most 100.")
        if self.amount is not None and self.amount.minor <= 0:
            raise BadInput("cut_amount", f"{self.amount} is no discount.", "Choose an amount above zero.")
        if min(self.energy_wh or 1, self.minutes or 1) <= 0:
            raise BadInput("cut_quantity", "A free quantity must be above zero.")


@dataclass(frozen=True, slots=True)
class Entitlement:
    """One thing a driver may have taken off a charge.

    validity: instants at which the session must have started. stacks: may be used beside others of its kind.
    """

    code: str
    kind: Kind
    title: str
    cut: Cut
    funder: Funder
    validity: Span
    stacks: bool = False

    def holds(self, started_at: datetime) -> bool:
        return self.validity.holds(started_at)


@dataclass(frozen=True, slots=True)
class Discount:
    """A priced line of its own: what an entitlement takes off one VAT category. All amounts are negative or zero; net + tax = gross.

    The lines of the rating stay as they are.
    """

    code: str
    title: str
    funder: Funder
    vat_percent: Decimal | None
    net: Money
    tax: Money
    gross: Money
    because: str

    def __post_init__(self) -> None:
        if self.net + self.tax != self.gross:
            raise BadInput("discount_total", f"{self.net} net and {self.tax} tax are not {self.gross}.")
        if self.gross.minor > 0 or self.net.minor > 0:
            raise BadInput("discount_sign", f"{self.code}: a discount cannot add {self.gross}.")
