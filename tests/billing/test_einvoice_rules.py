"""Checks of the sums of an e-invoice: each rule detects a planted error."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from forecourt.billing import EInvoice, Exemption, Invoice, VatRelief, bill, check_sums, einvoice_of, issue, sum_violations, usage_of_record
from forecourt.kernel import BadInput, Money
from forecourt.tariffs import rate
from money_world import NOON, PARTIES, PLACE, C, P, draft, invoice, record, tariff, version
from tariff_strategies import restricted_tariffs

CENT = Money(1, "EUR")
LIMITED = invoice(tariff(max_price={"before_taxes": 2}), (C, 60, 30_000))


def faults(told: EInvoice, made: Invoice = LIMITED) -> set[str]:
    return {one.rule for one in sum_violations(told, made.content)}


def test_a_correct_document_breaks_no_e_invoice_rule() -> None:
    assert faults(einvoice_of(LIMITED)) == set()


@pytest.mark.parametrize(
    ("changed", "rules"),
    [
        ({"line_total"}, {"BR-CO-10", "BR-CO-13"}),
        ({"allowance_total"}, {"BR-CO-11", "BR-CO-13"}),
        ({"basis"}, {"BR-CO-13", "BR-CO-15"}),
        ({"tax"}, {"BR-CO-14", "BR-CO-15"}),
        ({"gross"}, {"BR-CO-15", "BR-CO-16"}),
        ({"due"}, {"BR-CO-16"}),
    ],
)
def test_a_total_one_cent_too_high_is_detected(changed: set[str], rules: set[str]) -> None:
    told = einvoice_of(LIMITED)
    assert faults(replace(told, **{name: getattr(told, name) + CENT for name in changed})) == rules


def test_a_tax_that_is_not_its_rate_of_the_taxable_amount_is_detected() -> None:
    sound = invoice()
    told = einvoice_of(sound)
    wrong = replace(told.vat_sums[0], tax=told.tax + CENT)
    assert "BR-CO-17" in faults(replace(told, vat_sums=(wrong,)), sound)


def test_a_category_whose_lines_do_not_sum_to_its_taxable_amount_is_detected() -> None:
    sound = invoice()
    told = einvoice_of(sound)
    assert "BR-S-08" in faults(replace(told, lines=told.lines[1:]), sound)


def components(*prices: tuple[str, float, float | None]) -> dict[str, Any]:
    made = [{"type": kind, "price": price, "step_size": 1} | ({} if vat is None else {"vat": vat}) for kind, price, vat in prices]
    return tariff(elements=[{"price_components": made}])


def test_each_vat_category_has_the_sum_of_its_own_lines() -> None:
    told = einvoice_of(invoice(components(("FLAT", 0.5, None), ("ENERGY", 0.4, 19), ("PARKING_TIME", 3, 19))))
    sums = [(one.vat.category.value, one.vat.percent, one.basis.minor, one.tax.minor, one.exemption is None) for one in told.vat_sums]
    assert sums == [("E", 0, 50, 0, False), ("S", 19, 550, 105, True)]
    assert (told.line_total.minor, told.allowance_total.minor, told.gross.minor, told.paid.minor) == (600, 0, 705, 0)


@pytest.mark.parametrize(
    ("percent", "relief", "category"),
    [
        (19, None, "S"),
        (0, None, "Z"),
        (None, None, "O"),
        (0, VatRelief.EXEMPT, "E"),
        (19, VatRelief.REVERSE_CHARGE, "AE"),
        (19, VatRelief.OUTSIDE, "O"),
    ],
)
def test_the_reason_for_no_tax_decides_the_vat_category(percent: float | None, relief: VatRelief | None, category: str) -> None:
    """A reverse charge removes the tax; a rate kept by a rule for the seller stays."""
    parties = replace(PARTIES, exemption=Exemption(relief, "a rule") if relief else None)
    made = bill(record((C, 60, 10_000)), version(components(("ENERGY", 0.4, percent))), PLACE, parties)
    (only,) = einvoice_of(issue(made, invoice().id, 1, NOON)).vat_sums
    assert (only.vat.category.value, only.basis.minor, only.tax.minor) == (category, 400, 76 if category == "S" else 0)
    assert (only.exemption is None) == (category in "SZ") and (only.exemption is None or relief is None or only.exemption.relief is relief)


def test_a_price_of_zero_is_a_line_and_an_invoice_of_zero_has_a_line_too() -> None:
    free = einvoice_of(invoice(components(("FLAT", 0, 19), ("ENERGY", 0.4, 19)), (C, 60, 10_000)))
    assert [line.net.minor for line in free.lines] == [0, 400] and free.allowances == ()
    nothing = einvoice_of(invoice(components(("PARKING_TIME", 3, 19)), (C, 60, 10_000)))
    assert [(line.quantity, line.unit, line.net.minor, line.vat.category.value) for line in nothing.lines] == [(10, "kWh", 0, "Z")]
    assert [(one.basis.minor, one.tax.minor) for one in nothing.vat_sums] == [(0, 0)]


@pytest.mark.parametrize("included", ["YES", "NO"])
def test_quantity_times_net_price_equals_each_line_before_rounding(included: str) -> None:
    told = einvoice_of(invoice(tariff(tax_included=included), (C, 60, 12_345), (P, 7, 0)))
    assert all(abs(line.quantity * line.net_price - line.net.amount) <= Decimal("0.01") for line in told.lines)
    (limit,) = (one for one in einvoice_of(LIMITED).allowances)
    assert (limit.amount.minor, limit.source.net.minor) == (1050, -1050)


def test_a_tampered_document_is_not_issued() -> None:
    content = draft()
    object.__setattr__(content, "gross", content.gross + CENT)
    with pytest.raises(BadInput, match="BR-CO-15"):
        issue(content, invoice().id, 1, NOON)


@given(restricted_tariffs())
def test_every_invoice_can_be_issued(source: dict[str, Any]) -> None:
    """With any limits of the tariff."""
    check_sums(invoice(source, (C, 90, 20_000), (P, 30, 0)))


def test_under_contradictory_limits_the_invoice_equals_the_quote_and_the_tax_is_lawful() -> None:
    odd = version(tariff(min_price={"before_taxes": 30, "after_taxes": 60}))
    charge = record((C, 60, 1000))
    shown = rate(odd.tariff, usage_of_record(charge, PLACE.zone))
    made = bill(charge, odd, PLACE, PARTIES)
    assert made.gross == shown.gross == Money(6000, "EUR")
    assert (made.net, made.tax) == (Money(5042, "EUR"), Money(958, "EUR"))
