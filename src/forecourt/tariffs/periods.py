"""One charging period of an OCPI CDR to slices: how its clock time is split, and where its energy goes."""

from dataclasses import dataclass
from decimal import Decimal

from forecourt.kernel import BadInput, round_half_up
from forecourt.tariffs.json_reader import Reader
from forecourt.tariffs.matching import Draw, exact_number
from forecourt.tariffs.model import Note, PhaseState
from forecourt.tariffs.quick_periods import usual_slices
from forecourt.tariffs.slices import Slice

_SECOND = 1_000_000
# The clock of the periods is the truth within this much: volumes in hours are printed to a few decimals.
_TOLERANCE_US = 2 * _SECOND
_RESERVATION_DIMENSIONS = ("RESERVATION_TIME", "RESERVATION_EXPIRES")
_SUMMED = frozenset({"ENERGY", "TIME", "PARKING_TIME", "RESERVATION_OVERTIME", *_RESERVATION_DIMENSIONS})
_DRAWN = frozenset({"CURRENT", "POWER", "MIN_CURRENT", "MAX_CURRENT", "MIN_POWER", "MAX_POWER"})
# Told for information; FLAT is of OCPI 2.1.1.
_UNBILLED = frozenset({"ENERGY_EXPORT", "ENERGY_IMPORT", "STATE_OF_CHARGE", "FLAT"})
_KINDS = _SUMMED | _DRAWN | _UNBILLED


@dataclass(frozen=True, slots=True)
class Period:
    """slices: reserved, then charging, then parking, then withheld. overtime: the part after a booking's end."""

    slices: list[Slice]
    overtime: list[Slice]
    expired: bool


def read_period(at: Reader, start: int, end: int, timed: bool, notes: list[Note]) -> Period:
    """The slices of a period between two instants (microseconds). timed: the tariff prices time, so that missing time matters."""
    if (slices := usual_slices(at.value.get("dimensions"), start, end, _TOLERANCE_US)) is not None:
        return Period(slices, [], False)
    volumes = _volumes(at, notes)
    lengths = _lengths(at, volumes, end - start, notes)
    states = {state for state, _ in lengths}
    if timed and not states & {PhaseState.CHARGING, PhaseState.IDLE, PhaseState.RESERVED} and end > start:
        text = f"{at.place} states neither TIME nor PARKING_TIME: its {_minutes(end - start)} min are billed as neither."
        notes.append(Note("time_missing", text))
    kwh = volumes.get("ENERGY")
    if kwh and states == {PhaseState.RESERVED}:
        lengths.append((PhaseState.WITHHELD, 0))
    slices = _laid_out(start, lengths, volumes)
    overtime_length = min(_duration(volumes.get("RESERVATION_OVERTIME", Decimal(0))), end - start)
    overtime = [Slice(PhaseState.RESERVED, end - overtime_length, end, 0)] if overtime_length else []
    return Period(slices, overtime, bool(volumes.get("RESERVATION_EXPIRES")))


def stated_range(stated: dict[str, Decimal], low: str, high: str, mean: str) -> Draw | None:
    """(least, greatest) in thousandths of the unit, from whatever of the three is given."""
    least = stated.get(low, stated.get(mean, stated.get(high)))
    most = stated.get(high, stated.get(mean, stated.get(low)))
    return None if least is None or most is None else (exact_number(least * 1000), exact_number(most * 1000))


def _laid_out(start: int, lengths: list[tuple[PhaseState, int]], volumes: dict[str, Decimal]) -> list[Slice]:
    """One after the other. Energy and draw belong to the charging part; without one, to the first that is no reservation."""
    states = [state for state, _ in lengths]
    lead = PhaseState.CHARGING if PhaseState.CHARGING in states else next((s for s in states if s is not PhaseState.RESERVED), None)
    kwh = volumes.get("ENERGY")
    slices = []
    for state, length in lengths:
        if state is lead:
            watts = stated_range(volumes, "MIN_POWER", "MAX_POWER", "POWER")
            milliamps = stated_range(volumes, "MIN_CURRENT", "MAX_CURRENT", "CURRENT")
            slices.append(Slice(state, start, start + length, exact_number(kwh * 1000) if kwh else 0, watts, milliamps))
        else:
            slices.append(Slice(state, start, start + length, 0))
        start += length
    return slices


