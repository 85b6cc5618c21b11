"""Both stores answer alike: plans, memberships, coupons, partners, their vouchers and statements."""

from dataclasses import replace
from decimal import Decimal

from forecourt.billing import document_number
from forecourt.flows.ports import document_files
from forecourt.kernel import DocumentId, DriverId, Money, OperatorId
from forecourt.offers import (
    Claim,
    Coupon,
    DiscountRule,
    EntitlementUse,
    Membership,
    MembershipTerm,
    Offer,
    OfferKind,
    Partner,
    Plan,
    PlanVersion,
    Redemption,
    Voucher,
)
from forecourt.settlement import Question, Statement, StatementLine, StatementPayment
from twins import Twins, World, seeds, walked


def offering(twins: Twins, seed: int) -> World:
    world = World(twins, seed)
    world.pools |= {"partner_id": world.ids(2), "document_id": [None, *world.ids(3)], DiscountRule: [DiscountRule(percent=Decimal(10))]}
    world.pools |= {"title": ["a", "B", "Ä", "b"], "name": ["a", "B", "Ä"], "zone": ["UTC"], "code": [f"C{n}" for n in range(9)]}
    return world


@seeds
def test_both_stores_agree_on_memberships(twins: Twins, seed: int) -> None:
    world = offering(twins, seed)
    world.pools |= {"plan_id": world.ids(3), "join_code": ["", "", "j1", "j2"], "share_percent": [100]}
    plans = world.put(lambda store: store.memberships.put_plan, Plan, 10, "operator_id id")
    versions = world.put(
        lambda store: store.memberships.put_version,
        PlanVersion,
        10,
        fee=Money(100, "EUR"),
        operator_id=world.operators[0].id,
        number=lambda: world.random.randrange(12),
    )

    def terms():
        return tuple(MembershipTerm(0, world.pick("plan_id"), version.id) for version in versions[:1])

    memberships = world.put(lambda store: store.memberships.put, Membership, 16, "operator_id id driver_id", terms=terms)
    sources, documents = [str(one) for one in world.ids(2)], world.ids(2)
    world.put(
        lambda store: store.entitlements.put,
        EntitlementUse,
        15,
        "id",
        source=lambda: world.random.choice(sources),
        document_id=lambda: world.random.choice(documents),
    )

    def queries():
        operator_id, driver_id, at, limit = world.pick(OperatorId), world.pick(DriverId), world.at(), world.random.randrange(1, 9)
        plan, version, membership = (world.random.choice(some) for some in (plans, versions, memberships))
        plan_id, drivers, source, document_id = (
            world.pick("plan_id"),
            world.some(DriverId),
            world.random.choice(sources),
            world.random.choice(documents),
        )
        return (
            lambda store: store.memberships.plan(plan.id),
            lambda store: store.memberships.plans(operator_id),
            lambda store: store.memberships.version(version.id),
            lambda store: store.memberships.version(plan.id),
            lambda store: store.memberships.versions(plan_id),
            lambda store: store.memberships.membership(membership.id),
            lambda store: store.memberships.lock(membership.id),
            lambda store: store.memberships.of_driver(driver_id),
            lambda store: store.memberships.of_drivers(drivers),
            lambda store: store.memberships.active(operator_id),
            lambda store: store.memberships.due(operator_id, at, limit),
            lambda store: store.memberships.members(plan_id),
            lambda store: store.entitlements.lock_driver(driver_id),
            lambda store: store.entitlements.lock_drivers(drivers),
            lambda store: store.entitlements.maybe_entitled(drivers),
            lambda store: store.entitlements.uses_of(source),
            lambda store: store.entitlements.uses_of(source, at),
            lambda store: store.entitlements.uses_on(document_id),
        )

    world.ask(queries)


@seeds
def test_both_stores_agree_on_coupons_and_vouchers(twins: Twins, seed: int) -> None:
    world = offering(twins, seed)
    world.pools |= {"offer_id": world.ids(2), "used_by": [None, world.id()]}
    coupons = world.put(lambda store: store.coupons.put, Coupon, 12, "operator_id id", budget=None, least_spend=None)
    claims = world.put(lambda store: store.coupons.put_claim, Claim, 15, "operator_id id driver_id")
    vouchers = world.put(lambda store: store.partners.put_voucher, Voucher, 25, "operator_id id code")

    def queries():
        operator_id, driver_id, at, span = world.pick(OperatorId), world.pick(DriverId), world.at(), world.span()
        coupon, claim, voucher = (world.random.choice(some) for some in (coupons, claims, vouchers))
        code, partner_id, limit, drivers = world.pick("code"), world.pick("partner_id"), world.random.randrange(1, 9), world.some(DriverId)
        document_id = world.pick("document_id") or world.id()
        return (
            lambda store: store.coupons.coupon(coupon.id),
            lambda store: store.coupons.lock(coupon.id),
            lambda store: store.coupons.by_code(operator_id, code),
            lambda store: store.coupons.by_code(operator_id, code.lower()),
            lambda store: store.coupons.coupons(operator_id),
            lambda store: store.coupons.claim(claim.id),
            lambda store: store.coupons.claims_of(driver_id),
            lambda store: store.coupons.open_claims(operator_id),
            lambda store: store.partners.voucher(voucher.id),
            lambda store: store.partners.lock_voucher(voucher.id),
            lambda store: store.partners.by_code(operator_id, code),
            lambda store: store.partners.vouchers_of(driver_id, limit),
            lambda store: store.partners.open_vouchers_of(driver_id),
            lambda store: walked(lambda request: store.partners.voucher_page(driver_id, request)),
            lambda store: store.partners.vouchers_at(partner_id, span),
            lambda store: store.partners.earned_by(document_id),
            lambda store: store.partners.expired(operator_id, at, limit),
            lambda store: store.entitlements.maybe_entitled(drivers),
        )

    world.ask(queries)


