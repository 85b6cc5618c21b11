"""One charge from plug to stop: facts applied in order, cards checked, starts and stops."""

from forecourt.flows.charging.applying import Applied, apply_facts, quarantine_next
from forecourt.flows.charging.card_moving import move_card
from forecourt.flows.charging.charge_caps import send_caps
from forecourt.flows.charging.cost_display import show_costs
from forecourt.flows.charging.driver_needs import state_need
from forecourt.flows.charging.early_arrivals import assign_early_arrivals, is_assigned_early, wait_for_another_car
from forecourt.flows.charging.intake import accept, card_verdict
from forecourt.flows.charging.rebuilding import compare, copy_settings, rebuild
from forecourt.flows.charging.roaming_commands import execute_command
from forecourt.flows.charging.staff_starts import start_for_driver, start_order
from forecourt.flows.charging.stale_sessions import WAIT_AFTER_BOOT, end_stale, has_stale
from forecourt.flows.charging.starting import (
    free_until,
    pending_start,
    recheck_start,
    start_charge,
    stop_charge,
    stop_for_payer,
    why_not_startable,
)
from forecourt.flows.charging.stay_notices import send_stay_notices, stay_end

__all__ = [
    "WAIT_AFTER_BOOT",
    "Applied",
    "accept",
    "apply_facts",
    "assign_early_arrivals",
    "card_verdict",
    "compare",
    "copy_settings",
    "end_stale",
    "execute_command",
    "free_until",
    "has_stale",
    "is_assigned_early",
    "move_card",
    "pending_start",
    "quarantine_next",
    "rebuild",
    "recheck_start",
    "send_caps",
    "send_stay_notices",
    "show_costs",
    "start_charge",
    "start_for_driver",
    "start_order",
    "state_need",
    "stay_end",
    "stop_charge",
    "stop_for_payer",
    "wait_for_another_car",
    "why_not_startable",
]
