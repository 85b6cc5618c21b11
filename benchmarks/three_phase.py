"""Power plans on sites unlike the recorded garage: three-phase sockets behind two panels, stays after ElaadNL's distributions.

    python benchmarks/three_phase.py --data DIR --kind private --sockets 40 --amps 25 50 --days 12 --seed 500

DIR holds the elaad_*.csv files. kind: private (homes, overnight), workplace or public. amps: of the site, each phase.
Days are drawn from the seed; departures and needs are true, future arrivals are unknown. A plan every five minutes
is compared with the bound, which knows everything.
"""

import argparse
import csv
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from _baselines import Baseline, Rule

from forecourt.planning import EvseLimits, Node, PlanSession, Policy, Problem, Solver, compile_grid, energy_upper_bound

STEP_S = 300
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
VISITS = 1.3  # a socket and day
PHASES = [("L1", "L2", "L3")] * 7 + [("L1",), ("L2",), ("L3",)]
Planner = Callable[[Problem], Mapping[str, int]]


@dataclass(frozen=True)
class Site:
    evses: tuple[EvseLimits, ...]
    nodes: tuple[Node, ...]

    @classmethod
    def built(cls, sockets: int, kind: str, amps: float) -> "Site":
        most_a = 32 if kind == "public" else 16
        evses = tuple(EvseLimits(f"E{n:02d}", most_a, phases=PHASES[n % 10]) for n in range(sockets))
        names = tuple(one.id for one in evses)
        west, east = names[: sockets // 2], names[sockets // 2 :]
        return cls(
            evses, (Node("site", limit_a=amps), Node("west", "site", 0.7 * amps, None, west), Node("east", "site", 0.6 * amps, None, east))
        )


@dataclass(frozen=True)
class Habits:
    """Of one kind of place: how arrivals spread over a day's quarters of an hour, and stays (hours) and needs (kWh) by percent."""

    quarters: np.ndarray
    stays_h: tuple[np.ndarray, np.ndarray]
    needs_kwh: tuple[np.ndarray, np.ndarray]

    @classmethod
    def read(cls, folder: Path, kind: str) -> "Habits":
        quarters = _column(folder / "elaad_distribution-of-arrival_ev2gym_mit.csv", kind)[1]
        stays = _column(folder / "elaad_distribution-of-connection-time_ev2gym_mit.csv", kind)
        needs = _column(folder / "elaad_distribution-of-energy-demand_ev2gym_mit.csv", kind)
        return cls(quarters / quarters.sum(), stays, needs)

    def day(self, seed: int, site: Site) -> list[PlanSession]:
        """Whole steps, so that nothing happens between two plans; who finds no free socket drives on."""
        draw, free, found = np.random.default_rng(seed), dict[str, datetime](), list[PlanSession]()
        count = int(VISITS * len(site.evses))
        at_min = np.sort(draw.choice(len(self.quarters), count, p=self.quarters) * 15 + draw.uniform(0, 15, count))
        stays_h, needs_kwh = (np.interp(draw.uniform(0, 100, count), *one) for one in (self.stays_h, self.needs_kwh))
        for n in range(count):
            arrival = MIDNIGHT + timedelta(minutes=float(at_min[n] // 5 * 5))
            departure = arrival + timedelta(seconds=float(np.clip(stays_h[n], 0.25, 24)) * 3600 // STEP_S * STEP_S)
            empty = [one.id for one in site.evses if free.get(one.id, arrival) <= arrival]
            if empty and needs_kwh[n] >= 0.5:
                evse = empty[int(draw.integers(len(empty)))]
                free[evse] = departure
                need_wh = float(min(needs_kwh[n], 90.0)) * 1000
                found.append(PlanSession(f"s{n}", evse, arrival, departure=departure, need_wh=need_wh))
        return found


def _column(path: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    with path.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    first = next(iter(rows[0]))
    percents = [float(row[first]) if ":" not in row[first] else 0.0 for row in rows]
    return np.array(percents), np.array([float(row[name] or 0) for row in rows])


@dataclass
class Result:
    energy_wh: float = 0.0
    shares: list[float] = field(default_factory=list)
    offs: list[int] = field(default_factory=list)
    ms: list[float] = field(default_factory=list)
    over_a: float = 0.0


def play(site: Site, day: Sequence[PlanSession], planner: Planner, result: Result) -> None:
    """One day under one planner, whose figures are added to the result."""
    wires = compile_grid(site.nodes, site.evses, worst_case=False)
    watts, most_a = {one.id: one.watts_per_amp for one in site.evses}, {one.id: one.max_a for one in site.evses}
    here, previous, gone, todo = dict[str, PlanSession](), dict[str, int](), list[PlanSession](), list(day)
    now, end = day[0].arrival, max(one.departure for one in day if one.departure)
    while now < end:
        gone += [here.pop(evse) for evse in [evse for evse, one in here.items() if one.departure and one.departure <= now]]
        while todo and todo[0].arrival <= now:
            come = todo.pop(0)
            here[come.evse] = come
        if here:
            previous = {evse: previous.get(evse, 0) if one.arrival < now else 0 for evse, one in here.items()}
            known = tuple(replace(one, drawing_a=0.0, offered_a=float(previous[one.evse])) if _full(one) else one for one in here.values())
            began = time.process_time()
            amps = planner(Problem(now, STEP_S, site.evses, site.nodes, known, previous=previous))
            result.ms.append((time.process_time() - began) * 1000)
            here = {evse: _obeying(one, previous[evse], amps[evse], now) for evse, one in here.items()}
            previous = dict(amps)
            drawn = {evse: 0 if _full(one) else previous[evse] for evse, one in here.items()}
            result.over_a = max(result.over_a, float((wires.loads_a(wires.vector(drawn)) - wires.limits_a).max()))
            for evse, one in here.items():
                got_wh = drawn[evse] * watts[evse] * STEP_S / 3600
                here[evse] = replace(one, delivered_wh=min(one.need_wh or 0.0, one.delivered_wh + got_wh))
        now += timedelta(seconds=STEP_S)
    for one in [*gone, *here.values()]:
        stay_s = (one.departure - one.arrival).total_seconds() if one.departure else 0.0
        result.energy_wh += one.delivered_wh
        result.shares.append(one.delivered_wh / max(1.0, min(one.need_wh or 0.0, watts[one.evse] * most_a[one.evse] * stay_s / 3600)))
        result.offs.append(one.pauses)


def _full(one: PlanSession) -> bool:
    return one.delivered_wh >= (one.need_wh or 0.0) - 1


def _obeying(one: PlanSession, before_a: int, amps: int, now: datetime) -> PlanSession:
    if before_a > 0 and not amps and not _full(one):
        return replace(one, charging_since=None, waiting_since=now, pauses=one.pauses + 1)
    return replace(one, charging_since=now) if amps and one.charging_since is None else one


def planners() -> dict[str, Callable[[], Planner]]:
    def lp(ahead: bool) -> Planner:
        solver, policy = Solver(), Policy(look_ahead=ahead)
        return lambda problem: solver.plan(replace(problem, policy=policy)).amps

    def by_rule(rule: Rule) -> Planner:
        return Baseline(rule).amps

    rules = {rule.value: (lambda rule=rule: by_rule(rule)) for rule in Rule}
    return {"look ahead": lambda: lp(True), "one step": lambda: lp(False), **rules}


def row_of(name: str, result: Result, best_wh: float) -> str:
    shares = np.array(result.shares)
    jain = shares.sum() ** 2 / (len(shares) * (shares**2).sum())
    figures = {
        "of_bound_pct": round(100 * result.energy_wh / best_wh, 2),
        "jain": round(float(jain), 3),
        "p5": round(float(np.percentile(shares, 5)), 2),
        "under_5_pct": int((shares < 0.05).sum()),
        "offs_mean": round(statistics.mean(result.offs), 2),
        "offs_max": max(result.offs),
        "ms_p50": round(statistics.median(result.ms), 2),
        "ms_p99": round(float(np.percentile(result.ms, 99)), 2),
        "over_a": round(result.over_a, 4),
    }
    return f"  {name:<12}" + "  ".join(f"{key} {value}" for key, value in figures.items())


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--data", type=Path, required=True)
    made.add_argument("--kind", choices=["private", "workplace", "public"], default="private")
    made.add_argument("--sockets", type=int, default=40)
    made.add_argument("--amps", type=float, nargs="+", default=[25.0, 50.0])
    made.add_argument("--days", type=int, default=12)
    made.add_argument("--seed", type=int, default=500)
    made.add_argument("--only", nargs="*", help="planners to run")
    return made


def main() -> None:
    args = parser().parse_args()
    habits = Habits.read(args.data, args.kind)
    for amps in args.amps:
        site = Site.built(args.sockets, args.kind, amps)
        days = [habits.day(args.seed + n, site) for n in range(args.days)]
        best_wh = sum(energy_upper_bound(day, site.nodes, site.evses).total_wh for day in days)
        asked_wh = sum(one.need_wh or 0.0 for day in days for one in day)
        cars, share = sum(map(len, days)), 100 * best_wh / asked_wh
        print(f"\n{args.kind}, {amps:g} A a phase: bound {share:.1f} % of demand, {cars} sessions", flush=True)
        for name in args.only or planners():
            result = Result()
            for day in days:
                play(site, day, planners()[name](), result)
            print(row_of(name, result, best_wh), flush=True)


if __name__ == "__main__":
    main()
