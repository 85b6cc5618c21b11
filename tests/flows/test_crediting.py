"""An operator credits an invoice, whole or in part: the note, the ledger and the money back agree, and two at once are one."""

from contextlib import suppress
from decimal import Decimal
from uuid import uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.billing import credit_amount, credit_lines, issue, left_of_lines, left_to_credit
from forecourt.flows.billing import CreditRequest, credit_back
from forecourt.flows.desk import Staff
from forecourt.flows.ports import DocumentSearch, Transactions
from forecourt.kernel import BadInput, Conflict, DocumentId, Money, NotFound
from forecourt.ledger import CLEARING, receivable
from money_world import ACCOUNT_DRIVER, CARD_DRIVER, NOON, OPERATOR, C, MoneyWorld, P, invoice, tariff

from .test_money import END, bill_and_pay, held


@pytest.fixture
def world(any_transactions: Transactions) -> MoneyWorld:
    return MoneyWorld(any_transactions).build()


def asks(world: MoneyWorld, made, reason: str = "broken display", seen: int = 0, **what: object):  # type: ignore[no-untyped-def]
    with world.transactions.begin() as store:
        return credit_back(store, Staff(OPERATOR, "ops", END, world.ids), CreditRequest(made.id, seen, reason, **what))  # type: ignore[arg-type]


def books(world: MoneyWorld, driver: object = CARD_DRIVER) -> tuple[int, int]:
    """What the driver owes, and what the processor owes us."""
    with world.transactions.begin() as store:
        assert world.sum_is_zero(store)
        return tuple(store.ledger.balance(OPERATOR, account, "EUR") for account in (receivable(driver), CLEARING))  # type: ignore


def test_the_whole_goes_back_to_the_card(world: MoneyWorld) -> None:
    held(world)
    made = bill_and_pay(world)
    done = asks(world, made)
    world.deliver(END)
    assert done.note.due == done.refunded == made.due and books(world) == (0, 0)


def test_an_amount_is_credited_with_its_tax_and_exactly_that_goes_back(world: MoneyWorld) -> None:
    held(world)
    made = bill_and_pay(world)
    done = asks(world, made, amount=Money(101, "EUR"))
    world.deliver(END)
    assert done.note.gross == Money(101, "EUR") and done.note.content.reason == "broken display"
    assert books(world) == (0, made.due.minor - 101)
    rest = asks(world, made, seen=1)
    world.deliver(END)
    assert rest.note.due == made.due - Money(101, "EUR") and books(world) == (0, 0)


def test_a_line_is_credited_once(world: MoneyWorld) -> None:
    held(world)
    made = bill_and_pay(world)
    done = asks(world, made, lines=(1,))
    world.deliver(END)
    assert done.note.content.lines == (made.content.lines[1],)
    with pytest.raises(Conflict) as refusal:
        asks(world, made, seen=1, lines=(0, 1))
    assert refusal.value.code == "line_credited"


def test_of_two_operators_the_second_is_told(world: MoneyWorld) -> None:
    held(world)
    made = bill_and_pay(world)
    asks(world, made, amount=Money(100, "EUR"))
    with pytest.raises(Conflict) as refusal:
        asks(world, made, amount=Money(100, "EUR"))
    assert refusal.value.code == "credited_meanwhile"
    with pytest.raises(Conflict) as refusal:  # and one who looked again, while the money is on its way
        asks(world, made, seen=1, amount=Money(100, "EUR"))
    assert refusal.value.code == "being_refunded"


def test_more_than_was_paid_never_goes_back(world: MoneyWorld) -> None:
    held(world)
    made = bill_and_pay(world)
    with pytest.raises(BadInput) as refusal:
        asks(world, made, amount=made.due + Money(1, "EUR"))
    assert refusal.value.code == "credit_above_left"
    assert books(world) == (0, made.due.minor)


