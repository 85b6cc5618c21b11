"""The month of `month.py` with a solar roof and a battery, compared with the best possible in hindsight.

    python benchmarks/month_sun.py --data DIR --month 2019-10 --history 2019-09 [--kwp 30] [--kwh 60] [--cloudy] [--json FILE]

The sun is synthetic: a parabola from 7 to 19, the same and known every day. With --cloudy each day gives 30 to 100 % of it (drawn),
and only the mean is forecast. The battery is half full at first, gives back 90 % and moves half its capacity an hour; it does what it is
told, and what is left in it counts at the mean price of the month. "offline optimum" knows the month and its sun. "both in the plans":
cap, pilots and battery by the planner; the meter of the grid tells the peak. "roof alone": the plans know the sun, there is no battery.
"plans know of neither": the roof gives what it gives, the battery stands still.
"""

import argparse
import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
from _garage import STEP, Car, Month, Site
from month import STEP_S, Forecast, add_garage, load_garage, stay_of, supply_of

from forecourt.planning import (
    DISCOUNT_PER_H,
    Problem,
    Solar,
    SolarPlant,
    Solver,
    Storage,
    SunStep,
    Supply,
    capped,
    maximize_profit,
    site_cap,
    variable_edges,
)

FEED_IN, CLOUDS = 0.05, 0.65


@dataclass
class Played:
    """What became of the month: kWh and money, with the battery's level as it goes."""

    supply: Supply
    storage: Storage | None
    money: float = 0.0
    sold_kwh: float = 0.0
    grid_kwh: float = 0.0
    fed_kwh: float = 0.0
    peak_w: float = 0.0
    ms: list[float] = field(default_factory=list)

    def row(self, name: str, best: float, left_per_kwh: float, level_wh: float) -> dict[str, object]:
        gained_wh = self.storage.level_wh - level_wh if self.storage else 0.0
        profit = self.money - self.supply.demand_per_kw * self.peak_w / 1000 + left_per_kwh * gained_wh / 1000
        shown = {"profit": profit, "of_optimum_pct": 100 * profit / best, "peak_kw": self.peak_w / 1000, "sold_kwh": self.sold_kwh}
        shown |= {"grid_kwh": self.grid_kwh, "fed_in_kwh": self.fed_kwh, "ms_p50": float(np.median(self.ms or [0]))}
        return {"planner": name, **{key: round(value, 2) for key, value in shown.items()}, "ms_p99": round(_p99(self.ms), 2)}


def _p99(ms: Sequence[float]) -> float:
    return float(np.percentile(ms, 99)) if ms else 0.0


@dataclass(frozen=True)
class World:
    """expected: the sun as the planner expects it; true: as it shines."""

    month: Month
    site: Site
    supply: Supply
    expected: Solar | None
    true: Solar
    forecast: Forecast


def play(world: World, storage: Storage | None) -> Played:
    """Five minutes at a time; a car draws what it is given until it is full, the battery what it is ordered."""
    done, here, solver = Played(world.supply, storage), dict[str, Car](), Solver()
    coming = iter([*world.month.sessions, None])
    following = next(coming)
    now, end = world.month.start, max(one.departure for one in world.month.sessions)
    while now < end:
        while following and following.arrival <= now:
            here[following.evse], following = following, next(coming)
        here = {evse: one for evse, one in here.items() if one.departure > now and one.need_wh - one.delivered_wh > 1e-6}
        problem = Problem(now, STEP_S, world.site.evses, world.site.rows, tuple(here.values()))
        began = time.process_time()
        amps, ordered_w = _plan(world, problem, done, solver)
        done.ms.append((time.process_time() - began) * 1000)
        _step(world, done, here, amps, (now, ordered_w))
        now += STEP
    return done


def _plan(world: World, problem: Problem, done: Played, solver: Solver) -> tuple[dict[str, int], float]:
    supply = replace(world.supply, solar=world.expected, storage=done.storage)
    paid_w = max(done.peak_w, world.forecast(problem.now, done.peak_w))
    cap = site_cap(problem, supply, paid_w)
    if cap is not None and cap.steps:
        mix = cap.steps[0].mix
        return solver.plan(capped(problem, cap.now_w)).amps, mix.storage_w if mix and done.storage else 0.0
    if done.storage is None:
        return {}, 0.0
    found = maximize_profit((), supply, paid_w, variable_edges(problem.now, (), supply, STEP), DISCOUNT_PER_H)
    return {}, float(found.mix.storage_w[0]) if found and found.mix else 0.0