@seeds
def test_both_stores_agree_on_partners_and_their_statements(twins: Twins, seed: int) -> None:
    world = offering(twins, seed)
    world.pools |= {"handle": ["a", "b", "b-1"], "statement_id": [None, world.id()]}
    partners = world.put(lambda store: store.partners.put_partner, Partner, 10, "operator_id id handle", pay_within_days=14, vat=None)
    offers = world.put(lambda store: store.partners.put_offer, Offer, 12, "operator_id id", budget=None, committed=None, voucher_days=9)
    redemptions = world.put(lambda store: store.partners.put_redemption, Redemption, 25)
    statements = [statement(world, sequence) for sequence in range(1, 9)]
    for one in statements:
        twins.do(lambda store, one=one: store.partners.put_statement(one))
    paid = StatementPayment(statements[0].id, world.at(), "reference")
    twins.do(lambda store: store.partners.settle(paid), lambda store: store.partners.put_pdf(statements[0].id, b"pdf", "0" * 64))
    document = DocumentId(world.id())
    twins.do(lambda store: store.partners.put_self_billed_files(statements[0].id, document, document_files(b"pdf", b"<xml/>")))
    world.pools["statement_id"] = [one.id for one in statements[:3]]
    questions = world.put(lambda store: store.questions.put, Question, 15, "operator_id id")

    def queries():
        operator_id, partner_id, at, span = world.pick(OperatorId), world.pick("partner_id"), world.at(), world.span()
        partner, offer, redemption, made, asked = (
            world.random.choice(some) for some in (partners, offers, redemptions, statements, questions)
        )
        limit = world.random.randrange(1, 9)
        return (
            lambda store: store.partners.partner(partner.id),
            lambda store: store.partners.partners(operator_id),
            lambda store: store.partners.offer(offer.id),
            lambda store: store.partners.lock_offer(offer.id),
            lambda store: store.partners.offers(operator_id),
            lambda store: store.partners.redemption(redemption.id),
            lambda store: store.partners.redemptions(partner_id, span),
            lambda store: store.partners.open_items(partner_id),
            lambda store: store.partners.awaiting_statement(partner_id, at),
            lambda store: store.partners.statement(made.id),
            lambda store: store.partners.statements(operator_id),
            lambda store: store.partners.statements(operator_id, partner_id),
            lambda store: store.partners.settled(made.id),
            lambda store: store.partners.pdf(made.id),
            lambda store: store.partners.without_pdf(limit),
            lambda store: store.partners.self_billed_files(made.id, document),
            lambda store: store.questions.question(asked.id),
            lambda store: store.questions.lock(asked.id),
            lambda store: store.questions.of_statement(made.id),
            lambda store: store.questions.of_partner(partner_id),
            lambda store: store.questions.waiting(operator_id),
        )

    world.ask(queries)
    first, other, open_item = statements[0].id, world.id(), next(one for one in redemptions if one.statement_id is None)
    stated = replace(open_item, statement_id=first)
    for one in (stated, replace(stated, text="another"), open_item):  # stated once, and then fixed
        twins.do(lambda store, one=one: store.partners.put_redemption(one))
    twins.ask([lambda store: [store.partners.settle(paid), store.partners.unsettle(first), store.partners.unsettle(first)]])
    twins.do(lambda store: store.partners.put_pdf(first, b"another", "1" * 64))
    twins.do(lambda store: store.partners.put_pdf(other, b"of nothing", "1" * 64))
    twins.do(lambda store: store.partners.put_self_billed_files(first, document, document_files(b"another")))
    twins.do(lambda store: store.partners.put_self_billed_files(other, document, document_files(b"of nothing")))
    twins.do(lambda store: store.partners.put_statement(statements[0]))
    world.ask(queries)


def statement(world: World, sequence: int) -> Statement:
    owed = Money(100, "EUR")
    line = StatementLine(world.at(), OfferKind.PURCHASE, "a", "b", "c", owed)
    given = {
        "year": 2026,
        "sequence": sequence,
        "number": document_number("STM", 2026, sequence),
        "lines": (line,),
        "owed": owed,
        "self_billed": (),
    }
    return world.make(Statement, **given)
