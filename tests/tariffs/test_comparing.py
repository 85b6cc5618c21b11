"""Differences between tariffs in words; none if they price alike."""

import copy

import pytest

from forecourt.tariffs import TariffChange, changes_between, parse_tariff

TARIFF = {
    "id": "T",
    "currency": "EUR",
    "elements": [
        {"price_components": [{"type": "ENERGY", "price": 0.3, "vat": 19}], "restrictions": {"start_time": "22:00", "end_time": "06:00"}},
        {"price_components": [{"type": "ENERGY", "price": 0.5, "vat": 19}], "restrictions": {"day_of_week": ["SATURDAY", "SUNDAY"]}},
        {"price_components": [{"type": "ENERGY", "price": 0.4, "vat": 19}, {"type": "PARKING_TIME", "price": 6, "step_size": 60}]},
    ],
}


def changes(edit) -> tuple[TariffChange, ...]:  # type: ignore[no-untyped-def]
    after = copy.deepcopy(TARIFF)
    edit(after)
    return changes_between(parse_tariff(TARIFF), parse_tariff(after))


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda t: None, ()),
        (
            lambda t: t["elements"][0]["price_components"][0].update(price=0.35),
            (TariffChange("Energy (22:00 to 06:00)", "0.30 per kWh, 19 % tax", "0.35 per kWh, 19 % tax"),),
        ),
        (
            lambda t: t["elements"][0]["restrictions"].update(end_time="07:00"),
            (
                TariffChange("Energy (22:00 to 06:00)", "0.30 per kWh, 19 % tax", ""),
                TariffChange("Energy (22:00 to 07:00)", "", "0.30 per kWh, 19 % tax"),
            ),
        ),
        (
            lambda t: t["elements"][2]["price_components"].pop(),
            (TariffChange("Parking after charging", "6.00 per hour, in blocks of 60 s", ""),),
        ),
        (lambda t: t.update(max_price={"after_taxes": 30}), (TariffChange("Maximum total of a charge", "", "30.00 with tax"),)),
        (lambda t: t.update(tax_included="YES"), (TariffChange("Prices are", "without tax", "with tax"),)),
    ],
)
def test_a_price_change_is_described_with_its_values_before_and_after(edit, expected):
    assert changes(edit) == expected


def test_a_changed_order_of_prices_of_one_kind_is_a_change():
    (change,) = changes(lambda t: t["elements"].insert(0, t["elements"].pop(1)))
    assert change.what == "Order of the prices" and change.before.startswith("Energy (22:00")


def test_splitting_an_element_changes_nothing():
    def split(t) -> None:  # type: ignore[no-untyped-def]
        energy, parking = t["elements"].pop()["price_components"]
        t["elements"] += [{"price_components": [energy]}, {"price_components": [parking]}]

    assert changes(split) == ()