def test_a_part_of_what_is_owed_is_not_credited_but_the_whole_is(world: MoneyWorld) -> None:
    made = bill_and_pay(world, driver=ACCOUNT_DRIVER)
    with pytest.raises(BadInput) as refusal:
        asks(world, made, amount=Money(100, "EUR"))
    assert refusal.value.code == "refund_above_paid"
    assert asks(world, made).refunded == Money.zero("EUR") and books(world, ACCOUNT_DRIVER) == (0, 0)


def test_without_a_reason_or_for_another_operator_nothing_happens(world: MoneyWorld) -> None:
    held(world)
    made = bill_and_pay(world)
    with pytest.raises(BadInput):
        asks(world, made, reason="  ", amount=Money(100, "EUR"))
    with world.transactions.begin() as store, pytest.raises(NotFound):
        credit_back(store, Staff(DocumentId(made.id), "ops", END, world.ids), CreditRequest(made.id, 0, "x"))  # type: ignore[arg-type]


def test_the_log_says_who_credited_what_and_why(world: MoneyWorld) -> None:
    held(world)
    made = bill_and_pay(world)
    done = asks(world, made, amount=Money(250, "EUR"))
    with world.transactions.begin() as store:
        entry = next(one for one in store.audit.recent() if one.action == "document.credit")
    assert entry.actor == "ops" and done.note.number in entry.detail and "broken display" in entry.detail


def test_documents_are_found_by_number_name_day_and_amount(world: MoneyWorld) -> None:
    made = bill_and_pay(world)
    due = made.gross.minor
    for wanted, count in (
        (DocumentSearch("inv-2026"), 1),
        (DocumentSearch("ADA"), 1),
        (DocumentSearch("a%a"), 0),
        (DocumentSearch(since=END, until=END), 0),
        (DocumentSearch(since=NOON, least_minor=due, most_minor=due), 1),
        (DocumentSearch(least_minor=due + 1), 0),
    ):
        with world.transactions.begin() as store:
            assert len(store.documents.search(OPERATOR, wanted)) == count, wanted


def two_rates(included: bool = False):  # type: ignore[no-untyped-def]
    mixed = [
        {"type": "FLAT", "price": 0.5, "vat": 7, "step_size": 1},
        {"type": "ENERGY", "price": 0.4, "vat": 19, "step_size": 1},
        {"type": "PARKING_TIME", "price": 6, "vat": 19, "step_size": 60},
    ]
    return tariff(elements=[{"price_components": mixed}], tax_included="YES" if included else "NO")


@given(st.integers(1, 700), st.booleans())
def test_any_amount_of_any_bill_is_a_document_whose_parts_add_up(minor: int, included: bool) -> None:
    """Two rates of tax, prices with and without it."""
    made = invoice(two_rates(included), (C, 60, 10_000), (P, 30, 0))
    note = credit_amount(made, (), min(Money(minor, "EUR"), made.due), "x")
    assert note.gross == min(Money(minor, "EUR"), made.due) and sum(line.net.minor for line in note.lines) == note.net.minor
    parts = [credit_lines(made, (), (place,), "x") for place in range(len(made.content.lines))]
    assert abs(sum(part.gross.minor for part in parts) - made.gross.minor) <= len(parts)
    assert credit_lines(made, (), range(len(made.content.lines)), "x").gross == made.gross == left_to_credit(made, ())
    assert all(tax.vat_percent in (Decimal(7), Decimal(19)) for part in parts for tax in part.taxes)


@given(st.booleans(), st.lists(st.one_of(st.integers(1, 700), st.sets(st.integers(0, 2), min_size=1)), max_size=5))
def test_credit_notes_over_all_of_an_invoice_take_back_each_rates_net_and_tax_to_the_cent(
    included: bool, steps: list[int | set[int]]
) -> None:
    """By lines and by amounts in any order: of no rate more goes back than was billed at it, at no time."""
    made, notes = invoice(two_rates(included), (C, 60, 10_000), (P, 30, 0)), []
    for step in (*steps, made.due.minor):
        left = left_to_credit(made, notes)
        try:
            part = (
                credit_amount(made, notes, min(Money(step, "EUR"), left), "x")
                if isinstance(step, int)
                else credit_lines(made, notes, sorted(step), "x")
            )
        except (BadInput, Conflict):
            continue
        notes.append(issue(part, DocumentId(uuid5(made.id, str(len(notes)))), len(notes) + 1, END))
        for billed in made.content.taxes:
            back = [tax for note in notes for tax in note.content.taxes if tax.vat_percent == billed.vat_percent]
            assert sum(tax.net.minor for tax in back) <= billed.net.minor and sum(tax.tax.minor for tax in back) <= billed.tax.minor
            assert all(tax.net.minor >= 0 and tax.tax.minor >= 0 for tax in back)
    assert left_to_credit(made, notes) == Money.zero("EUR")
    assert sum(note.net.minor for note in notes) == made.net.minor and sum(note.tax.minor for note in notes) == made.tax.minor


