"""Concurrent use of offers, on PostgreSQL: a voucher is redeemed once, a budget never exceeded, an allowance used once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from forecourt.flows.billing import payee_fingerprint, set_payee
from forecourt.flows.desk import own_partner
from forecourt.flows.offers import PartnerDetails, accept_gift, change_partner, details_fingerprint, end_partner
from forecourt.flows.ports import StoreUnavailable
from forecourt.kernel import Conflict
from forecourt.offers import DiscountRule
from forecourt.store import PostgresTransactions
from money_world import ACCOUNT_DRIVER, CARD_DRIVER, NOON, OPERATOR, POOR_DRIVER, C
from offer_world import CAFE, OfferWorld, eur


@pytest.fixture
def world(database_url) -> Iterator[OfferWorld]:
    """Every connection is open before the race begins: otherwise the first is home before the second has started."""
    with PostgresTransactions(database_url, least=8, most=8) as opened:
        yield OfferWorld(opened)


def at_once(work, count: int) -> list[str]:
    """ "done", or the code of the refusal, of each."""

    def one(number: int) -> str:
        while True:
            try:
                work(number)
            except Conflict as refusal:
                return refusal.code
            except StoreUnavailable:
                continue
            return "done"

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, range(count)))


def billed_at_once(world: OfferWorld, charges) -> list[int]:
    """What the drivers of charges (driver, Wh) owe, all billed in the same moment."""
    records = [world.world.ended((C, 60, wh), driver=driver, number=number) for number, (driver, wh) in enumerate(charges, 1)]
    due: dict[int, int] = {}

    def bill(number: int) -> None:
        due[number] = world.world.billed(records[number], NOON + timedelta(hours=2)).due.minor

    assert at_once(bill, len(records)) == ["done"] * len(records)
    return [due[number] for number in range(len(records))]


def test_of_a_hundred_concurrent_redemptions_of_one_voucher_exactly_one_succeeds(world):
    till = world.cafe()
    world.coffee_offer()
    world.charge(20_000)
    with world.transactions.begin() as store:
        (coffee,) = store.partners.vouchers_of(CARD_DRIVER)

    def take(_: int) -> None:
        with world.transactions.begin() as store:
            accept_gift(store, till, coffee.code, NOON + timedelta(hours=2))

    assert sorted(at_once(take, 100)) == ["done"] + ["voucher_used"] * 99
    assert world.owes() == (0, 320)


def test_charges_billed_concurrently_share_one_membership_allowance(world):
    world.join(world.plan(DiscountRule(energy_wh=30_000)))
    due = billed_at_once(world, [(CARD_DRIVER, 10_000)] * 6)
    assert sorted(due) == [60, 60, 60, 536, 536, 536]


def test_charges_billed_concurrently_never_exceed_the_budget_of_a_coupon(world):
    coupon = world.coupon(DiscountRule(amount=eur(300)), budget=eur(1000), per_driver=2)
    drivers = [CARD_DRIVER, ACCOUNT_DRIVER, POOR_DRIVER]
    for driver in drivers * 2:
        world.take(coupon.code, driver)
    due = billed_at_once(world, [(driver, 10_000) for driver in drivers * 2])
    assert sum(536 - one for one in due) == 1000
    with world.transactions.begin() as store:
        assert store.coupons.coupon(coupon.id).spent == eur(1000)


def test_of_many_concurrent_claims_of_the_last_coupon_exactly_one_succeeds(world):
    coupon = world.coupon(DiscountRule(amount=eur(300)), most_claims=1)
    drivers = [CARD_DRIVER, ACCOUNT_DRIVER, POOR_DRIVER]
    outcomes = at_once(lambda number: world.take(coupon.code, drivers[number % 3]), 12)
    assert outcomes.count("done") == 1 and set(outcomes) == {"done", "coupon_gone", "coupon_had"}


def test_of_concurrent_requests_to_join_a_plan_exactly_one_succeeds(world):
    plan = world.plan(DiscountRule(energy_wh=30_000))
    assert sorted(at_once(lambda _: world.join(plan), 8)) == ["done"] + ["member_already"] * 7


def test_a_partner_ended_during_a_change_of_its_address_is_ended_and_has_the_new_address(world):
    world.cafe()
    with world.transactions.begin() as slow:
        seen = own_partner(slow, OPERATOR, CAFE)
        with world.transactions.begin() as other:
            end_partner(other, world.staff(NOON), own_partner(other, OPERATOR, CAFE))
        change_partner(slow, world.staff(NOON), CAFE, PartnerDetails("Café", address="Quay 9"), details_fingerprint(seen))
    with world.transactions.begin() as store:
        kept = own_partner(store, OPERATOR, CAFE)
    assert (kept.left_at, kept.active, kept.name, kept.address) == (NOON, False, "Café", "Quay 9")


@pytest.mark.parametrize("what", ["the account", "the details"])
def test_of_concurrent_changes_to_one_version_of_a_partner_one_succeeds_and_the_rest_conflict(world, what):
    world.cafe()
    with world.transactions.begin() as store:
        shown = own_partner(store, OPERATOR, CAFE)

    def change(number: int) -> None:
        with world.transactions.begin() as store:
            if what == "the account":
                set_payee(store, world.staff(NOON), CAFE, f"account {number}", payee_fingerprint(shown))
            else:
                change_partner(store, world.staff(NOON), CAFE, PartnerDetails(f"Café {number}"), details_fingerprint(shown))

    refused = "payee_changed" if what == "the account" else "partner_changed"
    assert sorted(at_once(change, 8)) == ["done"] + [refused] * 7
