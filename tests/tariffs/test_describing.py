"""The description of a tariff, and its price curve."""

from datetime import timedelta
from decimal import Decimal

from forecourt.kernel import Span
from forecourt.tariffs import describe_tariff, price_curve, tariff_text, tax_name
from tariffs.texts import NOON, element, price, tariff

EVENING = tariff(
    element(price("ENERGY", "0.55"), start_time="17:00", end_time="20:00"),
    element(price("FLAT", "0.50"), price("ENERGY", "0.49"), price("PARKING_TIME", "6")),
)


def test_prices_are_described_in_the_order_kwh_minute_session():
    assert tariff_text(EVENING, NOON, "UTC") == "EUR 0.49/kWh, 0.10/min parking after charging, start 0.50"
    assert tariff_text(EVENING, NOON, "Asia/Dubai") == "EUR 0.49/kWh, 0.10/min parking after charging, start 0.50"
    assert tariff_text(EVENING, NOON, "Asia/Karachi").startswith("EUR 0.55/kWh")


def test_prices_are_described_with_tax():
    (part,) = describe_tariff(tariff(element(price("ENERGY", "0.40", 19))), NOON, "UTC")
    assert (part.price, part.with_tax, part.text) == (Decimal("0.40"), Decimal("0.476"), "0.476/kWh")


def test_an_hourly_price_that_is_not_exact_per_minute_is_described_per_hour():
    assert tariff_text(tariff(element(price("TIME", "2.50"))), NOON, "UTC") == "EUR 2.50/h charging"


def test_minimum_and_maximum_totals_are_part_of_the_description():
    rules = tariff(element(price("ENERGY", "1")), min_price={"before_taxes": 2}, max_price={"before_taxes": 9, "after_taxes": 10})
    assert tariff_text(rules, NOON, "UTC") == "EUR 1.00/kWh, at least 2.00 before tax, at most 10.00"


def test_a_price_of_zero_is_described_as_free():
    assert tariff_text(tariff(element(price("FLAT", "0"))), NOON, "UTC") == "free"


def test_the_price_of_a_reservation_is_described():
    parts = describe_tariff(tariff(element(price("FLAT", "2"), reservation="RESERVATION"), element(price("ENERGY", "1"))), NOON, "UTC")
    assert [part.text for part in parts] == ["1.00/kWh", "2.00 for a bay kept free"]


def test_the_price_curve_steps_at_the_price_changes_of_the_tariff():
    steps = price_curve(EVENING, Span(NOON, NOON + timedelta(hours=12)), "UTC")
    assert [(step.start.hour, step.end.hour, step.price) for step in steps] == [
        (12, 17, Decimal("0.49")),
        (17, 20, Decimal("0.55")),
        (20, 0, Decimal("0.49")),
    ]


def test_the_tax_has_its_local_name():
    assert [tax_name(one, first=True) for one in ("EUR", "USD", "AUD")] == ["VAT", "Tax", "GST"] and tax_name("USD") == "tax"
