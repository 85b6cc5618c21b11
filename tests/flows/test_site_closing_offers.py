"""Offers, memberships and host shares of a closing site end with it; those affected are notified, and the ledger balances."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from forecourt.billing import CREDIT_REPAID, PLACES_CLOSED
from forecourt.flows.bookings import service_fingerprint
from forecourt.flows.chargers import complete_closings, set_last_day
from forecourt.flows.desk import own_partner
from forecourt.flows.offers import (
    CouponTerms,
    PlanTerms,
    accept_gift,
    create_coupon,
    end_partner,
    hosts_fingerprint,
    publish_plan,
    queue_renewals,
    redeem_code,
    refund_compensation,
    renew_membership,
    set_hosts,
    settle_site_shares,
)
from forecourt.flows.paying import record_transfer
from forecourt.flows.ports import PageRequest, RenewMembership, RepayCredit
from forecourt.flows.prices import Publication, publish_tariff
from forecourt.jobs import WorkerPorts
from forecourt.jobs.notice_courier import NoticeCourier
from forecourt.kernel import BadInput, Conflict, Span, TariffVersionId
from forecourt.notices import NoDelivery, NoticeKind
from forecourt.offers import Claim, Coupon, DiscountRule, MembershipEnd, code_of
from forecourt.settlement import payable
from forecourt.store import MemoryTransactions
from mail_server import Letterbox
from money_world import CARD_DRIVER, NOON, OPERATOR, SITE
from offer_world import CAFE, ENERGY, OfferWorld, eur

JULY = datetime(2026, 7, 1, tzinfo=UTC)
DAY = timedelta(days=1)
TEN_OFF = DiscountRule(percent=Decimal(10), dimensions=ENERGY)


@pytest.fixture
def world() -> OfferWorld:
    made = OfferWorld(MemoryTransactions())
    made.till = made.cafe()
    return made


def closes(world, day: date | None, at: datetime = NOON) -> None:
    with world.transactions.begin() as store:
        set_last_day(store, world.staff(at), SITE, day, service_fingerprint(store.stations.site(SITE)))


def over(world, at: datetime) -> None:
    with world.transactions.begin() as store:
        assert complete_closings(store, SITE, at, world.world.ids) == 2 and store.stations.site(SITE).closed_at == at


def joined(world, sites=(SITE,)):
    """A plan of 9.90 a month, joined at noon on the first of June; its id."""
    with world.transactions.begin() as store:
        plan = publish_plan(store, world.staff(), PlanTerms("Plus", eur(990), Decimal(19), (TEN_OFF,), sites))
    world.join(plan)
    return plan


def membership(world):
    with world.transactions.begin() as store:
        return store.memberships.of_driver(CARD_DRIVER)[0]


def renewed(world, at: datetime) -> list:
    with world.transactions.begin() as store:
        queue_renewals(store, OPERATOR, at, world.world.ids)
        return [renew_membership(store, one.id, at, world.world.ids) for one in store.memberships.due(OPERATOR, at)]


def told(world, kind: NoticeKind) -> int:
    with world.transactions.begin() as store:
        return [one.kind for one in store.notices.page(OPERATOR, PageRequest(limit=100)).rows].count(kind)


def test_a_membership_is_not_billed_for_the_month_in_which_its_sites_close(world) -> None:
    joined(world)
    closes(world, date(2026, 7, 10))
    assert renewed(world, JULY) == [None] and renewed(world, JULY + DAY) == []
    ends = datetime(2026, 7, 10, 22, tzinfo=UTC)  # midnight in Berlin
    mine = membership(world)
    assert (mine.ends_at, mine.end, mine.over) == (ends, MembershipEnd.CLOSED, False) and told(world, NoticeKind.PLAN_CLOSES) == 1
    assert world.charge(begin=ends - 3 * timedelta(hours=1)).net == eur(410) and world.charge(begin=ends).net == eur(450)
    renewed(world, ends)
    assert membership(world).over and told(world, NoticeKind.PLAN_CLOSES) == 1


def tasks(world, at: datetime) -> None:
    """What waits of memberships is done."""
    with world.transactions.begin() as store:
        for item in store.outbox.claim("task", at, 100, 60):
            if isinstance(item.work, RenewMembership):
                renew_membership(store, item.work.membership_id, at, world.world.ids)


def test_a_membership_month_already_paid_is_refunded_once_its_sites_have_closed(world) -> None:
    joined(world)
    with world.transactions.begin() as store:
        (bill,) = [one for one in store.documents.recent(OPERATOR, 9) if one.gross == eur(990)]
        record_transfer(store, world.staff(), bill.id, "SEPA 1")
    closes(world, date(2026, 6, 20))
    with world.transactions.begin() as store:
        (letter,) = [one.content for one in store.notices.page(OPERATOR).rows if one.kind is NoticeKind.PLAN_CLOSES]
    ends = datetime(2026, 6, 20, 22, tzinfo=UTC)
    assert (letter.until, letter.amount) == (ends, eur(990)) and world.charge(begin=ends - DAY).net == eur(410)
    over(world, ends + DAY)
    for _ in range(2):
        tasks(world, ends + DAY)
    assert (membership(world).ends_at, membership(world).end, membership(world).over) == (ends, MembershipEnd.CLOSED, True)
    with world.transactions.begin() as store:
        assert [(one.gross, one.content.reason) for one in store.documents.credit_notes_of(bill.id)] == [(eur(990), PLACES_CLOSED)]
        assert [one.amount for one in store.paybacks.waiting(OPERATOR)] == [eur(990)] and world.world.sum_is_zero(store)
    assert renewed(world, JULY) == [] and told(world, NoticeKind.PLAN_CLOSES) == 1


def test_members_are_notified_and_stay_members_if_the_closing_of_a_site_is_revoked(world) -> None:
    joined(world)
    closes(world, date(2026, 6, 20))
    closes(world, None, NOON + timedelta(hours=1))
    assert told(world, NoticeKind.PLAN_STAYS) == 1 and [one.gross for one in renewed(world, JULY)] == [eur(990)]


def test_a_membership_of_closed_sites_is_not_renewed_and_one_for_all_sites_is(world) -> None:
    joined(world)
    closes(world, date(2026, 6, 20))
    assert renewed(world, JULY) == [None] and membership(world).over and membership(world).ends_at == datetime(2026, 6, 20, 22, tzinfo=UTC)
    assert told(world, NoticeKind.PLAN_CLOSES) == 1
    joined(world, sites=())
    (invoice,) = renewed(world, JULY + DAY)
    assert invoice.gross == eur(990)


def test_a_plan_of_a_closing_site_cannot_be_joined_unless_the_closing_is_revoked(world) -> None:
    plan = joined(world)
    left = replace(membership(world), over=True, ends_at=NOON)
    with world.transactions.begin() as store:
        store.memberships.put(left)
    closes(world, date(2026, 7, 10))
    with pytest.raises(Conflict, match="can no longer join"):
        world.join(plan)
    closes(world, None, NOON + DAY)
    world.join(plan, at=NOON + DAY)


def test_offers_and_coupons_of_a_closed_site_end_and_issued_vouchers_stay_valid(world) -> None:
    offer, parking = world.coffee_offer(), world.parking_offer()
    with world.transactions.begin() as store:
        here = create_coupon(store, world.staff(), CouponTerms("Here", TEN_OFF, offer.validity, sites=(SITE,)))
        there = create_coupon(store, world.staff(), CouponTerms("Everywhere", TEN_OFF, offer.validity))
    world.charge(20_000)
    closes(world, date(2026, 6, 1))
    over(world, NOON + DAY)
    with world.transactions.begin() as store:
        assert [store.partners.offer(one.id).validity.end for one in (offer, parking)] == [NOON + DAY] * 2
        assert [store.coupons.coupon(one.id).paused for one in (here, there)] == [True, False]
        (coffee,) = [one.code for one in store.partners.vouchers_of(CARD_DRIVER) if one.document_id]
    with world.transactions.begin() as store:
        assert accept_gift(store, world.till, coffee, NOON + 2 * DAY).credit == eur(320)
    with pytest.raises(BadInput, match="closed for good"):
        world.coffee_offer()
    with pytest.raises(Conflict, match="closed for good"), world.transactions.begin() as store:
        source = {"country_code": "DE", "party_id": "FCT", "id": "LATE", "currency": "EUR", "elements": []}
        publish_tariff(store, Publication(TariffVersionId(world.world.ids.new(NOON)), SITE, source, NOON + 2 * DAY, at=NOON + 2 * DAY))


def test_the_host_of_a_closed_site_earns_its_share_up_to_the_last_invoice_and_can_then_be_ended(world) -> None:
    with world.transactions.begin() as store:
        seen = hosts_fingerprint(store.stations.site(SITE))
        set_hosts(store, world.staff(NOON - 100 * DAY), SITE, [("cafe-strom", Decimal(10))], None, seen)
    closes(world, date(2026, 6, 1))
    over(world, NOON + DAY)
    invoice = world.charge(10_000, begin=NOON + timedelta(hours=9))
    with world.transactions.begin() as store:
        settle_site_shares(store, invoice.id, NOON + DAY)
        cafe = own_partner(store, OPERATOR, CAFE)
        assert end_partner(store, world.staff(NOON + 2 * DAY), cafe)[0].owed == eur(invoice.net.minor // 10)
    assert -world.balance(payable("cafe-strom")) == invoice.net.minor // 10


class Clock:
    def now(self) -> datetime:
        return NOON + DAY


def sorry(world, minor: int) -> UUID:
    """What a driver has for a promise that was not kept; the claim's id."""
    coupon_id, claim = UUID(int=800 + minor), Claim(UUID(int=900 + minor), OPERATOR, UUID(int=800 + minor), CARD_DRIVER, NOON)
    span = Span(NOON, NOON + 365 * DAY)
    with world.transactions.begin() as store:
        terms = (coupon_id, OPERATOR, code_of(coupon_id), "Sorry", DiscountRule(amount=eur(minor)), span)
        store.coupons.put(Coupon(*terms, most_claims=1, stacks=True, claims=1))
        store.coupons.put_claim(claim)
    return claim.id


