"""Limits in watts instead of amps, and what a reading of direct current says about the amps a socket takes from the site.

A site's limits are amps of its supply. A DC socket has another voltage at its plug, which changes with the car, so an ampere there is not
an ampere here. Such sockets are sent watts, and their watts are read.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import inf
from types import MappingProxyType

from forecourt.stations.charger import ChargerSettings
from forecourt.stations.composite_schedules import OwnSchedule
from forecourt.stations.evse import Evse
from forecourt.stations.external_limits import ExternalLimitStep
from forecourt.stations.socket_details import DIRECT

# Lowest efficiency assumed for a DC charger, in percent, output over supply: used for the limits it is sent and for its readings.
MIN_EFFICIENCY_PERCENT = 92
# The highest voltage that a plug is made for; 1,000 V for all others.
_MAX_PLUG_V = MappingProxyType({"CHAOJI": 1500, "GBT_DC": 1500, "MCS": 1250})
_USUAL_PLUG_V = 1000


def is_dc(evse: Evse) -> bool:
    return evse.standard in DIRECT


def watts_of(evse: Evse, settings: ChargerSettings, amps: int) -> int | None:
    """A limit of so many amps at the supply, in watts, if the charger is to be sent watts; None: send amps."""
    if is_dc(evse):
        return amps * _watts_per_amp(evse) * MIN_EFFICIENCY_PERCENT // 100
    return amps * _watts_per_amp(evse) if settings.rate_unit == "W" else None


def fallback_w(evses: Sequence[Evse], settings: ChargerSettings, amps: int) -> int | None:
    """One limit in watts for all sockets of a charger: the lowest of theirs, if any of them is to be sent watts."""
    if all(watts_of(evse, settings, amps) is None for evse in evses):
        return None
    in_watts = replace(settings, rate_unit="W")
    return min(watts_of(evse, in_watts, amps) or 0 for evse in evses)


def plug_voltage(evses: Sequence[Evse], settings: ChargerSettings) -> int | None:
    """Where direct current can only be limited in amps at the plug: the voltage used to convert watts to amps, the highest that any car
    could have there. A car with less voltage gets less power than it could, never more. None: watts are sent, or no socket is DC."""
    volts = [_MAX_PLUG_V.get(evse.standard, _USUAL_PLUG_V) for evse in evses if is_dc(evse)]
    return max(volts, default=None) if settings.amps_alone else None


def supply_ma(evse: Evse, power_w: int | None, current_ma: int | None) -> int | None:
    """What a reading says the socket takes from the site, in mA; None: nothing."""
    if not is_dc(evse):
        return current_ma
    if power_w is None:
        return None
    return -(-power_w * 100_000 // (MIN_EFFICIENCY_PERCENT * _watts_per_amp(evse)))


def most_w(evse: Evse, step: ExternalLimitStep, whole: bool) -> float:
    """The most an outside limit lets a socket take from the site in watts, all phases together. whole: the limit is the charger's, at its
    supply; otherwise the socket's, which for DC is at its plug, at most at the highest voltage. No limit: infinite."""
    at_plug = is_dc(evse) and not whole
    volts = _MAX_PLUG_V.get(evse.standard, _USUAL_PLUG_V) if at_plug else _watts_per_amp(evse)
    by_amps = inf if step.current_ma is None else step.current_ma * volts / 1000
    least_w = min(by_amps, inf if step.power_w is None else step.power_w)
    return least_w * 100 / MIN_EFFICIENCY_PERCENT if at_plug else least_w


def granted_a(evse: Evse, schedule: OwnSchedule) -> float | None:
    """What a charger says it gives a socket now, in amps of the site; for DC, watts are taken as those at the plug. None if amps are those
    of the plug, at an unknown voltage."""
    first = schedule.steps[0][1]
    if schedule.unit == "A":
        return None if is_dc(evse) else first
    return first * (100 / MIN_EFFICIENCY_PERCENT if is_dc(evse) else 1) / _watts_per_amp(evse)


def _watts_per_amp(evse: Evse) -> int:
    return evse.max_power_w // evse.max_a
