"""Discounts are lines of their own with a funder."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.kernel import BadInput, Money, Span
from forecourt.offers import Cut, Discount, Entitlement, Funder, FunderKind, Kind, apply_offers, owed_by_funder
from forecourt.tariffs import Dimension, rate
from tariffs.words import NOON, element, price, tariff, usage

OPERATOR, CAFE = Funder(FunderKind.OPERATOR, "the operator"), Funder(FunderKind.PARTNER, "Café Strom")
YEAR = Span(NOON - timedelta(days=100), NOON + timedelta(days=265))
RULES = tariff(element(price("FLAT", "1", 19), price("ENERGY", "0.50", 19), price("PARKING_TIME", "6", 7)))
RATING = rate(RULES, usage(("CHARGING", 60, 20_000), ("IDLE", 30, 0)))  # 11.00 net at 19 %, 3.00 net at 7 %


def entitled(code, kind, cut, funder=OPERATOR, stacks=False):
    return Entitlement(code, kind, code.title(), cut, funder, YEAR, stacks)


def test_a_membership_takes_a_percentage_of_energy_alone():
    plan = entitled("plus", Kind.MEMBERSHIP, Cut(percent=Decimal(10), dimensions=frozenset({Dimension.ENERGY})))
    (discount,) = apply_offers(RATING, [plan], NOON)
    assert (discount.net, discount.tax, discount.gross) == (Money(-100, "EUR"), Money(-19, "EUR"), Money(-119, "EUR"))


def test_thirty_free_minutes_at_the_cafes_expense():
    voucher = entitled("coffee", Kind.PARTNER, Cut(minutes=20, dimensions=frozenset({Dimension.PARKING_TIME})), CAFE)
    discounts = apply_offers(RATING, [voucher], NOON)
    assert owed_by_funder(discounts) == {CAFE: Money(214, "EUR")}


def test_a_voucher_may_ask_for_energy_first():
    voucher = entitled("coffee", Kind.PARTNER, Cut(amount=Money(300, "EUR"), least_wh=20_001), CAFE)
    assert apply_offers(RATING, [voucher], NOON) == ()


def test_the_better_of_two_coupons_is_used():
    ten, free = entitled("ten", Kind.COUPON, Cut(percent=Decimal(10))), entitled("free", Kind.COUPON, Cut(energy_wh=10_000))
    assert [each.code for each in apply_offers(RATING, [ten, free], NOON)] == ["free"]


def test_a_coupon_takes_from_what_the_membership_left():
    plan = entitled("plus", Kind.MEMBERSHIP, Cut(percent=Decimal(100), dimensions=frozenset({Dimension.ENERGY, Dimension.FLAT})))
    coupon = entitled("fifty", Kind.COUPON, Cut(amount=Money(5000, "EUR")))
    discounts = apply_offers(RATING, [coupon, plan], NOON)
    assert sum(each.gross.minor for each in discounts) == -RATING.gross.minor


def test_an_entitlement_ends():
    plan = entitled("plus", Kind.MEMBERSHIP, Cut(percent=Decimal(10)))
    assert apply_offers(RATING, [plan], YEAR.end) == ()


def test_a_cut_is_one_thing_and_a_discount_never_adds():
    with pytest.raises(BadInput):
        Cut(percent=Decimal(10), minutes=5)
    with pytest.raises(BadInput):
        Cut(percent=Decimal(101))
    with pytest.raises(BadInput):
        Discount("x", "X", CAFE, None, Money(1, "EUR"), Money(0, "EUR"), Money(1, "EUR"), "")


cuts = st.one_of(
    st.builds(Cut, percent=st.decimals("0.5", 100, places=1)),
    st.builds(Cut, amount=st.integers(1, 3000).map(lambda cents: Money(cents, "EUR"))),
    st.builds(Cut, energy_wh=st.integers(1, 40_000)),
    st.builds(Cut, minutes=st.integers(1, 120)),
)


@settings(deadline=None)
@given(st.lists(st.tuples(cuts, st.sampled_from(Kind), st.booleans()), max_size=6))
def test_discounts_never_pass_the_bill_in_any_category(given_cuts):
    held = [entitled(f"e{n}", kind, cut, stacks=stacks) for n, (cut, kind, stacks) in enumerate(given_cuts)]
    discounts = apply_offers(RATING, held, NOON)
    for tax in RATING.taxes:
        assert tax.gross.minor + sum(each.gross.minor for each in discounts if each.vat_percent == tax.vat_percent) >= 0
