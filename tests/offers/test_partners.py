"""Partner offers and vouchers: funding, budgets, and that each voucher is used once by the right person."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import BadInput, Conflict, DriverId, Money, Span
from forecourt.offers import (
    DiscountRule,
    Ended,
    Offer,
    OfferKind,
    Open,
    Partner,
    Used,
    Voucher,
    accept_voucher,
    add_issued_voucher,
    claim_voucher,
    commit_budget,
    entitlement_from_voucher,
    is_claimed,
    issue_voucher,
    use_voucher,
)
from money_world import CARD_DRIVER, NOON, OPERATOR, SITE

CAFE = Partner(UUID(int=77), OPERATOR, "cafe", "Café", "Weg 2", "cafe@x.example", (SITE,))
YEAR = Span(NOON - timedelta(days=1), NOON + timedelta(days=364))
LAST = timedelta(days=30) - timedelta(microseconds=1)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def offer(kind: OfferKind = OfferKind.EARNED, percent: int = 40, **changes: object) -> Offer:
    what = {"worth": eur(321)} if kind is OfferKind.EARNED else {"cut": DiscountRule(percent=Decimal(10))}
    return replace(Offer(UUID(int=5), OPERATOR, CAFE.id, "Coffee", kind, Decimal(percent), YEAR, (SITE,), **what), **changes)  # type: ignore[arg-type]


BERLIN = ZoneInfo("Europe/Berlin")


def given_out(kind: OfferKind = OfferKind.EARNED, **changes: object) -> Voucher:
    ends = {"valid_until": NOON + timedelta(days=30)}
    return replace(issue_voucher(offer(kind), UUID(int=6), "CODE", NOON, BERLIN), **ends | changes)  # type: ignore[arg-type]


@given(st.integers(0, 366 * 24 * 60), st.sampled_from(["Europe/Berlin", "America/Lima"]))
def test_a_voucher_is_valid_until_the_end_of_its_last_day_in_the_operators_zone(minute: int, name: str) -> None:
    zone, at = ZoneInfo(name), NOON + timedelta(minutes=minute)
    made = issue_voucher(offer(voucher_days=3), UUID(int=6), "CODE", at, zone)
    first, end = at.astimezone(zone).date(), made.valid_until.astimezone(zone)
    assert end.date() == made.last_day == first + timedelta(days=3) and end.time() == time(23, 59, 59)
    assert claimable(made, end - timedelta(minutes=1)) and not claimable(made, end + timedelta(minutes=1))


def claimable(made: Voucher, at: datetime) -> bool:
    with suppress(Conflict):
        return bool(accept_voucher(made, CAFE.id, UUID(int=1), at))
    return False


def test_the_time_a_voucher_was_used_is_stated_in_the_operators_zone() -> None:
    used = accept_voucher(given_out(), CAFE.id, UUID(int=4), datetime(2026, 6, 1, 22, 5, tzinfo=UTC))
    with pytest.raises(Conflict, match="on 2026-06-02 at 00:05"):
        accept_voucher(used, CAFE.id, UUID(int=4), NOON, ZoneInfo("Europe/Berlin"))


@given(st.integers(0, 100), st.integers(1, 5000), st.integers(1, 20_000))
def test_gift_vouchers_are_issued_while_the_budget_covers_the_operators_part_of_one_more(percent: int, worth: int, budget: int) -> None:
    made, given_ = offer(percent=percent, worth=eur(worth), budget=eur(budget)), 0
    bears = made.operator_bears.minor
    assert abs(bears * 100 - worth * (100 - percent)) < 100
    while given_ < 30 and (given_ + 1) * bears <= budget:
        made, given_ = add_issued_voucher(made, NOON), given_ + 1
    assert (made.issued, made.committed) == (given_, eur(given_ * bears) if given_ else None)
    if given_ < 30:
        with pytest.raises(Conflict):
            add_issued_voucher(made, NOON)


@given(st.integers(0, 99), st.integers(1, 5000))
def test_the_largest_discount_is_limited_by_the_operators_part_of_the_remaining_budget(percent: int, left: int) -> None:
    purchase = offer(OfferKind.PURCHASE, percent, budget=eur(5000), committed=eur(5000 - left))
    taken, whole = given_out(OfferKind.PURCHASE, state=Open(NOON)), replace(purchase, partner_percent=Decimal(100))
    most = entitlement_from_voucher(taken, purchase, CAFE).most
    assert most is not None and entitlement_from_voucher(taken, whole, CAFE).most is None
    assert most.minor * (100 - percent) <= left * 100 < (most.minor + 1) * (100 - percent)


def test_released_budget_is_available_again_and_an_inactive_offer_issues_no_voucher() -> None:
    made = add_issued_voucher(offer(budget=eur(200)), NOON)
    assert made.left == eur(200 - 193) and commit_budget(made, eur(-193), -1).left == eur(200)
    for wrong in (offer(paused=True), offer(validity=Span(YEAR.start, NOON)), offer(OfferKind.PURCHASE, budget=eur(9), committed=eur(9))):
        with pytest.raises(Conflict):
            add_issued_voucher(wrong, NOON)


def test_a_drivers_voucher_is_claimed_once_and_again_only_by_the_same_driver() -> None:
    mine = claim_voucher(given_out(OfferKind.PURCHASE), CARD_DRIVER, NOON + LAST)
    assert (mine.driver_id, mine.state) == (CARD_DRIVER, Open(NOON + LAST)) and claim_voucher(mine, CARD_DRIVER, NOON + LAST) == mine
    assert [is_claimed(mine, NOON + LAST + timedelta(microseconds=one)) for one in (-1, 0, 1)] == [False, True, False]
    document = UUID(int=9)
    assert use_voucher(mine, document, NOON).state == Used(NOON, document)
    for refused, code in (
        (lambda: claim_voucher(mine, DriverId(UUID(int=8)), NOON), "voucher_taken"),
        (lambda: claim_voucher(given_out(), CARD_DRIVER, NOON), "voucher_for_partner"),
        (lambda: claim_voucher(given_out(OfferKind.PURCHASE), CARD_DRIVER, NOON + timedelta(days=30)), "voucher_expired"),
        (lambda: use_voucher(replace(mine, state=Used(NOON, document)), document, NOON), "voucher_used"),
        (lambda: entitlement_from_voucher(given_out(OfferKind.PURCHASE), offer(OfferKind.PURCHASE), CAFE), "voucher_unclaimed"),
    ):
        with pytest.raises(Conflict) as told:
            refused()
        assert told.value.code == code


@pytest.mark.parametrize(
    ("changes", "partner", "code"),
    [
        ({}, 78, "voucher_foreign"),
        ({"kind": OfferKind.PURCHASE}, 77, "voucher_for_charging"),
        ({"state": Used(NOON, UUID(int=9))}, 77, "voucher_used"),
        ({"state": Ended(NOON, "credited")}, 77, "voucher_void"),
        ({"state": Ended(NOON, "expired")}, 77, "voucher_expired"),
        ({"valid_until": NOON + LAST}, 77, "voucher_expired"),
    ],
)
def test_a_partner_accepts_only_its_own_valid_gift_vouchers(changes: dict[str, object], partner: int, code: str) -> None:
    assert accept_voucher(given_out(), CAFE.id, UUID(int=4), NOON + LAST).state == Used(NOON + LAST, UUID(int=4))
    with pytest.raises(Conflict) as told:
        accept_voucher(given_out(**changes), UUID(int=partner), UUID(int=4), NOON + LAST)
    assert told.value.code == code


@pytest.mark.parametrize(
    "wrong",
    [
        {"handle": ""},
        {"handle": "x" * 41},
        {"handle": "Cafe"},
        {"handle": "café"},
        {"handle": "cafe strom"},
        {"handle": "-"},
        {"name": " "},
        {"name": "x" * 81},
        {"pay_within_days": -1},
        {"pay_within_days": 121},
    ],
)
def test_an_invalid_partner_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        replace(CAFE, **wrong)  # type: ignore[arg-type]
    for days in (0, 120):
        assert replace(CAFE, handle="x-" * 20, name="x" * 80, pay_within_days=days).active


def test_a_use_in_a_second_currency_counts_and_changes_no_budget() -> None:
    first = commit_budget(offer(), eur(5), 1)
    assert commit_budget(first, Money(7, "CHF"), 1) == replace(first, used=2)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (OfferKind.EARNED, {"title": " "}),
        (OfferKind.EARNED, {"title": "x" * 61}),
        (OfferKind.EARNED, {"partner_percent": Decimal("-0.1")}),
        (OfferKind.EARNED, {"partner_percent": Decimal("100.1")}),
        (OfferKind.EARNED, {"voucher_days": 0}),
        (OfferKind.EARNED, {"voucher_days": 731}),
        (OfferKind.HOSTING, {}),
        (OfferKind.EARNED, {"worth": eur(0)}),
        (OfferKind.EARNED, {"worth": None}),
        (OfferKind.EARNED, {"least_wh": -1}),
        (OfferKind.PURCHASE, {"cut": None}),
        (OfferKind.PURCHASE, {"cut": DiscountRule(per_kwh=Decimal("0.05"))}),
        (OfferKind.PURCHASE, {"worth": eur(1)}),
    ],
)
def test_an_invalid_offer_is_refused(kind: OfferKind, wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        offer(kind, **wrong)  # type: ignore[arg-type]
