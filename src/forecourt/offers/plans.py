"""Membership plans and drivers' memberships, with months counted from the day of joining in the operator's zone."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from forecourt.kernel import BadInput, Conflict, DriverId, Money, OperatorId, SiteId, Span, utc
from forecourt.offers.model import DiscountRule, Entitlement, EntitlementKind, EntitlementUse
from forecourt.offers.past_use import limit_allowances

MAX_BENEFITS = 6
MAX_SHARE_PERCENT = 300  # of the normal share: others must not starve beside members


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """What a plan gives and costs. Never changed once made: a member keeps what was bought until a renewal says otherwise.

    fee: per month, with VAT. sites: where it is valid; empty = at all of the operator's. benefits: applied in order; allowances
    (free energy, free time) are for a whole month, an amount off each kWh is in the fee's currency. share_percent: the weight of
    a member's demand when power is short; 100 = like everyone's.
    """

    id: UUID
    operator_id: OperatorId
    plan_id: UUID
    number: int
    title: str
    fee: Money
    vat_percent: Decimal | None
    benefits: tuple[DiscountRule, ...]
    sites: tuple[SiteId, ...]
    made_at: datetime
    share_percent: int = 100

    def __post_init__(self) -> None:
        if not 1 <= len(self.title.strip()) <= 60:
            raise BadInput("plan_title", "A plan needs a name.", "1 to 60 characters.")
        if self.fee.minor < 0:
            raise BadInput("plan_fee", f"{self.fee} is not a fee.", "Enter zero or more.")
        if not 100 <= self.share_percent <= MAX_SHARE_PERCENT:
            raise BadInput("plan_share", f"{self.share_percent} % is not a share.", f"Enter 100 (same as everyone) to {MAX_SHARE_PERCENT}.")
        if not (self.share_percent > 100 or self.benefits) or len(self.benefits) > MAX_BENEFITS:
            raise BadInput("plan_benefits", "A plan needs a benefit.", f"Enter 1 to {MAX_BENEFITS} benefits.")
        if any(cut.amount is not None for cut in self.benefits):
            raise BadInput("plan_amount", "A plan gives percentages, prices and quantities, not one-off amounts.")
        if self.vat_percent is not None and not 0 <= self.vat_percent <= 100:
            raise BadInput("plan_vat", f"{self.vat_percent} % is not a VAT rate.")

    def benefits_in(self, currency: str) -> tuple[DiscountRule, ...]:
        """What it gives a charge in a currency: amounts only apply in their own."""
        return tuple(cut for cut in self.benefits if cut.per_kwh is None or currency == self.fee.currency)


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan with its current version. group: for a fleet or group, whose members join with join_code; both empty = for everyone."""

    id: UUID
    operator_id: OperatorId
    version_id: UUID
    title: str
    open: bool = True
    group: str = ""
    join_code: str = ""


class MembershipEnd(StrEnum):
    """Why a membership ends."""

    CANCELLED = "CANCELLED"
    UNPAID = "UNPAID"
    CLOSED = "CLOSED"  # its sites closed for good


@dataclass(frozen=True, slots=True)
class MembershipMonth:
    """The nth month of a membership, from 0."""

    number: int
    span: Span


@dataclass(frozen=True, slots=True)
class MembershipTerm:
    """The version of a plan that applies from a given month."""

    month: int
    plan_id: UUID
    version_id: UUID


