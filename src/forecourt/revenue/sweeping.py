"""The sweep: our pricing beside the best flat price, the best two prices by the clock, the exact optimum and the bound.

Each seed is a place of its own that the optimiser has not seen. It first sells for some weeks at test prices, and learns
rates, stays, energy and elasticity from what an operator would see of them: refused drivers leave no trace. What it then
proposes is measured in the true world, exactly. "informed" is the same optimiser with the true demand: the difference is the
price of learning.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from forecourt.kernel import BadInput
from forecourt.revenue.demand import Demand
from forecourt.revenue.elasticity import MIN_ELASTICITY, Elasticity, estimate_elasticity
from forecourt.revenue.fluid import fluid_bound
from forecourt.revenue.occupancy import OccupancyPolicy, price_by_occupancy
from forecourt.revenue.optimum import optimal_money
from forecourt.revenue.pool import REVIEWS_PER_HOUR, Outcome, Pool
from forecourt.revenue.simulated_demand import CAP, FLOOR, TICK, SimulatedSales, random_demand, simulate_sales
from forecourt.revenue.windows import best_flat, best_two_periods

ELASTICITIES = (1.0, 2.0, 3.0)
LOADS = (0.5, 0.8, 1.1)
# Seeds below were used while building; the sweep takes those from here on.
FIRST_HELD_OUT = 1000
_TRIAL_WEEKS = 10
_TRIAL_PRICES = (0.35, 0.42, 0.50, 0.58, 0.65)
# A price that moves must be worth the trouble to drivers: below this gain over the best flat price it does not.
MIN_GAIN = 0.01


@dataclass(frozen=True, slots=True)
class SweepSite:
    """One seed of one cell. Uplifts are over the best flat price, as shares."""

    seed: int
    flat: Outcome
    flat_price: float
    two_periods: float
    ours: Outcome
    informed: Outcome
    exact: float
    fluid: float
    elasticity: float
    elasticity_sd: float

    def uplift(self, money: float) -> float:
        return money / self.flat.money - 1


@dataclass(frozen=True, slots=True)
class Cell:
    """Means over the places of one elasticity and load; worst: the least uplift of ours in any place."""

    elasticity: float
    load: float
    seeds: int
    flat_money: float
    two_periods: float
    ours: float
    informed: float
    exact: float
    fluid: float
    worst: float
    refused_flat: float
    refused_ours: float
    dispersion: float
    elasticity_found: float
    elasticity_sd: float

    @property
    def share(self) -> float | None:
        """Of the exact optimum's uplift; None where there is none to have (under 0.1 %)."""
        return self.ours / self.exact if self.exact >= 0.001 else None


def sweep(
    elasticities: Sequence[float], loads: Sequence[float], seeds: int, on_cell: Callable[[Cell], None] = lambda cell: None
) -> tuple[Cell, ...]:
    """Every cell over the held-out seeds. on_cell: called with each finished cell. The same arguments give the same figures."""
    if seeds < 1 or not all(0.2 <= one <= 5 for one in elasticities) or not all(0.05 <= one <= 3 for one in loads):
        raise BadInput("sweep", "A sweep needs a seed, elasticities of 0.2 to 5 and loads of 0.05 to 3.")
    cells = []
    for elasticity in elasticities:
        for load in loads:
            places = [run_site(FIRST_HELD_OUT + seed, elasticity, load) for seed in range(seeds)]
            cells.append(_cell(elasticity, load, places))
            on_cell(cells[-1])
    return tuple(cells)


def run_site(seed: int, elasticity: float, load: float) -> SweepSite:
    """One site: learn from its test weeks, set prices, and compare with the references."""
    truth = random_demand(seed, elasticity, load)
    every_tick = Pool(truth, _ticks(1))
    rung, _ = best_flat(every_tick)
    played = trial_weeks(truth, seed)
    found = estimate_elasticity(played.hours, truth.reference_price)
    true_pool = Pool(truth, _ticks(3))
    return SweepSite(
        seed,
        every_tick.outcome(every_tick.flat(rung)),
        every_tick.prices[rung],
        best_two_periods(every_tick)[1],
        _optimised_outcome(learned_demand(truth, played, found), every_tick),
        true_pool.outcome(price_by_occupancy(true_pool).table),
        optimal_money(truth, FLOOR, CAP),
        fluid_bound(truth, FLOOR, CAP),
        found.mean,
        found.sd,
    )


