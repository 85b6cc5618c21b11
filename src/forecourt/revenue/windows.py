"""Price lists by the clock: the best single price, the best two, and the best few windows on top of one price.

All are compared by the money they earn exactly (`Pool.money_of`), many lists at once.
"""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from forecourt.revenue.pool import Pool

Rungs = NDArray[np.intp]
_COARSE = 5
_FINALISTS = 10


def best_flat(pool: Pool) -> tuple[int, float]:
    """The rung that earns most if it holds at all hours, and its money a day."""
    money = pool.money_of(np.repeat(np.arange(len(pool.prices))[:, None], pool.hours, axis=1))
    rung = int(money.argmax())
    return rung, float(money[rung])


def best_two_periods(pool: Pool) -> tuple[Rungs, float]:
    """One window of the day with a price of its own, another price outside; both free to choose. For a cycle of a day.

    Every window with a coarse grid of prices, then the ten best windows with all prices.
    """
    coarse = np.unique(np.linspace(0, len(pool.prices) - 1, _COARSE).round().astype(int))
    windows = [(start, length) for start in range(24) for length in range(1, 13)]
    # A window longer than half the day is the rest of a shorter one.
    money = pool.money_of(np.array([_list(start, length, one, two) for start, length in windows for one, two in product(coarse, coarse)]))
    best = money.reshape(len(windows), -1).max(axis=1)
    finalists = [windows[index] for index in np.argsort(-best)[:_FINALISTS]]
    rungs = range(0, len(pool.prices), max(1, len(pool.prices) // 15))
    plans = np.array([_list(start, length, one, two) for start, length in finalists for one, two in product(rungs, rungs)])
    money = pool.money_of(plans)
    return plans[int(money.argmax())], float(money.max())


def best_windows(pool: Pool, allowed: NDArray[np.bool_], max_windows: int, least_hours: int, least_gain: float) -> tuple[Rungs, float]:
    """Up to `max_windows` windows on a base price, each the best next one, each worth at least `least_gain` of the money.

    allowed: (hour, rung) an operator permits. The base is the best price that is allowed at every hour, or where there is
    none each hour's allowed price nearest to it. Windows last `least_hours` at least.
    """
    plan, money = _base(pool, allowed)
    for _ in range(max_windows):
        plans = _with_one_window(plan, allowed, least_hours)
        if not len(plans):
            break
        found = pool.money_of(plans)
        if found.max() < money * (1 + least_gain):
            break
        plan, money = plans[int(found.argmax())], float(found.max())
    return plan, money


def _base(pool: Pool, allowed: NDArray[np.bool_]) -> tuple[Rungs, float]:
    nearest = [_nearest(allowed, rung) for rung in range(len(pool.prices))]
    plans = np.unique(np.array(nearest), axis=0)
    money = pool.money_of(plans)
    return plans[int(money.argmax())], float(money.max())


def _nearest(allowed: NDArray[np.bool_], rung: int) -> Rungs:
    """The given rung at each hour, or the closest one allowed."""
    distance = np.abs(np.arange(allowed.shape[1]) - rung)[None, :] + np.where(allowed, 0, 10_000)
    return np.asarray(distance.argmin(axis=1), dtype=np.intp)


def _with_one_window(plan: Rungs, allowed: NDArray[np.bool_], least_hours: int) -> Rungs:
    """Every list that differs from `plan` by one window at one price. Windows may span midnight."""
    hours = len(plan)
    found = []
    for start, length in product(range(hours), range(least_hours, hours - least_hours + 1)):
        inside = (start + np.arange(length)) % hours
        for rung in np.flatnonzero(allowed[inside].all(axis=0)):
            changed = plan.copy()
            changed[inside] = rung
            found.append(changed)
    return np.unique(np.array(found, dtype=np.intp).reshape(-1, hours), axis=0)


def _list(start: int, length: int, inside: int, outside: int) -> Rungs:
    rungs = np.full(24, outside, dtype=np.intp)
    rungs[(start + np.arange(length)) % 24] = inside
    return rungs
