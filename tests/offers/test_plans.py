"""Months of a membership, and its remaining allowances."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import BadInput, Conflict, DriverId, Money, OperatorId
from forecourt.offers import (
    DiscountRule,
    EntitlementKind,
    EntitlementUse,
    Membership,
    MembershipEnd,
    MembershipTerm,
    PlanVersion,
    cancel_membership,
    change_membership,
    entitlement_from_membership,
    months_later,
)

BERLIN = ZoneInfo("Europe/Berlin")
JOINED = datetime(2026, 1, 31, 13, 30, tzinfo=UTC)
PLAN, OTHER = UUID(int=7), UUID(int=8)


def member(joined=JOINED, zone="Europe/Berlin"):
    return Membership(
        UUID(int=1), OperatorId(UUID(int=2)), DriverId(UUID(int=3)), (MembershipTerm(0, PLAN, UUID(int=70)),), zone, joined, billed=1
    )


def version(*benefits, number=1, plan=PLAN):
    vat = Decimal(19)
    return PlanVersion(UUID(int=70 + number), OperatorId(UUID(int=2)), plan, number, "Plus", Money(990, "EUR"), vat, benefits, (), JOINED)


def used(minutes, at, **quantity):
    return EntitlementUse(UUID(int=minutes), str(UUID(int=1)), EntitlementKind.MEMBERSHIP, UUID(int=5), at, Money(100, "EUR"), **quantity)


def test_months_starting_on_the_31st_start_on_the_last_day_of_shorter_months():
    starts = [member().period(number).span.start.astimezone(BERLIN).date() for number in range(5)]
    assert starts == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]
    assert months_later(date(2027, 12, 31), 2) == date(2028, 2, 29)


def test_membership_months_begin_at_local_midnight_over_a_clock_change():
    starts = [member().period(number).span.start for number in range(4)]
    assert starts[0] == JOINED and starts[1] == datetime(2026, 2, 27, 23, tzinfo=UTC) and starts[3] == datetime(2026, 4, 29, 22, tzinfo=UTC)


@given(
    st.timedeltas(timedelta(days=-800), timedelta(days=800)).map(lambda off: JOINED + off),
    st.timedeltas(timedelta(0), timedelta(days=900)),
    st.sampled_from(["Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland"]),
)
def test_every_instant_lies_in_exactly_one_membership_month(joined, later, zone):
    one, at = member(joined, zone), joined + later
    month = one.period_at(at)
    assert month.span.contains(at) and one.period(month.number + 1).span.start == month.span.end


def test_the_remaining_allowance_excludes_uses_of_the_same_month():
    plan = version(DiscountRule(energy_wh=20_000), DiscountRule(seconds=1800), DiscountRule(percent=Decimal(5)))
    february = JOINED + timedelta(days=40)
    uses = [used(1, JOINED, energy_wh=20_000), used(2, february, energy_wh=15_000, seconds=1800), used(3, february, energy_wh=4_000)]
    back = EntitlementUse(
        UUID(int=9), str(UUID(int=1)), EntitlementKind.MEMBERSHIP, UUID(int=5), february, Money(1, "EUR"), 9_000, returned_at=february
    )
    cuts = entitlement_from_membership(member(), plan, [*uses, back], february, "CHF").cuts
    assert [(cut.energy_wh, cut.percent) for cut in cuts] == [(1_000, None), (None, Decimal(5))]


@given(st.lists(st.integers(1, 50), min_size=1, max_size=4), st.integers(0, 120), st.sampled_from([("energy_wh", 1000), ("seconds", 60)]))
def test_allowances_of_a_plan_are_used_in_order_and_together_give_what_is_left(gives, spent, kind):
    name, unit = kind
    plan = version(*(DiscountRule(**{name: one * unit}) for one in gives), DiscountRule(percent=Decimal(5)))
    *left, last = entitlement_from_membership(member(), plan, [used(1, JOINED, **{name: spent * unit})], JOINED, "EUR").cuts
    given_ = [getattr(cut, name) // unit for cut in left]
    assert sum(given_) == max(0, sum(gives) - spent) and last == plan.benefits[-1]
    assert given_[:-1] == gives[: len(given_)][:-1] and all(had <= most for had, most in zip(given_, gives, strict=False))


def test_an_amount_per_kwh_applies_in_the_currency_of_the_fee_and_percentages_in_all():
    plan = version(DiscountRule(percent=Decimal(5)), DiscountRule(per_kwh=Decimal("0.05")))
    gives = {one: entitlement_from_membership(member(), plan, [], JOINED, one).cuts for one in ("EUR", "CHF")}
    assert gives == {"EUR": plan.benefits, "CHF": plan.benefits[:1]}


def test_a_cancelled_membership_ends_with_its_month():
    at = JOINED + timedelta(days=3)
    gone = cancel_membership(member(), at)
    assert gone.end is MembershipEnd.CANCELLED and gone.ends_at == member().period(0).span.end and gone.renews_at is None
    assert cancel_membership(gone, at) == gone and gone.is_valid_at(at) and not gone.is_valid_at(gone.ends_at)
    with pytest.raises(Conflict):
        change_membership(gone, version(DiscountRule(percent=Decimal(9)), number=2), at)


def test_a_plan_change_applies_from_the_next_month_and_can_be_undone():
    at, better = JOINED + timedelta(days=3), version(DiscountRule(percent=Decimal(9)), number=2, plan=OTHER)
    after = change_membership(member(), better, at)
    assert after.term(0).plan_id == PLAN and after.term(1).plan_id == OTHER and after.term(9).plan_id == OTHER
    assert change_membership(after, version(DiscountRule(percent=Decimal(9)), number=0), at).terms == member().terms


@pytest.mark.parametrize("wrong", [(), (DiscountRule(amount=Money(100, "EUR")),), (DiscountRule(percent=Decimal(1)),) * 7])
def test_a_plan_without_a_possible_benefit_is_refused(wrong):
    with pytest.raises(BadInput):
        version(*wrong)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"title": " "}, "plan_title"),
        ({"title": "x" * 61}, "plan_title"),
        ({"fee": Money(-1, "EUR")}, "plan_fee"),
        ({"share_percent": 99}, "plan_share"),
        ({"share_percent": 301}, "plan_share"),
        ({"share_percent": 100, "benefits": ()}, "plan_benefits"),
        ({"vat_percent": Decimal(-1)}, "plan_vat"),
        ({"vat_percent": Decimal("100.1")}, "plan_vat"),
        ({"benefits": (DiscountRule(percent=Decimal(1)), DiscountRule(amount=Money(1, "EUR")))}, "plan_amount"),
    ],
)
def test_an_invalid_plan_is_refused(wrong, code):
    with pytest.raises(BadInput) as refused:
        replace(version(DiscountRule(percent=Decimal(1))), **wrong)
    assert refused.value.code == code
    free = replace(version(*(DiscountRule(percent=Decimal(1)),) * 6), title="x", fee=Money(0, "EUR"), vat_percent=Decimal(0))
    assert replace(free, title="x" * 60, vat_percent=None, share_percent=101, benefits=()).fee == Money(0, "EUR")
    assert replace(free, share_percent=300, vat_percent=Decimal(100)).title == "x"


def test_a_month_is_due_at_its_beginning_unless_the_membership_has_ended():
    second, instant = member().period(1).span.start, timedelta(microseconds=1)
    for ends_at, due_at, renews_at in (
        (None, second, second),
        (second + instant, second, second),
        (second, second, None),
        (second - instant, second - instant, None),
    ):
        one = replace(member(), ends_at=ends_at)
        assert (one.due_at, one.renews_at) == (due_at, renews_at)
    assert replace(member(), over=True).renews_at is None
    assert member().is_valid_at(JOINED) and not member().is_valid_at(JOINED - instant)


def test_cancelling_discards_a_plan_change_pending_for_the_next_month():
    at = JOINED + timedelta(days=3)
    waiting = change_membership(member(), version(DiscountRule(percent=Decimal(9)), number=2, plan=OTHER), at)
    assert cancel_membership(waiting, at).terms == member().terms
    assert cancel_membership(waiting, at + timedelta(days=40)).terms == waiting.terms
    with pytest.raises(Conflict):
        cancel_membership(replace(member(), over=True), at)