def optimise_prices(demand: Demand) -> OccupancyPolicy:
    """One decision of the optimiser from nothing: the price for every hour and number taken. Its time is measured."""
    return price_by_occupancy(Pool(demand, _ticks(3)))


def learned_demand(truth: Demand, played: SimulatedSales, found: Elasticity) -> Demand:
    """The demand as the operator estimates it; of the truth, only sockets and reference price are known."""
    stay_h, energy_kwh = float(np.mean(played.stays_h)), float(np.mean(played.energies_kwh))
    return replace(truth, arrivals_per_hour=found.rates, stay_h=stay_h, energy_kwh=energy_kwh, elasticity=max(MIN_ELASTICITY, found.mean))


def trial_weeks(truth: Demand, seed: int) -> SimulatedSales:
    """Weeks in which each day has one of five prices, reshuffled every five days."""
    rng = np.random.default_rng([seed, 3])
    days = _TRIAL_WEEKS * 7
    prices = np.concatenate([rng.permutation(_TRIAL_PRICES) for _ in range(days // len(_TRIAL_PRICES))])
    return simulate_sales(truth, lambda review, taken: float(prices[review // (24 * REVIEWS_PER_HOUR)]), days, seed)


def _optimised_outcome(believed: Demand, true_pool: Pool) -> Outcome:
    """Choose by the estimated demand, measure by the true one: prices by occupancy if worth it, else the best flat price."""
    policy = optimise_prices(believed)
    expected = policy.pool.outcome(policy.table).money
    thought = Pool(believed, true_pool.prices)
    rung, money = best_flat(thought)
    if expected < money * (1 + MIN_GAIN):
        return true_pool.outcome(true_pool.flat(rung))
    true_world = Pool(true_pool.demand, policy.pool.prices)
    return true_world.outcome(policy.table)


def _ticks(each: int) -> tuple[float, ...]:
    return tuple(round(FLOOR + TICK * index, 2) for index in range(0, round((CAP - FLOOR) / TICK) + 1, each))


def _cell(elasticity: float, load: float, places: Sequence[SweepSite]) -> Cell:
    def mean(of: Callable[[SweepSite], float]) -> float:
        return float(np.mean([of(one) for one in places]))

    return Cell(
        elasticity,
        load,
        len(places),
        mean(lambda one: one.flat.money),
        mean(lambda one: one.uplift(one.two_periods)),
        mean(lambda one: one.uplift(one.ours.money)),
        mean(lambda one: one.uplift(one.informed.money)),
        mean(lambda one: one.uplift(one.exact)),
        mean(lambda one: one.uplift(one.fluid)),
        min(one.uplift(one.ours.money) for one in places),
        mean(lambda one: one.flat.refused_share),
        mean(lambda one: one.ours.refused_share),
        mean(lambda one: one.ours.dispersion),
        mean(lambda one: one.elasticity),
        mean(lambda one: one.elasticity_sd),
    )


def worst_cell(cells: Sequence[Cell]) -> Cell:
    """The one furthest from the exact optimum: by share of its uplift, or where there is none by what ours lost."""
    return min(cells, key=lambda one: one.share if one.share is not None else 1 + one.ours * 100)


def sweep_json(cells: Sequence[Cell]) -> dict[str, Any]:
    """Figures for programs; uplifts as shares of the best flat price's money."""
    worst = worst_cell(cells)
    return {
        "first_seed": FIRST_HELD_OUT,
        "cells": [{**asdict(cell), "share_of_exact": cell.share, "is_worst": cell is worst} for cell in cells],
    }
