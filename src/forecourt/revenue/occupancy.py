"""Prices by occupancy: every five minutes a price for the next drivers, by how many sockets are taken.

A dynamic programme on the forecast demand, within what law and drivers require: whole ticks, few prices, each shown before a
charge starts, constant between reviews, and never changed during a charge. Unlike `optimum`, which changes the price with every
car and knows the true demand, an operator can really apply this.
"""

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from forecourt.revenue.pool import REVIEWS_PER_HOUR, Floats, Pool

_STAYS = 8


@dataclass(frozen=True)
class OccupancyPolicy:
    """table: the rung to show at each review of the cycle for each number taken; worth: what letting one more in costs later."""

    pool: Pool
    table: NDArray[np.intp]
    values: Floats

    def price(self, review: int, occupied: int) -> float:
        """What to show from this review of the cycle to the next."""
        rung = int(self.table[review % len(self.table), min(max(occupied, 0), self.pool.demand.sockets)])
        return self.pool.prices[rung]

    def worth(self, review: int, occupied: int) -> float:
        """Bid price: the future money lost by one more taken socket, through drivers turned away or deterred by higher prices."""
        values = self.values[review % len(self.table)]
        return float(values[occupied] - values[min(occupied + 1, len(values) - 1)])


def price_by_occupancy(pool: Pool, after: Floats | None = None) -> OccupancyPolicy:
    """The best table of rungs. after: values at the end of the cycle, of an earlier solution; saves the run-up.

    What the cars of now are worth is forgotten after a few stays, so a run-up of that length settles the values.
    """
    if after is None:
        reviews = pool.hours * REVIEWS_PER_HOUR
        run_up = min(reviews, ceil(_STAYS * pool.demand.stay_h * REVIEWS_PER_HOUR))
        after = _backwards(pool, np.zeros(pool.states), run_up)[1][0]
    table, values = _backwards(pool, after - after[0], pool.hours * REVIEWS_PER_HOUR)
    return OccupancyPolicy(pool, table, values)


def _backwards(pool: Pool, after: Floats, reviews: int) -> tuple[NDArray[np.intp], Floats]:
    """Through the first reviews of the cycle: for each number taken, the rung that earns most now and later."""
    table = np.zeros((reviews, pool.states), dtype=np.intp)
    values = np.zeros((reviews, pool.states))
    earned, moves, at = pool.admitted * pool.margins[:, None], pool.moves, np.arange(pool.states)
    later = after
    for review in range(reviews - 1, -1, -1):
        hour = review // REVIEWS_PER_HOUR
        worth = earned[hour] + moves[hour] @ later
        table[review] = worth.argmax(axis=0)
        values[review] = later = worth[table[review], at]
    return table, values
