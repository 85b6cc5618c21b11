"""Coupons: who can claim one and when, and the remaining budget."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import BadInput, Conflict, Money, Span
from forecourt.offers import Claim, Coupon, DiscountRule, EntitlementKind, claim_coupon, entitlement_from_claim, record_spending
from money_world import CARD_DRIVER, NOON, OPERATOR

WEEK = Span(NOON, NOON + timedelta(days=7))


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def coupon(**changes: object) -> Coupon:
    made = Coupon(UUID(int=1), OPERATOR, "ABCD1234", "Welcome", DiscountRule(percent=Decimal(10)), WEEK, budget=eur(1000))
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "own", "at", "code"),
    [
        ({}, 0, WEEK.start - timedelta(seconds=1), "coupon_not_valid"),
        ({}, 0, WEEK.end, "coupon_not_valid"),
        ({"paused": True}, 0, NOON, "coupon_not_valid"),
        ({}, 1, NOON, "coupon_had"),
        ({"per_driver": 3}, 3, NOON, "coupon_had"),
        ({"most_claims": 5, "claims": 5}, 0, NOON, "coupon_gone"),
        ({"spent": eur(1000)}, 0, NOON, "coupon_gone"),
    ],
)
def test_a_coupon_claimed_too_early_too_late_or_too_often_is_refused_with_the_reason(
    changes: dict[str, object], own: int, at: object, code: str
) -> None:
    with pytest.raises(Conflict) as refused:
        claim_coupon(coupon(**changes), own, at)  # type: ignore[arg-type]
    assert refused.value.code == code


def test_the_last_coupon_can_be_claimed_until_the_last_cent_and_moment() -> None:
    last = coupon(per_driver=3, most_claims=5, claims=4, spent=eur(999))
    assert claim_coupon(last, 2, WEEK.end - timedelta(microseconds=1)).claims == 5
    early = pytest.raises(Conflict, match="not valid yet"), pytest.raises(Conflict, match="no longer valid")
    for expected, one in zip(early, (coupon(), coupon(paused=True)), strict=True):
        with expected:
            claim_coupon(one, 0, NOON - timedelta(days=1))


@given(st.lists(st.integers(-300, 300), max_size=12))
def test_the_remaining_budget_is_never_exceeded(amounts: list[int]) -> None:
    now, sum_minor = coupon(), 0
    for minor in amounts:
        if sum_minor + minor > 1000:
            with pytest.raises(Conflict):
                record_spending(now, eur(minor))
            continue
        now, sum_minor = record_spending(now, eur(minor), 1 if minor >= 0 else -1), sum_minor + minor
        assert now.left == eur(1000 - sum_minor)
    assert coupon(budget=None).left is None
    told = record_spending(coupon(budget=None), eur(5))
    assert record_spending(told, Money(7, "CHF")) == replace(told, used=2)


def test_a_claim_gives_the_discount_until_the_coupon_ends_within_its_remaining_budget() -> None:
    claim = Claim(UUID(int=2), OPERATOR, UUID(int=1), CARD_DRIVER, NOON + timedelta(days=1))
    gives = entitlement_from_claim(claim, coupon(spent=eur(400), least_spend=eur(500), stacks=True))
    assert (gives.source, gives.kind, gives.budget_key, gives.stacks) == (str(claim.id), EntitlementKind.COUPON, str(UUID(int=1)), True)
    assert (gives.validity, gives.most, gives.least_spend) == (Span(claim.claimed_at, WEEK.end), eur(600), eur(500))
    assert gives.is_in("EUR") and not gives.is_in("CHF")


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "},
        {"title": "x" * 61},
        {"cut": DiscountRule(per_kwh=Decimal("0.05"))},
        {"cut": DiscountRule(seconds=60)},
        {"per_driver": 0},
        {"most_claims": 0},
        {"budget": eur(0)},
    ],
)
def test_a_coupon_that_could_never_be_used_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        coupon(**wrong)
