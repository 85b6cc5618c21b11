"""Charge records rated per second on one core, beside bare Decimal arithmetic on the same lines as the limit.

python benchmarks/rating.py [--count 20000] [--json FILE]
"""

import argparse
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path

from forecourt.tariffs import Phase, PhaseState, Tariff, Usage, parse_tariff, rate, rate_periods

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


def record(number: int) -> dict[str, object]:
    """An OCPI CDR of the same charge."""
    times = ("2026-11-23T12:00:00Z", "2026-11-23T13:30:00Z")
    first = [{"type": "ENERGY", "volume": Decimal(20_000 + number % 997) / 1000}, {"type": "TIME", "volume": Decimal("1.5")}]
    second = [{"type": "PARKING_TIME", "volume": Decimal("0.6667")}]
    periods = [{"start_date_time": at, "dimensions": found} for at, found in zip(times, (first, second), strict=True)]
    return {"currency": "EUR", "end_date_time": "2026-11-23T14:10:00Z", "charging_periods": periods}


def bare(number: int) -> Decimal:
    """The arithmetic alone: three lines, two rates of tax, rounded."""
    energy = Decimal("0.25") * (20_000 + number % 997) / 1000
    parking = Decimal(2) * 2700 / 3600
    at_twenty = (Decimal("0.5") + parking).quantize(CENT, ROUND_HALF_UP)
    at_ten = energy.quantize(CENT, ROUND_HALF_UP)
    taxes = (at_twenty * 20 / 100).quantize(CENT, ROUND_HALF_UP) + (at_ten * 10 / 100).quantize(CENT, ROUND_HALF_UP)
    return at_twenty + at_ten + taxes


def per_second(work: Callable[[int], object], count: int) -> int:
    """Calls per second of processor time, after a warm-up."""
    for number in range(min(200, count)):
        work(number)
    began = time.process_time()
    for number in range(count):
        work(number)
    return round(count / (time.process_time() - began))


def tariff(*elements: object) -> Tariff:
    return parse_tariff({"id": "T", "currency": "EUR", "elements": list(elements)})


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--count", type=int, default=20_000)
    arguments.add_argument("--json", type=Path)
    given = arguments.parse_args()
    simple, by_time = tariff({"price_components": PRICES}), tariff(EVENING, {"price_components": PRICES})
    used, minutely, records = ([make(number) for number in range(500)] for make in (usage, metered, record))
    figures = {
        "three dimensions": per_second(lambda number: rate(simple, used[number % 500]), given.count),
        "three dimensions, by time of day": per_second(lambda number: rate(by_time, used[number % 500]), given.count),
        "three dimensions, from a decoded CDR": per_second(lambda number: rate_periods(simple, records[number % 500]), given.count),
        "180 meter phases": per_second(lambda number: rate(simple, minutely[number % 500]), given.count // 10),
        "180 meter phases, by time of day": per_second(lambda number: rate(by_time, minutely[number % 500]), given.count // 10),
        "bare Decimal arithmetic (the limit)": per_second(bare, given.count),
    }
    for name, found in figures.items():
        print(f"{name:<40}{found:>10,} per second and core")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1), "utf-8")


if __name__ == "__main__":
    main()
