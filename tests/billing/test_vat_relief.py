"""Supplies to dealers: when no tax is charged, and what remains of the invoice."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.billing import (
    Exemption,
    Party,
    VatRelief,
    bill,
    dealer_vat_relief,
    is_vat_number_of,
    revenue_by_rate,
    taxes_after_relief,
    vat_number_of,
)
from forecourt.kernel import Money
from money_world import PARTIES, PLACE, C, P, invoice, record, tariff, version

AE, OUT = VatRelief.REVERSE_CHARGE, VatRelief.OUTSIDE
SELLER = Party("Seller GmbH", country="DE", vat_number="DE123456789")
DUTCH = Party("Dealer B.V.", country="NL", vat_number="NL 123456789 B01")


@pytest.mark.parametrize(
    ("seller", "buyer", "at_home", "relief"),
    [
        (SELLER, DUTCH, False, AE),
        (SELLER, replace(DUTCH, country="GR", vat_number="EL123456789"), False, AE),
        (SELLER, replace(DUTCH, vat_number=""), False, None),
        (SELLER, replace(DUTCH, vat_number="NL12345"), False, None),
        (SELLER, replace(DUTCH, vat_number="FR12345678901"), False, None),
        (SELLER, replace(DUTCH, country=""), False, None),
        (replace(SELLER, vat_number=""), DUTCH, False, None),
        (replace(SELLER, vat_number="12/345/67890"), DUTCH, False, None),
        (SELLER, replace(DUTCH, country="CH", vat_number=""), False, OUT),
        (SELLER, replace(DUTCH, country="DE", vat_number="DE987654321"), False, None),
        (SELLER, replace(DUTCH, country="DE", vat_number="DE987654321"), True, AE),
        (replace(SELLER, country="US", vat_number="12-3456789"), DUTCH, True, None),
    ],
)
def test_vat_relief_depends_on_the_countries_of_seller_and_dealer(
    seller: Party, buyer: Party, at_home: bool, relief: VatRelief | None
) -> None:
    assert dealer_vat_relief(seller, buyer, at_home) is relief


@pytest.mark.parametrize("number", ["DE12345678", "DE1234567890", "ATU1234567", "NL123456789B1", "XX123", "", "FR1234567890O1X", "EL12"])
def test_a_vat_number_in_the_wrong_format_is_rejected(number: str) -> None:
    assert not any(is_vat_number_of(number, country) for country in ("DE", "AT", "NL", "FR", "GR"))


def priced(rates: list[int], included: str, prices: list[int], least: int | None) -> dict[str, Any]:
    kinds = ("FLAT", "ENERGY", "PARKING_TIME")
    components = [
        {"type": kind, "price": Decimal(price) / 1000, "vat": rate, "step_size": 1}
        for kind, price, rate in zip(kinds, prices, rates, strict=True)
    ]
    limits = {} if least is None else {"min_price": {"after_taxes": least}}
    return tariff(elements=[{"price_components": components}], tax_included=included, **limits)


sources = st.builds(
    priced,
    st.lists(st.sampled_from([0, 7, 19]), min_size=3, max_size=3),
    st.sampled_from(["NO", "YES"]),
    st.lists(st.integers(0, 9999), min_size=3, max_size=3),
    st.none() | st.integers(1, 60),
)


@given(sources, st.sampled_from([AE, OUT]), st.integers(1, 99_999), st.integers(0, 300))
def test_a_dealer_owes_the_net_amount_and_no_tax(source: dict[str, Any], relief: VatRelief, wh: int, parked: int) -> None:
    """Each line has the net of the taxed invoice: nothing is rounded twice."""
    charge, sold = record((C, 47, wh), (P, parked, 0)), version(source)
    taxed = bill(charge, sold, PLACE, PARTIES)
    free = bill(charge, sold, PLACE, replace(PARTIES, exemption=Exemption(relief)))
    assert (free.net, free.gross, free.tax) == (taxed.net, taxed.net, Money(0, "EUR"))
    assert [line.amount for line in free.lines] == [line.net for line in taxed.lines]
    for line in free.lines:
        assert abs(line.quantity * line.unit_price - line.exact) <= Decimal("1e-6") or "limit" in line.because
    for line, other in zip(free.lines, taxed.lines, strict=True):
        inside = 1 + other.vat_percent / 100 if taxed.tax_included else 1
        assert abs(line.exact - other.exact / inside) <= Decimal("1e-11") >= abs(line.unit_price - other.unit_price / inside)
    assert {one.vat_percent for one in free.taxes} <= {None if relief is OUT else Decimal(0)} and not free.tax_included
    assert taxes_after_relief(taxed.taxes, relief) == free.taxes and taxes_after_relief((), relief) == ()
    assert taxes_after_relief(taxed.taxes, None) == taxes_after_relief(taxed.taxes, VatRelief.EXEMPT) == taxed.taxes


def test_untaxed_revenue_is_separated_by_the_reason_for_relief() -> None:
    def parts(buyer: Party, relief: VatRelief) -> set[str]:
        made = invoice()
        parties = replace(made.content.parties, seller=SELLER, buyer=buyer, exemption=Exemption(relief))
        found = revenue_by_rate(replace(made, content=replace(made.content, parties=parties)))
        return {part for rates in found.values() for part in rates}

    assert parts(DUTCH, AE) == {"reverse"}
    assert parts(replace(DUTCH, country="DE"), AE) == {"reverse-home"}
    assert parts(replace(DUTCH, country="CH"), OUT) == {"outside"}
    assert parts(DUTCH, VatRelief.EXEMPT) == {"19"}


@pytest.mark.parametrize(
    ("typed", "country", "stored"),
    [
        ("123456789", "DE", "DE123456789"),
        ("u12345678", "AT", "ATU12345678"),
        ("123456789", "GR", "EL123456789"),
        ("DE123456789", "AT", "DE123456789"),
        ("12-3456789", "US", "12-3456789"),
        ("123456789", "", "123456789"),
        ("1234", "DE", "1234"),
        ("", "DE", ""),
    ],
)
def test_a_vat_number_without_its_country_prefix_gets_it(typed: str, country: str, stored: str) -> None:
    """BR-CO-09 admits only prefixed numbers. A number of another country or format stays as entered."""
    assert vat_number_of(typed, country) == stored
