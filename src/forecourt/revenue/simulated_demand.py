"""Simulated demand: days of a fictitious site, reproducible from a seed.

Drivers come as a Poisson stream whose rate follows the hour of day and the price shown, stay for an exponential time, and
drive on when no socket is free. It is the model that `optimum` and `fluid` solve, simulated car by car.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush

import numpy as np

from forecourt.revenue.demand import Demand
from forecourt.revenue.elasticity import SoldHour
from forecourt.revenue.pool import REVIEWS_PER_HOUR, Floats

SOCKETS = 8
REFERENCE = 0.50
FLOOR, CAP, TICK = 0.35, 0.65, 0.01  # 30 % either way
PricePolicy = Callable[[int, int], float]


def random_demand(seed: int, elasticity: float, load: float) -> Demand:
    """A place of 8 sockets: two busy times a day and a quiet night, each hour off the curve by its own luck."""
    rng = np.random.default_rng([seed, 1])
    hours = np.arange(24) + 0.5
    shape = np.full(24, float(rng.uniform(0.1, 0.3)))
    for middle in (rng.uniform(7.5, 11), rng.uniform(15.5, 19.5)):
        wide, high = rng.uniform(1.5, 3.5), rng.uniform(0.7, 1.4)
        hours_off = np.minimum(np.abs(hours - middle), 24 - np.abs(hours - middle))
        shape += high * np.exp(-((hours_off / wide) ** 2) / 2)
    shape *= np.exp(rng.normal(0, 0.15, 24))
    stay_h = float(rng.uniform(1.2, 2.6))
    rates = shape / shape.mean() * load * SOCKETS / stay_h
    return Demand(tuple(float(rate) for rate in rates), stay_h, float(rng.uniform(12, 28)), SOCKETS, REFERENCE, elasticity)


@dataclass
class SimulatedSales:
    """What happened. hours: as an operator would see them, refused drivers unseen; prices: of each charge."""

    hours: list[SoldHour] = field(default_factory=list)
    prices: list[float] = field(default_factory=list)
    stays_h: list[float] = field(default_factory=list)
    energies_kwh: list[float] = field(default_factory=list)
    money: float = 0.0
    asked: int = 0
    refused: int = 0


def simulate_sales(demand: Demand, shown: PricePolicy, days: int, seed: int) -> SimulatedSales:
    """Simulate days. shown: the price from a review of the run (0, 1, 2 …) on, given the sockets taken then.

    The same seed gives the same drivers, each with a highest acceptable price, so that policies can be compared.
    """
    rng = np.random.default_rng([seed, 2])
    played, leaving = SimulatedSales(), list[float]()
    for hour in range(days * 24):
        rate = demand.arrivals_per_hour[hour % 24] * demand.scale(FLOOR)
        _play_hour(demand, shown, hour, _drivers(rng, rate, demand), leaving, played)
    return played


def _drivers(rng: np.random.Generator, rate: float, demand: Demand) -> Floats:
    """Drivers who would come at the floor price: arrival, price sensitivity, stay and energy."""
    count = int(rng.poisson(rate))
    when = np.sort(rng.uniform(0, 1, count))
    drawn = (rng.uniform(0, 1, count), rng.exponential(demand.stay_h, count), rng.gamma(4, demand.energy_kwh / 4, count))
    return np.column_stack([when, *drawn])


def _play_hour(demand: Demand, shown: PricePolicy, hour: int, drivers: Floats, leaving: list[float], played: SimulatedSales) -> None:
    arrivals, full_h, price_sum = 0, 0.0, 0.0
    max_scale, waiting = demand.scale(FLOOR), list(drivers)
    for review in range(hour * REVIEWS_PER_HOUR, (hour + 1) * REVIEWS_PER_HOUR):
        start, end = review / REVIEWS_PER_HOUR, (review + 1) / REVIEWS_PER_HOUR
        _remove_departed(leaving, start)
        price = shown(review, len(leaving))
        share, price_sum, at = demand.scale(price) / max_scale, price_sum + price, start
        while waiting and hour + waiting[0][0] < end:
            when, choosy, stay_h, energy_kwh = waiting.pop(0)
            full_h += _full(leaving, demand.sockets, at, hour + when)
            at = hour + when
            _remove_departed(leaving, at)
            if choosy >= share:
                continue
            played.asked += 1
            if len(leaving) >= demand.sockets:
                played.refused += 1
                continue
            heappush(leaving, at + stay_h)
            arrivals += 1
            played.money += (price - demand.energy_cost) * energy_kwh
            played.prices.append(price)
            played.stays_h.append(float(stay_h))
            played.energies_kwh.append(float(energy_kwh))
        full_h += _full(leaving, demand.sockets, at, end)
    played.hours.append(SoldHour(hour % 24, hour // 24, arrivals, 1 - full_h, price_sum / REVIEWS_PER_HOUR))


def _remove_departed(leaving: list[float], at: float) -> None:
    while leaving and leaving[0] <= at:
        heappop(leaving)


def _full(leaving: list[float], sockets: int, start: float, end: float) -> float:
    """Hours between two arrivals in which every socket was taken: until the first car leaves."""
    return max(0.0, min(leaving[0], end) - start) if len(leaving) >= sockets else 0.0
