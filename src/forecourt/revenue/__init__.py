"""Demand forecast and price proposals, within the operator's bounds and the law. Proposes; a person or a standing approval decides."""

from forecourt.revenue.bidding import bid_prices_of, slot_bid_value
from forecourt.revenue.change_effect import ChangeEffect, measure_change
from forecourt.revenue.demand import Demand
from forecourt.revenue.elasticity import Elasticity, SoldHour, estimate_elasticity
from forecourt.revenue.fluid import fluid_bound
from forecourt.revenue.forecasting import aggregate_ratios, backtest, forecast
from forecourt.revenue.history import Days, History
from forecourt.revenue.hourly_prices import prices_by_hour, with_hourly_prices
from forecourt.revenue.model import Accuracy, Bounds, DayFigures, DayKind, Effect, Forecast, Ladder, PriceMove, Proposal, ProposalKind
from forecourt.revenue.occupancy import price_by_occupancy
from forecourt.revenue.optimum import optimal_money
from forecourt.revenue.outlook import Outlook, SalesSummary, build_outlook
from forecourt.revenue.pool import Pool
from forecourt.revenue.proposing import propose, propose_ladder
from forecourt.revenue.records import ApprovalMode, PriceProposal, PriceRules, ProposalState, SlotBids
from forecourt.revenue.simulated_demand import random_demand, simulate_sales
from forecourt.revenue.sweeping import ELASTICITIES, FIRST_HELD_OUT, LOADS, Cell, optimise_prices, sweep, sweep_json, worst_cell
from forecourt.revenue.windows import best_flat, best_two_periods, best_windows

__all__ = [
    "ELASTICITIES",
    "FIRST_HELD_OUT",
    "LOADS",
    "Accuracy",
    "ApprovalMode",
    "Bounds",
    "Cell",
    "ChangeEffect",
    "DayFigures",
    "DayKind",
    "Days",
    "Demand",
    "Effect",
    "Elasticity",
    "Forecast",
    "History",
    "Ladder",
    "Outlook",
    "Pool",
    "PriceMove",
    "PriceProposal",
    "PriceRules",
    "Proposal",
    "ProposalKind",
    "ProposalState",
    "SalesSummary",
    "SlotBids",
    "SoldHour",
    "aggregate_ratios",
    "backtest",
    "best_flat",
    "best_two_periods",
    "best_windows",
    "bid_prices_of",
    "build_outlook",
    "estimate_elasticity",
    "fluid_bound",
    "forecast",
    "measure_change",
    "optimal_money",
    "optimise_prices",
    "price_by_occupancy",
    "prices_by_hour",
    "propose",
    "propose_ladder",
    "random_demand",
    "simulate_sales",
    "slot_bid_value",
    "sweep",
    "sweep_json",
    "with_hourly_prices",
    "worst_cell",
]
