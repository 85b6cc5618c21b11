"""Memberships, coupons and partners' vouchers from their creation to the ledger, on both stores."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from forecourt.billing import LineKind
from forecourt.flows.billing import (
    CreditRequest,
    credit_invoice,
    issue_credit_note,
    issue_partner_statements,
    issue_statement_now,
    settle_statement,
)
from forecourt.flows.offers import (
    PlanTerms,
    accept_gift,
    cancel_plan,
    change_plan,
    expire_vouchers,
    join_plan,
    pause_coupon,
    pause_offer,
    preview_gift,
    publish_plan,
    queue_renewals,
    renew_membership,
    revise_plan,
)
from forecourt.flows.paying import collect_payment, record_transfer
from forecourt.flows.prices import entitlements_of, entitlements_on_document
from forecourt.flows.prices.entitlement_use import earned_offers
from forecourt.kernel import BadInput, Conflict, NotFound, SiteId, Span
from forecourt.offers import DiscountRule, Ended, EntitlementKind, Open, Used
from forecourt.payments import Rejected
from forecourt.store import MemoryTransactions
from money_world import ACCOUNT_DRIVER, CARD_DRIVER, NOON, OPERATOR, POOR_DRIVER, SITE, C, record, tariff
from offer_world import CAFE, ENERGY, OfferWorld, eur
from stores import both_stores

TEN_OFF = DiscountRule(percent=Decimal(10), dimensions=ENERGY)


@pytest.fixture
def world(any_transactions) -> OfferWorld:
    return OfferWorld(any_transactions)


def vouchers(world, driver=CARD_DRIVER):
    with world.transactions.begin() as store:
        return store.partners.vouchers_of(driver)


def renewed(world, at):
    with world.transactions.begin() as store:
        queue_renewals(store, OPERATOR, at, world.world.ids)
        due = store.memberships.due(OPERATOR, at)
        return [renew_membership(store, one.id, at, world.world.ids) for one in due]


def test_joining_a_plan_invoices_its_first_month_and_queues_the_collection(world):
    world.join(world.plan(TEN_OFF))
    with world.transactions.begin() as store:
        (invoice,) = store.documents.of_driver(CARD_DRIVER)
        assert [item.work.document_id for item in store.outbox.claim("task", NOON, 9, 60)] == [invoice.id]
    (line,) = invoice.content.lines
    assert (line.what, line.title, invoice.gross, invoice.tax) == (LineKind.MEMBERSHIP, "Plus", eur(990), eur(158))
    assert invoice.content.period.start == NOON and invoice.content.site_id is None


@both_stores
def test_each_membership_renewal_is_invoiced_exactly_once(world):
    world.join(world.plan(TEN_OFF), at=datetime(2026, 5, 31, 10, tzinfo=UTC))
    june, july = datetime(2026, 6, 30, 1, tzinfo=UTC), datetime(2026, 7, 31, 1, tzinfo=UTC)
    assert renewed(world, june - timedelta(days=1)) == []
    (first,) = renewed(world, june)
    (nothing, *_) = renewed(world, june) or [None]
    (second,) = renewed(world, july)
    assert nothing is None and first.content.period.start == datetime(2026, 6, 30, tzinfo=UTC)
    assert second.content.period.start == first.content.period.end and second.sequence == 3


def test_a_membership_discount_is_an_invoice_line_that_names_who_bears_it(world):
    world.join(world.plan(TEN_OFF))
    invoice = world.charge(10_000)
    line = invoice.content.lines[-1]
    assert (line.what, line.title, line.because) == (LineKind.DISCOUNT, "Plus", "10 % off, borne by the operator")
    assert invoice.net == eur(410) and world.balance_is_zero()


@both_stores
def test_a_kwh_allowance_is_monthly_and_a_credit_note_restores_what_was_used(world):
    world.join(world.plan(DiscountRule(energy_wh=15_000)))
    first, second = world.charge(10_000), world.charge(10_000, begin=NOON + timedelta(hours=2))
    assert (first.net, second.net) == (eur(50), eur(250))
    with world.transactions.begin() as store:
        credit_invoice(store, first.id, "the meter was wrong", NOON + timedelta(hours=5), world.world.ids)
    assert world.charge(10_000, begin=NOON + timedelta(hours=6)).net == eur(50)
    assert world.charge(10_000, begin=NOON + timedelta(days=40)).net == eur(50)


def test_a_cancelled_membership_stays_valid_to_the_end_of_the_paid_month_and_is_not_renewed(world):
    world.join(world.plan(TEN_OFF))
    with world.transactions.begin() as store:
        ends_at = cancel_plan(store, CARD_DRIVER, NOON + timedelta(days=2)).ends_at
    assert world.charge(begin=ends_at - timedelta(hours=3)).net == eur(410)
    assert [renewed(world, at) for at in (ends_at, ends_at + timedelta(days=40))] == [[None], []]
    assert world.charge(begin=ends_at).net == eur(450)
    world.join(world.plan(TEN_OFF), at=ends_at + timedelta(days=1))


def test_a_change_of_plan_takes_effect_from_the_next_month_even_before_its_invoice(world):
    plan, better = world.plan(TEN_OFF), world.plan(DiscountRule(percent=Decimal(50), dimensions=ENERGY), fee=1990)
    world.join(plan)
    with world.transactions.begin() as store:
        change_plan(store, CARD_DRIVER, better.id, "", NOON + timedelta(days=1))
    after = datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert world.charge(begin=NOON + timedelta(days=2)).net == eur(410)
    assert world.charge(begin=after).net == eur(250)
    assert renewed(world, after)[0].gross == eur(1990)


@both_stores
def test_a_new_plan_version_applies_only_to_members_who_join_later(world):
    plan = world.plan(TEN_OFF)
    world.join(plan)
    with world.transactions.begin() as store:
        revise_plan(store, world.staff(), plan.id, PlanTerms("Plus", eur(1490), Decimal(19), (DiscountRule(percent=Decimal(20)),)))
    assert renewed(world, NOON + timedelta(days=31))[0].gross == eur(990)
    with pytest.raises(Conflict), world.transactions.begin() as store:
        store.memberships.put_version(store.memberships.versions(plan.id)[0])


def test_a_group_plan_needs_its_join_code_and_a_second_membership_is_refused(world):
    fleet = world.plan(TEN_OFF, group="Musterfirma")
    with pytest.raises(Conflict, match="Musterfirma"):
        world.join(fleet)
    world.join(fleet, code=fleet.join_code.lower())
    with pytest.raises(Conflict, match="already"):
        world.join(world.plan(TEN_OFF))


def test_joining_a_plan_needs_a_stored_card_except_with_a_monthly_account(world):
    for driver in (ACCOUNT_DRIVER, CARD_DRIVER):
        with world.transactions.begin() as store:
            store.drivers.put_driver(replace(store.drivers.driver(driver), payment_method=""))
    plan = world.plan(TEN_OFF)
    world.join(plan, ACCOUNT_DRIVER)
    with pytest.raises(Conflict, match="no stored card"):
        world.join(plan)


def test_a_membership_with_an_unpaid_month_is_not_renewed(world):
    world.join(world.plan(TEN_OFF), POOR_DRIVER)
    with world.transactions.begin() as store:
        (invoice,) = store.documents.of_driver(POOR_DRIVER)
        collect_payment(store, invoice.id, NOON, world.world.ids)
    world.world.deliver(NOON, lambda item, at: Rejected("card_declined"))
    assert renewed(world, NOON + timedelta(days=31)) == [None]
    with world.transactions.begin() as store:
        assert store.memberships.of_driver(POOR_DRIVER)[0].over


@pytest.mark.parametrize("left", ["cancelled", "unpaid"])
def test_a_driver_with_an_unpaid_membership_invoice_can_join_again_only_after_paying_it(world, left):
    plan, later = world.plan(TEN_OFF), NOON + timedelta(days=31)
    world.join(plan, POOR_DRIVER)
    with world.transactions.begin() as store:
        (invoice,) = store.documents.of_driver(POOR_DRIVER)
        collect_payment(store, invoice.id, NOON, world.world.ids)
    world.world.deliver(NOON, lambda item, at: Rejected("card_declined"))
    if left == "cancelled":
        with world.transactions.begin() as store:
            cancel_plan(store, POOR_DRIVER, NOON)
    renewed(world, later)
    with pytest.raises(Conflict, match="unpaid"), world.transactions.begin() as store:
        join_plan(store, POOR_DRIVER, plan.id, "", later, world.world.ids)
    with world.transactions.begin() as store:
        record_transfer(store, world.staff(later), invoice.id, "transfer 1")
        assert join_plan(store, POOR_DRIVER, plan.id, "", later, world.world.ids).is_valid_at(later)


def test_a_driver_can_claim_a_coupon_once_and_it_discounts_one_charge(world):
    coupon = world.coupon(DiscountRule(amount=eur(300)))
    assert world.take(coupon.code) == "Welcome"
    with pytest.raises(Conflict, match="already"):
        world.take(coupon.code)
    assert [world.charge().gross, world.charge().gross] == [eur(536 - 300), eur(536)]


def test_a_coupon_ends_when_its_claims_or_budget_are_used_up_or_it_is_paused(world):
    coupon = world.coupon(DiscountRule(amount=eur(300)), most_claims=2, budget=eur(400))
    world.take(coupon.code), world.take(coupon.code, ACCOUNT_DRIVER)
    with pytest.raises(Conflict, match="faster"):
        world.take(coupon.code, POOR_DRIVER)
    assert [world.charge().gross, world.charge(driver=ACCOUNT_DRIVER).gross] == [eur(236), eur(436)]
    with world.transactions.begin() as store:
        kept = store.coupons.coupon(coupon.id)
        assert (kept.spent, kept.used) == (eur(400), 2)
        pause_coupon(store, world.staff(), coupon.id, True)
    with pytest.raises(Conflict, match="no longer"):
        world.take(coupon.code, POOR_DRIVER)


def test_a_credit_note_for_a_charge_restores_its_coupon(world):
    coupon = world.coupon(DiscountRule(amount=eur(300)), budget=eur(300))
    world.take(coupon.code)
    invoice = world.charge()
    with world.transactions.begin() as store:
        credit_invoice(store, invoice.id, "twice billed", NOON + timedelta(hours=3), world.world.ids)
    assert world.charge(begin=NOON + timedelta(hours=4)).gross == eur(236)


def test_plans_coupons_and_partner_offers_of_one_site_do_not_apply_at_another(memory_transactions):
    """A plan, a coupon and two partner offers, all limited to the harbour site."""
    world, harbour, charge = OfferWorld(memory_transactions), SiteId(UUID(int=20)), Span(NOON, NOON + timedelta(hours=1))
    world.cafe()
    with world.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(SITE), id=harbour, slug="harbour"))
        plan = publish_plan(store, world.staff(), PlanTerms("Plus", eur(0), None, (TEN_OFF,), (harbour,)))
    world.join(plan)
    world.take(world.coupon(DiscountRule(amount=eur(300)), sites=(harbour,)).code)
    world.take(world.voucher(world.parking_offer()))
    world.coffee_offer()
    with world.transactions.begin() as store:
        for offer in store.partners.offers(OPERATOR):
            store.partners.put_offer(replace(offer, sites=(harbour,)))
        given = {site: entitlements_of(store, CARD_DRIVER, site, "EUR", charge) for site in (SITE, harbour)}
        earned = {site: len(earned_offers(store, replace(record((C, 60, 20_000)), site_id=site))) for site in (SITE, harbour)}
    assert (given[SITE], earned) == ((), {SITE: 0, harbour: 1})
    assert [one.kind for one in given[harbour]] == [EntitlementKind.MEMBERSHIP, EntitlementKind.COUPON, EntitlementKind.PARTNER]


def test_an_unknown_code_is_not_found_and_a_malformed_one_is_invalid(world):
    with pytest.raises(NotFound):
        world.take("K7QM-2X9P-4TDA")
    with pytest.raises(BadInput):
        world.take("hello")


def test_a_parking_voucher_of_a_partner_reduces_the_amount_due_and_the_partner_owes_it(world):
    world.cafe()
    world.take(world.voucher(world.parking_offer()), at=NOON + timedelta(minutes=70))  # while the car is parked
    invoice = world.charge(10_000, parked_min=45)
    (paid,) = invoice.content.contributions
    assert (invoice.gross, paid.amount, invoice.due) == (eur(1071), eur(357), eur(714))
    assert world.owes() == (357, 0) and world.balance_is_zero()


def test_a_voucher_applies_to_a_charge_that_begins_before_its_expiry_and_to_none_after(world):
    """As its running cost showed. A charge that begins after the expiry gets no discount."""
    world.cafe()
    world.take(world.voucher(world.parking_offer(voucher_days=1)), at=NOON)
    over = vouchers(world)[0].valid_until
    with world.transactions.begin() as store:
        assert expire_vouchers(store, OPERATOR, over + timedelta(minutes=1)) == 0
    later = world.charge(parked_min=45, begin=over)
    before = world.charge(parked_min=45, begin=over - timedelta(minutes=1))
    assert (later.due, before.gross - before.due) == (eur(1071), eur(357)) and world.owes() == (357, 0)


@both_stores
def test_a_claimed_voucher_is_expired_thirty_days_after_its_end_and_an_unclaimed_one_at_once(world):
    world.cafe()
    offer = world.parking_offer(voucher_days=1)
    world.take(world.voucher(offer))
    world.voucher(offer)  # nobody took it
    over = vouchers(world)[0].valid_until
    ends = [over, over + timedelta(days=29), over + timedelta(days=30)]
    for at, ended in zip(ends, (1, 0, 1), strict=True):
        with world.transactions.begin() as store:
            assert expire_vouchers(store, OPERATOR, at) == ended


def test_a_voucher_restored_by_a_credit_note_is_valid_to_the_end_of_its_last_day(world):
    world.cafe()
    world.take(world.voucher(world.parking_offer(voucher_days=1)))
    invoice, at = world.charge(parked_min=45), NOON + timedelta(days=9)
    with world.transactions.begin() as store:
        credit_invoice(store, invoice.id, "charged twice", at, world.world.ids)
    (back,) = vouchers(world)
    until = back.valid_until.astimezone(UTC)  # the operator's zone here
    assert until.date() == back.last_day == (at + timedelta(days=30)).date() and (until.hour, until.minute) == (23, 59)
    assert world.charge(parked_min=45, begin=at + timedelta(days=30, hours=6)).due == eur(714), "on its last evening"


def test_a_voucher_of_an_offer_whose_budget_is_used_up_cannot_be_claimed_and_gives_no_discount(world):
    world.cafe()
    offer = world.parking_offer(percent=0, budget=eur(300))
    first, held, late = (world.voucher(offer) for _ in range(3))
    world.take(first), world.take(held, ACCOUNT_DRIVER)
    assert world.charge(parked_min=45).gross == eur(1071 - 300)
    with pytest.raises(Conflict, match="used up"):
        world.take(late, ACCOUNT_DRIVER)
    with world.transactions.begin() as store:
        assert store.partners.offer(offer.id).is_used_up
    assert world.charge(parked_min=45, driver=ACCOUNT_DRIVER).gross == eur(1071), "what it held gives nothing, as its page says"


def test_an_offer_shared_between_partner_and_operator_is_split_to_the_cent(world):
    world.cafe()
    world.take(world.voucher(world.parking_offer(percent=60)))
    invoice = world.charge(10_000, parked_min=45)
    assert invoice.content.contributions[0].amount == eur(215) and invoice.due == eur(1071 - 357)
    assert world.owes() == (215, 0)


@both_stores
def test_twenty_kilowatt_hours_earn_a_partner_voucher_that_is_redeemed_once(world):
    till = world.cafe()
    world.coffee_offer(percent=25)
    world.charge(19_999)
    assert vouchers(world) == []
    world.charge(20_000)
    (coffee,) = vouchers(world)
    with world.transactions.begin() as store:
        assert preview_gift(store, OPERATOR, CAFE, coffee.code, NOON).credit == eur(240)
    with world.transactions.begin() as store:
        accept_gift(store, till, coffee.code, NOON + timedelta(hours=2))
    with pytest.raises(Conflict, match="used already"), world.transactions.begin() as store:
        accept_gift(store, till, coffee.code, NOON + timedelta(hours=2))
    assert world.owes() == (0, 240) and world.balance_is_zero()


def test_a_partner_that_redeems_an_invalid_voucher_gets_the_reason(world):
    till = world.cafe()
    parking = world.voucher(world.parking_offer())
    world.coffee_offer(voucher_days=1)
    invoice = world.charge(20_000)
    (coffee,) = vouchers(world)
    for code, at, words in (
        (parking, NOON, "for charging"),
        (coffee.code, NOON + timedelta(days=3), "expired"),
        ("K7QM-2X9P-4TDA", NOON, "We do not know"),
    ):
        with pytest.raises((Conflict, NotFound), match=words), world.transactions.begin() as store:
            accept_gift(store, till, code, at)
    with world.transactions.begin() as store:
        credit_invoice(store, invoice.id, "wrong car", NOON + timedelta(hours=2), world.world.ids)
    with pytest.raises(Conflict, match="taken back"), world.transactions.begin() as store:
        accept_gift(store, till, coffee.code, NOON + timedelta(hours=3))


def test_expired_vouchers_release_the_budget_committed_to_them(world):
    world.cafe()
    offer = world.coffee_offer(budget=eur(639), voucher_days=1)
    for _ in range(3):
        world.charge(20_000)
    assert [one.state for one in vouchers(world)] == [Open(NOON + timedelta(minutes=61))]  # 3.20 fit once into 6.39 with one out
    with world.transactions.begin() as store:
        assert expire_vouchers(store, OPERATOR, NOON + timedelta(days=2)) == 1
        assert store.partners.offer(offer.id).committed == eur(0)
        pause_offer(store, world.staff(), offer.id, True)
    world.charge(20_000, begin=NOON + timedelta(days=3))
    assert [type(one.state) for one in vouchers(world)] == [Ended]


@both_stores
def test_partial_credit_notes_for_the_whole_invoice_restore_coupon_and_voucher_like_a_full_one(world):
    """A partial one changes neither; with the rest the earned voucher is void, and the coupon valid for another charge."""
    world.cafe()
    world.coffee_offer()
    world.take(world.coupon(DiscountRule(amount=eur(200))).code)
    invoice = world.charge(20_000)
    with world.transactions.begin() as store:
        record_transfer(store, world.staff(), invoice.id, "SEPA 1")
    for seen, amount, ends in ((0, eur(100), Open), (1, None, Ended)):
        with world.transactions.begin() as store:
            issue_credit_note(store, world.staff(), CreditRequest(invoice.id, seen, "charged twice", amount=amount))
        (coffee,) = vouchers(world)
        assert type(coffee.state) is ends
    assert world.charge(5_000, begin=NOON + timedelta(hours=4)).gross == eur(98)  # 2.98 less 2.00


@both_stores
def test_a_monthly_partner_statement_nets_both_sides_and_is_settled_once_to_the_cent(world):
    till = world.cafe()
    world.coffee_offer()
    world.take(world.voucher(world.parking_offer()))
    invoice = world.charge(20_000, parked_min=45)
    (coffee,) = [one for one in vouchers(world) if isinstance(one.state, Open)]
    with world.transactions.begin() as store:
        accept_gift(store, till, coffee.code, NOON + timedelta(hours=2))
    july = datetime(2026, 7, 1, tzinfo=UTC)
    with world.transactions.begin() as store:
        assert issue_partner_statements(store, OPERATOR, NOON + timedelta(days=1), world.world.ids) == ()
    with world.transactions.begin() as store:
        (statement,) = issue_partner_statements(store, OPERATOR, july, world.world.ids)
        assert issue_partner_statements(store, OPERATOR, july, world.world.ids) == ()
    assert [(line.text, line.owed, line.document) for line in statement.lines] == [
        ("30 free minutes", eur(-357), invoice.number),
        ("Coffee from 20 kWh", eur(320), ""),
    ]
    assert (statement.number, statement.owed) == ("STM-2026-000001", eur(-37)) and world.owes() == (37, 0)
    with world.transactions.begin() as store:
        settle_statement(store, world.staff(july), statement.id, "transfer 7")
    with pytest.raises(Conflict), world.transactions.begin() as store:
        settle_statement(store, world.staff(july), statement.id, "again")
    assert world.owes() == (0, 0) and world.balance_is_zero()


def test_a_contribution_reversed_by_a_credit_note_is_on_the_next_partner_statement(world):
    world.cafe()
    world.take(world.voucher(world.parking_offer()))
    invoice = world.charge(10_000, parked_min=45)
    with world.transactions.begin() as store:
        issue_statement_now(store, world.staff(NOON + timedelta(hours=3)), CAFE)
    with world.transactions.begin() as store:
        credit_invoice(store, invoice.id, "barrier was shut", NOON + timedelta(hours=4), world.world.ids)
    with world.transactions.begin() as store:
        (second,) = issue_statement_now(store, world.staff(NOON + timedelta(hours=5)), CAFE)
    assert second.owed == eur(357) and sum(world.owes()) == 357 * 2  # 3.57 owed each way, by two statements
    (voucher,) = vouchers(world)
    assert isinstance(voucher.state, Open) and not isinstance(voucher.state, Used)


def test_changes_to_partners_offers_and_coupons_are_in_the_audit_log_with_their_actor(world):
    world.cafe()
    offer, coupon = world.parking_offer(), world.coupon(DiscountRule(amount=eur(300)))
    with world.transactions.begin() as store:
        pause_offer(store, world.staff(), offer.id, True)
        pause_coupon(store, world.staff(), coupon.id, True)
    with world.transactions.begin() as store:
        said = [(one.actor, one.action) for one in store.audit.recent(9)]
    wanted = ["partner.add", "partner.invite", "offer.make", "coupon.make", "offer.pause", "coupon.pause"]
    assert sorted(said) == sorted(("ops", action) for action in wanted)


@both_stores
def test_only_drivers_with_a_membership_or_coupon_are_looked_up_for_entitlements(world) -> None:
    world.join(world.plan(TEN_OFF))
    everybody = {CARD_DRIVER, ACCOUNT_DRIVER, POOR_DRIVER}
    with world.transactions.begin() as store:
        store.entitlements.lock_drivers(everybody)
        assert store.entitlements.maybe_entitled(everybody) == {CARD_DRIVER}
    world.take(world.coupon(TEN_OFF).code, POOR_DRIVER)
    with world.transactions.begin() as store:
        assert store.entitlements.maybe_entitled(everybody) == {CARD_DRIVER, POOR_DRIVER}


@pytest.mark.parametrize("more", [{"budget": eur(500)}, {"least_spend": eur(100)}, {}])
def test_a_coupon_amount_or_budget_in_euros_gives_no_discount_on_a_charge_in_francs(memory_transactions, more):
    """Amounts in euros apply to charges in euros only; a percentage without an amount applies in any currency."""
    world = OfferWorld(memory_transactions, tariff(currency="CHF"))
    coupon = world.coupon(TEN_OFF, **more)
    with world.transactions.begin() as store:
        store.coupons.put(replace(coupon, spent=eur(300), used=1))
    world.take(coupon.code)
    invoice = world.charge(10_000)
    with world.transactions.begin() as store:
        after = store.coupons.coupon(coupon.id)
    assert (invoice.currency, after.spent, after.used) == ("CHF", eur(300), 1 if more else 2)
    assert bool([line for line in invoice.content.lines if line.what is LineKind.DISCOUNT]) is not bool(more)


def test_a_per_kwh_discount_in_euros_is_not_applied_to_francs_but_a_percentage_is():
    """The five per cent apply in francs too; 0.05 euros a kWh used to be deducted as if it were francs."""
    off = {}
    for currency in ("EUR", "CHF"):
        world = OfferWorld(MemoryTransactions(), tariff(currency=currency))
        world.join(world.plan(DiscountRule(per_kwh=Decimal("0.05")), DiscountRule(percent=Decimal(5), dimensions=ENERGY)))
        invoice = world.charge(10_000)
        with world.transactions.begin() as store:
            (again,) = entitlements_on_document(store, invoice.id, Span(NOON, NOON + timedelta(hours=1)))
        off[currency] = [line.because for line in invoice.content.lines if line.what is LineKind.DISCOUNT], len(again.cuts)
    five = "5 % off, borne by the operator"
    assert off == {"EUR": (["0.05 off each kWh, borne by the operator", five], 2), "CHF": ([five], 1)}


def test_a_partners_offer_with_a_budget_in_euros_gives_nothing_off_a_charge_in_francs(memory_transactions):
    world = OfferWorld(memory_transactions, tariff(currency="CHF"))
    world.cafe()
    for offer, gives in ((world.parking_offer(50, budget=eur(500)), 0), (world.parking_offer(50), 1)):
        world.take(world.voucher(offer))
        invoice = world.charge(10_000, parked_min=30)
        assert len(invoice.content.contributions) == gives
