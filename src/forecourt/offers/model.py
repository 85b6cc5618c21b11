"""The frozen values of offers: what is taken off, who bears it, and what came of it on one charge."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from forecourt.kernel import BadInput, Money, Span
from forecourt.tariffs import Dimension


class FunderKind(StrEnum):
    """Who gives the money a driver saves."""

    OPERATOR = "OPERATOR"
    PARTNER = "PARTNER"


@dataclass(frozen=True, slots=True)
class Funder:
    """The party that bears a discount. handle: a partner's stable name in the ledger; empty for the operator."""

    kind: FunderKind
    name: str
    handle: str = ""


@dataclass(frozen=True, slots=True)
class Funding:
    """partner_percent of a discount is borne by a partner, the rest by the operator. No partner: all by the operator."""

    handle: str = ""
    name: str = ""
    partner_percent: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        if not 0 <= self.partner_percent <= 100:
            raise BadInput("funding", f"A partner cannot pay {self.partner_percent} %.", "Give 0 to 100.")
        if self.partner_percent and not self.handle:
            raise BadInput("funding_partner", "No partner is named for the partner's share.", "Name the partner.")


class Kind(StrEnum):
    """Where an entitlement comes from; it decides the order: memberships first, then partners' vouchers, then coupons."""

    MEMBERSHIP = "MEMBERSHIP"
    PARTNER = "PARTNER"
    COUPON = "COUPON"


@dataclass(frozen=True, slots=True)
class Cut:
    """What is taken off: exactly one of a percentage, an amount (with tax, once), an amount off each kWh (with tax),
    free energy (Wh), or free time (seconds of charging or parking).

    dimensions: the lines a percentage or free time looks at. least_wh: only charges with at least that much energy.
    """

    percent: Decimal | None = None
    amount: Money | None = None
    per_kwh: Decimal | None = None
    energy_wh: int | None = None
    seconds: int | None = None
    dimensions: frozenset[Dimension] = field(default_factory=lambda: frozenset(Dimension))
    least_wh: int = 0

    def __post_init__(self) -> None:
        given = [each for each in (self.percent, self.amount, self.per_kwh, self.energy_wh, self.seconds) if each is not None]
        if len(given) != 1:
            raise BadInput("cut", "A discount is one of percentage, amount, amount per kWh, energy or time.", "Give exactly one.")
        if self.percent is not None and not 0 < self.percent <= 100:
            raise BadInput("cut_percent", f"{self.percent} % is not a discount.", "Choose more than 0 and at most 100.")
        if self.amount is not None and self.amount.minor <= 0:
            raise BadInput("cut_amount", f"{self.amount} is not a discount.", "Choose an amount above zero.")
        if self.per_kwh is not None and not 0 < self.per_kwh <= 100:
            raise BadInput("cut_per_kwh", f"{self.per_kwh} off each kWh is not a discount.", "Choose more than 0 and at most 100.")
        if min(1 if self.energy_wh is None else self.energy_wh, 1 if self.seconds is None else self.seconds) <= 0:
            raise BadInput("cut_quantity", "A free quantity must be above zero.")

    @property
    def is_allowance(self) -> bool:
        """A quantity that is used up."""
        return self.energy_wh is not None or self.seconds is not None


@dataclass(frozen=True, slots=True)
class Entitlement:
    """One thing a driver may have taken off a charge: its cuts, in order, each on what the ones before have left.

    source: the id of the membership, claim or voucher. validity: see `holds`. stacks: may be used beside others of its
    kind. most: what is left of a budget, which entitlements with one pot share. least_spend: only charges that cost at
    least that much (with tax, before any discount).
    """

    source: str
    kind: Kind
    title: str
    cuts: tuple[Cut, ...]
    validity: Span
    funding: Funding = Funding()
    stacks: bool = False
    most: Money | None = None
    pot: str = ""
    least_spend: Money | None = None

    def holds(self, charge: Span) -> bool:
        """A membership must hold when the charge begins; a coupon or voucher at any time of the charge: it may be had
        while the car charges."""
        return self.validity.holds(charge.start) if self.kind is Kind.MEMBERSHIP else self.validity.overlaps(charge)

    def is_in(self, currency: str) -> bool:
        """All money in it is of that currency; one without any is in each."""
        parts = (*(cut.amount for cut in self.cuts), self.most, self.least_spend)
        return all(one is None or one.currency == currency for one in parts)


@dataclass(frozen=True, slots=True)
class Discount:
    """A line of its own: what one funder gives off one VAT category. gross: with tax, negative. The rating stays as it is.

    An operator's discount lowers the price, and with it the tax. A partner's is a payment towards the full price.
    """

    source: str
    kind: Kind
    title: str
    funder: Funder
    vat_percent: Decimal | None
    gross: Money
    because: str

    def __post_init__(self) -> None:
        if self.gross.minor >= 0:
            raise BadInput("discount_sign", f"{self.title}: a discount cannot add {self.gross}.")


@dataclass(frozen=True, slots=True)
class Taken:
    """How much of an entitlement a charge used up. amount: with tax; energy_wh and seconds: of its allowances."""

    source: str
    kind: Kind
    amount: Money
    energy_wh: int = 0
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Applied:
    """All that was taken off one charge, and how much of each entitlement that used up."""

    currency: str
    discounts: tuple[Discount, ...] = ()
    taken: tuple[Taken, ...] = ()

    def borne_by(self, kind: FunderKind) -> Money:
        """With tax, as a positive amount."""
        return sum((-each.gross for each in self.discounts if each.funder.kind is kind), Money.zero(self.currency))

    @property
    def off(self) -> Money:
        """What the driver saves, with tax, as a positive amount."""
        return sum((-each.gross for each in self.discounts), Money.zero(self.currency))


@dataclass(frozen=True, slots=True)
class Use:
    """A kept record of what a document used up of an entitlement, at the start of its charge. returned_at: given back by a
    credit note. operator_minor: how much of the amount the operator bore."""

    id: UUID
    source: str
    kind: Kind
    document_id: UUID
    at: datetime
    amount: Money
    energy_wh: int = 0
    seconds: int = 0
    operator_minor: int = 0
    returned_at: datetime | None = None
