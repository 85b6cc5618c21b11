"""A site as the planner sees it: its plan, verification by meters, the hours ahead, energy costs."""

from forecourt.flows.power.allowing import Allowed, allowed_at
from forecourt.flows.power.day_figures import POWER_DAYS, evenness, fifth_percentile, keep_days, need_of
from forecourt.flows.power.energy_costs import set_energy_contract
from forecourt.flows.power.expecting import Memory
from forecourt.flows.power.green import green_steps
from forecourt.flows.power.learning import HABITS, learn_habits, learn_stays
from forecourt.flows.power.looking_ahead import Ahead, CarAhead, Flowing, WhatIf, flowing, power_ahead, ready_between
from forecourt.flows.power.pacing import better_from, hours_of
from forecourt.flows.power.plan_comparing import would_have_saved
from forecourt.flows.power.plant import plant_of, set_plant, tell_forecast, tell_grid_peak, tell_level
from forecourt.flows.power.power_figures import PowerHealth, power_health
from forecourt.flows.power.power_planning import plan_power
from forecourt.flows.power.proof_awaiting import LOOKS_AGAIN_AFTER_S, proof_awaited
from forecourt.flows.power.random_delay import charge_at_once
from forecourt.flows.power.sharing import set_sharing
from forecourt.flows.power.site_power import rows_of, uncounted_of
from forecourt.flows.power.socket_testing import begin_test, cancel_test, keep_tests, set_strict
from forecourt.flows.power.storage_advising import storage_advice
from forecourt.flows.power.unkept import Unkept, going_down, unkept_limits

__all__ = [
    "HABITS",
    "LOOKS_AGAIN_AFTER_S",
    "POWER_DAYS",
    "Ahead",
    "Allowed",
    "CarAhead",
    "Flowing",
    "Memory",
    "PowerHealth",
    "Unkept",
    "WhatIf",
    "allowed_at",
    "begin_test",
    "better_from",
    "cancel_test",
    "charge_at_once",
    "evenness",
    "fifth_percentile",
    "flowing",
    "going_down",
    "green_steps",
    "hours_of",
    "keep_days",
    "keep_tests",
    "learn_habits",
    "learn_stays",
    "need_of",
    "plan_power",
    "plant_of",
    "power_ahead",
    "power_health",
    "proof_awaited",
    "ready_between",
    "rows_of",
    "set_energy_contract",
    "set_plant",
    "set_sharing",
    "set_strict",
    "storage_advice",
    "tell_forecast",
    "tell_grid_peak",
    "tell_level",
    "uncounted_of",
    "unkept_limits",
    "would_have_saved",
]
