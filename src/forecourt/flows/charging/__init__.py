"""One charge from plug to stop: facts applied in order, cards checked, starts and stops."""

from forecourt.flows.charging.accepting import accept, card_verdict
from forecourt.flows.charging.applying import Applied, apply_facts, set_aside
from forecourt.flows.charging.capping import keep_caps
from forecourt.flows.charging.card_moving import move_card
from forecourt.flows.charging.cost_display import show_costs
from forecourt.flows.charging.desk_starting import start_for, start_order
from forecourt.flows.charging.early_arrivals import keep_early_arrivals, kept_early, wait_for_another_car
from forecourt.flows.charging.needs import say_need
from forecourt.flows.charging.rebuilding import compare, copy_settings, rebuild
from forecourt.flows.charging.roaming_commands import obey
from forecourt.flows.charging.stale_sessions import end_stale
from forecourt.flows.charging.starting import (
    back_to_start,
    free_for,
    start_charge,
    stop_charge,
    stop_for_payer,
    under_way,
    why_not_startable,
)
from forecourt.flows.charging.stay_watch import keep_stays, stay_end

__all__ = [
    "Applied",
    "accept",
    "apply_facts",
    "back_to_start",
    "card_verdict",
    "compare",
    "copy_settings",
    "end_stale",
    "free_for",
    "keep_caps",
    "keep_early_arrivals",
    "keep_stays",
    "kept_early",
    "move_card",
    "obey",
    "rebuild",
    "say_need",
    "set_aside",
    "show_costs",
    "start_charge",
    "start_for",
    "start_order",
    "stay_end",
    "stop_charge",
    "stop_for_payer",
    "under_way",
    "wait_for_another_car",
    "why_not_startable",
]
