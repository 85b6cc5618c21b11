"""The forms for a coupon, a partner and its offers."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from forecourt.flows.offers import CouponTerms, OfferTerms
from forecourt.kernel import BadInput, Money, Span
from forecourt.offers import DiscountRule, OfferKind
from forecourt.web.frame.amounts import parse_whole
from forecourt.web.frame.idempotency import IdempotentForm
from forecourt.web.frame.lists import number_or_none, parts_or_none, selected_sites, whole_or_none
from forecourt.web.offers.plan_forms import PARKING


class CouponForm(IdempotentForm):
    title: str = ""
    kind: str = "amount"
    worth: str = ""
    days: str = "90"
    most: str = ""
    budget: str = ""
    least: str = ""
    stacks: str = ""
    each: str = "1"
    sites: list[UUID] | UUID | None = None

    def terms(self, now: datetime, currency: str) -> CouponTerms:
        max_claims = whole_or_none(self.most, "most")
        return CouponTerms(
            title=self.title,
            cut=_coupon_cut(self.kind, self.worth, currency),
            validity=Span(now, now + timedelta(days=_days(self.days))),
            least_spend=_money(self.least, "least", currency),
            most_claims=max_claims or None,
            budget=_money(self.budget, "budget", currency),
            stacks=bool(self.stacks),
            per_driver=parse_whole(self.each, "each"),
            sites=selected_sites(self.sites),
        )


class PartnerForm(Struct):
    handle: str = ""
    name: str = ""
    email: str = ""
    password: str = ""
    address: str = ""
    country: str = ""


class OfferForm(IdempotentForm):
    partner: UUID | None = None
    kind: str = "minutes"
    title: str = ""
    worth: str = ""
    share: str = "100"
    least_kwh: str = ""
    budget: str = ""
    days: str = "365"
    sites: list[UUID] | UUID | None = None

    def terms(self, now: datetime, currency: str) -> OfferTerms:
        earned = self.kind == "gift"
        if self.partner is None:
            raise BadInput("partner", "The partner is missing.", "Choose a partner.")
        return OfferTerms(
            partner_id=self.partner,
            title=self.title,
            kind=OfferKind.EARNED if earned else OfferKind.PURCHASE,
            partner_percent=number_or_none(self.share, "share") or Decimal(0),
            validity=Span(now, now + timedelta(days=_days(self.days))),
            sites=selected_sites(self.sites),
            cut=None if earned else DiscountRule(seconds=parts_or_none(self.worth, "worth", 60) or 0, dimensions=PARKING),
            least_wh=(parts_or_none(self.least_kwh, "least_kwh", 1000) or 0) if earned else 0,
            worth=Money.of(number_or_none(self.worth, "worth") or Decimal(0), currency) if earned else None,
            budget=_money(self.budget, "budget", currency),
        )


def _coupon_cut(kind: str, text: str, currency: str) -> DiscountRule:
    if kind == "kwh":
        return DiscountRule(energy_wh=parts_or_none(text, "worth", 1000) or 0)
    percent = number_or_none(text, "worth") or Decimal(0)
    if kind == "percent":
        return DiscountRule(percent=percent)
    return DiscountRule(amount=Money.of(percent, currency))


def _money(text: str, field: str, currency: str) -> Money | None:
    amount = number_or_none(text, field)
    return Money.of(amount, currency) if amount else None


def _days(text: str) -> int:
    days = parse_whole(text, "days")
    if not 1 <= days <= 3650:
        raise BadInput("days", f"{days} days is out of range.", "Enter 1 to 3650.")
    return days
