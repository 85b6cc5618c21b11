"""Fast path for charging periods of the usual shape, with integers only. All others are parsed by `periods`."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

from forecourt.kernel import divide_half_up
from forecourt.tariffs.matching import Exact
from forecourt.tariffs.model import PhaseState
from forecourt.tariffs.slices import Slice

_SECOND = 1_000_000
_HOUR_US = 3600 * _SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
_MAX_VALUE = 10**9
_POWERS: tuple[int, ...] = tuple(10**exponent for exponent in range(16))
_CHARGING, _IDLE = PhaseState.CHARGING, PhaseState.IDLE
# A number as digits and how many of them are decimals: 1.50 is (150, 2).
Scaled = tuple[int, int]


def instant_us(text: object) -> int | None:
    """Microseconds since 1970 of an instant written with Z; None for anything else."""
    if type(text) is not str or text[-1:] != "Z":
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (at - _EPOCH) // _MICRO if at.tzinfo is UTC and 2000 <= at.year <= 2100 else None


def scaled(value: object) -> Scaled | None:
    """A plain number of at most nine digits and fifteen decimals, not negative; None for anything else."""
    if type(value) is int:
        return (value, 0) if 0 <= value < _MAX_VALUE else None
    if value is None or isinstance(value, str | bool | list | dict):
        return None
    whole, _, decimals = str(value).partition(".")
    digits = whole + decimals
    # Of ASCII digits alone: no sign, no exponent, no NaN.
    if not digits.isdigit() or len(whole) > 9 or len(decimals) > 15:
        return None
    return int(digits), len(decimals)


def watt_hours(kwh: Scaled) -> Exact:
    """Exact, of kWh."""
    digits, decimals = kwh
    if decimals <= 3:
        return digits * _POWERS[3 - decimals]
    whole, rest = divmod(digits, _POWERS[decimals - 3])
    return Fraction(digits, _POWERS[decimals - 3]) if rest else whole


def last_place(decimals: int) -> int:
    """What one unit of the last printed decimal of hours is worth, in microseconds; nothing for 1 or 1.5, which may be exact."""
    return _HOUR_US // _POWERS[decimals] if 2 <= decimals <= 10 else 0


def duration(hours: Scaled) -> int:
    """Microseconds of hours: the whole second they were printed from, where their decimals allow it (0.6667 h is 2,400 s)."""
    digits, decimals = hours
    scale = _POWERS[decimals]
    second = divide_half_up(digits * 3600, scale)
    if abs(second * scale - digits * 3600) * _SECOND <= last_place(decimals) * scale:
        return second * _SECOND
    return divide_half_up(digits * _HOUR_US, scale)


def usual_slices(dimensions: object, start: int, end: int, tolerance_us: int) -> list[Slice] | None:
    """The slices of a period with energy, charging time and parking time that fill its clock; None for any other."""
    if type(dimensions) is not list:
        return None
    volumes: dict[object, Scaled] = {}
    for each in dimensions:
        if type(each) is not dict or len(each) != 2:
            return None
        kind, volume = each.get("type"), scaled(each.get("volume"))
        if volume is None or kind not in ("ENERGY", "TIME", "PARKING_TIME") or kind in volumes:
            return None
        volumes[kind] = volume
    energy, charging, parked = volumes.get("ENERGY"), volumes.get("TIME"), volumes.get("PARKING_TIME")
    wh = watt_hours(energy) if energy else 0
    return _filled(start, end, wh, charging or (0, 0), parked or (0, 0), tolerance_us)


def _filled(start: int, end: int, wh: Exact, charging: Scaled, parked: Scaled, tolerance_us: int) -> list[Slice] | None:
    """The last kind of time takes what a rounding left over."""
    charging_us, parked_us = duration(charging), duration(parked)
    rest = end - start - charging_us - parked_us
    printed = (last_place(charging[1]) if charging[0] else 0) + (last_place(parked[1]) if parked[0] else 0)
    if abs(rest) > max(tolerance_us, printed):
        return None
    if charging[0] and parked[0]:
        full = start + charging_us
        return [Slice(_CHARGING, start, full, wh), Slice(_IDLE, full, full + max(0, parked_us + rest), 0)]
    if charging[0] or parked[0]:
        state, length = (_CHARGING, charging_us) if charging[0] else (_IDLE, parked_us)
        return [Slice(state, start, start + max(0, length + rest), wh)]
    return None
