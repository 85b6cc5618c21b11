"""Power: a Problem in, a numbered Plan out; what may be sent at once, the safe fallback, and the bound no plan can beat."""

from forecourt.planning.arrivals import Arrivals
from forecourt.planning.caps import CAP_NAME, capped, site_cap
from forecourt.planning.contract import EnergyContract, EnergyCosts, HourPrice, day_text, parse_day
from forecourt.planning.documents import parse_problem, plan_json
from forecourt.planning.draw_memory import DrawMemory
from forecourt.planning.fitting import evses_that_fit, fits
from forecourt.planning.linear import LinearShare
from forecourt.planning.max_power import max_power_now_w
from forecourt.planning.model import (
    EvseLimits,
    Guarantee,
    Limits,
    Node,
    Plan,
    PlanSession,
    PlanSetpoint,
    PlanStatus,
    Policy,
    Problem,
    Row,
    allowed_now,
)
from forecourt.planning.peaks import PEAK_HISTORY, peak_forecast_w
from forecourt.planning.planning_request import parse_planning_request, planning_result_json
from forecourt.planning.plant import (
    FORECAST_HISTORY,
    MAX_FORECAST_STEPS,
    Plant,
    SolarPlant,
    StoragePlant,
    curves_text,
    parse_curves,
    parse_forecast,
)
from forecourt.planning.power_headroom import PowerClaim, PowerHeadroom
from forecourt.planning.profiles import ORDER_LEAD, Profile, ProfileStep, lowest_profile
from forecourt.planning.profit_schedule import DISCOUNT_PER_H, ProfitSchedule, maximize_profit, variable_edges
from forecourt.planning.safe_orders import all_fit_at_max, common_fallback_a, safe_setpoints
from forecourt.planning.scheduling import ScheduledCar, ScheduleStep, present_cars, schedule
from forecourt.planning.solver import Solver
from forecourt.planning.stay_prediction import (
    QUANTILES,
    STAY_HISTORY,
    PastVisit,
    SimilarStays,
    SiteStays,
    StayPrediction,
    StayPredictor,
    Visit,
    backtest_stays,
)
from forecourt.planning.supply import PriceStep, Solar, Stay, Storage, SunStep, Supply, V2gBattery
from forecourt.planning.upper_bound import energy_upper_bound
from forecourt.planning.wiring import Grid, compile_grid

__all__ = [
    "CAP_NAME",
    "DISCOUNT_PER_H",
    "FORECAST_HISTORY",
    "MAX_FORECAST_STEPS",
    "ORDER_LEAD",
    "PEAK_HISTORY",
    "QUANTILES",
    "STAY_HISTORY",
    "Arrivals",
    "DrawMemory",
    "EnergyContract",
    "EnergyCosts",
    "EvseLimits",
    "Grid",
    "Guarantee",
    "HourPrice",
    "Limits",
    "LinearShare",
    "Node",
    "PastVisit",
    "Plan",
    "PlanSession",
    "PlanSetpoint",
    "PlanStatus",
    "Plant",
    "Policy",
    "PowerClaim",
    "PowerHeadroom",
    "PriceStep",
    "Problem",
    "Profile",
    "ProfileStep",
    "ProfitSchedule",
    "Row",
    "ScheduleStep",
    "ScheduledCar",
    "SimilarStays",
    "SiteStays",
    "Solar",
    "SolarPlant",
    "Solver",
    "Stay",
    "StayPrediction",
    "StayPredictor",
    "Storage",
    "StoragePlant",
    "SunStep",
    "Supply",
    "V2gBattery",
    "Visit",
    "all_fit_at_max",
    "allowed_now",
    "backtest_stays",
    "capped",
    "common_fallback_a",
    "compile_grid",
    "curves_text",
    "day_text",
    "energy_upper_bound",
    "evses_that_fit",
    "fits",
    "lowest_profile",
    "max_power_now_w",
    "maximize_profit",
    "parse_curves",
    "parse_day",
    "parse_forecast",
    "parse_planning_request",
    "parse_problem",
    "peak_forecast_w",
    "plan_json",
    "planning_result_json",
    "present_cars",
    "safe_setpoints",
    "schedule",
    "site_cap",
    "variable_edges",
]
