"""Frozen values of offers: what is discounted, who bears it, and what that gave on one charge."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from forecourt.kernel import BadInput, Money, Span
from forecourt.tariffs import Dimension


class FunderKind(StrEnum):
    """Who pays for a discount."""

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
    """partner_percent of a discount is borne by a partner, the rest by the operator. Without a partner: all by the operator."""

    handle: str = ""
    name: str = ""
    partner_percent: Decimal = Decimal(0)

    def __post_init__(self) -> None:
        if not 0 <= self.partner_percent <= 100:
            raise BadInput("funding", f"A partner cannot pay {self.partner_percent} %.", "Give 0 to 100.")
        if self.partner_percent and not self.handle:
            raise BadInput("funding_partner", "No partner is named for the partner's share.", "Name the partner.")


class EntitlementKind(StrEnum):
    """Where an entitlement comes from, in order of application: memberships, partners' vouchers, coupons."""

    MEMBERSHIP = "MEMBERSHIP"
    PARTNER = "PARTNER"
    COUPON = "COUPON"


@dataclass(frozen=True, slots=True)
class DiscountRule:
    """A discount rule: exactly one of a percentage, an amount (with tax, once), an amount off each kWh (with tax),
    free energy (Wh), or free time (seconds of charging or parking).

    dimensions: the lines to which a percentage or free time applies. least_wh: only charges with at least that much energy.
    """

    percent: Decimal | None = None
    amount: Money | None = None
    per_kwh: Decimal | None = None
    energy_wh: int | None = None
    seconds: int | None = None
    dimensions: frozenset[Dimension] = field(default_factory=lambda: frozenset(Dimension))
    least_wh: int = 0

    def __post_init__(self) -> None:
        stated = [each for each in (self.percent, self.amount, self.per_kwh, self.energy_wh, self.seconds) if each is not None]
        if len(stated) != 1:
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
        """Whether it is a quantity that is used up."""
        return self.energy_wh is not None or self.seconds is not None


@dataclass(frozen=True, slots=True)
class Entitlement:
    """One benefit a driver may apply to a charge: its cuts, in order, each on what is left by those before.

    source: the id of the membership, claim or voucher. validity: see `is_valid_for`. stacks: may be combined with others of its
    kind. most: what is left of a budget, shared by entitlements with the same pot. least_spend: only charges that cost at
    least that much (with tax, before any discount).
    """

    source: str
    kind: EntitlementKind
    title: str
    cuts: tuple[DiscountRule, ...]
    validity: Span
    funding: Funding = Funding()
    stacks: bool = False
    most: Money | None = None
    budget_key: str = ""
    least_spend: Money | None = None

    def is_valid_for(self, charge: Span) -> bool:
        """A membership must be valid when the charge begins; a coupon or voucher at any time during the charge, as it may be
        obtained while the car charges."""
        return self.validity.contains(charge.start) if self.kind is EntitlementKind.MEMBERSHIP else self.validity.overlaps(charge)

    def is_in(self, currency: str) -> bool:
        """Whether all its amounts are in that currency; without any amount, it applies to every currency."""
        parts = (*(cut.amount for cut in self.cuts), self.most, self.least_spend)
        return all(one is None or one.currency == currency for one in parts)


@dataclass(frozen=True, slots=True)
class Discount:
    """A line of its own: one funder's discount on one VAT category. gross: with tax, negative. The rating is unchanged.

    An operator's discount lowers the price, and with it the tax. A partner's is a payment towards the full price.
    """

    source: str
    kind: EntitlementKind
    title: str
    funder: Funder
    vat_percent: Decimal | None
    gross: Money
    because: str

    def __post_init__(self) -> None:
        if self.gross.minor >= 0:
            raise BadInput("discount_sign", f"{self.title}: a discount cannot add {self.gross}.")


@dataclass(frozen=True, slots=True)
class AppliedEntitlement:
    """How much of an entitlement a charge used up. amount: with tax; energy_wh and seconds: of its allowances."""

    source: str
    kind: EntitlementKind
    amount: Money
    energy_wh: int = 0
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class AppliedDiscounts:
    """All discounts on one charge, and how much of each entitlement they used up."""

    currency: str
    discounts: tuple[Discount, ...] = ()
    taken: tuple[AppliedEntitlement, ...] = ()

    def borne_by(self, kind: FunderKind) -> Money:
        """The part borne by funders of this kind, with tax, as a positive amount."""
        return sum((-each.gross for each in self.discounts if each.funder.kind is kind), Money.zero(self.currency))

    @property
    def off(self) -> Money:
        """What the driver saves, with tax, as a positive amount."""
        return sum((-each.gross for each in self.discounts), Money.zero(self.currency))


@dataclass(frozen=True, slots=True)
class EntitlementUse:
    """What a document used up of an entitlement, dated to the start of its charge. returned_at: when a credit note gave it
    back. operator_minor: how much of the amount the operator bore."""

    id: UUID
    source: str
    kind: EntitlementKind
    document_id: UUID
    at: datetime
    amount: Money
    energy_wh: int = 0
    seconds: int = 0
    operator_minor: int = 0
    returned_at: datetime | None = None