def repaid(world, at: datetime) -> list:
    with world.transactions.begin() as store:
        due = [one.work for one in store.outbox.claim("task", at, 100, 60) if isinstance(one.work, RepayCredit)]
        return [refund_compensation(store, one.claim_id, one.driver_id, at, world.world.ids) for one in due]


def test_compensation_credits_of_a_closed_site_are_refunded_against_the_newest_paid_invoices(world) -> None:
    bills = [world.charge(10_000), world.charge(2_000)]
    with world.transactions.begin() as store:
        for bill in bills:
            record_transfer(store, world.staff(), bill.id, "SEPA")
        other = create_coupon(store, world.staff(), CouponTerms("Spring", DiscountRule(amount=eur(500)), Span(NOON, NOON + 365 * DAY)))
        redeem_code(store, CARD_DRIVER, other.code, NOON, world.world.ids)
    claim, asked = sorry(world, 300), bills[1].gross
    closes(world, date(2026, 6, 1))
    assert repaid(world, NOON) == []
    over(world, NOON + DAY)
    back = repaid(world, NOON + DAY)
    assert sorted(back, key=str) == [eur(300), None], "what was no promise is not paid out"
    with world.transactions.begin() as store:
        notes = [(one.number, one.amount) for one in store.paybacks.waiting(OPERATOR)]
        assert [amount for _, amount in notes] == [asked, eur(300) - asked] and world.world.sum_is_zero(store)
        assert {one.content.reason for bill in bills for one in store.documents.credit_notes_of(bill.id)} == {CREDIT_REPAID}
        assert store.coupons.claim(claim).used_by and refund_compensation(store, claim, CARD_DRIVER, NOON + DAY, world.world.ids) is None


