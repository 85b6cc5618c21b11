"""The second entrance: an OCPI CDR's charging periods, or raw phases as JSON, to the slices `rate` counts in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from forecourt.kernel import BadInput, round_half_up
from forecourt.tariffs.matching import Exact, exact
from forecourt.tariffs.model import Note, PhaseState, Rating, Tariff, Usage
from forecourt.tariffs.rating import rate_slices
from forecourt.tariffs.reading import Reader
from forecourt.tariffs.slices import Slice, microseconds

_HOUR_US = 3_600_000_000
# Volumes in hours are printed to a few decimals; within this much the clock of the periods is the truth.
_TOLERANCE_US = 2_000_000


@dataclass(frozen=True, slots=True)
class Record:
    """What a CDR or a list of phases says was used, and what is odd about it."""

    slices: tuple[Slice, ...]
    expired: bool
    notes: tuple[Note, ...]


def rate_periods(tariff: Tariff, cdr: Mapping[str, Any] | str, zone: str = "UTC", expired: bool = False) -> Rating:
    """Price the charging periods of an OCPI CDR (2.2.1, 2.3.0). The same usage as phases gives the same rating.

    zone: IANA zone of the place (a CDR does not carry it). expired: the reservation went unused.
    Raises BadInput with the place of the mistake; oddities that leave a price possible become notes.
    """
    return rate_record(tariff, read_cdr(tariff, cdr), zone, expired)


def rate_record(tariff: Tariff, record: Record, zone: str, expired: bool = False) -> Rating:
    """Price a record read before."""
    return rate_slices(tariff, list(record.slices), Usage((), zone, expired or record.expired), record.notes)


def read_cdr(tariff: Tariff, cdr: Mapping[str, Any] | str) -> Record:
    """The slices of a CDR's periods: charging time first, then parking; time of neither kind is withheld."""
    root = Reader.of(cdr, "cdr")
    currency = root.text_or_none("currency")
    if currency not in (None, tariff.currency):
        raise BadInput(
            "cdr_currency", f"cdr.currency: {currency}, but the tariff is in {tariff.currency}.", "Give the tariff the CDR names."
        )
    periods = root.objects("charging_periods")
    if not periods:
        raise BadInput("cdr_periods", "cdr.charging_periods: there are none.", "A CDR has at least one period.")
    starts = [microseconds(each.instant_needed("start_date_time")) for each in periods]
    ends = [*starts[1:], microseconds(root.instant_needed("end_date_time"))]
    notes: list[Note] = []
    slices: list[Slice] = []
    for each, start, end in zip(periods, starts, ends, strict=True):
        if end < start:
            raise BadInput("cdr_order", f"{each.place}: ends before it starts.", "Give periods in order of time, up to end_date_time.")
        slices += _period(each, start, end, notes)
    _check_total(root, slices, notes)
    return Record(tuple(slices), root.value.get("reservation_expired") is True, tuple(notes))


def read_phases(source: Sequence[Any] | str) -> Record:
    """Raw phases as JSON: a list of {state, start, end or seconds, kwh, power_kw?, current_a?}."""
    root = Reader.of(f'{{"phases": {source}}}' if isinstance(source, str) else {"phases": source}, "input")
    slices: list[Slice] = []
    for each in root.objects("phases"):
        start = each.instant_needed("start")
        seconds = each.number("seconds", least=Decimal(0))
        end = each.instant("end") or start + timedelta(seconds=int(seconds or 0))
        piece = Slice(
            PhaseState(each.choice("state", [state.value for state in PhaseState])),
            microseconds(start),
            microseconds(end),
            _watt_hours(each.number("kwh", least=Decimal(0))),
            _range(each, "min_power_kw", "max_power_kw", "power_kw"),
            _range(each, "min_current_a", "max_current_a", "current_a"),
        )
        if piece.end_us < piece.start_us or (slices and piece.start_us < slices[-1].end_us):
            raise BadInput("phase_order", f"{each.place}: overlaps or runs backwards.", "Give phases in order of time, without overlap.")
        slices.append(piece)
    if not slices:
        raise BadInput("phases_empty", "input.phases: there are none.", "Give at least one phase.")
    return Record(tuple(slices), False, ())