def _step(world: World, done: Played, here: dict[str, Car], amps: dict[str, int], storage: tuple[datetime, float]) -> None:
    (now, ordered_w), hours = storage, STEP_S / 3600
    total_wh = 0.0
    for evse, one in here.items():
        took = min(amps.get(evse, 0) * world.site.watts_per_amp[evse] * hours, one.need_wh - one.delivered_wh)
        total_wh += took
        off = took < 1e-6 and one.charging_since is not None
        since = None if took < 1e-6 else one.charging_since or now
        waits = now if off else one.waiting_since
        here[evse] = replace(one, delivered_wh=one.delivered_wh + took, charging_since=since, waiting_since=waits, pauses=one.pauses + off)
    sun_w = world.true.mean_w(now, now + STEP)
    moved_w = _moved(done, ordered_w, total_wh / hours - sun_w)
    drawn_w = total_wh / hours + moved_w - sun_w
    grid_w, fed_w = max(0.0, drawn_w), max(0.0, -drawn_w)
    done.sold_kwh += total_wh / 1000
    done.grid_kwh += grid_w * hours / 1000
    done.fed_kwh += fed_w * hours / 1000
    price = done.supply.per_kwh(now)
    done.money += (done.supply.earns_per_kwh * total_wh + (FEED_IN * fed_w - price * grid_w) * hours) / 1000
    done.peak_w = max(done.peak_w, grid_w)


def _moved(done: Played, ordered_w: float, missing_w: float) -> float:
    """Watts into the battery; what comes out goes to cars alone."""
    storage = done.storage
    if storage is None:
        return 0.0
    inside, hours = math.sqrt(storage.efficiency), STEP_S / 3600
    in_w = min(max(ordered_w, 0.0), (storage.capacity_wh - storage.level_wh) / hours / inside)
    out_w = min(max(-ordered_w, 0.0), max(0.0, missing_w), storage.level_wh * inside / hours)
    level_wh = storage.level_wh + (in_w * inside - out_w / inside) * hours
    done.storage = replace(storage, level_wh=min(storage.capacity_wh, max(0.0, level_wh)))
    return in_w - out_w


def sun(month: Month, end: datetime, kwp: float, seed: int | None, part: float) -> Solar:
    """Part of a clear day, every day; with a seed each day its own part."""
    clear = tuple(round(max(0.0, kwp * 1000 * (1 - ((hour + 0.5 - 13) / 6) ** 2))) for hour in range(24))
    steps = SolarPlant(round(kwp * 1000), Decimal(str(FEED_IN)), (clear,)).solar(month.start, end, str(month.zone)).steps
    draw = np.random.default_rng(seed)
    parts: dict[date, float] = {}

    def shines(step: SunStep) -> float:
        return part if seed is None else parts.setdefault(step.start.astimezone(month.zone).date(), float(draw.uniform(0.3, 1.0)))

    return Solar(tuple(SunStep(step.start, step.watts * shines(step)) for step in steps), FEED_IN)


def measure(args: argparse.Namespace) -> list[dict[str, object]]:
    site, month, history = load_garage(args)
    end = max(session.departure for session in month.sessions)
    seed, part = (args.seed, CLOUDS) if args.cloudy else (None, 1.0)
    expected, true = sun(month, end, args.kwp, None, part), sun(month, end, args.kwp, seed, part)
    first = min((one.start for one in history), default=month.start)
    usual = sun(replace(month, start=first), end, args.kwp, None, part)

    def supply_over(start: datetime, until: datetime) -> Supply:
        return supply_of(args, start, until, month)

    def sunny_over(start: datetime, until: datetime) -> Supply:
        return replace(supply_over(start, until), solar=usual)

    supply = supply_over(month.start, end)
    watts = args.kwh * 500
    battery = Storage(args.kwh * 1000, args.kwh * 500, watts, watts)
    best = maximize_profit([stay_of(one, site) for one in month.sessions], replace(supply, solar=true, storage=battery))
    if best is None or best.mix is None:
        raise SystemExit("The offline optimum was not found.")
    left = _mean_price(best.edges, supply) * math.sqrt(battery.efficiency)
    rows: list[dict[str, object]] = [
        {"planner": "offline optimum", "profit": round(best.profit, 2), "peak_kw": round(best.peak_w / 1000, 2)},
    ]
    print(rows[0], flush=True)
    cases = {"both in the plans": (expected, battery), "roof alone": (expected, None), "plans know of neither": (None, None)}
    for name in args.only or cases:
        expected_sun, storage = cases[name]
        forecast = Forecast(site, month, history, sunny_over if expected_sun else supply_over)
        rows.append(play(World(month, site, supply, expected_sun, true, forecast), storage).row(name, best.profit, left, battery.level_wh))
        print(rows[-1], flush=True)
    return [{"month": args.month, "cloudy": args.cloudy, **row} for row in rows]


def _mean_price(edges: Sequence[datetime], supply: Supply) -> float:
    hours = np.diff([edge.timestamp() for edge in edges])
    return float(hours @ [supply.per_kwh(edge) for edge in edges[:-1]] / hours.sum())


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_garage(made)
    made.add_argument("--kwp", type=float, default=30)
    made.add_argument("--kwh", type=float, default=60)
    made.add_argument("--cloudy", action="store_true")
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--only", nargs="*")
    made.add_argument("--json", type=Path)
    return made


def main() -> None:
    args = parser().parse_args()
    rows = measure(args)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
