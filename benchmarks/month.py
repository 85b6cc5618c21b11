"""A month's profit at a garage with hourly prices and a demand charge, compared with the best possible in hindsight.

    python benchmarks/month.py --data DIR --month 2019-10 --history 2019-09 [--json FILE]

DIR holds the two files of sessions, site_caltech.json and the tariff; another garage in the forms of docs/replay.md with --drawing,
--recording, --zone, --kw and --tariff. The transformer is that of the site (150 kW). Planners know
a car's departure and need when it comes, and nobody who comes later; the forecast of the peak knows the days that have been and
the months of --history, with this month's prices. Profit is energy sold (--earns per kWh) less its price less the demand charge on
the highest five minutes. "offline optimum" knows the whole month (the same program as the planner's, and as a second method scipy's
on five-minute periods; neither has the wires' rows, so it is never too low). "pilots": the planner of power under the cap, in amps that
chargers can follow, at most one switch-off a session.
"""

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
from _baselines import Baseline, Rule
from _garage import DRAWING, RECORDING, STEP, Car, Month, Site, Table, load_month, load_site
from _planner_inputs import ZONE
from scipy.optimize import linprog
from scipy.sparse import coo_array

from forecourt.planning import (
    PriceStep,
    Problem,
    ProfitSchedule,
    Solver,
    Stay,
    Supply,
    capped,
    maximize_profit,
    peak_forecast_w,
    site_cap,
)

STEP_S, TRANSFORMER_KW = 300, 150.0
RECORDINGS = (RECORDING, "acn_caltech_mar2019_acnportal_experiments_bsd3.csv@2019-03-01")
TARIFF = "tariff_sce_tou_ev_4_march_2019.json"
PUBLISHED_HINT = 0.75  # of the best peak, told to the planner on the first day


def supply_of(args: argparse.Namespace, start: datetime, end: datetime, month: Month) -> Supply:
    """The tariff's prices over a span of days, all in the season of one month."""
    tariff = json.loads((args.data / args.tariff).read_text())
    season = "Summer" if 6 <= month.days[0].month <= 9 else "Winter"
    steps: list[PriceStep] = []
    day = start.astimezone(month.zone).date()
    while day <= end.astimezone(month.zone).date():
        name = f"{season}-{'Weekday' if day.weekday() < 5 else 'Weekend'}"
        part = next(one for one in tariff["schedule"] if one["id"] == name)
        for hour, price in zip(part["times"], part["tariffs"], strict=True):
            at = datetime(day.year, day.month, day.day, hour, tzinfo=month.zone).astimezone(UTC)
            if not steps or steps[-1].per_kwh != price:
                steps.append(PriceStep(at, price))
        day += timedelta(days=1)
    return Supply(tuple(steps), args.earns, part["demand_charge"], args.kw * 1000)


def stay_of(session: Car, site: Site) -> Stay:
    return Stay(session.arrival, session.departure, session.need_wh, site.max_w[session.evse])


