"""The operator's plans, coupons, partners and offers, with their figures."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from forecourt.flows.billing import ContainingFile, files_of_dues
from forecourt.flows.ports import Store
from forecourt.kernel import Money, OperatorId, SiteId, Span
from forecourt.offers import Coupon, DiscountRule, Offer, OfferKind, Partner, Plan, PlanVersion, discount_text, format_code
from forecourt.settlement import Question, Statement, StatementPayment
from forecourt.stations import Site
from forecourt.web.queries.money_totals import total_by_currency
from forecourt.web.queries.self_billing import VatView, vat_view
from forecourt.web.queries.site_lookup import open_sites
from forecourt.wording import EN


@dataclass(frozen=True, slots=True)
class PlanRow:
    plan: Plan
    version: PlanVersion
    benefit: str
    members: int
    code: str


@dataclass(frozen=True, slots=True)
class CouponRow:
    coupon: Coupon
    benefit: str
    code: str
    where: str


@dataclass(frozen=True, slots=True)
class OfferRow:
    """where: the names of its places; empty = all. over: its partner has left, so it no longer applies."""

    offer: Offer
    partner: str
    benefit: str
    where: str
    over: bool


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """open: accrued since the last statement, positive in the partner's favour, by currency."""

    partner: Partner
    uses: int
    open: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class StatementRow:
    """held: the transfer file that is to pay it. questions: the partner's about its lines, oldest first."""

    statement: Statement
    settled: StatementPayment | None
    held: ContainingFile | None
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class PartnerPage:
    """owed: of unsettled statements, positive in the partner's favour, by currency."""

    zone: str
    row: PartnerRow
    offers: tuple[OfferRow, ...]
    statements: tuple[StatementRow, ...]
    owed: tuple[Money, ...]
    vat: VatView


@dataclass(frozen=True, slots=True)
class OffersPage:
    zone: str
    currency: str
    sites: tuple[Site, ...]
    plans: tuple[PlanRow, ...]
    coupons: tuple[CouponRow, ...]
    partners: tuple[PartnerRow, ...]
    offers: tuple[OfferRow, ...]
    statements: tuple[StatementRow, ...]


def offers_page(store: Store, operator_id: OperatorId, at: datetime) -> OffersPage:
    operator = store.stations.operator(operator_id)
    partners, files = store.partners.partners(operator_id), files_of_dues(store, operator_id)
    by_id = {one.id: one for one in partners}
    return OffersPage(
        operator.zone,
        operator.currency,
        open_sites(store, operator_id),
        tuple(_plan(store, one) for one in store.memberships.plans(operator_id)),
        tuple(
            CouponRow(one, cut_words(one.cut, operator.currency), format_code(one.code), _where(store, one.sites))
            for one in store.coupons.coupons(operator_id)
        ),
        tuple(_partner(store, one, at) for one in partners),
        tuple(_offer(store, one, by_id[one.partner_id]) for one in store.partners.offers(operator_id)),
        tuple(StatementRow(one, store.partners.settled(one.id), files.get(one.id)) for one in store.partners.statements(operator_id)),
    )


def partner_page(store: Store, partner: Partner, at: datetime) -> PartnerPage:
    files = files_of_dues(store, partner.operator_id)
    statements = store.partners.statements(partner.operator_id, partner.id)
    questions = store.questions.of_partner(partner.id)
    questions_of = {one.id: tuple(question for question in questions if question.statement_id == one.id) for one in statements}
    rows = [StatementRow(one, store.partners.settled(one.id), files.get(one.id), questions_of[one.id]) for one in statements]
    offers = (one for one in store.partners.offers(partner.operator_id) if one.partner_id == partner.id)
    return PartnerPage(
        store.stations.operator(partner.operator_id).zone,
        _partner(store, partner, at),
        tuple(_offer(store, one, partner) for one in offers),
        tuple(rows),
        total_by_currency(one.statement.owed for one in rows if one.settled is None),
        vat_view(store, partner, at),
    )


def _plan(store: Store, plan: Plan) -> PlanRow:
    version = store.memberships.version(plan.version_id)
    benefit = ", ".join(cut_words(cut, version.fee.currency) for cut in version.benefits)
    return PlanRow(plan, version, benefit, store.memberships.members(plan.id), format_code(plan.join_code))


def _offer(store: Store, offer: Offer, partner: Partner) -> OfferRow:
    benefit = _benefit(offer, store.stations.operator(partner.operator_id).currency)
    return OfferRow(offer, partner.name, benefit, _where(store, offer.sites), partner.left_at is not None)


def _partner(store: Store, partner: Partner, at: datetime) -> PartnerRow:
    waiting = store.partners.awaiting_statement(partner.id, at + timedelta(seconds=1))
    lately = store.partners.redemptions(partner.id, Span(at - timedelta(days=30), at + timedelta(seconds=1)))
    uses = sum(one.kind in (OfferKind.PURCHASE, OfferKind.EARNED) for one in lately)
    return PartnerRow(partner, uses, total_by_currency(one.owed for one in waiting))


def _where(store: Store, sites: tuple[SiteId, ...]) -> str:
    return ", ".join(store.stations.site(one).name for one in sites)


def _benefit(offer: Offer, currency: str) -> str:
    if offer.worth:
        return f"a gift worth {EN.money(offer.worth)} from {offer.least_wh // 1000} kWh"
    return cut_words(offer.cut, currency) if offer.cut else ""


def cut_words(cut: DiscountRule, currency: str) -> str:
    """A discount in the console's words."""
    return EN.cut(discount_text(cut), currency)
