"""Implausible tariffs are refused; unusual ones are accepted."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.billing import bill, issue
from forecourt.jobs.invoice_cii import cii_xml
from forecourt.kernel import BadInput, DocumentId
from forecourt.tariffs import check_plausible, parse_tariff
from money_world import NOON, PARTIES, PLACE, C, P, record, tariff, version


def priced(price: float = 0.4, restrictions: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    component = {"type": "FLAT" if restrictions and "reservation" in restrictions else "ENERGY", "price": price, "vat": 19, "step_size": 1}
    return tariff(elements=[{"price_components": [component]} | ({"restrictions": restrictions} if restrictions else {})], **changes)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (priced(min_price={"after_taxes": 5}, max_price={"after_taxes": 4.99}), "5 is more than the max_price of 4.99"),
        (priced(min_price={"excl_vat": 5}, max_price={"excl_vat": 4}), "more than the max_price"),
        (priced(min_price={"before_taxes": 5}, max_price={"after_taxes": 4}), "more than the max_price"),
        (priced(restrictions={"min_kwh": 20, "max_kwh": 10}), r"elements\[0\].restrictions: min_kwh is not below max_kwh"),
        (priced(restrictions={"min_power": 11, "max_power": 11}), "min_power is not below max_power"),
        (priced(restrictions={"min_current": 32, "max_current": 16}), "min_current"),
        (priced(restrictions={"min_duration": 3600, "max_duration": 600}), "min_duration"),
        (priced(restrictions={"start_date": "2026-07-01", "end_date": "2026-06-01"}), "start_date is not below end_date"),
        (priced(-0.05), "negative total"),
        (priced(-1, restrictions={"reservation": "RESERVATION"}, min_price={"after_taxes": 0}), "negative total"),
    ],
)
def test_an_implausible_tariff_is_refused_with_the_path(source: dict[str, Any], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        check_plausible(parse_tariff(source))


@pytest.mark.parametrize(
    "source",
    [
        tariff(),
        priced(min_price={"after_taxes": 5}, max_price={"after_taxes": 5}),
        priced(min_price={"after_taxes": 5}, max_price={"before_taxes": 4.5}),
        priced(restrictions={"min_kwh": 10, "max_kwh": 20, "start_time": "22:00", "end_time": "06:00"}),
        priced(0, restrictions={"max_power": 11}),
        priced(-0.05, min_price={"after_taxes": 0}),
    ],
)
def test_an_unusual_but_plausible_tariff_is_accepted(source: dict[str, Any]) -> None:
    check_plausible(parse_tariff(source))


@given(st.integers(-300, 100), st.integers(0, 500), st.sampled_from(["YES", "NO"]), st.integers(0, 90_000))
def test_a_negative_price_with_a_minimum_total_is_billed_at_no_less_than_that(cents: int, least: int, included: str, wh: int) -> None:
    """Without a minimum total such a tariff was once published, and no charge under it could be billed."""
    source = priced(cents / 100, min_price={"after_taxes": least / 100}, tax_included=included)
    check_plausible(parse_tariff(source))
    draft = bill(record((C, 60, wh), (P, 5, 0)), version(source), PLACE, PARTIES)
    assert draft.gross.minor >= least and cii_xml(issue(draft, DocumentId(UUID(int=9)), 1, NOON))
