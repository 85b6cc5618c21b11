"""Power promises on recorded days of a garage whose limit is too low for all cars: how many are kept by plans with and without them.

    python benchmarks/promises.py --data DIR --dates 2019-09-05 2019-10-29 --kw 30 60 80 [--delay-s 45] [--json FILE]

DIR as for benchmarks/planning.py. One car in three has booked two hours from when it came, and leaves then; its promise was made in
random order from the limits, the promises before it and the smallest pilots of the other sockets (of which --walk-in-percent of each limit
is kept at most). All others come and stay as recorded. A promise is kept when the car got the energy that was promised by its end.
--by-phases: a kind of sockets for each pair of phases; else all sockets are one kind, and nobody knows on which wires a booking will be.
"""

import argparse
import json
import statistics
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
from _garage import RECORDING, Car, Site, Table, load_day, load_site

from forecourt.kernel import Span
from forecourt.planning import Guarantee, PowerClaim, PowerHeadroom, energy_upper_bound
from forecourt.reservations import START_ALLOWANCE, make_power_promise, required_power_w
from planning import Conditions, Figures, Result, planners, simulate

STAY = timedelta(hours=2)


def booked(site: Site, cars: list[Car], percent: int, seed: int, by_phases: bool) -> tuple[list[Car], list[Car]]:
    """The day's cars with what was promised to a third of them; and the same without."""
    draw, claims, phase = np.random.default_rng(seed), list[PowerClaim](), {one.id: one.phase_deg for one in site.evses}
    with_promise = dict.fromkeys(range(len(cars)), cars[0]) | dict(enumerate(cars))
    for number in draw.permutation(len(cars))[: len(cars) // 3].tolist():
        car = cars[number]
        until = min(car.departure, car.arrival + STAY)
        if until - car.arrival <= START_ALLOWANCE:
            continue
        names = tuple(one.id for one in site.evses if not by_phases or one.phase_deg == phase[car.evse])
        span = Span(car.arrival, until)
        wanted_w = required_power_w(int(car.need_wh), span.length, START_ALLOWANCE)
        power_w = PowerHeadroom(site.rows, site.evses, claims, percent).most_w(names, span, wanted_w)
        promise = make_power_promise(power_w, int(car.need_wh), span.length, START_ALLOWANCE) if power_w else None
        with_promise[number] = replace(car, departure=until)
        if promise is not None:
            claims.append(PowerClaim(names, span, power_w))
            owed = Guarantee(float(promise.energy_wh), float(power_w), until - START_ALLOWANCE)
            with_promise[number] = replace(car, departure=until, guarantee=owed)
    known = list(with_promise.values())
    return known, [replace(one, guarantee=None) for one in known]


def shares(known: list[Car], result: Result) -> list[float]:
    """Of what was promised, by car; to a watt hour, which is all that meters count."""
    return [(result.energy_wh[one.id] + 1) / one.guarantee.energy_wh for one in known if one.guarantee]


def row(name: str, site: Site, days: list[tuple[list[Car], list[Car]]], known: bool, conditions: Conditions) -> Figures:
    kept, others, ms, energy, best, over = list[float](), list[float](), list[float](), 0.0, 0.0, 0.0
    for promised, plain in days:
        cars = promised if known else plain
        result = simulate(site, cars, planners(1.0)[name](), conditions)
        kept += shares(promised, result)
        alone = {one.id: 32 * 208 * (one.departure - one.arrival).total_seconds() / 3600 for one in cars}
        others += [result.energy_wh[one.id] / min(one.need_wh, alone[one.id]) for one in promised if not one.guarantee]
        ms, energy, over = ms + result.ms, energy + sum(result.energy_wh.values()), max(over, result.over_a)
        best += energy_upper_bound(plain, site.rows, site.evses).total_wh
    return {
        "planner": name,
        "promises_in_plan": known,
        "promises": len(kept),
        "kept_pct": round(100 * sum(one >= 1 for one in kept) / len(kept), 1) if kept else None,
        "least_share": round(min(kept), 3) if kept else None,
        "of_bound_pct": round(100 * energy / best, 2),
        "others_p5": round(float(np.percentile(others, 5)), 2),
        "ms_p50": round(statistics.median(ms), 2),
        "over_a": round(over, 4),
    }


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("--data", type=Path, required=True)
    made.add_argument("--dates", nargs="+", default=["2019-09-05"])
    made.add_argument("--kw", nargs="+", type=float, default=[30, 60, 80])
    made.add_argument("--walk-in-percent", nargs="+", type=int, default=[100, 50])
    made.add_argument("--by-phases", action="store_true", help="a kind of sockets for each pair of phases; else all are one kind")
    made.add_argument("--delay-s", type=float, default=0.0, help="seconds until a lowered socket is proved")
    made.add_argument("--only", nargs="*", default=["look ahead", "one step"])
    made.add_argument("--json", type=Path)
    return made


def main() -> None:
    args = parser().parse_args()
    rows = []
    for kw in args.kw:
        site = load_site(args.data / "site_caltech.json", kw)
        known = {one.id for one in site.evses}
        recorded = [load_day(Table(args.data / RECORDING), date, known) for date in args.dates]
        for percent in args.walk_in_percent:
            days = [booked(site, day, percent, seed, args.by_phases) for seed, day in enumerate(recorded)]
            promised_kwh = sum(one.guarantee.energy_wh for day, _ in days for one in day if one.guarantee) / 1000
            print(f"\n{kw:g} kW, at most {percent} % kept for walk-ins: {promised_kwh:.0f} kWh promised", flush=True)
            for name in args.only:
                for in_plan in (True, False):
                    found = row(name, site, days, in_plan, Conditions(delay_s=args.delay_s))
                    rows.append({"kw": kw, "walk_in_percent": percent, "promised_kwh": round(promised_kwh), **found})
                    print("  " + "  ".join(f"{key} {value}" for key, value in found.items()), flush=True)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