def referee(stays: Sequence[Stay], supply: Supply) -> float:
    """The offline optimum once more: scipy, one column for each car and five minutes."""
    first = min(stay.start for stay in stays)
    a, b = (np.array([(getattr(stay, end) - first) // STEP for stay in stays]) for end in ("start", "end"))
    who = np.repeat(np.arange(len(stays)), b - a)
    when = np.concatenate([np.arange(x, y) for x, y in zip(a, b, strict=True)])
    price = np.array([supply.per_kwh(first + STEP * int(n)) for n in range(b.max())])
    cells, people = len(who), len(stays)
    rows = np.concatenate([who, people + when, people + np.arange(b.max())])
    columns = np.concatenate([np.arange(cells), np.arange(cells), np.full(b.max(), cells)])
    values = np.concatenate([np.full(cells, STEP_S / 3600), np.ones(cells), -np.ones(b.max())])
    high = np.concatenate([[stay.need_wh / 1000 for stay in stays], np.zeros(b.max())])
    worth = np.append((price[when] - supply.earns_per_kwh) * STEP_S / 3600, supply.demand_per_kw)
    limits = [*((0.0, stays[int(one)].most_w / 1000) for one in who), (0.0, supply.most_w / 1000)]
    return -float(linprog(worth, coo_array((values, (rows, columns))).tocsr(), high, bounds=limits, method="highs").fun)


Shares = Mapping[str, float]  # watts by EVSE


@dataclass
class Played:
    """What a planner made of the month."""

    supply: Supply
    sold: float = 0.0
    energy_wh: float = 0.0
    peak_w: float = 0.0
    offs: int = 0
    ms: list[float] = field(default_factory=list)

    @property
    def profit(self) -> float:
        return self.sold - self.supply.demand_per_kw * self.peak_w / 1000


def play(month: Month, site: Site, supply: Supply, planner: Callable[[Problem, float], Shares]) -> Played:
    """Five minutes at a time; a car draws what it is given until it is full. The planner is told the highest power so far."""
    done, here, previous = Played(supply), dict[str, Car](), dict[str, int]()
    coming = iter([*month.sessions, None])
    following = next(coming)
    now = month.start
    while following or here:
        while following and following.arrival <= now:
            here[following.evse], following = following, next(coming)
        here = {evse: one for evse, one in here.items() if one.departure > now and one.need_wh - one.delivered_wh > 1e-6}
        if here:
            problem = Problem(now, STEP_S, site.evses, site.rows, tuple(here.values()), previous={e: previous.get(e, 0) for e in here})
            began = time.process_time()
            shares = planner(problem, done.peak_w)
            done.ms.append((time.process_time() - began) * 1000)
            previous = {evse: round(watts / site.watts_per_amp[evse]) for evse, watts in shares.items()}
            _draw(done, here, shares, now)
        now += STEP
    return done


def _draw(done: Played, here: dict[str, Car], shares: Shares, now: datetime) -> None:
    total = 0.0
    for evse, one in here.items():
        watts = shares.get(evse, 0.0)
        took = min(watts * STEP_S / 3600, one.need_wh - one.delivered_wh)
        total += took
        switched_off = watts < 1 and one.charging_since is not None
        done.offs += switched_off
        here[evse] = replace(
            one,
            delivered_wh=one.delivered_wh + took,
            charging_since=None if watts < 1 else one.charging_since or now,
            waiting_since=now if switched_off else one.waiting_since,
            pauses=one.pauses + switched_off,
        )
    done.energy_wh += total
    done.sold += (done.supply.earns_per_kwh - done.supply.per_kwh(now)) * total / 1000
    done.peak_w = max(done.peak_w, total * 3600 / STEP_S)


def watts(problem: Problem, amps: Mapping[str, int]) -> Shares:
    per_amp = {evse.id: evse.watts_per_amp for evse in problem.evses}
    return {evse: some * per_amp[evse] for evse, some in amps.items()}


def uncontrolled(problem: Problem, _peak_w: float) -> Shares:
    max_a = {evse.id: evse.max_a for evse in problem.evses}
    return watts(problem, {session.evse: max_a[session.evse] for session in problem.sessions})


def by_rule(rule: Rule) -> Callable[[Problem, float], Shares]:
    baseline = Baseline(rule)
    return lambda problem, _peak_w: watts(problem, baseline.amps(problem))


def day_by_day(month: Month, supply: Supply) -> Callable[[Problem, float], Shares]:
    """No forecast: each day pays its share of the demand charge, as if the days that are left were like it."""

    def shares(problem: Problem, peak_w: float) -> Shares:
        left = (month.days[-1] - problem.now.astimezone(month.zone).date()).days + 1
        return by_cost(replace(supply, demand_per_kw=supply.demand_per_kw / max(left, 1)), lambda _now, peak: peak)(problem, peak_w)

    return shares


def by_cost(supply: Supply, forecast_w: Callable[[datetime, float], float], fill: str = "") -> Callable[[Problem, float], Shares]:
    """The horizon program. fill "": its own shares; "pilots": the planner of power under its cap; else a rule of thumb under its cap."""
    solver = Solver()
    baseline = Baseline(Rule(fill)) if fill and fill != "pilots" else None

    def shares(problem: Problem, peak_w: float) -> Shares:
        cap = site_cap(problem, supply, max(peak_w, forecast_w(problem.now, peak_w)))
        if cap is None:
            return {}
        if not fill:
            by_session = dict(cap.steps[0].watts) if cap.steps else {}
            return {session.evse: by_session.get(session.id, 0.0) for session in problem.sessions}
        under = capped(problem, cap.now_w)
        return watts(problem, baseline.amps(under) if baseline else solver.plan(under).amps)

    return shares


class Forecast:
    """The peak forecast, made anew at the first plan of each local day."""

    def __init__(self, site: Site, month: Month, history: Sequence[Month], supply: Callable[[datetime, datetime], Supply]) -> None:
        self._site, self._month, self._history, self._supply = site, month, history, supply
        self._day: date | None = None
        self.watts: list[float] = []

    def __call__(self, now: datetime, peak_w: float) -> float:
        day = now.astimezone(self._month.zone).date()
        if day != self._day:
            self._day = day
            self.watts.append(self._made(now, day, peak_w))
        return self.watts[-1]

    def _made(self, now: datetime, day: date, peak_w: float) -> float:
        stays = [stay_of(one, self._site) for month in (*self._history, self._month) for one in month.sessions if one.departure <= now]
        seen = [one for month in (*self._history, self._month) for one in month.days if one < day]
        if not stays:
            return peak_w
        supply = self._supply(min(stay.start for stay in stays), now)
        return peak_forecast_w(stays, seen, [one for one in self._month.days if one >= day], supply, peak_w, str(self._month.zone))


def row_of(name: str, played: Played, best: ProfitSchedule, demand_wh: float) -> dict[str, object]:
    return {
        "planner": name,
        "profit": round(played.profit, 2),
        "of_optimum_pct": round(100 * played.profit / best.profit, 2),
        "peak_kw": round(played.peak_w / 1000, 2),
        "energy_pct": round(100 * played.energy_wh / demand_wh, 2),
        "offs": played.offs,
        "ms_p50": round(float(np.median(played.ms)), 2),
        "ms_p99": round(float(np.percentile(played.ms, 99)), 2),
    }


def measure(args: argparse.Namespace) -> list[dict[str, object]]:
    site, month, history = load_garage(args)
    end = max(session.departure for session in month.sessions)

    def supply_over(start: datetime, until: datetime) -> Supply:
        return supply_of(args, start, until, month)

    supply = supply_over(month.start, end)
    stays = [stay_of(session, site) for session in month.sessions]
    best = maximize_profit(stays, supply)
    if best is None:
        raise SystemExit("The offline optimum was not found.")
    demand_wh = sum(stay.need_wh for stay in stays)
    rows: list[dict[str, object]] = [
        {
            "planner": "offline optimum",
            "profit": round(best.profit, 2),
            "referee": round(referee(stays, supply), 2),
            "peak_kw": round(best.peak_w / 1000, 2),
            "energy_pct": round(100 * float((best.total_w * [s / 3600 for s in _spans(best)]).sum()) / demand_wh, 2),
        }
    ]
    _show(rows[-1])

    def hint(_now: datetime, _peak_w: float) -> float:
        return PUBLISHED_HINT * best.peak_w

    planners: dict[str, Callable[[Forecast], Callable[[Problem, float], Shares]]] = {
        "uncontrolled": lambda _: uncontrolled,
        "LLF": lambda _: by_rule(Rule.LEAST_LAXITY),
        "RR": lambda _: by_rule(Rule.ROUND_ROBIN),
        "horizon, no forecast": lambda _: day_by_day(month, supply),
        "horizon, published hint": lambda _: by_cost(supply, hint),
        "horizon, forecast": lambda forecast: by_cost(supply, forecast),
        "LLF under the cap": lambda forecast: by_cost(supply, forecast, Rule.LEAST_LAXITY.value),
        "horizon, forecast, pilots": lambda forecast: by_cost(supply, forecast, "pilots"),
    }
    for name in args.only or planners:
        forecast = Forecast(site, month, history, supply_over)
        rows.append(row_of(name, play(month, site, supply, planners[name](forecast)), best, demand_wh))
        rows[-1] |= {"forecast_kw": [round(watts / 1000, 1) for watts in forecast.watts]} if forecast.watts else {}
        _show(rows[-1])
    return [{"month": args.month, "history": args.history, **row} for row in rows]


def _spans(found: ProfitSchedule) -> list[float]:
    return [(b - a).total_seconds() for a, b in zip(found.edges, found.edges[1:], strict=False)]


def _show(row: Mapping[str, object]) -> None:
    print("  " + "  ".join(f"{key} {value}" for key, value in row.items() if key != "forecast_kw"), flush=True)


def load_garage(args: argparse.Namespace) -> tuple[Site, Month, list[Month]]:
    """The site, the month, and the months before it that the forecast knows."""
    site = load_site(args.data / args.drawing, args.kw, args.zone)
    known = {evse.id for evse in site.evses}
    named = (name.partition("@") for name in args.recording)
    tables = [Table(args.data / file, args.zone, first or None) for file, _, first in named]
    return site, load_month(tables, args.month, known), [load_month(tables, name, known) for name in args.history]


def add_garage(made: argparse.ArgumentParser) -> None:
    """The options that `load_garage` and `supply_of` read."""
    made.add_argument("--data", type=Path, required=True)
    made.add_argument("--drawing", default=DRAWING, help="in DIR: sockets and limits")
    made.add_argument(
        "--recording", nargs="+", default=RECORDINGS, help="in DIR: sessions as CSV, also gzipped; FILE@DAY: in steps from that local day"
    )
    made.add_argument("--zone", default=ZONE, help="of the garage")
    made.add_argument("--kw", type=float, default=TRANSFORMER_KW, help="the limit of the site")
    made.add_argument("--tariff", default=TARIFF, help="in DIR: prices by season, kind of day and hour, with a demand charge")
    made.add_argument("--month", default="2019-10")
    made.add_argument("--history", nargs="*", default=[], help="months whose days the forecast knows")
    made.add_argument("--earns", type=float, default=0.30, help="what a kWh sold earns, in the tariff's currency")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_garage(made)
    made.add_argument("--only", nargs="*", help="planners to run")
    made.add_argument("--json", type=Path)
    return made


def main() -> None:
    args = parser().parse_args()
    rows = measure(args)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