@dataclass(frozen=True, slots=True)
class Membership:
    """A driver's membership. The month of an instant, and the terms that apply in it, follow from joined_at and terms alone.
    billed: months invoiced so far. ends_at: None = open-ended. document_id: of the newest month's invoice.
    """

    id: UUID
    operator_id: OperatorId
    driver_id: DriverId
    terms: tuple[MembershipTerm, ...]
    zone: str
    joined_at: datetime
    billed: int = 0
    ends_at: datetime | None = None
    end: MembershipEnd | None = None
    document_id: UUID | None = None
    over: bool = False

    def period(self, number: int) -> MembershipMonth:
        """A month begins at midnight in the zone, on the day of joining or, in shorter months, the last day; the first begins at once."""
        start = self.joined_at if number == 0 else self._begin(number)
        return MembershipMonth(number, Span(start, self._begin(number + 1)))

    def period_at(self, at: datetime) -> MembershipMonth:
        """The month that contains an instant; the first for an instant before joining."""
        zone = ZoneInfo(self.zone)
        joined, now = utc(self.joined_at).astimezone(zone), utc(at).astimezone(zone)
        number = max(0, (now.year - joined.year) * 12 + now.month - joined.month)
        return next(
            period
            for count in (number, number - 1, 0)
            if count >= 0 and (period := self.period(count)).span.start <= max(at, self.joined_at)
        )

    def term(self, month: int) -> MembershipTerm:
        return next(term for term in reversed(self.terms) if term.month <= month)

    @property
    def plan_id(self) -> UUID:
        """The plan of the newest terms."""
        return self.terms[-1].plan_id

    def is_valid_at(self, at: datetime) -> bool:
        return self.joined_at <= at and (self.ends_at is None or at < self.ends_at)

    @property
    def due_at(self) -> datetime:
        """When action is due: to invoice the next month, or close the membership."""
        due = self.period(self.billed).span.start
        return due if self.ends_at is None else min(due, self.ends_at)

    @property
    def renews_at(self) -> datetime | None:
        """When the next month is to be invoiced; None if the membership ends before."""
        due = self.period(self.billed).span.start
        return None if self.over or (self.ends_at is not None and self.ends_at <= due) else due

    def _begin(self, number: int) -> datetime:
        zone = ZoneInfo(self.zone)
        joined = utc(self.joined_at).astimezone(zone).date()
        return utc(datetime.combine(months_later(joined, number), time(0), zone))


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or the last day if that month is shorter: 31 January + 1 is 28 or 29 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def cancel_membership(membership: Membership, at: datetime) -> Membership:
    """It stays valid until the paid month ends, and is not renewed. Cancelling twice changes nothing."""
    if membership.over:
        raise Conflict("membership_over", "This membership has ended.")
    if membership.ends_at is not None:
        return membership
    month = membership.period_at(at)
    terms_left = tuple(term for term in membership.terms if term.month <= month.number)
    return replace(membership, terms=terms_left, ends_at=month.span.end, end=MembershipEnd.CANCELLED)


def close_membership(membership: Membership, ends_at: datetime) -> Membership:
    """Its sites close for good within a month: the rest of that month is free, and it ends."""
    month = membership.period(membership.billed)
    if ends_at <= month.span.start:
        return replace(membership, over=True, ends_at=month.span.start, end=MembershipEnd.CLOSED)
    return replace(membership, billed=month.number + 1, document_id=None, ends_at=ends_at, end=MembershipEnd.CLOSED)


def change_membership(membership: Membership, version: PlanVersion, at: datetime) -> Membership:
    """Switch to another plan (or version) from the next month."""
    if membership.over or membership.ends_at is not None:
        raise Conflict("membership_ends", "This membership ends; it cannot be changed any more.", "Join the other plan when it has ended.")
    month = membership.period_at(at).number
    terms_left = tuple(term for term in membership.terms if term.month <= month)
    wanted = MembershipTerm(month + 1, version.plan_id, version.id)
    return replace(membership, terms=terms_left if terms_left[-1].version_id == version.id else (*terms_left, wanted))


def entitlement_from_membership(
    membership: Membership, version: PlanVersion, uses: Iterable[EntitlementUse], at: datetime, currency: str
) -> Entitlement:
    """What a membership gives a charge in a currency that began at an instant: its benefits, with allowances less the month's uses."""
    month = membership.period_at(at).span
    uses_counted = [use for use in uses if use.returned_at is None and month.contains(use.at)]
    left_wh = sum(cut.energy_wh or 0 for cut in version.benefits) - sum(use.energy_wh for use in uses_counted)
    left_s = sum(cut.seconds or 0 for cut in version.benefits) - sum(use.seconds for use in uses_counted)
    return Entitlement(
        str(membership.id),
        EntitlementKind.MEMBERSHIP,
        version.title,
        limit_allowances(version.benefits_in(currency), left_wh, left_s),
        month,
    )