def _period(at: Reader, start: int, end: int, notes: list[Note]) -> list[Slice]:
    volumes = _volumes(at)
    watts = _pair(volumes, "MIN_POWER", "MAX_POWER", "POWER")
    milliamps = _pair(volumes, "MIN_CURRENT", "MAX_CURRENT", "CURRENT")
    wh = _watt_hours(volumes.get("ENERGY"))
    lengths = _lengths(at, volumes, end - start, notes)
    slices: list[Slice] = []
    for state, length in lengths:
        slices.append(Slice(state, start, start + length, wh, watts, milliamps))
        start, wh = start + length, 0
    return slices


def _lengths(at: Reader, volumes: dict[str, Decimal], room: int, notes: list[Note]) -> list[tuple[PhaseState, int]]:
    """How the period's clock time is split: held, charging, parked, and the rest withheld."""
    wanted = [
        (state, int(round_half_up(volumes[name] * _HOUR_US, 0)))
        for name, state in (("RESERVATION_TIME", PhaseState.RESERVED), ("TIME", PhaseState.CHARGING), ("PARKING_TIME", PhaseState.IDLE))
        if volumes.get(name)
    ]
    rest = room - sum(length for _, length in wanted)
    if not wanted:
        return [(PhaseState.WITHHELD, room)]
    if abs(rest) <= _TOLERANCE_US:
        state, length = wanted[-1]
        wanted[-1] = (state, max(0, length + rest))
    elif rest > 0:
        wanted.append((PhaseState.WITHHELD, rest))
    else:
        notes.append(Note("period_overfull", f"{at.place} states more time than lies between its start and its end; the clock is taken."))
        wanted = _clipped(wanted, room)
    return wanted


def _clipped(wanted: list[tuple[PhaseState, int]], room: int) -> list[tuple[PhaseState, int]]:
    kept = []
    for state, length in wanted:
        kept.append((state, min(length, room)))
        room -= min(length, room)
    return kept


def _volumes(at: Reader) -> dict[str, Decimal]:
    volumes: dict[str, Decimal] = {}
    for each in at.objects("dimensions"):
        kind = each.text("type")
        volume = each.needed("volume")
        if kind in ("ENERGY", "TIME", "PARKING_TIME", "RESERVATION_TIME") and volume < 0:
            raise BadInput("cdr_volume", f"{each.place}.volume: {volume} is negative.", "A correction is a credit CDR.")
        volumes[kind] = volumes.get(kind, Decimal(0)) + volume if kind in ("ENERGY", "TIME", "PARKING_TIME") else volume
    return volumes


def _check_total(root: Reader, slices: list[Slice], notes: list[Note]) -> None:
    stated = root.number("total_energy")
    counted: Exact = 0
    for piece in slices:
        counted += piece.wh
    if stated is not None and abs(Fraction(stated * 1000) - Fraction(counted)) > 1:
        notes.append(
            Note("total_energy", f"cdr.total_energy says {stated} kWh, its periods add up to another amount; the periods are billed.")
        )


def _pair(volumes: dict[str, Decimal], low: str, high: str, mean: str) -> tuple[Exact, Exact] | None:
    """(least, greatest) in thousandths of the unit, from whatever of the three is given."""
    least = volumes.get(low, volumes.get(mean, volumes.get(high)))
    most = volumes.get(high, volumes.get(mean, volumes.get(low)))
    return None if least is None or most is None else (exact(least * 1000), exact(most * 1000))


def _range(at: Reader, low: str, high: str, mean: str) -> tuple[Exact, Exact] | None:
    stated = {name: number for name in (low, high, mean) if (number := at.number(name)) is not None}
    return _pair(stated, low, high, mean)


def _watt_hours(kwh: Decimal | None) -> Exact:
    return 0 if kwh is None else exact(kwh * 1000)
