"""Coupons: a code gives drivers a discount, within limits of uses, drivers and money."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from forecourt.kernel import BadInput, Conflict, DriverId, Money, OperatorId, SiteId, Span, Text
from forecourt.offers.model import DiscountRule, Entitlement, EntitlementKind


@dataclass(frozen=True, slots=True)
class Coupon:
    """cut: amount, percentage or free energy, once per claim. stacks: may be combined with other coupons; of those that do not,
    the best one is used. sites: where it is valid; empty = everywhere.

    claims: how many were ever made; spent: the total discount on charges that used it.
    """

    id: UUID
    operator_id: OperatorId
    code: str
    title: str
    cut: DiscountRule
    validity: Span
    sites: tuple[SiteId, ...] = ()
    least_spend: Money | None = None
    most_claims: int | None = None
    per_driver: int = 1
    budget: Money | None = None
    stacks: bool = False
    paused: bool = False
    claims: int = 0
    used: int = 0
    spent: Money | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.title.strip()) <= 60:
            raise BadInput("coupon_title", "A coupon needs a name.", "1 to 60 characters.")
        if self.cut.per_kwh is not None or self.cut.seconds is not None:
            raise BadInput("coupon_cut", "A coupon gives an amount, a percentage or energy.")
        if self.per_driver < 1 or (self.most_claims is not None and self.most_claims < 1):
            raise BadInput("coupon_limit", "The limit on claims must be at least one.")
        if self.budget is not None and self.budget.minor <= 0:
            raise BadInput("coupon_budget", "The budget must be above zero.", "Leave it empty for none.")
        if self.budget is not None and self.spent is not None and self.spent > self.budget:
            raise Conflict("coupon_overdrawn", f"{self.title} has {self.budget}, not {self.spent}.")

    @property
    def left(self) -> Money | None:
        """What is left of the budget; None without one."""
        if self.budget is None:
            return None
        return self.budget if self.spent is None else self.budget - self.spent

    @property
    def is_used_up(self) -> bool:
        """Whether a claim no longer gives anything, unless a charge that used the coupon is credited."""
        return self.left is not None and self.left.minor <= 0


@dataclass(frozen=True, slots=True)
class Claim:
    """A driver's right to use a coupon on one charge. used_by: the document that used it."""

    id: UUID
    operator_id: OperatorId
    coupon_id: UUID
    driver_id: DriverId
    claimed_at: datetime
    used_by: UUID | None = None


def claim_coupon(coupon: Coupon, own_claims: int, at: datetime) -> Coupon:
    """The coupon after one more claim by a driver who already has `own` claims. Raises Conflict with the reason."""
    if coupon.paused or not coupon.validity.contains(at):
        early = at < coupon.validity.start and not coupon.paused
        raise Conflict("coupon_not_valid", Text("This coupon is not valid yet.") if early else Text("This coupon is no longer valid."))
    if own_claims >= coupon.per_driver:
        text = Text.counted("You have already added this coupon.", "You have already added this coupon {n} times.", n=own_claims)
        raise Conflict("coupon_had", text)
    if coupon.most_claims is not None and coupon.claims >= coupon.most_claims:
        raise Conflict("coupon_gone", Text("This coupon is used up: others were faster."))
    if coupon.is_used_up:
        raise Conflict("coupon_gone", Text("The budget for this coupon is used up."))
    return replace(coupon, claims=coupon.claims + 1)


def record_spending(coupon: Coupon, amount: Money, uses: int = 1) -> Coupon:
    """The coupon after a discount of amount, at most its budget; negative amounts and uses reverse one. Without a budget, `spent` is in the
    currency of the first use, and charges in other currencies only count as uses."""
    before = Money.zero(amount.currency) if coupon.spent is None else coupon.spent
    return replace(coupon, spent=before + amount if before.currency == amount.currency else before, used=coupon.used + uses)


def entitlement_from_claim(claim: Claim, coupon: Coupon) -> Entitlement:
    """What a claim gives, from the claim while the coupon is valid, and never beyond what is left of the budget."""
    span = Span(claim.claimed_at, coupon.validity.end)
    return Entitlement(
        str(claim.id),
        EntitlementKind.COUPON,
        coupon.title,
        (coupon.cut,),
        span,
        stacks=coupon.stacks,
        most=coupon.left,
        budget_key=str(coupon.id),
        least_spend=coupon.least_spend,
    )
