"""Credit notes over lines and amounts never exceed the invoice."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.billing import (
    Contribution,
    Invoice,
    credit_amount,
    credit_lines,
    creditable_amount,
    creditable_by_line,
    discounted,
    issue,
    uncredited_lines,
)
from forecourt.kernel import BadInput, Conflict, DocumentId, Money
from forecourt.offers import Discount, EntitlementKind, Funder, FunderKind
from money_world import NOON, OPERATOR, C, P, draft, invoice, tariff, two_rates

END = NOON + timedelta(hours=3)


@given(st.integers(1, 700), st.booleans())
def test_a_credit_note_over_any_amount_of_an_invoice_adds_up(minor: int, included: bool) -> None:
    """Two tax rates, prices with and without tax."""
    made = invoice(two_rates(included), (C, 60, 10_000), (P, 30, 0))
    note = credit_amount(made, (), min(Money(minor, "EUR"), made.due), "x")
    assert note.gross == min(Money(minor, "EUR"), made.due) and sum(line.net.minor for line in note.lines) == note.net.minor
    parts = [credit_lines(made, (), (place,), "x") for place in range(len(made.content.lines))]
    assert abs(sum(part.gross.minor for part in parts) - made.gross.minor) <= len(parts)
    assert credit_lines(made, (), range(len(made.content.lines)), "x").gross == made.gross == creditable_amount(made, ())
    assert credit_lines(made, (), (2, 0), "x") == credit_lines(made, (), (0, 2), "x"), "in the order of the bill"
    for part in (note, *parts):
        assert {tax.vat_percent for tax in part.taxes} == {line.vat_percent for line in part.lines}, "a rate of which nothing goes back"


STEPS = st.lists(st.one_of(st.integers(1, 30), st.integers(1, 700), st.sets(st.integers(0, 2), min_size=1)), max_size=6)


@given(st.booleans(), st.sampled_from([7, 0, None]), STEPS)
def test_credit_notes_in_any_order_never_exceed_the_invoice_and_together_credit_all_of_it(
    included: bool, vat: int | None, steps: list[int | set[int]]
) -> None:
    """By tax rate and line, to the cent. An amount up to the remainder is never refused; lines may be."""
    made, notes = invoice(two_rates(included, vat), (C, 60, 10_000), (P, 30, 0)), list[Invoice]()
    for step in (*steps, made.due.minor):
        if not (left := creditable_amount(made, notes)):
            break
        try:
            draft = (
                credit_amount(made, notes, min(Money(step, "EUR"), left), "x")
                if isinstance(step, int)
                else credit_lines(made, notes, sorted(step), "x")
            )
        except (BadInput, Conflict):
            assert isinstance(step, set)
            continue
        notes.append(issue(draft, DocumentId(uuid5(made.id, str(len(notes)))), len(notes) + 1, END))
        for billed in made.content.taxes:
            back = [tax for note in notes for tax in note.content.taxes if tax.vat_percent == billed.vat_percent]
            assert sum(tax.net.minor for tax in back) <= billed.net.minor and sum(tax.tax.minor for tax in back) <= billed.tax.minor
            assert all(tax.net.minor >= 0 and tax.tax.minor >= 0 for tax in back)
        check_lines(made, notes, "amount" if included else "net")
    assert creditable_amount(made, notes) == Money.zero("EUR")
    assert sum(note.net.minor for note in notes) == made.net.minor and sum(note.tax.minor for note in notes) == made.tax.minor


def check_lines(made: Invoice, notes: list[Invoice], shown: str) -> None:
    """The referee adds up what notes say of each kind of line."""
    for rest, line in zip(creditable_by_line(made, notes), made.content.lines, strict=True):
        parts = [one for note in notes for one in note.content.lines if one.what is line.what]
        for name in {"net", shown}:
            back = sum(getattr(one, name).minor for one in parts)
            assert 0 <= back <= getattr(line, name).minor
            assert name != shown or rest.minor == line.amount.minor - back
        for part in parts:
            once = (Decimal(1), "", part.amount.amount, part.amount.amount, f"part of {made.number}")
            assert (
                replace(part, credited_line=None) == line or (part.quantity, part.unit, part.unit_price, part.exact, part.because) == once
            )
            assert part.net or part.amount, "a line that says nothing"
    assert all(note.content.delivery is None for note in notes)


def test_a_credited_line_without_tax_takes_back_the_tax_its_rate_falls_by() -> None:
    """4.00 and 3.33 at 19 % have 1.39 of tax in total; 3.33 alone would have 0.63 and 4.00 alone 0.76."""
    made = invoice(two_rates(), (C, 60, 10_000), (P, 33.3, 0))
    assert [line.net.minor for line in made.content.lines] == [50, 400, 340]
    energy, parking = (credit_lines(made, (), (place,), "x") for place in (1, 2))
    assert [(one.net.minor, one.tax.minor, one.gross.minor) for one in (energy, parking)] == [(400, 76, 476), (340, 65, 405)]


def test_of_two_lines_of_a_kind_crediting_one_leaves_the_other_unchanged() -> None:
    late = {"price_components": [{"type": "ENERGY", "price": 0.6, "vat": 19, "step_size": 1}], "restrictions": {"start_time": "12:30"}}
    made = invoice(tariff(elements=[late, *two_rates()["elements"]]), (C, 60, 10_000))
    assert [line.net.minor for line in made.content.lines] == [50, 200, 300]
    note = issue(credit_lines(made, (), (1,), "x"), DocumentId(uuid5(made.id, "1")), 1, END)
    assert [one.minor for one in creditable_by_line(made, [note])] == [50, 0, 300] and uncredited_lines(made, [note]) == {0, 2}
    part = issue(credit_amount(made, [note], Money(100, "EUR"), "x"), DocumentId(uuid5(made.id, "2")), 2, END)
    assert creditable_by_line(made, [note, part])[1].minor == 0 and uncredited_lines(made, [note, part]) == set()


def test_of_two_identical_lines_each_is_credited_once() -> None:
    off = Discount("a", EntitlementKind.COUPON, "Welcome", Funder(FunderKind.OPERATOR, "us"), Decimal(19), Money(-100, "EUR"), "because")
    made = issue(discounted(draft(two_rates(True)), [off, off]), DocumentId(uuid5(OPERATOR, "twins")), 1, NOON)
    assert made.content.lines[3] == made.content.lines[4]
    note = issue(credit_lines(made, (), (1, 3), "x"), DocumentId(uuid5(made.id, "1")), 1, END)
    assert [one.minor for one in creditable_by_line(made, [note])] == [50, 0, 300, 0, -100] and uncredited_lines(made, [note]) == {0, 2, 4}


def test_a_line_already_credited_is_not_credited_again() -> None:
    made = invoice(two_rates(), (C, 60, 10_000), (P, 30, 0))
    first = issue(credit_lines(made, (), (1,), "x"), DocumentId(uuid5(made.id, "1")), 1, END)
    rest = credit_amount(made, (first,), creditable_amount(made, (first,)), "x")
    assert {line.what for line in rest.lines} == {line.what for line in made.content.lines} - {made.content.lines[1].what}
    with pytest.raises(Conflict) as refusal:
        most = issue(credit_amount(made, (), made.due - Money(1, "EUR"), "x"), DocumentId(uuid5(made.id, "2")), 1, END)
        credit_lines(made, (most,), (1,), "x")
    assert refusal.value.code == "line_credited"
    assert (
        f"{made.number} has left {creditable_by_line(made, [most])[1]} of the {made.content.lines[1].net} of line 2." in refusal.value.text
    )


def test_a_line_credited_in_part_cannot_be_credited_whole() -> None:
    """What is left of the tax rate would cover it, but at the expense of the other line."""
    made = invoice(two_rates(), (C, 60, 10_000), (P, 30, 0))
    part = issue(credit_amount(made, (), Money(100, "EUR"), "x"), DocumentId(uuid5(made.id, "1")), 1, END)
    with pytest.raises(Conflict) as refusal:
        credit_lines(made, (part,), (2,), "x")
    assert refusal.value.code == "line_credited" and f"{creditable_by_line(made, [part])[2]} of the" in refusal.value.text


def test_credited_lines_have_nothing_left_to_credit() -> None:
    made = invoice(two_rates(), (C, 60, 10_000), (P, 30, 0))
    note = issue(credit_lines(made, (), (1, 2), "x"), DocumentId(uuid5(made.id, "1")), 1, END)
    assert creditable_by_line(made, [note]) == (made.content.lines[0].amount, Money.zero("EUR"), Money.zero("EUR"))


def limited(included: bool = False) -> Invoice:
    """A maximum price takes 10.50 off 12.50: of the rate 2.00 is left, without tax (with it, where prices include it)."""
    limit = {"after_taxes" if included else "before_taxes": 2}
    return invoice(tariff(max_price=limit, tax_included="YES" if included else "NO"), (C, 60, 30_000))


@pytest.mark.parametrize("included", [False, True])
def test_a_line_reduced_by_a_maximum_total_is_credited_at_most_what_is_left_of_its_tax_rate(included: bool) -> None:
    made = limited(included)
    whole = credit_lines(made, (), range(len(made.content.lines)), "x")
    assert (whole.net, whole.tax, whole.gross) == (made.net, made.content.tax, made.gross)
    with pytest.raises(BadInput) as refusal:
        credit_lines(made, (), (1,), "x")
    assert refusal.value.code == "credit_above_left"


def lowered(off_minor: int, included: bool) -> Invoice:
    """50.00 at 7 %, 4.04 at 19 %, and of the latter something off."""
    components = [{"type": kind, "price": price, "vat": vat, "step_size": 1} for kind, price, vat in (("FLAT", 50, 7), ("ENERGY", 0.4, 19))]
    source = tariff(elements=[{"price_components": components}], tax_included="YES" if included else "NO")
    us = Funder(FunderKind.OPERATOR, "the operator")
    off = Discount("a", EntitlementKind.COUPON, "Welcome", us, Decimal(19), Money(-off_minor, "EUR"), "because")
    return issue(discounted(draft(source, (C, 60, 10_100)), [off]), DocumentId(uuid5(OPERATOR, "lowered")), 1, NOON)


@pytest.mark.parametrize(("off_minor", "included"), [(300, False), (300, True), (1, True)])
def test_a_line_reduced_by_a_discount_is_credited_at_most_what_is_left_of_its_tax_rate(off_minor: int, included: bool) -> None:
    """Also where a discount of one cent leaves the net unchanged."""
    made = lowered(off_minor, included)
    with pytest.raises(BadInput) as refusal:
        credit_lines(made, (), (1,), "x")
    assert refusal.value.code == "credit_above_left" and "at 19 %" in refusal.value.text
    assert credit_lines(made, (), (1, 2), "x").gross == next(tax.gross for tax in made.content.taxes if tax.vat_percent == 19)


def test_an_amount_is_credited_up_to_the_last_cent_left_and_no_more() -> None:
    made = invoice(two_rates(), (C, 60, 10_000), (P, 30, 0))
    first = issue(credit_amount(made, (), Money(300, "EUR"), "x"), DocumentId(uuid5(made.id, "1")), 1, END)
    left = creditable_amount(made, (first,))
    assert left == made.due - Money(300, "EUR") and credit_amount(made, (first,), left, "x").gross == left
    with pytest.raises(BadInput) as refusal:
        credit_amount(made, (first,), left + Money(1, "EUR"), "x")
    assert refusal.value.code == "credit_above_left"


@pytest.mark.parametrize("amount", [Money(0, "EUR"), Money(-1, "EUR"), Money(100, "USD")])
def test_a_credit_of_zero_or_in_another_currency_is_refused(amount: Money) -> None:
    with pytest.raises(BadInput) as refusal:
        credit_amount(invoice(), (), amount, "x")
    assert refusal.value.code == "credit_amount"


@pytest.mark.parametrize("places", [(), (0, 0), (-1,), (3,), (0, 3)])
def test_only_existing_lines_can_be_credited_each_once(places: tuple[int, ...]) -> None:
    made = invoice()
    assert len(made.content.lines) == 3
    with pytest.raises(BadInput) as refusal:
        credit_lines(made, (), places, "x")
    assert refusal.value.code == "credit_lines"


def test_lines_that_sum_to_zero_or_less_cannot_be_credited_alone() -> None:
    made = limited()
    (place,) = (at for at, line in enumerate(made.content.lines) if line.net.minor < 0)
    with pytest.raises(BadInput) as refusal:
        credit_lines(made, (), (place,), "x")
    assert refusal.value.code == "credit_nothing"
    free = lowered(404, True)
    with pytest.raises(BadInput) as refusal:
        credit_lines(free, (), (1, 2), "x")
    assert refusal.value.code == "credit_nothing"


def test_an_invoice_partly_paid_by_a_partner_cannot_be_credited_in_part() -> None:
    made = invoice()
    gift = Contribution("cafe", "Café", "A coffee", Decimal(19), Money(100, "EUR"), "once")
    shared = replace(made, content=replace(made.content, contributions=(gift,)))
    for part in (lambda: credit_amount(shared, (), Money(1, "EUR"), "x"), lambda: credit_lines(shared, (), (0,), "x")):
        with pytest.raises(Conflict) as refusal:
            part()
        assert refusal.value.code == "partner_paid"


@pytest.mark.parametrize("included", [False, True])
def test_a_discount_on_one_tax_rate_cannot_be_credited_with_lines_of_another_rate(included: bool) -> None:
    """The note would charge money, and tax without a net amount."""
    made = lowered(300, included)
    with pytest.raises(BadInput) as refusal:
        credit_lines(made, (), (0, 2), "x")
    assert refusal.value.code == "credit_nothing" and "at 19 %" in refusal.value.text
