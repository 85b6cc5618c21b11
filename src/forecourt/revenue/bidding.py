"""Bid prices: what a socket kept free for a booking costs in drivers turned away.

A slot is stock that spoils: site x hour. As with seats of an airline, a booking is worth taking where it brings more than
the bid prices of its hours, and a booking that holds a socket before its car comes owes them.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from forecourt.revenue.pool import Floats, Pool
from forecourt.revenue.windows import Rungs


def bid_prices(pool: Pool, plan: Rungs) -> Floats:
    """Money lost, on average, by keeping one socket free through each hour of the cycle, at the prices of `plan`.

    Each hour is asked alone: every other hour sells all sockets. The loss shows in the hours after it as well.
    """
    held = replace(pool, kept_free=1)
    moves, earned = pool.hourly
    held_moves, held_earned = held.hourly
    hours = pool.hours
    # Row h keeps a socket free in hour h; the last row never does.
    share = np.zeros((hours + 1, pool.states))
    share[:, 0] = 1
    money = np.zeros(hours + 1)
    for turn in range(2):
        for hour, rung in enumerate(plan):
            if turn:
                money += share @ earned[hour, rung]
                money[hour] += share[hour] @ (held_earned[hour, rung] - earned[hour, rung])
            after = share @ moves[hour, rung]
            after[hour] = share[hour] @ held_moves[hour, rung]
            share = after
    return np.asarray(np.maximum(money[-1] - money[:-1], 0), dtype=np.float64)


def accept_booking(bids: Sequence[float], start_hour: int, hours: float, brings: float) -> bool:
    """Whether a booking of `hours` from an hour of the cycle on brings at least what its sockets' time is worth."""
    worth, left, hour = 0.0, hours, start_hour
    while left > 0:
        worth += bids[hour % len(bids)] * min(1.0, left)
        left, hour = left - 1, hour + 1
    return brings >= worth
