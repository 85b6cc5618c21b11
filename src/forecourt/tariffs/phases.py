"""Raw phases as JSON, in the words of the command line: a list of {state, start, end or seconds, kwh, power_kw?, current_a?}."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from forecourt.kernel import BadInput, round_half_up
from forecourt.tariffs.cdr import UsageRecord
from forecourt.tariffs.json_reader import Reader
from forecourt.tariffs.matching import Draw, exact_number
from forecourt.tariffs.model import Note, PhaseState, Tariff
from forecourt.tariffs.periods import stated_range
from forecourt.tariffs.rating import Run
from forecourt.tariffs.slices import Slice, microseconds

_SECOND = 1_000_000


def read_phases(tariff: Tariff, source: Sequence[Any] | str) -> UsageRecord:
    """The slices of raw phases; BadInput with the place of a mistake, notes for oddities that leave a price possible."""
    root = Reader.of(f'{{"phases": {source}}}' if isinstance(source, str) else {"phases": source}, "input")
    slices: list[Slice] = []
    notes: list[Note] = []
    for each in root.objects("phases"):
        piece = _slice(each, notes)
        if piece.end_us < piece.start_us or (slices and piece.start_us < slices[-1].end_us):
            raise BadInput("phase_order", f"{each.place}: overlaps or runs backwards.", "Give phases in order of time, without overlap.")
        slices.append(piece)
    if not slices:
        raise BadInput("phases_empty", "input.phases: there are none.", "Give at least one phase.")
    return UsageRecord((Run(tariff, slices),), notes=tuple(notes))


def _slice(each: Reader, notes: list[Note]) -> Slice:
    state = PhaseState(each.choice("state", [state.value for state in PhaseState]))
    start = microseconds(each.required_instant("start"))
    kwh = each.number("kwh", least=Decimal(0))
    if kwh is None and state is PhaseState.CHARGING:
        notes.append(Note("energy_missing", f"{each.place} is charging and states no kwh: no energy is billed for it."))
    if kwh and state is PhaseState.RESERVED:
        raise BadInput("phase_energy", f"{each.place}.kwh: a reserved socket gives no energy.", "Make it a CHARGING phase.")
    watts = _range(each, "min_power_kw", "max_power_kw", "power_kw")
    milliamps = _range(each, "min_current_a", "max_current_a", "current_a")
    return Slice(state, start, _end(each, start, notes), exact_number(kwh * 1000) if kwh else 0, watts, milliamps)


def _end(each: Reader, start: int, notes: list[Note]) -> int:
    """`end`, else start and `seconds`."""
    end, seconds = each.instant("end"), each.number("seconds", least=Decimal(0))
    if end is None:
        if seconds is None:
            raise BadInput("phase_end", f"{each.place}: neither end nor seconds.", "Say how long the phase lasted.")
        return start + int(round_half_up(seconds * _SECOND, 0))
    if seconds is not None and abs(int(seconds * _SECOND) - microseconds(end) + start) > _SECOND:
        notes.append(Note("phase_seconds", f"{each.place}.seconds is not the time from start to end; start and end are taken."))
    return microseconds(end)


def _range(each: Reader, low: str, high: str, mean: str) -> Draw | None:
    stated = {name: number for name in (low, high, mean) if (number := each.number(name)) is not None}
    return stated_range(stated, low, high, mean)
