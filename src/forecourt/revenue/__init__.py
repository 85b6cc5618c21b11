"""Demand forecast and price proposals, within the operator's bounds and the law. Proposes; a person or a standing approval decides."""

from forecourt.revenue.demand import Demand
from forecourt.revenue.elasticity import Elasticity, SoldHour, estimate_elasticity
from forecourt.revenue.exact import exact_money
from forecourt.revenue.fluid import fluid_bound, socket_worth
from forecourt.revenue.forecasting import forecast
from forecourt.revenue.model import Bounds, BusyHour, DayKind, Forecast, PriceMove, Proposal
from forecourt.revenue.occupancy import OccupancyPolicy, price_by_occupancy
from forecourt.revenue.pool import Outcome, Pool
from forecourt.revenue.proposing import propose
from forecourt.revenue.sweeping import ELASTICITIES, FIRST_HELD_OUT, LOADS, Cell, decide, sweep, sweep_json, worst_cell
from forecourt.revenue.windows import best_flat, best_two_periods, best_windows
from forecourt.revenue.worlds import Played, play, world

__all__ = [
    "ELASTICITIES",
    "FIRST_HELD_OUT",
    "LOADS",
    "Bounds",
    "BusyHour",
    "Cell",
    "DayKind",
    "Demand",
    "Elasticity",
    "Forecast",
    "OccupancyPolicy",
    "Outcome",
    "Played",
    "Pool",
    "PriceMove",
    "Proposal",
    "SoldHour",
    "best_flat",
    "best_two_periods",
    "best_windows",
    "decide",
    "estimate_elasticity",
    "exact_money",
    "fluid_bound",
    "forecast",
    "play",
    "price_by_occupancy",
    "propose",
    "socket_worth",
    "sweep",
    "sweep_json",
    "world",
    "worst_cell",
]
