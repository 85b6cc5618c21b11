"""Power: a Problem in, a numbered Plan out; what may be sent at once, the safe fallback, and the bound no plan can beat."""

from forecourt.planning.arrivals import Arrivals
from forecourt.planning.asking import answer_json, parse_question
from forecourt.planning.caps import CAP_NAME, capped, site_cap
from forecourt.planning.contract import EnergyContract, EnergyCosts, HourPrice, day_text, parse_day
from forecourt.planning.documents import parse_problem, plan_json
from forecourt.planning.draw_memory import DrawMemory
from forecourt.planning.fitting import fits, who_fits
from forecourt.planning.flowing import most_now_w
from forecourt.planning.linear import LinearShare
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
from forecourt.planning.peaks import LOOK_BACK, peak_forecast_w
from forecourt.planning.plant import KEPT_BACK, MOST_STEPS, Plant, SolarPlant, StoragePlant, curves_text, parse_curves, parse_forecast
from forecourt.planning.profiles import LEAD, Profile, ProfileStep, least_of
from forecourt.planning.promising import PowerClaim, PowerRoom
from forecourt.planning.releasing import all_fit, fallback_a, release
from forecourt.planning.scheduling import Coming, ScheduleStep, present, schedule
from forecourt.planning.solver import Solver
from forecourt.planning.spending import FADE_PER_H, Spending, spend, variable_edges
from forecourt.planning.stays import CHANCES, STAYS_FROM, Expected, Experience, Likes, PastVisit, SiteStays, Visit, trial
from forecourt.planning.supply import GivesBack, PriceStep, Solar, Stay, Storage, SunStep, Supply
from forecourt.planning.upper_bound import bound
from forecourt.planning.wiring import Grid, grid

__all__ = [
    "CAP_NAME",
    "CHANCES",
    "FADE_PER_H",
    "KEPT_BACK",
    "LEAD",
    "LOOK_BACK",
    "MOST_STEPS",
    "STAYS_FROM",
    "Arrivals",
    "Coming",
    "DrawMemory",
    "EnergyContract",
    "EnergyCosts",
    "EvseLimits",
    "Expected",
    "Experience",
    "GivesBack",
    "Grid",
    "Guarantee",
    "HourPrice",
    "Likes",
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
    "PowerRoom",
    "PriceStep",
    "Problem",
    "Profile",
    "ProfileStep",
    "Row",
    "ScheduleStep",
    "SiteStays",
    "Solar",
    "SolarPlant",
    "Solver",
    "Spending",
    "Stay",
    "Storage",
    "StoragePlant",
    "SunStep",
    "Supply",
    "Visit",
    "all_fit",
    "allowed_now",
    "answer_json",
    "bound",
    "capped",
    "curves_text",
    "day_text",
    "fallback_a",
    "fits",
    "grid",
    "least_of",
    "most_now_w",
    "parse_curves",
    "parse_day",
    "parse_forecast",
    "parse_problem",
    "parse_question",
    "peak_forecast_w",
    "plan_json",
    "present",
    "release",
    "schedule",
    "site_cap",
    "spend",
    "trial",
    "variable_edges",
    "who_fits",
]
