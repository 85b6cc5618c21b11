"""Demand forecast and price proposals, within the operator's bounds and the law. Proposes; a person or a standing approval decides."""

from forecourt.revenue.bidding import bid_prices_of, slot_worth
from forecourt.revenue.changing import ChangeFound, measure_change
from forecourt.revenue.demand import Demand
from forecourt.revenue.elasticity import Elasticity, SoldHour, estimate_elasticity
from forecourt.revenue.estimating import Outlook, Use, look_ahead
from forecourt.revenue.exact import exact_money
from forecourt.revenue.fluid import fluid_bound
from forecourt.revenue.forecasting import aggregate_ratios, backtest, forecast
from forecourt.revenue.history import Days, History
from forecourt.revenue.model import Accuracy, Bounds, DayFigures, DayKind, Effect, Forecast, Kind, Ladder, PriceMove, Proposal
from forecourt.revenue.occupancy import price_by_occupancy
from forecourt.revenue.papers import Mode, PriceProposal, PriceRules, ProposalState, SlotBids
from forecourt.revenue.pool import Pool
from forecourt.revenue.proposing import propose, propose_ladder
from forecourt.revenue.rewriting import prices_by_hour, rewritten
from forecourt.revenue.sweeping import ELASTICITIES, FIRST_HELD_OUT, LOADS, Cell, decide, sweep, sweep_json, worst_cell
from forecourt.revenue.windows import best_flat, best_two_periods, best_windows
from forecourt.revenue.worlds import play, world

__all__ = [
    "ELASTICITIES",
    "FIRST_HELD_OUT",
    "LOADS",
    "Accuracy",
    "Bounds",
    "Cell",
    "ChangeFound",
    "DayFigures",
    "DayKind",
    "Days",
    "Demand",
    "Effect",
    "Elasticity",
    "Forecast",
    "History",
    "Kind",
    "Ladder",
    "Mode",
    "Outlook",
    "Pool",
    "PriceMove",
    "PriceProposal",
    "PriceRules",
    "Proposal",
    "ProposalState",
    "SlotBids",
    "SoldHour",
    "Use",
    "aggregate_ratios",
    "backtest",
    "best_flat",
    "best_two_periods",
    "best_windows",
    "bid_prices_of",
    "decide",
    "estimate_elasticity",
    "exact_money",
    "fluid_bound",
    "forecast",
    "look_ahead",
    "measure_change",
    "play",
    "price_by_occupancy",
    "prices_by_hour",
    "propose",
    "propose_ladder",
    "rewritten",
    "slot_worth",
    "sweep",
    "sweep_json",
    "world",
    "worst_cell",
]
