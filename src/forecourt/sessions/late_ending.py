"""An end that is reported after its charge was sealed: whether it is plausible, and the record with that end."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.sessions.metering import STEP_BACK_WH, possible_wh
from forecourt.sessions.model import ChargeRecord, MeterPoint
from forecourt.tariffs import Phase, PhaseState

# Note on a charge whose end nobody reported: it was estimated, or is the time of the last message.
END_NOT_REPORTED = "end_not_reported"
# Chargers' clocks are off by up to this much.
_CLOCKS = timedelta(minutes=1)


def adds_information(record: ChargeRecord, ended_at: datetime, register_wh: int) -> bool:
    """Whether a late end adds something: more energy; or, if no end had been reported, an earlier one or a lower register."""
    sealed_wh = record.meter_stop_wh
    if sealed_wh is None or register_wh > sealed_wh:
        return True
    return END_NOT_REPORTED in record.notes and (ended_at < record.ended_at or register_wh < sealed_wh - STEP_BACK_WH)


def why_implausible(
    record: ChargeRecord, points: Sequence[MeterPoint], reported_at: datetime, end: tuple[datetime, int], max_power_w: int
) -> str:
    """Why an end (instant, register in Wh) is implausible; empty if it is not. points: of the charge, by time, if still stored.
    reported_at: when the end was reported."""
    ended_at, register_wh = end
    sealed_wh, known_wh = record.meter_stop_wh or 0, points[-1].energy_wh if points else 0
    read_at = next((one.at for one in points if one.energy_wh == known_wh), record.started_at)
    if register_wh < sealed_wh - STEP_BACK_WH:
        return f"The charger had told a reading of {sealed_wh} Wh before; a register only grows."
    if ended_at - reported_at > _CLOCKS:
        return "That end was still to come when it was told."
    if read_at - ended_at > _CLOCKS:
        return "Energy still flowed after that end."
    most_wh = possible_wh(max_power_w, ended_at - read_at)
    if register_wh - sealed_wh + record.energy_wh - known_wh > most_wh:
        return f"Its socket can have given out no more than {most_wh} Wh from its last reading until then."
    return ""


def with_late_end(record: ChargeRecord, ended_at: datetime, register_wh: int) -> ChargeRecord:
    """The record as it would have been sealed with that end: the added time counts as charging, since energy flowed. An earlier end is only
    used if none had been reported, and if the clock was not behind."""
    more_wh, phases = max(0, register_wh - (record.meter_stop_wh or 0)), record.phases
    earlier = END_NOT_REPORTED in record.notes and "clock_behind" not in record.notes
    until = max(record.started_at, ended_at) if earlier else max(record.ended_at, ended_at)
    if until > record.ended_at:
        phases = (*phases, Phase(PhaseState.CHARGING, record.ended_at, until, more_wh))
    else:
        phases = _cut(phases, until, more_wh)
    stop_wh = (record.meter_stop_wh or 0) + more_wh
    return replace(record, ended_at=until, energy_wh=record.energy_wh + more_wh, meter_stop_wh=stop_wh, phases=phases)


def _cut(phases: tuple[Phase, ...], until: datetime, more_wh: int) -> tuple[Phase, ...]:
    """Cut the phases at `until`; energy from after it, and additional energy, is added to the last one."""
    shortened = [replace(one, end=min(one.end, until)) for one in phases if one.start < until]
    beyond_wh = sum(one.energy_wh for one in phases if one.start >= until)
    return (*shortened[:-1], replace(shortened[-1], energy_wh=shortened[-1].energy_wh + beyond_wh + more_wh)) if shortened else ()
