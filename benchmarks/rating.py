"""Charge records rated per second on one core, compared with bare Decimal arithmetic on the same lines as the upper bound.

Where the Python package ocpi_tariffs (github.com/Hamza-nabil/ocpi-tariffs-py, MIT) can be imported, it rates the same records:
its distribution on PyPI is empty, so put the `src` of its repository on PYTHONPATH. It gives a total before and after tax and
nothing else: like is compared with like where our total stands beside it, and only on records whose totals agree. (It prices a
period by its first moment, so a record that is not cut where the price changes costs it another amount.) For the taxes, lines
and reasons it does not give stand the rows of the whole.

[PYTHONPATH=ocpi-tariffs-py/src] python benchmarks/rating.py [--count 20000] [--json FILE]
"""

import argparse
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from forecourt.tariffs import Phase, PhaseState, Rating, Tariff, Usage, parse_tariff, rate, rate_cdr, rate_record, read_cdr

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PRICES = [
    {"type": "FLAT", "price": 0.5, "vat": 20, "step_size": 1},
    {"type": "ENERGY", "price": 0.25, "vat": 10, "step_size": 1},
    {"type": "PARKING_TIME", "price": 2, "vat": 20, "step_size": 900},
]
EVENING = {
    "price_components": [{"type": "ENERGY", "price": 0.35, "vat": 10, "step_size": 1}],
    "restrictions": {"start_time": "14:00", "end_time": "20:00"},
}
TIER = {
    "price_components": [{"type": "ENERGY", "price": 0.2, "vat": 10, "step_size": 1}],
    "restrictions": {"max_kwh": 10},
}
REST = {
    "price_components": [*PRICES[:2], {"type": "PARKING_TIME", "price": 2, "vat": 20, "step_size": 900}],
    "restrictions": {"max_duration": 36_000},
}
CENT = Decimal("0.01")


def usage(number: int) -> Usage:
    """Ninety minutes of charging, forty of parking."""
    full = NOON + timedelta(minutes=90)
    charging = Phase(PhaseState.CHARGING, NOON, full, 20_000 + number % 997)
    return Usage((charging, Phase(PhaseState.IDLE, full, full + timedelta(minutes=40), 0)), "Europe/Berlin")


def metered(number: int) -> Usage:
    """The same as three hours of one-minute phases, as meters report."""
    minutes = [NOON + timedelta(minutes=minute) for minute in range(181)]
    pairs = pairwise(minutes)
    return Usage(tuple(Phase(PhaseState.CHARGING, a, b, 120 + number % 7) for a, b in pairs), "Europe/Berlin")


def record(number: int) -> dict[str, Any]:
    """An OCPI CDR of the same charge."""
    times = ("2026-11-23T12:00:00Z", "2026-11-23T13:30:00Z")
    first = [{"type": "ENERGY", "volume": Decimal(20_000 + number % 997) / 1000}, {"type": "TIME", "volume": Decimal("1.5")}]
    second = [{"type": "PARKING_TIME", "volume": Decimal("0.6667")}]
    periods = [{"start_date_time": at, "dimensions": found} for at, found in zip(times, (first, second), strict=True)]
    return {"currency": "EUR", "end_date_time": "2026-11-23T14:10:00Z", "charging_periods": periods}


def cut_record(number: int) -> dict[str, Any]:
    """The same with a period at every moment relevant to cost, as OCPI asks: in Berlin the price changes at 13:00 UTC."""
    whole = record(number)
    late = Decimal(20_000 + number % 997) // 3 / 1000
    early = Decimal(20_000 + number % 997) / 1000 - late
    parts = [("12:00", early, Decimal(1)), ("13:00", late, Decimal("0.5"))]
    periods = [
        {
            "start_date_time": f"2026-11-23T{at}:00Z",
            "dimensions": [{"type": "ENERGY", "volume": kwh}, {"type": "TIME", "volume": hours}],
        }
        for at, kwh, hours in parts
    ]
    return {**whole, "charging_periods": [*periods, whole["charging_periods"][1]]}


def night(number: int) -> Usage:
    """Twelve hours in quarter hours, as a CDR of a metered charge has them."""
    quarters = pairwise(NOON + timedelta(minutes=15 * quarter) for quarter in range(49))
    return Usage(tuple(Phase(PhaseState.CHARGING, a, b, 1_800 + number % 97) for a, b in quarters), "Europe/Berlin")


def night_record(number: int) -> dict[str, object]:
    """The OCPI CDR of the same."""
    dimensions = [{"type": "ENERGY", "volume": Decimal(1_800 + number % 97) / 1000}, {"type": "TIME", "volume": Decimal("0.25")}]
    starts = (NOON + timedelta(minutes=15 * quarter) for quarter in range(48))
    periods = [{"start_date_time": start.isoformat(), "dimensions": dimensions} for start in starts]
    return {"currency": "EUR", "end_date_time": (NOON + timedelta(hours=12)).isoformat(), "charging_periods": periods}


def bare(number: int) -> Decimal:
    """The arithmetic alone: three lines, two rates of tax, rounded."""
    energy = Decimal("0.25") * (20_000 + number % 997) / 1000
    parking = Decimal(2) * 2700 / 3600
    at_twenty = (Decimal("0.5") + parking).quantize(CENT, ROUND_HALF_UP)
    at_ten = energy.quantize(CENT, ROUND_HALF_UP)
    taxes = (at_twenty * 20 / 100).quantize(CENT, ROUND_HALF_UP) + (at_ten * 10 / 100).quantize(CENT, ROUND_HALF_UP)
    return at_twenty + at_ten + taxes


