"""The fluid bound (Gallego and van Ryzin): what demand without chance would earn. No policy earns more.

Cars become a liquid: let in at a rate a(t) of at most what the floor price brings, leaving at x(t) / stay, never more
than the sockets there are. The money rate is concave in a(t), so by Jensen's inequality the mean of any policy lies below
the best liquid. A linear programme finds what a socket is worth through the cycle; from those shadow prices the bound
follows by weak duality, which holds for whatever prices: an inexact programme makes it looser, never wrong.
"""

import highspy
import numpy as np
from highspy._core import _Highs

from forecourt.revenue.demand import Demand
from forecourt.revenue.optimum import best_price
from forecourt.revenue.pool import Floats

_PIECES = 24
_STEPS_PER_HOUR = 4
_SPAN = 1 / _STEPS_PER_HOUR


def fluid_bound(demand: Demand, floor: float, cap: float) -> float:
    """Money a day that no policy within the bounds exceeds."""
    worth = np.repeat(socket_worth(demand, floor, cap), 60)
    rate = np.repeat(demand.arrivals_per_hour, 60)
    cost = _cost_of_a_stay(worth, demand)
    price = best_price(demand, cost, floor, cap)
    gain = (price - demand.energy_cost) * demand.energy_kwh - cost
    coming = rate * (price / demand.reference_price) ** -demand.elasticity
    money = (coming * np.maximum(gain, 0) + demand.sockets * worth).sum() / 60
    return float(money) * 24 / len(demand.arrivals_per_hour)


def socket_worth(demand: Demand, floor: float, cap: float) -> Floats:
    """Shadow price of a socket in each hour of the cycle: money a day that one more, for that hour, would bring the liquid."""
    return np.asarray(_duals(demand, floor, cap).reshape(-1, _STEPS_PER_HOUR).sum(axis=1), dtype=np.float64)


def _cost_of_a_stay(worth: Floats, demand: Demand) -> Floats:
    """The expected value of the socket that a car admitted at each minute of the cycle occupies during its stay."""
    lasts = float(np.exp(-1 / 60 / demand.stay_h))
    bought = worth * demand.stay_h * (1 - lasts)
    costs = _backwards(bought, lasts, 0.0)
    # The cycle repeats: what comes after its end is its start.
    costs = _backwards(bought, lasts, costs[0] / (1 - lasts ** len(worth)))
    return (costs[:-1] + costs[1:]) / 2


def _backwards(bought: Floats, lasts: float, later: float) -> Floats:
    costs = [later]
    for sold in bought[::-1]:
        costs.append(lasts * costs[-1] + sold)
    return np.array(costs[::-1])


def _duals(demand: Demand, floor: float, cap: float) -> Floats:
    """Shadow price of the sockets at the end of each step of the cycle.

    Columns: pieces of each step's inflow, steepest money first, then what is present at each step's end.
    """
    widths, slopes = _pieces(demand, floor, cap)
    pieces, steps = len(widths), len(demand.arrivals_per_hour) * _STEPS_PER_HOUR
    inflow = np.repeat(demand.arrivals_per_hour, _STEPS_PER_HOUR) * _SPAN
    upper = np.concatenate([np.outer(inflow, widths).reshape(-1), np.full(steps, highspy.kHighsInf)])
    cost = np.concatenate([np.tile(-slopes, steps), np.zeros(steps)])
    staying_share = float(np.exp(-_SPAN / demand.stay_h))
    lasting = (1 - staying_share) * demand.stay_h / _SPAN  # of a steady inflow, the part still there at the step's end
    own_columns = np.arange(steps * pieces).reshape(steps, pieces)
    ends = steps * pieces + np.arange(steps)
    carried = np.column_stack([own_columns, np.roll(ends, 1), ends])
    values = np.tile(np.concatenate([np.full(pieces, lasting), [staying_share, -1.0]]), (steps, 1))
    starts = np.concatenate([np.arange(steps) * (pieces + 2), steps * (pieces + 2) + np.arange(steps)])
    index, value = np.append(carried, ends), np.append(values, np.ones(steps))
    below = np.concatenate([np.zeros(steps), np.full(steps, -highspy.kHighsInf)])
    above = np.concatenate([np.zeros(steps), np.full(steps, float(demand.sockets))])
    solver = _Highs()  # highspy.Highs prints a banner, and stdout may carry JSON
    for option, setting in (("output_flag", False), ("threads", 1)):
        solver.setOptionValue(option, setting)
    solver.addVars(len(upper), np.zeros(len(upper)), upper)
    solver.changeColsCost(len(upper), np.arange(len(upper), dtype=np.int32), cost)
    solver.addRows(2 * steps, below, above, len(index), starts.astype(np.int32), index.astype(np.int32), value)
    solver.run()
    return np.asarray(np.maximum(-np.array(solver.getSolution().row_dual)[steps:], 0), dtype=np.float64)


def _pieces(demand: Demand, floor: float, cap: float) -> tuple[Floats, Floats]:
    """Inflow as a share of the reference inflow in pieces, and the money each car of a piece brings."""
    edges = np.linspace(demand.scale(cap), demand.scale(floor), _PIECES + 1)
    money = (demand.reference_price * edges ** (-1 / demand.elasticity) - demand.energy_cost) * demand.energy_kwh * edges
    slopes = np.diff(money) / np.diff(edges)
    return np.append(edges[0], np.diff(edges)), np.append(demand.margin(cap), slopes)
