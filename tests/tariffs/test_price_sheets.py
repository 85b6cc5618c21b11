"""Tariffs that a charger can calculate: sent exactly, or not at all."""

from decimal import Decimal

import pytest

from forecourt.tariffs import price_sheet_of, unsupported_terms
from tariffs.texts import element, price, tariff

PLAIN = tariff(element(price("FLAT", "0.50", 19), price("ENERGY", "0.40", 19)))


def test_energy_price_and_fee_are_sent_to_chargers_without_tax() -> None:
    sheet = price_sheet_of(PLAIN, "1")
    assert (sheet.fee, sheet.fee_tax, sheet.kwh[0].price, sheet.kwh_tax) == (Decimal("0.5"), 19, Decimal("0.4"), 19)


def test_prices_including_tax_are_sent_only_if_the_price_without_tax_is_exact() -> None:
    sheet = price_sheet_of(tariff(element(price("ENERGY", "0.50", 25)), tax_included="YES"), "1")
    assert sheet.kwh[0].price == Decimal("0.4")
    assert unsupported_terms(tariff(element(price("ENERGY", "0.49", 19)), tax_included="YES")) == (
        "A price without tax has more than 6 decimals.",
    )


def test_hours_and_days_are_those_of_the_tariff_and_midnight_is_minute_0() -> None:
    rules = tariff(
        element(price("ENERGY", "0.55"), start_time="17:00", end_time="00:00", day_of_week=["MONDAY"]),
        element(price("ENERGY", "0.49"), start_time="00:00", end_time="00:00"),
    )
    evening, rest = price_sheet_of(rules, "1").kwh
    assert (evening.when.start_minute, evening.when.end_minute, evening.when.days) == (1020, 0, (0,))
    assert not rest.when.by_the_clock, "all day"


@pytest.mark.parametrize(
    "elements",
    [
        [element(price("ENERGY", "0.40"), price("PARKING_TIME", "6"))],
        [element(price("TIME", "6"))],
        [element({**price("ENERGY", "0.40"), "step_size": 1000})],
        [element(price("ENERGY", "0.50", 19), max_kwh=10), element(price("ENERGY", "0.40", 7))],
        [element(price("ENERGY", "0.50"), min_current=16)],
        [element(price("FLAT", "1"), start_time="17:00", end_time="20:00")],
    ],
)
def test_a_tariff_that_a_charger_would_rate_differently_is_not_sent(elements) -> None:
    assert price_sheet_of(tariff(*elements), "1") is None
    assert len(unsupported_terms(tariff(*elements))) == 1


def test_free_parking_and_reservation_fees_do_not_prevent_sending_a_tariff() -> None:
    kept = element(price("FLAT", "5"), reservation="RESERVATION_EXPIRES")
    assert price_sheet_of(tariff(kept, element(price("ENERGY", "0.40"), price("PARKING_TIME", "0"))), "1").fee is None
