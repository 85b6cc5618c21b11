"""Credit notes in any parts and order, the last over the rest, add up to the invoice by line, tax rate and host.

The referee adds up what the documents say, in whole units and fractions. Nothing ever goes below zero on the way, no note is a whole
unit of the currency off its rate (what the Schematron of EN 16931 lets pass, BR-CO-17 and BR-S-09), and the ledger ends where it began.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.billing import (
    Draft,
    Invoice,
    bill,
    credit_amount,
    credit_lines,
    creditable_amount,
    creditable_by_line,
    creditable_up_to,
    invoice_txn,
    issue,
    overcharge_credit,
)
from forecourt.kernel import BadInput, Conflict, DocumentId, Money, minor_digits
from forecourt.ledger import Account
from forecourt.settlement import ShareRule, reverse_shares, split_net
from money_world import NOON, OPERATOR, PARTIES, PLACE, C, P, record, tariff, version

RATES = {"EUR": ("19", "7", "5.5", "25"), "GBP": ("20", "5"), "JPY": ("10", "8"), "ISK": ("24", "11")}
KINDS = ("ENERGY", "FLAT", "PARKING_TIME")


@st.composite
def prices(draw: Any, currencies: Sequence[str] = tuple(RATES)) -> dict[str, Any]:
    """Up to three kinds of price and two of energy, at the rates of a country or none, with or without tax, perhaps under a limit."""
    currency = draw(st.sampled_from(currencies))
    highest, rates = 900 if minor_digits(currency) == 0 else 9, st.sampled_from((*RATES[currency], RATES[currency][0], "0"))

    def component(kind: str) -> dict[str, Any]:
        return {"type": kind, "price": str(draw(st.decimals(0, highest, places=4))), "step_size": 1, "vat": draw(rates)}

    elements = [{"price_components": [component(kind) for kind in draw(st.lists(st.sampled_from(KINDS), min_size=1, unique=True))]}]
    if draw(st.booleans()):
        elements.insert(0, {"price_components": [component("ENERGY")], "restrictions": {"start_time": "12:30"}})
    limit = {"max_price": {"after_taxes": str(draw(st.integers(1, 50 * highest)))}} if draw(st.integers(0, 3)) == 3 else {}
    return tariff(elements=elements, currency=currency, tax_included=draw(st.sampled_from(("YES", "NO"))), **limit)


CHARGES = st.tuples(st.integers(1, 60_000), st.integers(0, 240))
STEPS = st.lists(st.one_of(st.integers(1, 20), st.integers(1, 5_000), st.sets(st.integers(0, 4), min_size=1)), max_size=8)
HOSTS = st.lists(st.decimals("0.01", "33.33", places=2), max_size=3)


def issued(made: Draft, number: int = 1) -> Invoice:
    return issue(made, DocumentId(uuid5(OPERATOR, f"{made.kind}{number}")), number, NOON)


def billed(source: dict[str, Any], used: tuple[int, int]) -> Invoice:
    return issued(bill(record((C, 60, used[0]), (P, used[1], 0)), version(source), PLACE, PARTIES))


def next_note(made: Invoice, notes: Sequence[Invoice], step: int | set[int]) -> Draft | None:
    """None if these lines cannot be credited alone. An amount that cannot be names others, of which each can."""
    if not isinstance(step, int):
        try:
            return credit_lines(made, notes, sorted(step), "x")
        except (BadInput, Conflict):
            return None
    wanted = min(Money(step, made.currency), creditable_amount(made, notes))
    try:
        return credit_amount(made, notes, wanted, "x")
    except BadInput as refusal:
        assert refusal.code == "credit_split" and minor_digits(made.currency) == 0
        near = [Decimal(one.split()[0]) for one in refusal.remedy.removeprefix("Credit ").removesuffix(".").split(" or ")]
        below, *_ = drafts = [credit_amount(made, notes, Money(int(minor), made.currency), "x") for minor in near]
        assert all(draft.gross != wanted for draft in drafts)
        return below


def noted(made: Invoice, steps: Sequence[int | set[int]]) -> list[Invoice]:
    notes = list[Invoice]()
    for step in (*steps, made.due.minor):
        if creditable_amount(made, notes) and (draft := next_note(made, notes, step)) is not None:
            notes.append(issued(draft, len(notes) + 1))
    if left := creditable_amount(made, notes):  # the last one was an amount that could not be split
        notes.append(issued(credit_amount(made, notes, left, "x"), len(notes) + 1))
    return notes


def of_line(document: Invoice, place: int, name: str) -> int:
    """What a document says of a line; a note over a whole bill repeats the bill's lines."""
    return sum(int(getattr(line, name).minor) for line in document.content.lines if line.credited_line == place)


@given(prices(), CHARGES, STEPS)
def test_credit_notes_add_up_to_their_invoice_by_line_and_tax_rate_and_never_exceed_it(
    source: dict[str, Any], used: tuple[int, int], steps: list[int | set[int]]
) -> None:
    made = billed(source, used)
    notes, names = noted(made, steps), ("net", "amount") if made.content.tax_included else ("net",)
    for place, line in enumerate(made.content.lines):
        for name in names:
            whole, left = int(getattr(line, name).minor), int(getattr(line, name).minor)
            for note in notes:
                part = of_line(note, place, name)
                left -= part
                assert min(0, whole) <= part <= max(0, whole) and min(0, whole) <= left <= max(0, whole)
            assert left == 0 or not notes
    for tax in made.content.taxes:
        back = [one for note in notes for one in note.content.taxes if one.vat_percent == tax.vat_percent]
        assert all(min(one.net.minor, one.tax.minor) >= 0 for one in back)
        assert not notes or (sum(one.net.minor for one in back), sum(one.tax.minor for one in back)) == (tax.net.minor, tax.tax.minor)


