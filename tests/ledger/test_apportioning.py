"""Apportioned parts sum exactly to the whole."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import BadInput, round_to_total, round_within
from forecourt.ledger import apportion, apportion_within

WEIGHTS = st.lists(st.decimals("0", "100", places=4), min_size=1, max_size=9).filter(lambda weights: sum(weights) > 0)


@given(st.integers(-(10**9), 10**9), WEIGHTS)
def test_parts_sum_to_the_whole_and_are_within_a_unit_of_their_share(total: int, weights: list[Decimal]) -> None:
    parts = apportion(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total) * Fraction(weight) / Fraction(sum(weights))) < 1


def test_the_largest_fraction_gets_the_remaining_unit() -> None:
    assert apportion(100, [Decimal(1), Decimal(1), Decimal(1)]) == (34, 33, 33)
    assert apportion(1, [Decimal(10), Decimal(90)]) == (0, 1)


def test_an_amount_cannot_be_apportioned_by_zero_weights() -> None:
    with pytest.raises(BadInput):
        apportion(1, [Decimal(0)])
    assert apportion(0, [Decimal(0), Decimal(0)]) == (0, 0)


@given(st.lists(st.fractions(-1000, 1000, max_denominator=999), min_size=1, max_size=12))
def test_rounding_to_the_rounded_sum_changes_each_part_by_at_most_one_unit(exact: list[Fraction]) -> None:
    total = round(sum(exact))
    parts = round_to_total(total, exact)
    assert sum(parts) == total
    assert all(abs(part - value) <= 1 for part, value in zip(parts, exact, strict=True))
    up, down = ([value % 1 for part, value in zip(parts, exact, strict=True) if (part > value) is is_up] for is_up in (True, False))
    assert not up or not down or min(up) >= max(down)


def test_a_difference_beyond_rounding_goes_to_the_last_part() -> None:
    assert round_to_total(10, [Fraction(1), Fraction(3, 2)]) == (2, 8) and round_to_total(-5, [Fraction(1), Fraction(3, 2)]) == (1, -6)
    assert round_to_total(0, []) == ()
    with pytest.raises(BadInput):
        round_to_total(1, [])


def test_stated_preferences_decide_which_part_is_rounded_up() -> None:
    exact = [Fraction(17, 10), Fraction(13, 10)]
    assert round_to_total(3, exact) == (2, 1) and round_to_total(3, exact, [Fraction(1), Fraction(2)]) == (1, 2)


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(0, 50), st.fractions(0, 1, max_denominator=99)), min_size=1), st.data())
def test_rounding_within_bounds_keeps_to_them_and_to_the_total(lows: list[tuple[int, int, Fraction]], data: st.DataObject) -> None:
    bounds = [(low, low + width) for low, width, _ in lows]
    total = data.draw(st.integers(sum(low for low, _ in bounds), sum(high for _, high in bounds)))
    parts = round_within(total, [low + width * of for low, width, of in lows], bounds)
    assert sum(parts) == total and all(low <= part <= high for part, (low, high) in zip(parts, bounds, strict=True))
    with pytest.raises(BadInput):
        round_within(sum(high for _, high in bounds) + 1, [Fraction(0)] * len(bounds), bounds)


@given(WEIGHTS, st.lists(st.integers(0, 400), min_size=1, max_size=12))
def test_no_part_rises_when_the_total_falls(weights: list[Decimal], totals: list[int]) -> None:
    before = apportion(max(totals), weights)
    for total in sorted(totals, reverse=True):
        parts = apportion_within(total, weights, before)
        assert sum(parts) == total and all(0 <= now <= then for now, then in zip(parts, before, strict=True))
        before = parts


def test_largest_remainders_alone_could_raise_a_part_of_a_smaller_total() -> None:
    weights = [Decimal(6), Decimal(6), Decimal(2)]
    assert (apportion(11, weights), apportion(10, weights)) == ((5, 5, 1), (4, 4, 2))
    assert apportion_within(10, weights, (5, 5, 1)) == (5, 4, 1)
    with pytest.raises(BadInput):
        apportion_within(1, [Decimal(0)], (1,))