def _lengths(at: Reader, volumes: dict[str, Decimal], length_left: int, notes: list[Note]) -> list[tuple[PhaseState, int]]:
    """How the period's clock time is split: held, charging, parked, and the rest withheld."""
    hours = {
        PhaseState.RESERVED: sum((volumes.get(name, Decimal(0)) for name in _RESERVATION_DIMENSIONS), Decimal(0)),
        PhaseState.CHARGING: volumes.get("TIME", Decimal(0)),
        PhaseState.IDLE: volumes.get("PARKING_TIME", Decimal(0)),
    }
    wanted = [(state, _duration(volume)) for state, volume in hours.items() if volume]
    if not wanted:
        return [(PhaseState.WITHHELD, length_left)]
    rest = length_left - sum(length for _, length in wanted)
    if abs(rest) <= max(_TOLERANCE_US, sum(_last_place(volume) for volume in hours.values() if volume)):
        state, length = wanted[-1]
        wanted[-1] = (state, max(0, length + rest))
    elif rest < 0:
        notes.append(Note("period_overfull", f"{at.place} states more time than lies between its start and its end; the clock is taken."))
        wanted = _clipped(wanted, length_left)
    elif any(state is not PhaseState.RESERVED for state, _ in wanted) or volumes.get("ENERGY"):
        wanted.append((PhaseState.WITHHELD, rest))
    return wanted


def _duration(hours: Decimal) -> int:
    """Microseconds of a volume in hours: the whole second it was printed from, where its decimals allow it (0.6667 h is 2,400 s)."""
    exactly = hours * 3600
    second = round_half_up(exactly, 0)
    if abs(second - exactly) * _SECOND <= _last_place(hours):
        return int(second) * _SECOND
    return int(round_half_up(exactly * _SECOND, 0))


def _last_place(hours: Decimal) -> int:
    """What one unit of the last printed decimal of a volume is worth, in microseconds; nothing for 1 or 1.5, which may be exact."""
    exponent = hours.as_tuple().exponent
    return 3600 * _SECOND // 10**-exponent if isinstance(exponent, int) and -10 <= exponent <= -2 else 0


def _clipped(wanted: list[tuple[PhaseState, int]], length_left: int) -> list[tuple[PhaseState, int]]:
    clipped = []
    for state, length in wanted:
        clipped.append((state, min(length, length_left)))
        length_left -= min(length, length_left)
    return clipped


def _volumes(at: Reader, notes: list[Note]) -> dict[str, Decimal]:
    """Volumes by dimension; amounts stated twice are added, ranges widened."""
    volumes: dict[str, Decimal] = {}
    found = at.objects("dimensions")
    if not found:
        notes.append(Note("dimensions_missing", f"{at.place}.dimensions: there are none; nothing is billed for this period but its start."))
    for each in found:
        kind = each.text("type")
        volume = each.required_number("volume")
        before = volumes.get(kind)
        if kind not in _KINDS:
            notes.append(Note("unknown_dimension", f"{each.place}.type: {kind[:40]!r} is no OCPI dimension; it is not billed."))
        elif kind not in _SUMMED:
            volumes[kind] = volume if before is None else min(volume, before) if kind.startswith("MIN") else max(volume, before)
        elif volume < 0:
            remedy = "A correction is a credit CDR; energy fed back is ENERGY_EXPORT and has no price in OCPI."
            raise BadInput("cdr_volume", f"{each.place}.volume: {volume} is negative.", remedy)
        else:
            volumes[kind] = volume if before is None else before + volume
    return volumes


def _minutes(length_us: int) -> int:
    return length_us // (60 * _SECOND)
