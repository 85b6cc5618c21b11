"""A site as the planner sees it: its plan, verification by meters, the hours ahead, energy costs."""

from forecourt.flows.power.allowances import Allowed, allowed_at
from forecourt.flows.power.daily_figures import POWER_DAYS, compute_power_days, evenness, fifth_percentile, need_of
from forecourt.flows.power.energy_costs import set_energy_contract
from forecourt.flows.power.expectations import PlannerMemory
from forecourt.flows.power.extra_readings import REPEAT_READINGS_AFTER_S, needs_reading
from forecourt.flows.power.green import green_steps
from forecourt.flows.power.hour_costs import better_hour_at, hour_costs_of
from forecourt.flows.power.learning import HABITS, learn_habits, learn_stays
from forecourt.flows.power.membership_savings import estimate_plan_saving
from forecourt.flows.power.plant import plant_of, report_grid_peak, report_solar_forecast, report_storage_level, set_plant
from forecourt.flows.power.power_figures import PowerHealth, power_health
from forecourt.flows.power.power_forecast import CarForecast, PowerForecast, PowerNow, WhatIf, forecast_power, power_now, ready_time_range
from forecourt.flows.power.power_planning import plan_power
from forecourt.flows.power.random_delay import skip_random_delay
from forecourt.flows.power.sharing import set_sharing
from forecourt.flows.power.site_power import site_limits, unlimited_sockets
from forecourt.flows.power.socket_testing import advance_tests, begin_test, cancel_test, set_strict_commissioning
from forecourt.flows.power.storage_advising import storage_advice
from forecourt.flows.power.unmet_limits import UnmetLimits, find_unmet_limits, limits_not_yet_met

__all__ = [
    "HABITS",
    "POWER_DAYS",
    "REPEAT_READINGS_AFTER_S",
    "Allowed",
    "CarForecast",
    "PlannerMemory",
    "PowerForecast",
    "PowerHealth",
    "PowerNow",
    "UnmetLimits",
    "WhatIf",
    "advance_tests",
    "allowed_at",
    "begin_test",
    "better_hour_at",
    "cancel_test",
    "compute_power_days",
    "estimate_plan_saving",
    "evenness",
    "fifth_percentile",
    "find_unmet_limits",
    "forecast_power",
    "green_steps",
    "hour_costs_of",
    "learn_habits",
    "learn_stays",
    "limits_not_yet_met",
    "need_of",
    "needs_reading",
    "plan_power",
    "plant_of",
    "power_health",
    "power_now",
    "ready_time_range",
    "report_grid_peak",
    "report_solar_forecast",
    "report_storage_level",
    "set_energy_contract",
    "set_plant",
    "set_sharing",
    "set_strict_commissioning",
    "site_limits",
    "skip_random_delay",
    "storage_advice",
    "unlimited_sockets",
]
