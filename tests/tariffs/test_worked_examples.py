"""The worked examples of the OCPI tariffs and CDR modules, from their numbers; errata as in docs/tariffs.md."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from forecourt.tariffs import rate
from tariffs.words import element, price, tariff, usage

KWH = price("ENERGY", "0.25", 10)
START = price("FLAT", "0.50", 20)
HELD = element(price("TIME", "5", 20, 60), reservation="RESERVATION")
STEPS = tariff(
    element(price("TIME", "1.20", step=1800), price("PARKING_TIME", "1", step=900), start_time="00:00", end_time="17:00"),
    element(price("TIME", "2.40", step=900), price("PARKING_TIME", "1", step=900), start_time="17:00", end_time="20:00"),
    element(price("TIME", "2.40", step=900), start_time="20:00", end_time="00:00"),
)
WEEKDAYS = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"]
COMPLEX = tariff(
    element(price("FLAT", "2.50", 15)),
    element(price("TIME", "1", 20, 900), max_current=32),
    element(price("TIME", "2", 20, 600), min_current=32, day_of_week=WEEKDAYS),
    element(price("TIME", "1.25", 20, 600), min_current=32, day_of_week=["SATURDAY", "SUNDAY"]),
    element(price("PARKING_TIME", "5", 10, 300), start_time="09:00", end_time="18:00", day_of_week=WEEKDAYS),
    element(price("PARKING_TIME", "6", 10, 300), start_time="10:00", end_time="17:00", day_of_week=["SATURDAY"]),
)
EXPIRE_FEE = tariff(
    element(price("FLAT", "4", 20), price("TIME", "2", 20, 600), reservation="RESERVATION_EXPIRES"),
    element(price("TIME", "2", 20, 600), reservation="RESERVATION"),
    element(START, KWH),
)
EXPIRE_TIME = tariff(
    element(price("TIME", "6", 20, 600), reservation="RESERVATION_EXPIRES"),
    element(price("TIME", "3", 20, 600), reservation="RESERVATION"),
    element(START, KWH),
)
CAPPED = tariff(element(START, KWH), max_price={"before_taxes": 10, "after_taxes": 11})
BY_POWER = tariff(
    element(price("ENERGY", "0.20"), max_power=16),
    element(price("ENERGY", "0.35"), max_power=32),
    element(price("ENERGY", "0.50")),
)
BY_DURATION = tariff(
    element(price("ENERGY", "0"), max_duration=1800),
    element(price("ENERGY", "0.25"), max_duration=3600),
    element(price("ENERGY", "0.40")),
)
CHARGED = ("CHARGING", 60, 20_000)


def at(hour, minute, day=23):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


EXAMPLES = {
    "parking by the quarter hour": (
        tariff(element(START, KWH, price("PARKING_TIME", "2", 20, 900))),
        usage(CHARGED, ("IDLE", 40, 0)),
        "7.00",
        "7.90",
    ),
    "above the maximum": (CAPPED, usage(("CHARGING", 60, 50_000)), "10.00", "11.00"),
    "below the maximum": (CAPPED, usage(("CHARGING", 60, 30_000)), "8.00", "8.85"),
    "two an hour": (tariff(element(price("TIME", "2", 10, 60))), usage(("CHARGING", 150, 9)), "5.00", "5.50"),
    "tax unknown": (tariff(element(price("TIME", "2")), tax_included="NO"), usage(("CHARGING", 150, 9)), "5.00", "5.00"),
    "tax inside": (tariff(element(price("TIME", "2.10")), tax_included="YES"), usage(("CHARGING", 150, 9)), "5.25", "5.25"),
    "alternative text": (tariff(element(price("TIME", "1.90", "5.2", 300))), usage(("CHARGING", 150, 9)), "4.75", "4.997"),
    "alternative address": (
        tariff(element(START, price("ENERGY", "0.25", 10, 100))),
        usage(("CHARGING", 60, 20_450)),
        "5.625",
        "6.2375",
    ),
    "complex, Saturday": (
        COMPLEX,
        usage(("CHARGING", 114, 0, None, 43_000), ("IDLE", 71, 0), start=at(13, 30, 28)),
        "12.375",
        "13.975",
    ),
    "reservation with fee": (
        tariff(element(price("FLAT", "2", 20), price("TIME", "5", 20, 300), reservation="RESERVATION"), element(START, KWH)),
        usage(("RESERVED", 13, 0), CHARGED),
        "8.75",
        "10.00",
    ),
    "reservation used": (EXPIRE_FEE, usage(("RESERVED", 22, 0), CHARGED), "6.50", "7.30"),
    "reservation expired with fee": (EXPIRE_FEE, usage(("RESERVED", 60, 0), expired=True), "6.00", "7.20"),
    "reservation used, expiry by time": (EXPIRE_TIME, usage(("RESERVED", 22, 0), CHARGED), "7.00", "7.90"),
    "reservation expired by time": (EXPIRE_TIME, usage(("RESERVED", 90, 0), expired=True), "9.00", "10.80"),
    "switching 2": (STEPS, usage(("CHARGING", 35, 0), start=at(16, 35)), "1.30", "1.30"),
    "switching to free": (STEPS, usage(("CHARGING", 12, 0), ("IDLE", 20, 0), start=at(19, 40)), "0.73", "0.73"),
    "115.2 Wh in steps of 500": (tariff(element(price("ENERGY", "0.25", step=500))), usage(("CHARGING", 1, 115)), "0.125", "0.125"),
    "price by power": (
        BY_POWER,
        usage(("CHARGING", 10, 1_000), ("CHARGING", 50, 40_000), ("CHARGING", 10, 500, 4_000)),
        "20.30",
        "20.30",
    ),
    "price by duration": (BY_DURATION, usage(("CHARGING", 30, 5_000), ("CHARGING", 10, 1_200)), "0.30", "0.30"),
    "21 and 7 minutes in steps of 5": (
        tariff(element(price("TIME", "6", step=300), price("PARKING_TIME", "6", step=300))),
        usage(("CHARGING", 21, 0), ("IDLE", 7, 0)),
        "3.10",
        "3.10",
    ),
    "5.4 kWh in steps of 0.5": (
        tariff(element(price("ENERGY", "0.20", step=500), end_time="17:00"), element(price("ENERGY", "0.27", step=500))),
        usage(("CHARGING", 60, 4_300), ("CHARGING", 60, 1_100), start=at(16, 0)),
        "1.184",
        "1.184",
    ),
    "28 minutes in steps of 10": (
        tariff(element(price("TIME", "5", step=600), end_time="17:00"), element(price("TIME", "7", step=600))),
        usage(("CHARGING", 28, 0), start=at(16, 54)),
        "3.30",
        "3.30",
    ),
    "nothing matches is free": (tariff(element(KWH, start_time="22:00", end_time="06:00")), usage(CHARGED), "0", "0"),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_comes_out_as_printed(name):
    rules, used, before_taxes, after_taxes = EXAMPLES[name]
    rating = rate(rules, used)
    assert (rating.exact_net, rating.exact_gross) == (Decimal(before_taxes), Decimal(after_taxes))
