"""Bid prices: the money lost in drivers turned away by keeping a socket free for a booking.

A slot (site x hour) is a perishable good, like the seats of an airline: a booking is worth taking if it earns more than the bid
prices of its hours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from forecourt.kernel import Span, round_half_up
from forecourt.revenue.demand import Demand
from forecourt.revenue.hourly_prices import prices_by_hour
from forecourt.revenue.model import Bounds, DayKind
from forecourt.revenue.outlook import Outlook
from forecourt.revenue.pool import Floats, Pool
from forecourt.revenue.windows import Rungs


def bid_prices(pool: Pool, plan: Rungs) -> Floats:
    """Money lost, on average, by keeping one socket free through each hour of the cycle, at the prices of `plan`.

    Each hour is asked alone: every other hour sells all sockets. The loss shows in the hours after it as well.
    """
    held = replace(pool, held_free=1)
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


def bid_prices_of(source: Mapping[str, Any], outlook: Outlook, bounds: Bounds) -> dict[DayKind, tuple[Decimal, ...]]:
    """The bid prices of a day of each kind by local hour, at the prices of an OCPI tariff, to two decimals."""
    return {kind: _of_a_day(prices_by_hour(source, kind), outlook.demand(kind, bounds)) for kind in DayKind}


def _of_a_day(by_hour: Sequence[Decimal], demand: Demand) -> tuple[Decimal, ...]:
    prices = sorted(set(by_hour))
    plan = np.array([prices.index(price) for price in by_hour], dtype=np.intp)
    found = bid_prices(Pool(demand, tuple(map(float, prices))), plan)
    return tuple(rounded_bid(float(one)) for one in found)


def rounded_bid(bid: float) -> Decimal:
    return round_half_up(Decimal(str(round(bid, 6))), 2)


def slot_bid_value(bids: Mapping[DayKind, Sequence[Decimal]], window: Span, zone: str) -> Decimal:
    """The sum of the bid prices over a window, by the local clock; partial hours count in proportion."""
    place, worth, start = ZoneInfo(zone), Decimal(0), window.start
    while start < window.end:
        local = start.astimezone(place)
        into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        end = min(window.end, start + timedelta(hours=1) - into)
        seconds = Decimal((end - start) // timedelta(seconds=1))
        worth += bids[DayKind.WEEKEND if local.weekday() > 4 else DayKind.WORKDAY][local.hour] * seconds
        start = end
    return worth / 3600
