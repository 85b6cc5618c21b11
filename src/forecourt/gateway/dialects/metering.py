"""Converts meter readings of any version to one neutral sample."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, DecimalException
from functools import lru_cache

from forecourt.gateway.dialects.flags import add_flag
from forecourt.kernel import round_half_up
from forecourt.stations import MeterSample

# The readings we store: (measurand, unit) -> (field index in a MeterSample after `at`, power of ten to its unit). A missing unit is the
# standard's default.
_ENERGY, _POWER, _CURRENT = "Energy.Active.Import.Register", "Power.Active.Import", "Current.Import"
_OFFERED = ("Current.Offered", "Current.Import.Offered")  # the second spelling is from 2.1 onwards
_ENERGY_WH, _POWER_W, _CURRENT_MA, _OFFERED_MA, _SOC_PERCENT = range(5)
_SLOTS: dict[tuple[str | None, str | None], tuple[int, int]] = {
    **{(measurand, unit): (_ENERGY_WH, power) for measurand in (None, _ENERGY) for unit, power in ((None, 0), ("Wh", 0), ("kWh", 3))},
    **{(_POWER, unit): (_POWER_W, power) for unit, power in ((None, 0), ("W", 0), ("kW", 3))},
    **{(_CURRENT, unit): (_CURRENT_MA, 3) for unit in (None, "A", "Amp")},
    **{(measurand, unit): (_OFFERED_MA, 3) for measurand in _OFFERED for unit in (None, "A", "Amp")},
    **{("SoC", unit): (_SOC_PERCENT, 0) for unit in (None, "Percent", "%")},
}
_MEASURANDS = {measurand for measurand, _ in _SLOTS}
_LARGEST_OF_PHASES = (_CURRENT_MA, _OFFERED_MA)  # across phases, the largest value for most quantities; the sum for energy and power
_NOTHING: list[int | None] = [None] * 5
_TENS: tuple[int, ...] = tuple(10**power for power in range(10))
_BOUND = 10**12
_LONG = 10  # characters of a number; shorter ones need no range check


# One sampled value: measurand, unit, phase (None: all together), whether it was taken at the start of the transaction, the value, and the
# power of ten that multiplies it. A plain tuple, because there are many.
Reading = tuple[str | None, str | None, str | None, bool, str | float, int]


def fold(at: datetime, readings: Sequence[Reading], flags: list[str]) -> MeterSample | None:
    """Combine the readings of one instant into one sample; None if none of them is of a kind we store."""
    slots = _NOTHING.copy()
    for measurand, unit, phase, _, value, exponent in readings:
        slot = _SLOTS.get((measurand, unit))
        if slot is None:
            if measurand in _MEASURANDS:
                add_flag(flags, "unit")
            continue
        place, power = slot
        if exponent or type(value) is not str or len(value) >= _LONG:
            number = _number(value, power + exponent, flags)
        elif value.isdecimal():
            number = int(value) * _TENS[power]  # the most common case
        elif (number := _short(value, power)) is None:
            number = _number(value, power, flags)
        if number is None or phase == "N":
            continue
        if slots[place] is not None:
            return _fold_several(at, readings, flags)
        slots[place] = number
    return None if slots == _NOTHING else MeterSample(at, slots[0], slots[1], slots[2], slots[3], slots[4])


def _fold_several(at: datetime, readings: Sequence[Reading], flags: list[str]) -> MeterSample:
    """As `fold`, where a quantity occurs more than once: per phase, or at the start and the end of a transaction; then the end counts."""
    found: dict[int, dict[str | None, int]] = {}
    for measurand, unit, phase, begins, value, exponent in readings:
        place, power = _SLOTS.get((measurand, unit), (None, 0))
        number = _number(value, power + exponent, flags) if place is not None and phase != "N" else None
        if place is None or number is None:
            continue
        phases = found.setdefault(place, {})
        if not (begins and phase in phases):
            phases[phase] = number
    slots = _NOTHING.copy()
    for place, phases in found.items():
        slots[place] = _together(place, phases)
    return MeterSample(at, slots[0], slots[1], slots[2], slots[3], slots[4])


def _together(place: int, phases: dict[str | None, int]) -> int:
    if None in phases:
        return phases[None]
    return max(phases.values()) if place in _LARGEST_OF_PHASES else sum(phases.values())


def _number(value: str | float, power: int, flags: list[str]) -> int | None:
    """The value times ten to the power, as a whole number; None with a flag if it is not a number."""
    text = value if isinstance(value, str) else repr(value)
    if len(text) < _LONG and 0 <= power <= 3 and (number := _short(text, power)) is not None:
        return number
    if text != text.strip():
        add_flag(flags, "value")
    try:
        return register(round_half_up(Decimal(text).scaleb(power), 0), flags)
    except DecimalException:
        add_flag(flags, "value")
        return None


@lru_cache(4096)  # the same amperes and volts recur often
def _short(text: str, power: int) -> int | None:
    """A whole or decimal number of few digits, the common case; a Decimal costs five times as much. power: 0 to 3."""
    whole, _, fraction = text.partition(".")
    digits = whole + fraction
    if not digits.isdecimal():
        return None
    surplus = len(fraction) - power
    return int(digits) * _TENS[-surplus] if surplus <= 0 else (int(digits) + _TENS[surplus] // 2) // _TENS[surplus]


def register(value: int | Decimal, flags: list[str]) -> int | None:
    """A meter register in Wh; None with a flag if it is beyond what any meter can count."""
    if -_BOUND < value < _BOUND:
        return int(value)
    add_flag(flags, "range")
    return None


def small_number(value: int, flags: list[str]) -> int:
    """A connector or EVSE number; 0 with a flag if it cannot be one."""
    if 0 <= value < 2**31:
        return value
    add_flag(flags, "number")
    return 0
