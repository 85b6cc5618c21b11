"""From the values of a charger's register to the energy a driver owes.

Registers of real chargers run backwards, restart at zero, switch between lifetime and session counting, and switch
between Wh and kWh. The energy of a session never falls and never rises faster than the EVSE can deliver. A reading
without an explanation is not counted, and the session is held for a person to review.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from forecourt.sessions.model import Meter

# Meters are accurate to 2 %, samples to some seconds: allow for both.
POWER_MARGIN_PERCENT = 105
SLACK_WH = 50
STEP_BACK_WH = 100


@dataclass(frozen=True, slots=True)
class Reading:
    """The meter after a reading, and what was corrected (None = nothing)."""

    meter: Meter
    note: str | None = None
    doubtful: bool = False


def read(meter: Meter, register_wh: int, at: datetime, max_power_w: int) -> Reading:
    """Take one register value (Wh, at a UTC instant) from an EVSE that delivers at most max_power_w.

    The first reading is the base. Later ones are taken by the first explanation that yields a possible rise:
    the register rose; it returned to lifetime counting after session counting; it is in kWh; it counts this session
    only; it restarted at zero. A small step back is ignored.
    """
    if meter.register_wh is None or meter.first_register_wh is None or meter.read_at is None:
        return Reading(replace(meter, first_register_wh=register_wh, register_wh=register_wh, read_at=at))
    most_wh = possible_wh(max_power_w, at - meter.read_at)
    rises = (
        (None, register_wh, register_wh - meter.register_wh),
        ("meter_lifetime", register_wh, register_wh - meter.first_register_wh - meter.energy_wh),
        ("meter_in_kwh", register_wh * 1000, register_wh * 1000 - meter.register_wh),
        ("meter_session_relative", register_wh, register_wh - meter.energy_wh),
        ("meter_restarted", register_wh, register_wh),
    )
    for note, register, rise_wh in rises:
        if 0 <= rise_wh <= most_wh and register >= 0:
            return Reading(replace(meter, register_wh=register, energy_wh=meter.energy_wh + rise_wh, read_at=at), note)
    if -STEP_BACK_WH <= register_wh - meter.register_wh < 0:
        return Reading(replace(meter, read_at=at), "meter_step_back")
    if register_wh < 0:
        return Reading(meter, "meter_negative", doubtful=True)
    return Reading(meter, "meter_jump", doubtful=True)


def possible_wh(max_power_w: int, lasting: timedelta) -> int:
    """The most that an EVSE can deliver in a time, including the tolerance for meters and clocks."""
    return SLACK_WH + max_power_w * max(0, int(lasting.total_seconds())) * POWER_MARGIN_PERCENT // 360_000
