"""Every worked example of the OCPI tariffs and CDRs modules, from its numbers; errata as in docs/tariffs.md.

Sections are those of mod_tariffs and mod_cdrs (2.2.1 and 2.3.0 have the same, but where a name says otherwise).
Each runs from phases, and from charging periods cut wherever a phase ends.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from forecourt.kernel import instant_text
from forecourt.tariffs import PhaseState, rate, rate_cdr
from tariffs.texts import element, price, tariff, usage

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
MIN = tariff(element(KWH), min_price={"before_taxes": "0.50", "after_taxes": "0.55"})
CAPPED = tariff(element(START, KWH), max_price={"before_taxes": 10, "after_taxes": 11})
CAPPED_221 = tariff(element(START, KWH), max_price={"excl_vat": 10, "incl_vat": 11})
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
    # mod_tariffs, Tariff object, Examples
    "Simple Tariff example 0.25 per kWh": (tariff(element(KWH)), usage(CHARGED), "5.00", "5.50"),
    "0.25 per kWh + start fee": (tariff(element(START, KWH)), usage(CHARGED), "5.50", "6.10"),
    "0.25 per kWh + minimum price, above": (MIN, usage(CHARGED), "5.00", "5.50"),
    "0.25 per kWh + minimum price, below 2 kWh": (MIN, usage(("CHARGING", 60, 1_999)), "0.50", "0.55"),
    "0.25 per kWh + minimum price, exactly 2 kWh": (MIN, usage(("CHARGING", 60, 2_000)), "0.50", "0.55"),
    "0.25 per kWh + parking fee + start fee": (
        tariff(element(START, KWH, price("PARKING_TIME", "2", 20, 900))),
        usage(CHARGED, ("IDLE", 40, 0)),
        "7.00",
        "7.90",
    ),
    "start fee + max price + end date, 50 kWh": (CAPPED, usage(("CHARGING", 60, 50_000)), "10.00", "11.00"),
    "start fee + max price + end date, 30 kWh": (CAPPED, usage(("CHARGING", 60, 30_000)), "8.00", "8.85"),
    "start fee + max price in the words of 2.2.1": (CAPPED_221, usage(("CHARGING", 60, 50_000)), "10.00", "11.00"),
    "Simple Tariff example 2 per hour": (tariff(element(price("TIME", "2", 10, 60))), usage(("CHARGING", 150, 9)), "5.00", "5.50"),
    "2 per hour owes nothing for parking": (
        tariff(element(price("TIME", "2", 10, 60))),
        usage(("CHARGING", 150, 9), ("IDLE", 99, 0)),
        "5.00",
        "5.50",
    ),
    "North American taxes (2.3.0)": (
        tariff(element(price("TIME", "2", step=60)), tax_included="NO", currency="CAD"),
        usage(("CHARGING", 150, 9)),
        "5.00",
        "5.00",
    ),
    "North American taxes, inclusive (2.3.0)": (
        tariff(element(price("TIME", "2.10", step=60)), tax_included="YES", currency="CAD"),
        usage(("CHARGING", 150, 9)),
        "5.25",
        "5.25",
    ),
    "3 per hour, 5 per hour parking": (
        tariff(element(price("TIME", "3", 10, 60), price("PARKING_TIME", "5", 20, 300))),
        usage(("CHARGING", 150, 9), ("IDLE", 42, 0)),
        "11.25",
        "12.75",
    ),
    "Ad-Hoc with multiple languages": (
        tariff(element(price("TIME", "1.90", "5.2", 300)), type="AD_HOC_PAYMENT"),
        usage(("CHARGING", 150, 9)),
        "4.75",
        "4.997",
    ),
    "alternative URL, as announced": (
        tariff(element(START, price("ENERGY", "0.25", 10, 100)), type="PROFILE_CHEAP"),
        usage(("CHARGING", 60, 20_450)),
        "5.625",
        "6.2375",
    ),
    "alternative URL, at the price of the hour": (
        tariff(element(START, price("ENERGY", "0.22", 10, 100))),
        usage(("CHARGING", 60, 20_450)),
        "5.01",
        "5.561",
    ),
    "Complex Tariff, Monday": (
        COMPLEX,
        usage(("CHARGING", 165, 0, None, 16_000), ("IDLE", 42, 0), start=at(9, 30)),
        "9.00",
        "10.30",
    ),
    "Complex Tariff, Saturday": (
        COMPLEX,
        usage(("CHARGING", 114, 0, None, 43_000), ("IDLE", 71, 0), start=at(13, 30, 28)),
        "12.375",
        "13.975",
    ),
    "Free of Charge": (tariff(element(price("FLAT", "0.00"))), usage(CHARGED, ("IDLE", 600, 0)), "0", "0"),
    "reservation price": (tariff(HELD, element(START, KWH)), usage(("RESERVED", 15, 0), CHARGED), "6.75", "7.60"),
    "reservation price and fee": (
        tariff(element(price("FLAT", "2", 20), price("TIME", "5", 20, 300), reservation="RESERVATION"), element(START, KWH)),
        usage(("RESERVED", 13, 0), CHARGED),
        "8.75",
        "10.00",
    ),
    "reservation price and expire fee, used": (EXPIRE_FEE, usage(("RESERVED", 22, 0), CHARGED), "6.50", "7.30"),
    "reservation price and expire fee, expired": (EXPIRE_FEE, usage(("RESERVED", 60, 0), expired=True), "6.00", "7.20"),
    "reservation time and expire time, used": (EXPIRE_TIME, usage(("RESERVED", 22, 0), CHARGED), "7.00", "7.90"),
    "reservation time and expire time, expired": (EXPIRE_TIME, usage(("RESERVED", 90, 0), expired=True), "9.00", "10.80"),
    # mod_tariffs, PriceComponent class
    "6 minutes in steps of 300": (tariff(element(price("TIME", "6", step=300))), usage(("CHARGING", 6, 0)), "1.00", "1.00"),
    "8 minutes of parking in steps of 300": (tariff(element(price("PARKING_TIME", "6", step=300))), usage(("IDLE", 8, 0)), "1.00", "1.00"),
    "115 Wh in steps of 25": (tariff(element(price("ENERGY", "0.25", step=25))), usage(("CHARGING", 1, 115)), "0.03125", "0.03125"),
    "115 Wh in steps of 500": (tariff(element(price("ENERGY", "0.25", step=500))), usage(("CHARGING", 1, 115)), "0.125", "0.125"),
    "switching to different Tariff Element #1": (STEPS, usage(("CHARGING", 10, 0), ("IDLE", 2, 0), start=at(16, 55)), "0.55", "0.55"),
    "switching to different Tariff Element #2": (STEPS, usage(("CHARGING", 35, 0), start=at(16, 35)), "1.30", "1.30"),
    "switching to Free-of-Charge Tariff Element": (STEPS, usage(("CHARGING", 12, 0), ("IDLE", 20, 0), start=at(19, 40)), "0.73", "0.73"),
    # mod_tariffs, TariffRestrictions class
    "max_power Tariff Restrictions": (
        BY_POWER,
        usage(("CHARGING", 10, 1_000), ("CHARGING", 50, 40_000), ("CHARGING", 10, 500, 4_000)),
        "20.30",
        "20.30",
    ),
    "max_duration Tariff Restrictions": (BY_DURATION, usage(("CHARGING", 30, 5_000), ("CHARGING", 10, 1_200)), "0.30", "0.30"),
    # mod_cdrs, CDR object, step_size
    "21 minutes and 7 of parking in steps of 5": (
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
    "21 minutes and 16 of parking in steps of 10": (
        tariff(element(price("TIME", "1", step=600), price("PARKING_TIME", "2", step=600))),
        usage(("CHARGING", 21, 0), ("IDLE", 16, 0)),
        "1.016666666667",
        "1.016666666667",
    ),
    # mod_tariffs, Tariff object, where nothing matches
    "no matching element": (tariff(element(KWH, start_time="22:00", end_time="06:00")), usage(CHARGED), "0", "0"),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_worked_ocpi_example_gives_its_printed_total(name):
    rules, used, before_taxes, after_taxes = EXAMPLES[name]
    for rating in (rate(rules, used), rate_cdr(rules, cdr_of(rules, used), used.zone)):
        assert (rating.exact_net, rating.exact_gross) == (Decimal(before_taxes), Decimal(after_taxes))


def test_a_fraction_of_a_watt_hour_is_rounded_up():
    """PriceComponent class: 115.2 Wh are billed as 116; in steps of 500 as 500."""
    for step, amount in ((1, "0.029"), (25, "0.03125"), (500, "0.125")):
        period = {"start_date_time": "2026-11-23T12:00:00Z", "dimensions": [{"type": "ENERGY", "volume": Decimal("0.1152")}]}
        record = {"end_date_time": "2026-11-23T12:05:00Z", "charging_periods": [period]}
        assert rate_cdr(tariff(element(price("ENERGY", "0.25", step=step))), record).exact_net == Decimal(amount)


def cdr_of(rules, used):
    """The phases as charging periods, hours with four decimals."""
    kinds = {PhaseState.CHARGING: "TIME", PhaseState.IDLE: "PARKING_TIME", PhaseState.RESERVED: "RESERVATION_TIME"}
    periods = []
    for phase in used.phases:
        hours = round(Decimal((phase.end - phase.start) // timedelta(seconds=1)) / 3600, 4)
        volumes = {kinds[phase.state]: hours, "ENERGY": Decimal(phase.energy_wh) / 1000}
        if phase.power_w is not None:
            volumes["MIN_POWER"] = volumes["MAX_POWER"] = Decimal(phase.power_w) / 1000
        if phase.current_ma is not None:
            volumes["MIN_CURRENT"] = volumes["MAX_CURRENT"] = Decimal(phase.current_ma) / 1000
        dimensions = [{"type": kind, "volume": volume} for kind, volume in volumes.items() if volume]
        periods.append({"start_date_time": instant_text(phase.start), "dimensions": dimensions})
    end = instant_text(used.phases[-1].end)
    return {"currency": rules.currency, "reservation_expired": used.reservation_expired, "end_date_time": end, "charging_periods": periods}
