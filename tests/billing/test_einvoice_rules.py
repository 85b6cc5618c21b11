"""Sums that are refused when false: each rule bites on a planted fault."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from forecourt.billing import EInvoice, Invoice, bill, billed_usage, check_sums, einvoice_of, false_sums, issue
from forecourt.kernel import BadInput, Money
from forecourt.tariffs import rate
from money_world import NOON, PARTIES, PLACE, C, P, draft, invoice, record, tariff, version
from tariff_strategies import restricted_tariffs

CENT = Money(1, "EUR")
LIMITED = invoice(tariff(max_price={"before_taxes": 2}), (C, 60, 30_000))


def faults(told: EInvoice, made: Invoice = LIMITED) -> set[str]:
    return {one.rule for one in false_sums(told, made.content)}


def test_a_sound_document_breaks_no_rule() -> None:
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
def test_one_cent_too_much_is_found(changed: set[str], rules: set[str]) -> None:
    told = einvoice_of(LIMITED)
    assert faults(replace(told, **{name: getattr(told, name) + CENT for name in changed})) == rules


def test_a_tax_that_is_not_its_rate_of_the_basis_is_found() -> None:
    sound = invoice()
    told = einvoice_of(sound)
    wrong = replace(told.vat_sums[0], tax=told.tax + CENT)
    assert "BR-CO-17" in faults(replace(told, vat_sums=(wrong,)), sound)


def test_a_category_whose_lines_are_not_its_basis_is_found() -> None:
    sound = invoice()
    told = einvoice_of(sound)
    assert "BR-S-08" in faults(replace(told, lines=told.lines[1:]), sound)


def test_a_document_tampered_with_is_not_issued() -> None:
    content = draft()
    object.__setattr__(content, "gross", content.gross + CENT)
    with pytest.raises(BadInput, match="BR-CO-15"):
        issue(content, invoice().id, 1, NOON)


@given(restricted_tariffs())
def test_every_bill_can_be_issued(source: dict[str, Any]) -> None:
    """Whatever limits a tariff sets, and however oddly."""
    check_sums(invoice(source, (C, 90, 20_000), (P, 30, 0)))


def test_under_limits_that_contradict_the_rate_the_driver_pays_what_was_shown_and_the_tax_is_lawful() -> None:
    odd = version(tariff(min_price={"before_taxes": 30, "after_taxes": 60}))
    charge = record((C, 60, 1000))
    shown = rate(odd.tariff, billed_usage(charge, PLACE.zone))
    made = bill(charge, odd, PLACE, PARTIES)
    assert made.gross == shown.gross == Money(6000, "EUR")
    assert (made.net, made.tax) == (Money(5042, "EUR"), Money(958, "EUR"))
