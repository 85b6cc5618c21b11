"""The exact optimum by dynamic programming: an upper reference that no practical pricing can reach.

It knows the true demand, sets any price between the bounds (no tick), and changes it the moment a car comes or leaves.
With the value V(t, n) of n taken sockets, revenue obeys Bellman's equation
    -dV/dt = max over p of  rate(t, p) (margin(p) + V(n + 1) - V(n))  +  n / stay (V(n - 1) - V(n)),
solved backwards in time, cycle after cycle, until a cycle adds the same at every state.
"""

import numpy as np

from forecourt.revenue.demand import Demand
from forecourt.revenue.pool import Floats

_STEPS_PER_HOUR = 60


def optimal_money(demand: Demand, floor: float, cap: float) -> float:
    """Long-run money per day of the best possible policy."""
    value, change = np.zeros(demand.sockets + 1), np.zeros(1)
    for _ in range(50):
        before = value
        for rate in reversed(demand.arrivals_per_hour):
            value = _hour_back(value, rate, demand, floor, cap)
        change = value - before
        value = value - value[0]
        if np.ptp(change) < 1e-7 * max(1.0, float(change.max())):
            break
    return float(change.mean()) * 24 / len(demand.arrivals_per_hour)


def best_price(demand: Demand, worth: Floats, floor: float, cap: float) -> Floats:
    """What to ask where letting one more in costs `worth` later: for isoelastic demand a markup on all costs, within the bounds."""
    if demand.elasticity <= 1:
        return np.full_like(worth, cap)
    cost = demand.energy_cost + worth / demand.energy_kwh
    return np.clip(cost * demand.elasticity / (demand.elasticity - 1), floor, cap)


def _hour_back(value: Floats, rate: float, demand: Demand, floor: float, cap: float) -> Floats:
    """Runge and Kutta's fourth order, a minute a step."""
    step = 1 / _STEPS_PER_HOUR
    for _ in range(_STEPS_PER_HOUR):
        one = _slope(value, rate, demand, floor, cap)
        two = _slope(value + step / 2 * one, rate, demand, floor, cap)
        three = _slope(value + step / 2 * two, rate, demand, floor, cap)
        four = _slope(value + step * three, rate, demand, floor, cap)
        value = value + step / 6 * (one + 2 * two + 2 * three + four)
    return value


def _slope(value: Floats, rate: float, demand: Demand, floor: float, cap: float) -> Floats:
    slope = np.zeros_like(value)
    worth = value[:-1] - value[1:]
    price = best_price(demand, worth, floor, cap)
    coming = rate * (price / demand.reference_price) ** -demand.elasticity
    slope[:-1] = coming * ((price - demand.energy_cost) * demand.energy_kwh - worth)
    slope[1:] += np.arange(1, len(value)) / demand.stay_h * worth
    return slope