def test_a_compensation_credit_without_a_paid_invoice_is_left_to_staff_when_a_site_closes(world) -> None:
    bill, claim = world.charge(10_000), sorry(world, 300)
    closes(world, date(2026, 6, 3))
    over(world, NOON + 3 * DAY)
    assert repaid(world, NOON + 3 * DAY) == [eur(0)] and bill.gross > eur(300)
    with world.transactions.begin() as store:
        assert store.coupons.claim(claim).used_by is None
        assert "credit.left" in [one.action for one in store.audit.page(OPERATOR).rows]


def test_a_partner_gets_one_email_about_the_closing_of_a_site_and_one_if_it_is_revoked(world) -> None:
    closes(world, date(2026, 6, 20))
    closes(world, date(2026, 6, 20), NOON + timedelta(hours=1))
    closes(world, None, NOON + timedelta(hours=2))
    box = Letterbox()
    post = NoticeCourier(
        WorkerPorts(world.transactions, Clock(), world.world.ids, None, None, None, 60.0, box, NoDelivery(), "https://c.example")
    )
    with world.transactions.begin() as store:
        items = list(store.outbox.claim("notice", NOON + DAY, 100, 60))
    for item in items:
        post.deliver(item)
    assert [(one.to, one.subject) for one in box.letters] == [
        ("cafe@x.example", "Testplatz schließt für immer"), ("cafe@x.example", "Testplatz bleibt")
    ]  # fmt: skip
    assert (
        "21. Juni" in box.letters[0].text and "Weg 1, Berlin" in box.letters[0].text and "https://c.example/partners" in box.letters[0].text
    )
