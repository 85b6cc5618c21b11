"""The price optimiser compared with other methods, bounds, and scenarios that were not used before."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.kernel import BadInput
from forecourt.revenue import (
    Demand,
    Pool,
    best_flat,
    best_two_periods,
    best_windows,
    fluid_bound,
    optimal_money,
    optimise_prices,
    price_by_occupancy,
    random_demand,
    simulate_sales,
    sweep,
    sweep_json,
    worst_cell,
)

DAY = random_demand(7, 2.0, 0.8)
RUNGS = tuple(round(0.35 + 0.03 * step, 2) for step in range(11))


def test_the_markov_chain_agrees_with_a_simulated_year():
    pool = Pool(DAY, RUNGS)
    policy = price_by_occupancy(pool)
    expected, played = pool.outcome(policy.table), simulate_sales(DAY, policy.price, 700, 5)
    assert played.money / 700 == pytest.approx(expected.money, rel=0.015)
    assert played.refused / played.asked == pytest.approx(expected.refused_share, abs=0.01)
    assert np.mean(played.prices) == pytest.approx(expected.mean_price, rel=0.01)
    assert np.std(played.prices) / np.mean(played.prices) == pytest.approx(expected.dispersion, rel=0.05)


def test_a_full_site_follows_the_erlang_loss_formula():
    steady = Demand((6.0,) * 24, 1.0, 20.0, 5, 0.5, 1.5)
    blocked = 1.0
    for sockets in range(1, 6):
        blocked = 6 * blocked / (sockets + 6 * blocked)
    pool = Pool(steady, (0.5,))
    assert pool.outcome(pool.flat(0)).refused_share == pytest.approx(blocked, rel=1e-6)


def test_hourly_prices_earn_what_their_full_tables_earn():
    pool = Pool(DAY, RUNGS)
    rungs = np.array([9 if 7 <= hour < 10 else 2 for hour in range(24)])
    assert pool.money_of(rungs[None])[0] == pytest.approx(pool.outcome(pool.by_hour(rungs)).money, rel=1e-6)


@settings(max_examples=12, deadline=None)
@given(st.floats(0.4, 4), st.floats(0.3, 1.4), st.integers(0, 999), st.floats(0, 0.3))
def test_flat_two_period_occupancy_optimal_and_bound_revenues_are_ordered(elasticity, load, seed, cost):
    demand = replace(random_demand(seed, elasticity, load), energy_cost=cost)
    pool = Pool(demand, RUNGS)
    _, flat = best_flat(pool)
    _, two = best_two_periods(pool)
    ours = pool.outcome(price_by_occupancy(pool).table).money
    exact = optimal_money(demand, 0.35, 0.65)
    slack = 1e-5 * exact
    assert flat <= two + slack <= exact + 2 * slack
    assert flat <= ours + slack <= exact + 2 * slack
    assert exact <= fluid_bound(demand, 0.35, 0.65) + slack


def test_with_ample_sockets_the_fluid_bound_is_exact():
    roomy = replace(random_demand(3, 2.5, 0.3), sockets=60)
    assert fluid_bound(roomy, 0.35, 0.65) == pytest.approx(optimal_money(roomy, 0.35, 0.65), rel=1e-3)


def test_the_optimal_price_rises_with_the_occupied_sockets():
    policy = optimise_prices(DAY)
    shown = [[policy.price(review, taken) for taken in range(DAY.sockets)] for review in range(0, 288, 12)]
    assert all(low <= high + 1e-9 for row in shown for low, high in pairwise(row))
    assert policy.worth(12 * 9, 7) > policy.worth(12 * 9, 0) >= -1e-6


def test_price_windows_stay_within_the_allowed_prices_and_never_lose_money():
    pool = Pool(DAY, RUNGS)
    allowed = np.zeros((24, 11), dtype=bool)
    allowed[:, 3:8] = True
    plan, money = best_windows(pool, allowed, max_windows=3, least_hours=2, least_gain=0.002)
    assert allowed[np.arange(24), plan].all() and money >= max(pool.money_of(np.full((5, 24), [[3], [4], [5], [6], [7]]))) * (1 - 1e-9)
    changes = sum(one != other for one, other in zip(plan, np.roll(plan, 1), strict=True))
    assert changes <= 6


def test_held_out_scenarios_reach_four_fifths_of_the_optimal_gain_and_never_lose():
    """A small part of the sweep that the benchmark runs in full."""
    cells = sweep((1.0, 3.0), (0.5, 1.1), 1)
    assert all(cell.worst >= -0.01 and cell.ours >= 0.8 * cell.exact - 1e-6 for cell in cells)
    assert cells[2].share is not None and cells[2].refused_ours < cells[2].refused_flat
    assert sum(one["is_worst"] for one in sweep_json(cells)["cells"]) == 1 and worst_cell(cells) in cells


def test_a_sweep_is_reproducible():
    assert sweep_json(sweep((2.0,), (0.5,), 1)) == sweep_json(sweep((2.0,), (0.5,), 1))


def test_impossible_demand_is_refused():
    with pytest.raises(BadInput):
        sweep((0.0,), (0.5,), 1)
    with pytest.raises(BadInput):
        Demand((1.0,) * 24, 0.0, 10, 8, 0.5, 1)
