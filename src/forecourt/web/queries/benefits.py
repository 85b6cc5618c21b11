"""A driver's benefits, for their page: the membership, plans to choose from, coupons and vouchers."""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from forecourt.flows.offers import unpaid_amount
from forecourt.flows.ports import ListPage, PageRequest, Store
from forecourt.flows.power import estimate_plan_saving
from forecourt.kernel import DriverId, Money, Text
from forecourt.offers import DiscountRule, OfferKind, Open, PlanVersion, Voucher, discount_text, format_code
from forecourt.web.queries.qr_codes import qr_svg
from forecourt.wording import LocalisedValue

VOUCHERS = 20  # each has a picture
_PAGE = PageRequest(limit=VOUCHERS)


@dataclass(frozen=True, slots=True)
class PlanView:
    """saved: on the driver's charges of the last 30 days, before the fee; None if there were none."""

    id: str
    title: str
    fee: Money
    benefits: tuple[str, ...]
    group: str
    mine: bool
    charges: int
    saved: Money | None


@dataclass(frozen=True, slots=True)
class MembershipView:
    title: str
    fee: Money
    zone: str
    renews_at: datetime | None
    ends_at: datetime | None
    next_title: str
    benefits: tuple[str, ...]
    allowances: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnpaidView:
    """A month of a membership that could not be charged. over: the membership has ended because of it."""

    title: str
    lacks: Money
    ends_at: datetime
    zone: str
    over: bool


@dataclass(frozen=True, slots=True)
class VoucherView:
    """qr: the code as SVG."""

    title: str
    partner: str
    code: str
    qr: Markup
    valid_until: datetime
    state: str
    for_partner: bool


@dataclass(frozen=True, slots=True)
class BenefitsView:
    """coupons: in words, and whether their budget is used up."""

    membership: MembershipView | None
    plans: tuple[PlanView, ...]
    coupons: tuple[tuple[str, bool], ...]
    vouchers: ListPage[VoucherView]
    zone: str
    unpaid: UnpaidView | None = None


def benefits_of(store: Store, driver_id: DriverId, at: datetime, page_request: PageRequest = _PAGE) -> BenefitsView:
    operator_id = store.drivers.driver(driver_id).operator_id
    operator = store.stations.operator(operator_id)
    membership = next((one for one in store.memberships.of_driver(driver_id) if one.is_valid_at(at) and not one.over), None)
    plans = []
    for plan in store.memberships.plans(operator_id):
        if plan.open:
            version = store.memberships.version(plan.version_id)
            saving = estimate_plan_saving(store, driver_id, version, at)
            is_current = membership is not None and membership.term(membership.period_at(at).number).plan_id == plan.id
            saved = saving.saved if saving.charges else None
            plans.append(
                PlanView(str(plan.id), plan.title, version.fee, benefits_text(version), plan.group, is_current, saving.charges, saved)
            )
    claims = [store.coupons.coupon(one.coupon_id) for one in store.coupons.claims_of(driver_id) if one.used_by is None]
    coupons = tuple(
        (Text("{title}: {cut}", title=one.title, cut=LocalisedValue("cut", discount_text(one.cut), operator.currency)), one.is_used_up)
        for one in claims
        if one is not None and at < one.validity.end
    )
    found = store.partners.voucher_page(driver_id, page_request)
    vouchers = found.of(_voucher(store, one, at) for one in found.rows)
    return BenefitsView(_membership(store, driver_id, at), tuple(plans), coupons, vouchers, operator.zone, _unpaid(store, driver_id, at))


def _membership(store: Store, driver_id: DriverId, at: datetime) -> MembershipView | None:
    membership = next((one for one in store.memberships.of_driver(driver_id) if one.is_valid_at(at) and not one.over), None)
    if membership is None:
        return None
    month = membership.period_at(at)
    version = store.memberships.version(membership.term(month.number).version_id)
    following = store.memberships.version(membership.term(month.number + 1).version_id)
    uses = [one for one in store.entitlements.uses_of(str(membership.id), month.span.start) if one.returned_at is None]
    energy_wh, seconds = sum(one.energy_wh for one in uses), sum(one.seconds for one in uses)
    allowances = []
    if whole := sum(cut.energy_wh or 0 for cut in version.benefits):
        allowances.append(Text("{used} of {whole} used", used=LocalisedValue("kwh", energy_wh), whole=LocalisedValue("kwh", whole)))
    if whole := sum(cut.seconds or 0 for cut in version.benefits):
        allowances.append(
            Text("{used} of {whole} used", used=LocalisedValue("duration_of", seconds), whole=LocalisedValue("duration_of", whole))
        )
    next_title = following.title if following.id != version.id else ""
    renews_at = None if membership.ends_at else month.span.end
    gives = benefits_text(version)
    return MembershipView(version.title, version.fee, membership.zone, renews_at, membership.ends_at, next_title, gives, tuple(allowances))


def _unpaid(store: Store, driver_id: DriverId, at: datetime) -> UnpaidView | None:
    for one in store.memberships.of_driver(driver_id):
        if (unpaid := unpaid_amount(store, one)) is not None:
            month, has_ended = one.period(one.billed - 1), one.over or not one.is_valid_at(at)
            title = store.memberships.version(one.term(month.number).version_id).title
            return UnpaidView(title, unpaid, one.ends_at or month.span.end, one.zone, has_ended)
    return None


def benefits_text(version: PlanVersion) -> tuple[str, ...]:
    extras = (Text("energy needs count {share} % when power is short", share=version.share_percent),) if version.share_percent > 100 else ()
    return (*(_benefit(cut, version.fee.currency) for cut in version.benefits), *extras)


def _benefit(discount: DiscountRule, currency: str) -> Text:
    shown = LocalisedValue("cut", discount_text(discount), currency)
    return Text("{cut} a month", cut=shown) if discount.is_allowance else Text("{cut}", cut=shown)


def _voucher(store: Store, one: Voucher, at: datetime) -> VoucherView:
    offer, partner = store.partners.offer(one.offer_id), store.partners.partner(one.partner_id)
    usable = isinstance(one.state, Open) and at < one.valid_until
    ready = "spent" if offer and offer.is_used_up else "ready"
    state = ready if usable else ("expired" if isinstance(one.state, Open) else one.state_name.lower())
    code = format_code(one.code)
    titles = (offer.title if offer else "", partner.name if partner else "")
    return VoucherView(*titles, code, qr_svg(code), one.valid_until, state, one.kind is OfferKind.EARNED)
