"""Self-billed documents: which tax by which rule, and that lines, breakdown and ledger agree to the cent."""

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.billing import DocumentKind, Exemption, Party, VatRelief, einvoice_of, missing_data
from forecourt.kernel import BadInput, Money
from forecourt.ledger import BANK
from forecourt.offers import OfferKind, Partner, VatStatus
from forecourt.settlement import (
    SelfBilledItem,
    SelfBillingTerms,
    limit_items,
    netting_txn,
    payable,
    self_billed_credit,
    self_billed_invoice,
    self_billed_txns,
    self_billing_obstacle,
    self_billing_terms,
    settlement_txn,
    take_back,
    with_documents,
)
from statement_parts import DUE, US, host, stated, used

DAY = date(2026, 7, 1)
STATEMENTS = st.sampled_from([UUID(int=number) for number in range(1, 5)])


def referee(net_minor: int, percent: str) -> int:
    """The tax by another arithmetic: fractions, and the decimal module's own rounding."""
    exact = Fraction(net_minor) * Fraction(percent) / 100
    return int((Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal(1), ROUND_HALF_UP))


def items(*minors: int) -> tuple[SelfBilledItem, ...]:
    return tuple(
        SelfBilledItem(f"{number + 1} % of the net at Place {number}, 2 documents", Money(minor, "EUR"))
        for number, minor in enumerate(minors)
    )


@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=6), st.sampled_from(["19", "20", "21", "25.5", "8.1"]))
def test_self_billed_lines_breakdown_and_ledger_agree_and_the_gross_is_paid(minors: list[int], percent: str) -> None:
    plain = stated(*(used(OfferKind.HOSTING, minor, 0, f"{minor} % of the net at A") for minor in minors))
    invoice = self_billed_invoice(plain, host(), SelfBillingTerms(Decimal(percent)), items(*minors), 7)
    statement = with_documents(plain, [invoice])
    assert sum(line.net.minor for line in invoice.content.lines) == einvoice_of(invoice).basis.minor == sum(minors)
    assert invoice.tax.minor == sum(one.tax.minor for one in einvoice_of(invoice).vat_sums) == referee(sum(minors), percent)
    assert (statement.owed.minor, invoice.number) == (sum(minors) + invoice.tax.minor, "SB-CAFE-2026-000007")
    books = Counter({payable("cafe").name: -sum(minors)})
    for txn in (*self_billed_txns(statement), netting_txn(statement), settlement_txn(statement, DUE)):
        for entry in txn.entries if txn else ():
            books[entry.account.name] += entry.minor
    wanted = {payable("cafe").name: 0, f"INPUT_VAT:{percent}": invoice.tax.minor, BANK.name: -invoice.gross.minor}
    assert {name: minor for name, minor in books.items() if minor} == {name: minor for name, minor in wanted.items() if minor}


@given(st.integers(1, 10**6), st.lists(st.integers(1, 10**5), max_size=8), st.sampled_from(["19", "25.5"]))
def test_credit_notes_over_a_whole_self_billed_invoice_return_its_tax_to_the_cent(net: int, parts: list[int], percent: str) -> None:
    plain = stated(used(OfferKind.HOSTING, net))
    invoice = self_billed_invoice(plain, host(), SelfBillingTerms(Decimal(percent)), items(net), 1)
    notes, credited = [], Money(0, "EUR")
    for part in [*parts, net]:
        for one in limit_items(items(part), invoice.net - credited):
            notes.append(self_billed_credit(plain, invoice, credited, [one], len(notes) + 2))
            credited += one.net
            assert abs(notes[-1].tax.minor - referee(one.net.minor, percent)) <= 1
    assert (sum(one.net.minor for one in notes), sum(one.tax.minor for one in notes)) == (invoice.net.minor, invoice.tax.minor)
    assert all(one.content.corrects_number == invoice.number and one.kind is DocumentKind.CREDIT_NOTE for one in notes)
    with pytest.raises(BadInput):
        self_billed_credit(plain, invoice, credited, items(1), 99)


@given(st.lists(st.tuples(STATEMENTS, st.integers(-50, 100))), st.integers(1, 300))
def test_amounts_taken_back_come_from_the_statements_that_gave_them(history: list[tuple[UUID, int]], minor: int) -> None:
    taken = take_back(history, minor)
    assert sum(part for _, part in taken) == minor and all(part > 0 for _, part in taken)
    given_by = Counter({one: sum(amount for by, amount in history if by == one and amount > 0) for one, _ in history})
    assert all(by is None or sum(part for one, part in taken if one == by) <= given_by[by] for by, _ in taken)


def test_amounts_are_taken_back_from_the_latest_statement_first() -> None:
    first, second = UUID(int=1), UUID(int=2)
    assert take_back([(first, 10), (second, 5), (second, -2)], 8) == [(second, 3), (first, 5)]
    assert take_back([(first, 10), (first, -4)], 8) == [(first, 6), (None, 2)]


@pytest.mark.parametrize(
    ("partner", "wanted"),
    [
        (host(), SelfBillingTerms(Decimal(19))),
        (host(country="NL", number="NL123456789B01"), SelfBillingTerms(Decimal(0), Exemption(VatRelief.REVERSE_CHARGE))),
        (host(country="CH", number="CHE-123.456.789"), SelfBillingTerms(Decimal(0), Exemption(VatRelief.REVERSE_CHARGE))),
        (
            host(VatStatus.SMALL_BUSINESS, number="12/345/67890"),
            SelfBillingTerms(Decimal(0), Exemption(VatRelief.EXEMPT, "Section 19 UStG")),
        ),
        (host(VatStatus.NOT_REGISTERED, number=""), SelfBillingTerms(None, Exemption(VatRelief.OUTSIDE))),
    ],
)
def test_the_tax_of_self_billing_follows_from_vat_status_and_country(partner: Partner, wanted: SelfBillingTerms) -> None:
    assert partner.vat is not None and self_billing_obstacle(partner, US, False, DAY) is None
    terms = self_billing_terms(partner.vat, "DE")
    assert terms == wanted
    invoice = self_billed_invoice(stated(used(OfferKind.HOSTING, 1000), partner=partner), partner, terms, items(1000), 1)
    assert missing_data(invoice) == () and invoice.tax.minor == (190 if wanted.percent == 19 else 0)


@pytest.mark.parametrize(
    ("partner", "buyer", "named"),
    [
        (replace(host(), vat=None), US, "VAT status"),
        (replace(host(), vat=replace(host().vat, agreed_on=None)), US, "no agreement"),  # type: ignore[type-var]
        (replace(host(), vat=replace(host().vat, agreed_on=date(2026, 7, 2))), US, "no agreement"),  # type: ignore[type-var]
        (replace(host(), address=""), US, "address"),
        (replace(host(), vat_number="DE111111111"), US, "has changed"),
        (host(number="DE1"), US, "format"),
        (host(), replace(US, country="CH"), "European Union"),
        (host(VatStatus.SMALL_BUSINESS, "AT", "ATU12345678"), US, "small business of another"),
        (host(country="NL", number="NL123456789B01"), replace(US, vat_number=""), "operator's VAT number"),
    ],
)
def test_missing_data_for_self_billing_are_named(partner: Partner, buyer: Party, named: str) -> None:
    found = self_billing_obstacle(partner, buyer, False, DAY)
    assert found is not None and named in found
    assert self_billing_obstacle(host(), US, True, DAY) is not None, "who deducts no tax has no use for it"
