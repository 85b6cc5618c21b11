"""The operator's plans, coupons, partners and offers with their figures."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from forecourt.flows.ports import Store
from forecourt.kernel import Money, OperatorId, SiteId, Span
from forecourt.offers import Coupon, Offer, OfferKind, Partner, Plan, PlanVersion, cut_text, shown_code
from forecourt.settlement import Settled, Statement
from forecourt.stations import Site


@dataclass(frozen=True, slots=True)
class PlanRow:
    plan: Plan
    version: PlanVersion
    gives: str
    members: int
    code: str


@dataclass(frozen=True, slots=True)
class CouponRow:
    coupon: Coupon
    gives: str
    code: str
    where: str


@dataclass(frozen=True, slots=True)
class OfferRow:
    """where: the names of its places; empty = all."""

    offer: Offer
    partner: str
    gives: str
    where: str


@dataclass(frozen=True, slots=True)
class PartnerRow:
    """open: what has come together since the last statement, positive to the partner, by currency."""

    partner: Partner
    uses: int
    open: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class StatementRow:
    statement: Statement
    settled: Settled | None


@dataclass(frozen=True, slots=True)
class Offering:
    zone: str
    currency: str
    sites: tuple[Site, ...]
    plans: tuple[PlanRow, ...]
    coupons: tuple[CouponRow, ...]
    partners: tuple[PartnerRow, ...]
    offers: tuple[OfferRow, ...]
    statements: tuple[StatementRow, ...]


def offering_of(store: Store, operator_id: OperatorId, at: datetime) -> Offering:
    operator = store.stations.operator(operator_id)
    partners = store.partners.partners(operator_id)
    names = {one.id: one.name for one in partners}
    return Offering(
        operator.zone,
        operator.currency,
        tuple(store.stations.sites(operator_id)),
        tuple(_plan(store, one) for one in store.memberships.plans(operator_id)),
        tuple(
            CouponRow(one, cut_text(one.cut), shown_code(one.code), _where(store, one.sites)) for one in store.coupons.coupons(operator_id)
        ),
        tuple(_partner(store, one, at) for one in partners),
        tuple(
            OfferRow(one, names.get(one.partner_id, ""), _gives(one), _where(store, one.sites))
            for one in store.partners.offers(operator_id)
        ),
        tuple(StatementRow(one, store.partners.settled(one.id)) for one in store.partners.statements(operator_id)),
    )


def _plan(store: Store, plan: Plan) -> PlanRow:
    version = store.memberships.version(plan.version_id)
    gives = ", ".join(cut_text(cut) for cut in version.benefits)
    return PlanRow(plan, version, gives, store.memberships.members(plan.id), shown_code(plan.join_code))


def _partner(store: Store, partner: Partner, at: datetime) -> PartnerRow:
    sums: dict[str, Money] = {}
    waiting = store.partners.unstated(partner.id, at + timedelta(seconds=1))
    for one in waiting:
        sums[one.owed.currency] = sums.get(one.owed.currency, Money.zero(one.owed.currency)) + one.owed
    lately = store.partners.redemptions(partner.id, Span(at - timedelta(days=30), at + timedelta(seconds=1)))
    uses = sum(one.kind is not OfferKind.HOSTING for one in lately)
    return PartnerRow(partner, uses, tuple(sums.values()))


def _where(store: Store, sites: tuple[SiteId, ...]) -> str:
    return ", ".join(store.stations.site(one).name for one in sites)


def _gives(offer: Offer) -> str:
    return cut_text(offer.cut) if offer.cut else f"a gift worth {offer.worth} from {offer.least_wh // 1000} kWh"
