"""The measured effect of a price change, with its uncertainty."""

from datetime import date, timedelta

import numpy as np
import pytest

from forecourt.revenue import History, measure_change

MONDAY = date(2026, 1, 5)


def days(count, level_at, seed=1):
    dice = np.random.default_rng(seed)
    shape = 3 + 2 * np.sin(np.arange(24) / 4)
    return History(MONDAY, tuple(tuple(map(float, dice.poisson(shape * level_at(day)))) for day in range(count)))


def test_a_large_effect_of_a_price_change_is_significant_and_measured_correctly():
    found = measure_change(days(112, lambda day: 1 if day < 84 else 1.4), MONDAY + timedelta(days=84))
    assert found.clear and found.ratio == pytest.approx(1.4, abs=0.1) and found.low < 1.4 < found.high


def test_without_an_effect_none_is_reported():
    found = measure_change(days(112, lambda day: 1), MONDAY + timedelta(days=84))
    assert not found.clear and found.low < 1 < found.high


def test_randomly_drifting_demand_is_seldom_reported_as_an_effect():
    """With intervals of 80 %, about one in five may look significant without any effect."""
    clear = 0
    for seed in range(8):
        wander = np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.05, 120)))
        clear += measure_change(days(112, lambda day, wander=wander: wander[day], seed), MONDAY + timedelta(days=84)).clear
    assert clear <= 3


@pytest.mark.parametrize(("day", "word"), [(10, "days before it"), (80, "days after it")])
def test_with_too_few_days_the_result_is_inconclusive_and_says_why(day, word):
    found = measure_change(days(84, lambda _: 1), MONDAY + timedelta(days=day))
    assert found.low is None and not found.clear and word in found.why_inconclusive


def test_the_next_price_change_ends_the_measured_period():
    found = measure_change(days(112, lambda day: 1), MONDAY + timedelta(days=70), MONDAY + timedelta(days=80))
    assert found.days == 10 and found.ratio == pytest.approx(1, abs=0.1)
