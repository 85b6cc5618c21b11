"""Malformed tariffs and CDRs: an error that names the place, never a silent zero."""

import json
from decimal import Decimal

import pytest

from forecourt.kernel import BadInput
from forecourt.tariffs import PriceLimit, TaxIncluded, parse_tariff, rate_cdr, rate_report
from tariffs.texts import element, price, tariff

GOOD = {"id": "T", "currency": "EUR", "elements": [element(price("ENERGY", 0.25))]}
PERIOD = {"start_date_time": "2026-11-23T12:00:00Z", "dimensions": [{"type": "ENERGY", "volume": 20}, {"type": "TIME", "volume": 1}]}
CDR = {"end_date_time": "2026-11-23T13:00:00Z", "currency": "EUR", "charging_periods": [PERIOD]}


@pytest.mark.parametrize(
    ("bad", "place"),
    [
        ({"currency": "euro"}, "tariff.currency"),
        ({"id": None}, "tariff.id"),
        ({"elements": []}, "tariff.elements"),
        ({"elements": [{}]}, r"elements\[0\].price_components"),
        ({"elements": "x"}, "tariff.elements"),
        ({"elements": [element({"type": "ENERGY", "price": "much"})]}, r"price_components\[0\].price"),
        ({"elements": [element({"type": "ENERGY"})]}, r"price_components\[0\].price: is missing"),
        ({"elements": [element({"type": "KWH", "price": 1})]}, "ENERGY, TIME"),
        ({"elements": [element({"type": "ENERGY", "price": True})]}, "must be a number"),
        ({"elements": [element({"type": "ENERGY", "price": float("nan")})]}, "out of range"),
        ({"elements": [element(price("ENERGY", 1, step=-1))]}, "step_size"),
        ({"elements": [element(price("ENERGY", 1, 101))]}, "vat"),
        ({"elements": [element(price("ENERGY", 1), start_time="25:00")]}, "start_time"),
        ({"elements": [element(price("ENERGY", 1), start_date="2026-13-01")]}, "start_date"),
        ({"elements": [element(price("ENERGY", 1), day_of_week=["FUNDAY"])]}, "day_of_week"),
        ({"elements": [element(price("ENERGY", 1), reservation="RESERVATION")]}, "FLAT and TIME"),
        ({"tax_included": "MAYBE"}, "tax_included"),
        ({"min_price": {}}, "min_price"),
        ({"min_price": {"before_taxes": -1}}, "min_price.before_taxes"),
    ],
)
def test_an_error_in_a_tariff_is_named_with_its_path(bad, place):
    with pytest.raises(BadInput, match=place):
        parse_tariff(GOOD | bad)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"id": NaN}', "[" * 5000])
def test_anything_but_a_json_object_is_refused(text):
    with pytest.raises(BadInput):
        parse_tariff(text)


def test_field_names_of_both_ocpi_versions_are_read():
    old = parse_tariff(GOOD | {"min_price": {"excl_vat": 1, "incl_vat": 1.1}})
    new = parse_tariff(GOOD | {"min_price": {"before_taxes": 1, "after_taxes": 1.1}, "tax_included": "N/A", "preauthorize_amount": 40})
    assert old.min_price == new.min_price == PriceLimit(Decimal(1), Decimal("1.1"))
    assert (old.tax_included, new.tax_included, new.preauthorise) == (TaxIncluded.NO, TaxIncluded.NOT_APPLICABLE, 40)


def test_prices_are_read_as_exact_decimals():
    assert parse_tariff(json.dumps(GOOD)).elements[0].components[0].price == Decimal("0.25")


@pytest.mark.parametrize(
    ("bad", "place"),
    [
        ({"charging_periods": []}, "charging_periods"),
        ({"currency": "SEK"}, "cdr.currency"),
        ({"end_date_time": None}, "end_date_time"),
        ({"end_date_time": "2026-11-23T11:00:00Z"}, "ends before it starts"),
        ({"charging_periods": [{**PERIOD, "start_date_time": "noon"}]}, r"charging_periods\[0\].start_date_time"),
        ({"charging_periods": [{**PERIOD, "dimensions": [{"type": "ENERGY", "volume": -1}]}]}, "negative"),
        ({"charging_periods": [{**PERIOD, "dimensions": [{"type": "ENERGY"}]}]}, r"dimensions\[0\].volume"),
    ],
)
def test_an_invalid_cdr_is_refused(bad, place):
    with pytest.raises(BadInput, match=place):
        rate_cdr(parse_tariff(GOOD), CDR | bad)


def test_inconsistencies_of_a_cdr_become_notes():
    odd = {**CDR, "total_energy": 21, "charging_periods": [{**PERIOD, "dimensions": [{"type": "TIME", "volume": 2}]}]}
    rating = rate_cdr(tariff(element(price("TIME", 1))), odd)
    assert {note.code for note in rating.notes} == {"total_energy", "period_overfull"}
    assert rating.exact_net == 1


def test_a_report_needs_exactly_one_kind_of_usage():
    with pytest.raises(BadInput):
        rate_report(GOOD)
    with pytest.raises(BadInput):
        rate_report(GOOD, cdr=CDR, phases=[])
    with pytest.raises(BadInput, match="phases"):
        rate_report(GOOD, phases=[])