@given(prices(), CHARGES, STEPS)
def test_the_tax_of_every_credit_note_is_within_one_currency_unit_of_its_rate(
    source: dict[str, Any], used: tuple[int, int], steps: list[int | set[int]]
) -> None:
    """And of a credit over an amount, within a minor unit."""
    made = billed(source, used)
    whole_minor = 10 ** minor_digits(made.currency)
    for note in noted(made, steps):
        for tax in note.content.taxes:
            assert abs(tax.tax.minor - tax.net.minor * Fraction(tax.vat_percent or 0) / 100) < whole_minor
            is_amount = all(line.because.startswith("part of ") for line in note.content.lines)
            assert tax.tax_deviation_minor <= (1 if is_amount else len(note.content.lines))


@given(prices(), CHARGES, STEPS)
def test_an_invoice_and_its_full_credit_notes_leave_all_ledger_accounts_at_zero(
    source: dict[str, Any], used: tuple[int, int], steps: list[int | set[int]]
) -> None:
    made, book = billed(source, used), Counter[Account]()
    for document in (made, *noted(made, steps)):
        txn = invoice_txn(document)
        for entry in txn.entries if txn else ():
            book[entry.account] += entry.minor
    assert not any(book.values())


@given(prices(), CHARGES, STEPS, HOSTS)
def test_credit_notes_never_increase_a_hosts_share_and_in_the_end_leave_none(
    source: dict[str, Any], used: tuple[int, int], steps: list[int | set[int]], percents: list[Decimal]
) -> None:
    made, rules = billed(source, used), [ShareRule(f"host {index}", percent) for index, percent in enumerate(percents)]
    given_ = [split_net(made, rules, NOON)]
    for note in noted(made, steps):
        given_.append(reverse_shares(note, given_, rules, NOON))
        taken = [-one.amount.minor for one in given_[-1].payouts] + [-given_[-1].kept.minor]
        assert min(taken) >= 0 and sum(taken) == note.net.minor
        left_net = sum(one.kept.minor + sum(payout.amount.minor for payout in one.payouts) for one in given_)
        for index, rule in enumerate(rules):
            has = sum(one.payouts[index].amount.minor for one in given_)
            assert abs(has - left_net * Fraction(rule.percent) / 100) < 2, "and what is left is theirs by their percentages"
    assert all(sum(payout.amount.minor for payout in of) == 0 for of in zip(*(one.payouts for one in given_), strict=True)) or not made.net


def fee(gross: int) -> Invoice:
    """Of ISK at 24 %, with tax."""
    price = {"type": "FLAT", "price": gross, "vat": 24, "step_size": 1}
    return billed(tariff(elements=[{"price_components": [price]}], currency="ISK", tax_included="YES"), (1, 0))


def test_partial_credits_whose_rounded_tax_would_drift_are_refused_with_amounts_that_fit() -> None:
    """16 contains 13 net and 3 tax, never 12 and 4: a hundred such notes have 300 of tax, and the invoice over 1,600 has 310."""
    made, notes = fee(1_600), list[Invoice]()
    with pytest.raises(BadInput) as refusal:
        for number in range(100):
            notes.append(issued(credit_amount(made, notes, Money(16, "ISK"), "x"), number + 1))
    assert refusal.value.code == "credit_split" and 2 < len(notes) < 20
    assert refusal.value.remedy == "Credit 15 ISK or 17 ISK."
    assert creditable_up_to(made, notes, Money(16, "ISK")) == Money(15, "ISK")
    rest = issued(credit_amount(made, notes, creditable_amount(made, notes), "x"), 101)
    assert sum(note.tax.minor for note in (*notes, rest)) == 310


def test_credit_notes_without_line_references_are_matched_by_the_content_of_their_lines() -> None:
    made = billed(tariff(), (10_000, 30))
    first = credit_amount(made, (), Money(300, "EUR"), "x")
    old = issued(replace(first, lines=tuple(replace(line, credited_line=None) for line in first.lines)), 1)
    assert creditable_by_line(made, [old]) == creditable_by_line(made, [issued(first, 1)])
    rest = issued(credit_amount(made, [old], creditable_amount(made, [old]), "x"), 2)
    assert all(not left for left in creditable_by_line(made, [old, rest]))


@given(st.integers(2_000, 60_000), st.integers(1, 1_999), st.sampled_from(("JPY", "ISK")), st.sampled_from(("YES", "NO")))
def test_the_tax_of_an_overcharge_credit_is_within_one_currency_unit_of_its_rate(
    first_wh: int, less_wh: int, currency: str, included: str
) -> None:
    price = {"type": "ENERGY", "price": "61.7", "vat": RATES[currency][0], "step_size": 1}
    source = tariff(elements=[{"price_components": [price]}], currency=currency, tax_included=included)
    made, whole = billed(source, (first_wh, 0)), billed(source, (first_wh - less_wh, 0)).content
    if whole.gross == made.gross:
        return
    (tax,) = overcharge_credit(whole, made).taxes
    assert tax.gross == made.gross - whole.gross
    assert abs(tax.tax.minor - tax.net.minor * Fraction(str(tax.vat_percent)) / 100) < 1
