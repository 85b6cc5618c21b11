"""The sums of an e-invoice, read from its XML and recalculated by the rules of EN 16931.

The standard lets BR-CO-17 be off by nothing, its official Schematron by less than a whole unit of the currency, Factur-X's profile EXTENDED
(BR-FXEXT-S-09) by a hundredth for each line: what is asked with tax in it is no document of the standard else.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import uuid5

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from billing.test_tax_cents import CHARGES, charged, fitting, issued, priced, taken_off
from forecourt.billing import Contribution, Invoice, credit, credit_amount, creditable_amount, issue
from forecourt.jobs.invoice_cii import cii_xml
from forecourt.kernel import DocumentId, Money
from money_world import NOON, OPERATOR, tariff
from schematron import judge

CENT = Decimal("0.01")


class Told:
    """What the XML says, by the numbers of its terms."""

    def __init__(self, xml: bytes) -> None:
        self.root = etree.fromstring(xml)

    def every(self, path: str, at: Any = None) -> list[Any]:
        return list((self.root if at is None else at).iterfind(path.replace("ram:", "{*}")))

    def sum(self, path: str, at: Any = None) -> Decimal:
        return sum((Decimal(one.text) for one in self.every(path, at)), Decimal(0))

    def vat(self, at: Any, name: str) -> tuple[str, Decimal]:
        (tax,) = self.every(f"ram:{name}", at)
        return self.every("ram:CategoryCode", tax)[0].text, self.sum("ram:RateApplicablePercent", tax)


def broken(told: Told, most: Decimal = CENT) -> Iterator[str]:
    """most: by how much a tax may differ from its rate of its base, rounded."""
    lines = told.every(".//ram:IncludedSupplyChainTradeLineItem/ram:SpecifiedLineTradeSettlement")
    off = told.every(".//ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeAllowanceCharge")
    (total,) = told.every(".//ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    net, taken, base, tax, gross, paid, due = (
        told.sum(f"ram:{name}", total)
        for name in (
            "LineTotalAmount", "AllowanceTotalAmount", "TaxBasisTotalAmount", "TaxTotalAmount",
            "GrandTotalAmount", "TotalPrepaidAmount", "DuePayableAmount",
        )
    )  # fmt: skip
    breakdown = told.every(".//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax")
    of_lines = [told.sum(".//ram:LineTotalAmount", one) for one in lines]
    sums = {
        "BR-CO-10": net == sum(of_lines),
        "BR-CO-11": taken == sum(told.sum("ram:ActualAmount", one) for one in off),
        "BR-CO-13": base == net - taken,
        "BR-CO-14": tax == sum(told.sum("ram:CalculatedAmount", one) for one in breakdown),
        "BR-CO-15": gross == base + tax,
        "BR-CO-16": due == gross - paid,
    }
    yield from (rule for rule, holds in sums.items() if not holds)
    for one in breakdown:
        key = told.every("ram:CategoryCode", one)[0].text, told.sum("ram:RateApplicablePercent", one)
        of, its = told.sum("ram:BasisAmount", one), told.sum("ram:CalculatedAmount", one)
        inside = sum(amount for line, amount in zip(lines, of_lines, strict=True) if told.vat(line, "ApplicableTradeTax") == key)
        if of != inside - sum(told.sum("ram:ActualAmount", each) for each in off if told.vat(each, "CategoryTradeTax") == key):
            yield "BR-S-08"
        if abs(its - (of * key[1] / 100).quantize(CENT, ROUND_HALF_UP)) > most:
            yield "BR-CO-17"
    for item in told.every(".//ram:IncludedSupplyChainTradeLineItem"):
        worth = told.sum(".//ram:BilledQuantity", item) * told.sum(".//ram:ChargeAmount", item)
        if abs(worth - told.sum(".//ram:LineTotalAmount", item)) > 2 * CENT:
            yield "PEPPOL-EN16931-R120"


def in_euro(source: dict[str, Any]) -> dict[str, Any]:
    return source | {"currency": "EUR"}


MOSTLY_OFF = tariff(elements=[{"price_components": [{"type": "ENERGY", "price": "0.0804", "vat": 21, "step_size": 1}]}], tax_included="YES")


@given(priced(), CHARGES, st.lists(st.integers(0, 90), min_size=3, max_size=3), st.lists(st.integers(1, 900), max_size=3))
@example(MOSTLY_OFF, (1_804, 0), [80, 0, 0], [2])
def test_invoices_and_partial_credit_notes_add_up_by_the_rules_of_en_16931(
    source: dict[str, Any], used: tuple[int, int], shares: list[int], parts: list[int]
) -> None:
    made, notes = issued(taken_off(charged(in_euro(source), used), shares)), list[Invoice]()
    assert list(broken(Told(cii_xml(made)))) == []
    for part in parts:
        if creditable_amount(made, notes).minor > part:
            notes.append(issued(credit_amount(made, notes, Money(part, "EUR"), "x"), len(notes) + 1))
            assert list(broken(Told(cii_xml(notes[-1])))) == []


@given(st.integers(1, 20_000), st.sampled_from(("5.5", "7", "19", "20", "21", "23", "25")))
def test_the_tax_of_a_gross_price_is_exact_where_a_net_amount_for_it_exists(gross: int, percent: str) -> None:
    fee = {"type": "FLAT", "price": str(Decimal(gross) / 100), "vat": percent, "step_size": 1}
    told = Told(cii_xml(issued(charged(tariff(elements=[{"price_components": [fee]}], tax_included="YES"), (1, 0)))))
    assert (list(broken(told, Decimal(0))) == []) == bool(fitting(gross, percent))


ODD = ("0.03", "0.04", "5.04", "8.62", "4.85", "12.34")


@pytest.mark.parametrize("included", ["YES", "NO"])
@pytest.mark.parametrize("fee", ODD)
def test_the_official_rules_accept_gross_prices_without_an_exact_net_and_their_credit_notes(fee: str, included: str) -> None:
    prices = [
        {"type": kind, "price": fee, "vat": percent, "step_size": 1}
        for kind, percent in (("FLAT", 20), ("ENERGY", 19), ("PARKING_TIME", "5.5"))
    ]
    made = issued(charged(tariff(elements=[{"price_components": prices}], tax_included=included), (1_000, 60)))
    part = issue(credit_amount(made, (), Money(7, "EUR"), "x"), DocumentId(uuid5(OPERATOR, "part")), 1, NOON)
    rest = issue(credit_amount(made, (part,), creditable_amount(made, (part,)), "x"), DocumentId(uuid5(OPERATOR, "rest")), 2, NOON)
    for document in (made, issued(credit(made, "x")), part, rest):
        assert judge().failures(cii_xml(document)) == [] and list(broken(Told(cii_xml(document)))) == []


@pytest.mark.parametrize(
    ("was", "now", "rule"),
    [
        ("TaxTotalAmount", "1.00", "BR-CO-14"),
        ("BasisAmount", "1.00", "BR-S-08"),
        ("CalculatedAmount", "9.99", "BR-CO-17"),
        ("GrandTotalAmount", "9.99", "BR-CO-15"),
        ("DuePayableAmount", "9.99", "BR-CO-16"),
        ("TaxBasisTotalAmount", "9.99", "BR-CO-13"),
        ("ChargeAmount", "9.99", "PEPPOL-EN16931-R120"),
    ],
)
def test_the_sum_check_detects_a_planted_error(was: str, now: str, rule: str) -> None:
    told = Told(cii_xml(issued(charged(tariff(tax_included="YES"), (10_000, 30)))))
    assert list(broken(told)) == []
    told.every(f".//ram:{was}")[0].text = now
    assert rule in list(broken(told))


def test_a_partners_contribution_is_a_prepaid_amount_and_not_part_of_the_tax() -> None:
    made = charged(tariff(tax_included="YES"), (10_000, 30))
    gift = Contribution("cafe", "Café", "A coffee", Decimal(19), Money(100, "EUR"), "once")
    told = Told(cii_xml(issued(replace(made, contributions=(gift,)))))
    assert list(broken(told)) == [] and told.sum(".//ram:TotalPrepaidAmount") == 1
