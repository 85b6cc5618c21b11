"""Discounts on a charge: in a fixed order, each on the remainder, never more than the discounted part costs."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.kernel import BadInput, Money, Span
from forecourt.offers import (
    Discount,
    DiscountKind,
    DiscountReason,
    DiscountRule,
    Entitlement,
    EntitlementKind,
    Funder,
    FunderKind,
    Funding,
    apply_offers,
    parse_discount_reason,
)
from forecourt.tariffs import Dimension, rate
from tariffs.texts import NOON, element, price, tariff, usage

CAFE = Funding("cafe", "Café Strom", Decimal(100))
CHARGE = Span(NOON, NOON + timedelta(minutes=90))
YEAR = Span(NOON - timedelta(days=100), NOON + timedelta(days=265))
ENERGY, PARKING = frozenset({Dimension.ENERGY}), frozenset({Dimension.PARKING_TIME})
RULES = tariff(element(price("FLAT", "1", 19), price("ENERGY", "0.50", 19), price("PARKING_TIME", "6", 7)))
RATING = rate(RULES, usage(("CHARGING", 60, 20_000), ("IDLE", 30, 0)))  # 11.00 net at 19 % (13.09), 3.00 net at 7 % (3.21)


def entitled(source, kind, *cuts, **more):
    return Entitlement(source, kind, source.title(), cuts, more.pop("validity", YEAR), **more)


def eur(minor):
    return Money(minor, "EUR")


def off(*entitlements, charge=CHARGE):
    return apply_offers(RATING, entitlements, charge)


def test_a_membership_takes_a_percentage_of_energy_alone():
    (discount,) = off(entitled("plus", EntitlementKind.MEMBERSHIP, DiscountRule(percent=Decimal(10), dimensions=ENERGY))).discounts
    assert (discount.gross, discount.vat_percent) == (eur(-119), Decimal(19))


def test_an_amount_per_kwh_is_taken_off():
    assert off(entitled("plus", EntitlementKind.MEMBERSHIP, DiscountRule(per_kwh=Decimal("0.05")))).off == eur(100)


def test_free_parking_minutes_can_be_funded_by_a_partner():
    applied = off(entitled("voucher", EntitlementKind.PARTNER, DiscountRule(seconds=1200, dimensions=PARKING), funding=CAFE))
    assert applied.borne_by(FunderKind.PARTNER) == eur(214) and applied.borne_by(FunderKind.OPERATOR) == eur(0)


def test_a_shared_discount_has_a_line_for_each_funder():
    shared = Funding("cafe", "Café Strom", Decimal("33.3"))
    applied = off(entitled("voucher", EntitlementKind.PARTNER, DiscountRule(amount=eur(500)), funding=shared))
    assert applied.borne_by(FunderKind.OPERATOR) == eur(333) and applied.borne_by(FunderKind.PARTNER) == eur(167)


def test_free_allowances_are_applied_before_percentages():
    plan = entitled("plus", EntitlementKind.MEMBERSHIP, DiscountRule(energy_wh=5_000), DiscountRule(percent=Decimal(10), dimensions=ENERGY))
    applied = off(plan)
    assert [-one.gross.minor for one in applied.discounts] == [298, 89]  # 5 of 20 kWh at 0.595; a tenth of the other 15
    assert applied.taken[0].energy_wh == 5_000


def test_discounts_apply_in_the_order_membership_partner_voucher_coupon():
    kinds = (EntitlementKind.COUPON, EntitlementKind.PARTNER, EntitlementKind.MEMBERSHIP)
    halves = [
        entitled(source, kind, DiscountRule(percent=Decimal(50), dimensions=ENERGY)) for source, kind in zip("abc", kinds, strict=True)
    ]
    taken = [(one.kind, one.amount) for one in off(*halves).taken]  # of 11.90 of energy, each half of what is left
    assert taken == [(EntitlementKind.MEMBERSHIP, eur(595)), (EntitlementKind.PARTNER, eur(298)), (EntitlementKind.COUPON, eur(149))]


def test_free_kwh_of_two_sources_cover_different_energy():
    plan, coupon = (
        entitled("plus", EntitlementKind.MEMBERSHIP, DiscountRule(energy_wh=15_000)),
        entitled("gift", EntitlementKind.COUPON, DiscountRule(energy_wh=10_000)),
    )
    applied = off(plan, coupon)
    assert applied.off == eur(1190) and [one.energy_wh for one in applied.taken] == [15_000, 5_000]


def test_free_energy_never_pays_for_parking():
    plan = entitled("plus", EntitlementKind.MEMBERSHIP, DiscountRule(percent=Decimal(100), dimensions=ENERGY))
    assert off(plan, entitled("gift", EntitlementKind.COUPON, DiscountRule(energy_wh=10_000))).off == eur(1190)


def test_of_two_exclusive_coupons_only_the_better_is_used_beside_a_stackable_one():
    ten, free = (
        entitled("ten", EntitlementKind.COUPON, DiscountRule(percent=Decimal(10))),
        entitled("free", EntitlementKind.COUPON, DiscountRule(energy_wh=10_000)),
    )
    beside = entitled("beside", EntitlementKind.COUPON, DiscountRule(amount=eur(100)), stacks=True)
    assert [one.source for one in off(ten, free, beside).taken] == ["beside", "free"]


def test_a_discount_may_require_a_minimum_of_energy_or_spending():
    assert off(entitled("a", EntitlementKind.COUPON, DiscountRule(amount=eur(300), least_wh=20_001))).discounts == ()
    assert off(entitled("a", EntitlementKind.COUPON, DiscountRule(amount=eur(300)), least_spend=eur(1631))).discounts == ()
    assert off(entitled("a", EntitlementKind.COUPON, DiscountRule(amount=eur(300), least_wh=20_000), least_spend=eur(1630))).off == eur(300)


def test_a_discount_never_exceeds_its_remaining_budget():
    assert off(entitled("a", EntitlementKind.COUPON, DiscountRule(percent=Decimal(50)), most=eur(7))).off == eur(7)


def test_two_claims_on_one_coupon_share_its_budget():
    both = [
        entitled(name, EntitlementKind.COUPON, DiscountRule(amount=eur(500)), most=eur(700), budget_key="coupon", stacks=True)
        for name in ("a", "b")
    ]
    assert [one.amount for one in off(*both).taken] == [eur(500), eur(200)]


def test_a_membership_must_be_valid_at_the_start_and_a_voucher_at_some_time_of_the_charge():
    later = Span(NOON + timedelta(minutes=30), YEAR.end)
    cut = DiscountRule(percent=Decimal(10))
    assert off(entitled("plus", EntitlementKind.MEMBERSHIP, cut, validity=later)).discounts == ()
    assert off(entitled("v", EntitlementKind.PARTNER, cut, validity=later, funding=CAFE)).discounts != ()
    assert off(entitled("v", EntitlementKind.PARTNER, cut, validity=Span(CHARGE.end, YEAR.end))).discounts == ()


TIMED = frozenset({Dimension.TIME, Dimension.PARKING_TIME})
# 2 kWh at 0.30, 8 at 0.60; 20 minutes at 0.10 charging, 40 at 0.20 parked: 0.60, 4.80, 2.00 and 8.00.
TIERS = rate(
    tariff(element(price("ENERGY", "0.30"), max_kwh=2), element(price("ENERGY", "0.60"), price("TIME", "6"), price("PARKING_TIME", "12"))),
    usage(("CHARGING", 20, 10_000), ("IDLE", 40, 0)),
)


@pytest.mark.parametrize(
    ("cut", "minor", "used"),
    [
        (DiscountRule(energy_wh=5_000), 60 + 180, (5_000, 0)),
        (DiscountRule(energy_wh=50_000), 540, (10_000, 0)),
        (DiscountRule(seconds=1800, dimensions=TIMED), 200 + 200, (0, 1800)),
        (DiscountRule(seconds=1800, dimensions=PARKING), 600, (0, 1800)),
        (DiscountRule(seconds=3 * 3600, dimensions=PARKING), 800, (0, 2400)),
        (DiscountRule(seconds=1800, dimensions=ENERGY), 0, None),
        (DiscountRule(per_kwh=Decimal("0.25")), 250, (0, 0)),
        (DiscountRule(per_kwh=Decimal("0.50")), 60 + 400, (0, 0)),  # of the cheaper ones no more than they cost
        (DiscountRule(percent=Decimal(25), dimensions=TIMED), 250, (0, 0)),
    ],
)
def test_each_kind_of_discount_over_several_prices(cut, minor, used):
    applied = apply_offers(TIERS, [entitled("plus", EntitlementKind.MEMBERSHIP, cut)], CHARGE)
    assert applied.off == eur(minor)
    assert [(one.amount, one.energy_wh, one.seconds) for one in applied.taken] == ([] if used is None else [(eur(minor), *used)])


def test_free_energy_of_a_second_source_begins_after_that_of_the_first():
    plan, coupon = (
        entitled("plus", EntitlementKind.MEMBERSHIP, DiscountRule(energy_wh=3_000)),
        entitled("gift", EntitlementKind.COUPON, DiscountRule(energy_wh=4_000)),
    )
    assert [one.amount for one in apply_offers(TIERS, [plan, coupon], CHARGE).taken] == [eur(60 + 60), eur(240)]


def test_free_usage_consumes_no_allowance():
    begins_free = tariff(element(price("ENERGY", 0), max_kwh=2), element(price("ENERGY", "0.60")))
    applied = apply_offers(
        rate(begins_free, usage(("CHARGING", 60, 10_000))),
        [entitled("a", EntitlementKind.MEMBERSHIP, DiscountRule(energy_wh=5_000))],
        CHARGE,
    )
    assert [(one.amount, one.energy_wh) for one in applied.taken] == [(eur(300), 5_000)]


def test_of_two_exclusive_discounts_the_better_is_chosen_within_the_remaining_budgets():
    half = entitled("a", EntitlementKind.COUPON, DiscountRule(percent=Decimal(50)), most=eur(100))
    twice = entitled("a", EntitlementKind.COUPON, DiscountRule(amount=eur(60)), DiscountRule(amount=eur(60)), most=eur(100))
    for capped in (half, twice):
        for other, taken in ((101, ("b", eur(101))), (99, ("a", eur(100)))):
            (used,) = off(capped, entitled("b", EntitlementKind.COUPON, DiscountRule(amount=eur(other)))).taken
            assert (used.source, used.amount) == taken


def test_a_discount_at_one_tax_rate_is_not_taken_from_another():
    plan = entitled("plus", EntitlementKind.MEMBERSHIP, DiscountRule(percent=Decimal(100), dimensions=PARKING))
    applied = off(plan, entitled("ten", EntitlementKind.COUPON, DiscountRule(percent=Decimal(10))))
    assert [(one.vat_percent, one.gross) for one in applied.discounts] == [(Decimal(7), eur(-321)), (Decimal(19), eur(-131))]


def test_discounts_on_prices_including_tax_include_tax() -> None:
    with_tax = tariff(element(price("ENERGY", "0.50", 19), price("FLAT", "1", 19)), tax_included="YES")
    applied = apply_offers(
        rate(with_tax, usage(("CHARGING", 60, 10_000))),
        [entitled("a", EntitlementKind.COUPON, DiscountRule(percent=Decimal(10), dimensions=ENERGY))],
        CHARGE,
    )
    assert applied.off == eur(50) and applied.discounts[0].because == "10 % off, borne by the operator"


@pytest.mark.parametrize(
    ("cut", "kind", "value"),
    [
        (DiscountRule(percent=Decimal("12.5")), DiscountKind.PERCENT_OFF, "12.5"),
        (DiscountRule(amount=eur(250)), DiscountKind.AMOUNT_OFF, "2.50"),
        (DiscountRule(per_kwh=Decimal("0.055")), DiscountKind.OFF_EACH_KWH, "0.055"),
        (DiscountRule(energy_wh=1_250), DiscountKind.KWH_FREE, "1.25"),
        (DiscountRule(seconds=690, dimensions=PARKING), DiscountKind.MIN_FREE, "11.5"),
    ],
)
def test_the_invoice_states_each_discount_and_its_funder(cut, kind, value):
    shared = Funding("cafe", "Café Strom", Decimal(50))
    partner, operator = off(entitled("a", EntitlementKind.PARTNER, cut, funding=shared)).discounts[:2]
    assert parse_discount_reason(partner.because) == DiscountReason(kind, Decimal(value), "Café Strom")
    assert parse_discount_reason(operator.because) == DiscountReason(kind, Decimal(value), "")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"percent": Decimal(10), "seconds": 5},
        {"percent": Decimal(0)},
        {"percent": Decimal("100.1")},
        {"amount": Money(0, "EUR")},
        {"energy_wh": 0},
        {"seconds": 0},
        {"per_kwh": Decimal(0)},
        {"per_kwh": Decimal("100.01")},
    ],
)
def test_a_discount_rule_has_exactly_one_positive_value(wrong):
    with pytest.raises(BadInput):
        DiscountRule(**wrong)
    assert DiscountRule(per_kwh=Decimal(100)) and DiscountRule(amount=eur(1))


def test_a_discount_of_zero_or_an_invalid_funding_share_is_refused():
    for wrong in (
        lambda: Discount("a", EntitlementKind.COUPON, "Gift", Funder(FunderKind.OPERATOR, "us"), None, eur(0), ""),
        lambda: Funding("", "", Decimal(1)),
        lambda: Funding("cafe", "Café", Decimal("100.1")),
        lambda: Funding("cafe", "Café", Decimal("-0.1")),
    ):
        with pytest.raises(BadInput):
            wrong()


def test_a_discount_in_another_currency_than_the_charge_is_not_applied():
    swiss = Money(100, "CHF")
    free = DiscountRule(energy_wh=1)
    for cut, limits in ((DiscountRule(amount=swiss), {}), (free, {"most": swiss}), (free, {"least_spend": swiss})):
        one = entitled("a", EntitlementKind.COUPON, cut, **limits)
        assert one.is_in("CHF") and not one.is_in("EUR")


cuts = st.one_of(
    st.builds(DiscountRule, percent=st.decimals("0.5", 100, places=1)),
    st.builds(DiscountRule, percent=st.decimals("0.5", 100, places=1), dimensions=st.sampled_from([ENERGY, PARKING])),
    st.builds(DiscountRule, amount=st.integers(1, 3000).map(eur)),
    st.builds(DiscountRule, per_kwh=st.decimals("0.01", "0.99", places=2)),
    st.builds(DiscountRule, energy_wh=st.integers(1, 40_000)),
    st.builds(DiscountRule, seconds=st.integers(1, 7200)),
)
entitlements = st.lists(
    st.builds(
        lambda number, kind, given, stacks, percent, most: entitled(
            f"e{number}", kind, *given, stacks=stacks, most=most, funding=Funding("cafe", "Café", percent)
        ),
        st.integers(0, 99),
        st.sampled_from(EntitlementKind),
        st.lists(cuts, min_size=1, max_size=3),
        st.booleans(),
        st.decimals(0, 100, places=1),
        st.none() | st.integers(0, 1500).map(eur),
    ),
    max_size=6,
    unique_by=lambda one: one.source,
)


@settings(deadline=None, max_examples=300)
@given(entitlements, st.randoms())
def test_discounts_never_exceed_the_invoice_or_a_budget_and_do_not_depend_on_order(given_ones, dice):
    applied = off(*given_ones)
    for tax in RATING.taxes:
        assert tax.gross.minor + sum(one.gross.minor for one in applied.discounts if one.vat_percent == tax.vat_percent) >= 0
    assert sum(one.amount.minor for one in applied.taken) == applied.off.minor
    by_source = {one.source: one for one in given_ones}
    for taken in applied.taken:
        source = by_source[taken.source]
        assert source.most is None or taken.amount <= source.most
        bears = sum(-one.gross.minor for one in applied.discounts if one.source == taken.source and one.funder.kind is FunderKind.OPERATOR)
        assert bears == int(taken.amount.minor * (100 - source.funding.partner_percent) // 100)
    shuffled = list(given_ones)
    dice.shuffle(shuffled)
    assert off(*shuffled) == applied
