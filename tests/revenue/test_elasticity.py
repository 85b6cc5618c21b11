"""Estimating price elasticity, and when there is too little evidence."""

import numpy as np
import pytest

from forecourt.kernel import BadInput
from forecourt.revenue import SoldHour, estimate_elasticity, random_demand, simulate_sales

REFERENCE = 0.5


def sold(truth, prices, seed):
    """Weeks at prices that change by the day."""
    return simulate_sales(truth, lambda review, taken: prices[review // 288 % len(prices)], 56, seed).hours


@pytest.mark.parametrize("elasticity", [0.5, 1.5, 3.0])
def test_the_true_elasticity_is_estimated_although_drivers_were_refused(elasticity):
    found = [
        estimate_elasticity(sold(random_demand(seed, elasticity, 0.8), (0.36, 0.5, 0.64, 0.44, 0.57), seed), REFERENCE)
        for seed in (1, 2, 3)
    ]
    away = [(one.mean - elasticity) / one.sd for one in found]
    assert max(map(abs, away)) < 3 and all(one.enough and one.sd < 0.2 for one in found)


def test_a_single_price_is_too_little_evidence_for_an_elasticity():
    found = estimate_elasticity(sold(random_demand(4, 2.5, 0.8), (0.5,), 4), REFERENCE)
    assert found.mean == pytest.approx(0.76) and not found.enough
    assert "too little" in found.text and "0.76" in found.text


def test_a_single_price_change_is_weak_evidence_if_days_vary():
    """Demand doubled on the day the price fell, but days vary anyway."""
    dice = np.random.default_rng(5)
    levels = np.exp(dice.normal(0, 0.5, 28))
    hours = [
        SoldHour(hour, day, int(dice.poisson(4 * levels[day])), 1.0, 0.5 if day < 14 else 0.45) for day in range(28) for hour in range(24)
    ]
    found = estimate_elasticity(hours, REFERENCE)
    assert not found.enough and found.interval[0] < 0.76 < found.interval[1]


def test_estimated_arrival_rates_are_those_at_the_reference_price():
    truth = random_demand(6, 2.0, 0.4)
    found = estimate_elasticity(sold(truth, (0.36, 0.5, 0.64), 6), REFERENCE)
    assert sum(found.rates) == pytest.approx(sum(truth.arrivals_per_hour), rel=0.1)


def test_without_open_hours_no_elasticity_is_estimated():
    with pytest.raises(BadInput):
        estimate_elasticity([SoldHour(0, 0, 0, 0.0, 0.5)], REFERENCE)
