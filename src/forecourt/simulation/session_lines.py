"""Recorded sessions, read from a table: one line a stay."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime

from forecourt.simulation.model import RecordedSession

NEEDED = ("arrival", "departure", "station", "kwh")


def holds_sessions(text: str) -> bool:
    """Whether the first line names the columns that are needed."""
    return set(NEEDED) <= set(next(csv.reader(io.StringIO(text)), ()))


def read_sessions(text: str) -> Iterator[RecordedSession]:
    """arrival and departure with their offset from UTC, station, kwh; as far as they are there session_id, requested_kwh and est_departure
    (what the driver said), and claimed (where it is there and not True, nobody said anything). Raises ValueError naming the line."""
    for number, line in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        try:
            yield _session(line)
        except (ValueError, TypeError) as error:
            raise ValueError(f"line {number}: {error}") from error


def _session(line: dict[str, str]) -> RecordedSession:
    arrival, departure = _instant(line, "arrival"), _instant(line, "departure")
    said = line.get("claimed", "True") == "True"  # else nobody typed anything, and what is said repeats what happened
    stated = _instant(line, "est_departure") if said and line.get("est_departure") else None
    return RecordedSession(
        ref=line.get("session_id") or f"{line['station']} {line['arrival']}",
        station=line["station"],
        arrival=arrival,
        departure=departure,
        energy_wh=_wh(line["kwh"]),
        requested_wh=(_wh(line.get("requested_kwh") or "") or None) if said else None,
        stated_departure=stated if stated is not None and stated > arrival else None,
    )


def _instant(line: dict[str, str], column: str) -> datetime:
    at = datetime.fromisoformat(line[column])
    if at.tzinfo is None:
        raise ValueError(f"{column} has no offset from UTC; write it like 2019-05-01T08:00:00-07:00")
    return at.astimezone(UTC)


def _wh(kwh: str) -> int:
    if not kwh:
        return 0
    wh = float(kwh) * 1000
    if not abs(wh) < 1e7:
        raise ValueError(f"{kwh} kWh is no energy of a car")
    return round(wh)
