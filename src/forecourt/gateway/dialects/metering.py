"""Readings of any version to one neutral sample."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal, DecimalException

from forecourt.gateway.dialects.flagging import flag
from forecourt.kernel import round_half_up
from forecourt.stations import MeterSample

# What is kept: (measurand, unit) -> (slot, power of ten to the slot's unit). A missing unit is the standard's default.
_ENERGY, _POWER, _CURRENT = "Energy.Active.Import.Register", "Power.Active.Import", "Current.Import"
_SLOTS: dict[tuple[str | None, str | None], tuple[str, int]] = {
    **{(measurand, unit): ("energy_wh", power) for measurand in (None, _ENERGY) for unit, power in ((None, 0), ("Wh", 0), ("kWh", 3))},
    **{(_POWER, unit): ("power_w", power) for unit, power in ((None, 0), ("W", 0), ("kW", 3))},
    **{(_CURRENT, unit): ("current_ma", 3) for unit in (None, "A", "Amp")},
    **{("Current.Offered", unit): ("offered_ma", 3) for unit in (None, "A", "Amp")},
    **{("SoC", unit): ("soc_percent", 0) for unit in (None, "Percent", "%")},
}
_MEASURANDS = {measurand for measurand, _ in _SLOTS}
_LARGEST = ("current_ma", "offered_ma")  # of the phases the largest counts; of energy and power their sum
_BOUND = 10**12


# One sampled value: measurand, unit, phase (None: all together), whether it was taken at the transaction's begin, the value,
# and a power of ten that multiplies it. A plain tuple, because there are many.
Reading = tuple[str | None, str | None, str | None, bool, str | float, int]


def fold(at: datetime, readings: Iterable[Reading], flags: list[str]) -> MeterSample | None:
    """One sample of readings taken at one instant; None if none of them is of a kind we keep.

    Where the begin and the end of a transaction stand side by side, the end counts.
    """
    found: dict[str, dict[str | None, int]] = {}
    for measurand, unit, phase, begins, value, exponent in readings:
        slot = _SLOTS.get((measurand, unit))
        if slot is None:
            if measurand in _MEASURANDS:
                flag(flags, "unit")
            continue
        number = _number(value, slot[1] + exponent, flags)
        if number is None or phase == "N":
            continue
        phases = found.setdefault(slot[0], {})
        if not (begins and phase in phases):
            phases[phase] = number
    if not found:
        return None
    return MeterSample(at, **{name: _together(name, phases) for name, phases in found.items()})


def _together(name: str, phases: dict[str | None, int]) -> int:
    if None in phases:
        return phases[None]
    return max(phases.values()) if name in _LARGEST else sum(phases.values())


def _number(value: str | float, power: int, flags: list[str]) -> int | None:
    """The value times ten to the power, as a whole number; None with a flag where it is none."""
    text = value if isinstance(value, str) else repr(value)
    whole, _, fraction = text.partition(".")
    usual = whole.isdecimal() and len(text) < 10 and power in (0, 3) and (not fraction or fraction.isdecimal())
    if usual and (len(fraction) <= power or not fraction.strip("0")):
        return int((whole + fraction.ljust(power, "0"))[: len(whole) + power])  # a Decimal costs five times as much
    if text != text.strip():
        flag(flags, "value")
    try:
        return register(round_half_up(Decimal(text).scaleb(power), 0), flags)
    except DecimalException:
        flag(flags, "value")
        return None


def register(value: int | Decimal, flags: list[str]) -> int | None:
    """A meter register in Wh; None with a flag where no meter counts that far."""
    if -_BOUND < value < _BOUND:
        return int(value)
    flag(flags, "range")
    return None


def small_number(value: int, flags: list[str]) -> int:
    """A connector or EVSE number; 0 with a flag where it cannot be one."""
    if 0 <= value < 2**31:
        return value
    flag(flags, "number")
    return 0