ZONE = "Europe/Berlin"
REFERENCE = "ocpi-tariffs"
Work = dict[str, Callable[[int], object]]


def total_of(rating: Rating) -> object:
    """What the reference gives: a total before and after tax."""
    return rating.net, rating.gross


def whole_of(rating: Rating) -> object:
    """Everything a bill needs."""
    return rating.net, rating.gross, rating.taxes, rating.lines


class Reference:
    """The Python engine on the same tariff and records; present says whether it can be had."""

    def __init__(self, source: dict[str, Any]) -> None:
        try:
            from ocpi_tariffs.v2_2_1 import models, tariff_calculator
        except ImportError:
            self.present = False
        else:
            self.present, self.price = True, tariff_calculator.calculate_cdr_cost
            self.rules, self.record = models.Tariff(**{**source, "last_updated": "2026-01-01T00:00:00Z"}), models.Cdr

    def read(self, record: dict[str, Any]) -> object:
        location = {"id": "L", "country": "DEU", "coordinates": {"latitude": "52.5", "longitude": "13.4"}}
        rest = {"id": "C", "last_updated": "2026-11-23T15:00:00Z", "start_date_time": "2026-11-23T12:00:00Z", "cdr_location": location}
        return self.record(**{**record, **rest, "total_energy": "20", "total_time": "2.1667"})

    def agrees(self, record: object, ours: Rating) -> bool:
        """Its totals have four decimals."""
        found = self.price(record, self.rules)
        far = max(abs(found.excl_vat - ours.exact_net), abs(found.incl_vat - ours.exact_gross))
        return bool(far <= Decimal("0.0001"))


def beside(name: str, source: dict[str, Any], records: list[dict[str, Any]]) -> Work:
    """One tariff on one kind of record, by us and by the reference: from parsed records, and from decoded JSON."""
    tariff, many, theirs = parse_tariff(source), len(records), Reference(source)
    parsed = [read_cdr(tariff, each) for each in records]
    work: Work = {
        f"{name}: total": lambda number: total_of(rate_record(parsed[number % many], ZONE)),
        f"{name}: whole": lambda number: whole_of(rate_record(parsed[number % many], ZONE)),
        f"{name}: decoded, total": lambda number: total_of(rate_cdr(tariff, records[number % many], ZONE)),
    }
    models = [theirs.read(each) for each in records] if theirs.present else []
    if not all(map(theirs.agrees, models, (rate_record(each, ZONE) for each in parsed))):
        print(f"{name}: {REFERENCE} gives other totals; it is not compared.")
    elif models:
        work[f"{name}: {REFERENCE}"] = lambda number: theirs.price(models[number % many], theirs.rules)
        work[f"{name}: decoded, {REFERENCE}"] = lambda number: theirs.price(theirs.read(records[number % many]), theirs.rules)
    return work


def phases(tariff: Tariff, usages: list[Usage]) -> Callable[[int], object]:
    return lambda number: total_of(rate(tariff, usages[number % len(usages)]))


def fastest(work: Work, rounds: int) -> dict[str, int]:
    """Calls per second of processor time: the best of many short rounds, taken in turn, so that a busy machine hurts all alike."""
    best = dict.fromkeys(work, float("inf"))
    for turn in range(rounds):
        for name, call in work.items():
            calls = 4 if "180" in name or "48" in name else 25
            began = time.process_time()
            for number in range(turn, turn + calls):
                call(number)
            best[name] = min(best[name], (time.process_time() - began) / calls)
    return {name: round(1 / spent) for name, spent in best.items()}


def against(name: str, figures: dict[str, int]) -> str:
    """How many times the reference a figure is, where the reference ran on the same records."""
    case, _, what = name.partition(": ")
    other = figures.get(f"{case}: {'decoded, ' if what.startswith('decoded') else ''}{REFERENCE}")
    return f"  {figures[name] / other:.1f} times {REFERENCE}" if other and REFERENCE not in name else ""


def source(*elements: object) -> dict[str, Any]:
    return {"id": "T", "currency": "EUR", "elements": list(elements)}


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("--count", type=int, default=20_000)
    made.add_argument("--json", type=Path)
    return made


def main() -> None:
    given = parser().parse_args()
    plain, timed, tiered = source({"price_components": PRICES}), source(EVENING, {"price_components": PRICES}), source(EVENING, TIER, REST)
    simple, by_time, by_all = (parse_tariff(each) for each in (plain, timed, tiered))
    used, minutely, nights = ([make(number) for number in range(200)] for make in (usage, metered, night))
    records, night_records = ([make(number) for number in range(200)] for make in (record, night_record))
    work = beside("three dimensions", plain, records)
    work |= beside("three dimensions by time of day", timed, [cut_record(number) for number in range(200)])
    work |= beside("the same, cut by us", timed, records)
    work |= beside("48 quarter hours by time of day", timed, night_records)
    work |= {
        "phases, three dimensions": phases(simple, used),
        "phases, by time of day": phases(by_time, used),
        "phases, by time, energy and duration": phases(by_all, used),
        "phases, 180 of a meter": phases(simple, minutely),
        "phases, 180 of a meter by time of day": phases(by_time, minutely),
        "phases, 48 quarter hours by time of day": phases(by_time, nights),
        "bare Decimal arithmetic (the limit)": bare,
    }
    figures = fastest(work, max(50, given.count // 25))
    for name, found in figures.items():
        print(f"{name:<52}{found:>10,} per second and core{against(name, figures)}")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1), "utf-8")


if __name__ == "__main__":
    main()