def test_what_was_credited_by_its_line_gives_nothing_more() -> None:
    made = invoice(two_rates(), (C, 60, 10_000), (P, 30, 0))
    first = issue(credit_lines(made, (), (1,), "x"), DocumentId(uuid5(made.id, "1")), 1, END)
    rest = credit_amount(made, (first,), left_to_credit(made, (first,)), "x")
    assert {line.what for line in rest.lines} == {line.what for line in made.content.lines} - {made.content.lines[1].what}
    with pytest.raises(Conflict) as refusal:
        most = issue(credit_amount(made, (), made.due - Money(1, "EUR"), "x"), DocumentId(uuid5(made.id, "2")), 1, END)
        credit_lines(made, (most,), (1,), "x")
    assert refusal.value.code == "line_credited"
    assert (
        f"of {made.number} there is left {left_of_lines(made, [most])[1]} of the {made.content.lines[1].net} of line 2."
        in refusal.value.text
    )


@given(st.booleans(), st.lists(st.one_of(st.integers(1, 700), st.sets(st.integers(0, 2), min_size=1)), max_size=6))
def test_of_no_line_more_is_credited_than_was_billed_however_it_is_asked(included: bool, steps: list[int | set[int]]) -> None:
    """By lines and by amounts in any order, as forms out of date may ask. The referee adds up what notes say of each kind of line."""
    made, notes = invoice(two_rates(included), (C, 60, 10_000), (P, 30, 0)), []
    for step in steps:
        asked = Money(step, "EUR") if isinstance(step, int) else sorted(step)
        with suppress(BadInput, Conflict):
            draft = credit_amount(made, notes, asked, "x") if isinstance(asked, Money) else credit_lines(made, notes, asked, "x")
            notes.append(issue(draft, DocumentId(uuid5(made.id, str(len(notes)))), len(notes) + 1, END))
        rests, shown = left_of_lines(made, notes), "amount" if included else "net"
        for rest, line in zip(rests, made.content.lines, strict=True):
            for name in {"net", shown}:
                back = sum(getattr(one, name).minor for note in notes for one in note.content.lines if one.what is line.what)
                assert 0 <= back <= getattr(line, name).minor
                assert name != shown or rest.minor == line.amount.minor - back


def test_of_two_lines_at_one_rate_the_one_that_was_credited_in_part_is_not_credited_whole() -> None:
    """What is left of the rate would cover it, at the other line's cost."""
    made = invoice(two_rates(), (C, 60, 10_000), (P, 30, 0))
    part = issue(credit_amount(made, (), Money(100, "EUR"), "x"), DocumentId(uuid5(made.id, "1")), 1, END)
    with pytest.raises(Conflict) as refusal:
        credit_lines(made, (part,), (2,), "x")
    assert refusal.value.code == "line_credited" and f"{left_of_lines(made, [part])[2]} of the" in refusal.value.text


def test_lines_that_were_credited_have_nothing_left() -> None:
    made = invoice(two_rates(), (C, 60, 10_000), (P, 30, 0))
    note = issue(credit_lines(made, (), (1, 2), "x"), DocumentId(uuid5(made.id, "1")), 1, END)
    assert left_of_lines(made, [note]) == (made.content.lines[0].amount, Money.zero("EUR"), Money.zero("EUR"))
