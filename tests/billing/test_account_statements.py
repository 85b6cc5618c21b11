"""Monthly statements: one amount over many documents, as their drivers owe them, itemised."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from forecourt.billing import AccountStatement, Invoice, Numbering, account_statement, credit, debt_takeover, discounted, issue, with_cards
from forecourt.kernel import BadInput, DocumentId, DriverId, Money, Span
from forecourt.ledger import receivable
from forecourt.offers import Discount, EntitlementKind, Funder, FunderKind
from money_world import ACCOUNT_DRIVER, NOON, PARTIES, C, draft, invoice, two_rates

JUNE, DUE = Span(NOON, NOON + timedelta(days=30)), NOON + timedelta(days=30)
US, CAFE = Funder(FunderKind.OPERATOR, "the operator"), Funder(FunderKind.PARTNER, "Café", "cafe")


def back(made: Invoice) -> Invoice:
    return issue(credit(made, "wrong"), DocumentId(UUID(int=made.id.int + 9000)), made.sequence, NOON + timedelta(days=3))


def stated(*documents: Invoice) -> AccountStatement:
    return account_statement(PARTIES, ACCOUNT_DRIVER, JUNE, "Europe/Berlin", documents, Numbering(DocumentId(UUID(int=9)), 2026, 4, DUE))


def test_a_credit_note_is_a_negative_line_without_energy_and_lines_are_sorted_by_age() -> None:
    first, second = invoice(number=1), invoice(None, (C, 60, 5000), number=2)
    statement = stated(second, back(first), first)
    assert [(line.amount.minor, line.energy_wh, line.started_at) for line in statement.lines] == [
        (893, 10_000, NOON),
        (298, 5000, NOON),  # 0.50 + 5 x 0.40, and 19 %
        (-893, 0, None),
    ]
    assert (statement.due.minor, statement.number, statement.sums) == (298, "ACC-2026-000004", ())
    assert [line.card for line in with_cards(statement, {first.id: "… 1234"}).lines] == ["… 1234", "", ""]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"due": Money(894, "EUR")}, "statement_total"),
        ({"lines": ()}, "statement_empty"),
        ({"sequence": 5}, "statement_number"),
        ({"lines": stated(invoice()).lines * 2, "due": Money(1786, "EUR")}, "statement_twice"),
    ],
)
def test_a_statement_that_does_not_add_up_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(BadInput) as refused:
        replace(stated(invoice()), **changes)
    assert refused.value.code == code
    with pytest.raises(BadInput, match="something to pay"):
        stated(invoice(), back(invoice()))


def off(minor: int, funder: Funder, because: str) -> Discount:
    return Discount("a", EntitlementKind.COUPON, "Welcome", funder, Decimal(19), Money(-minor, "EUR"), because)


def test_discounts_are_itemised_and_credited_with_their_document() -> None:
    cut = discounted(draft(), [off(119, US, "2.5 kWh free, borne by the operator"), off(214, CAFE, "10 % off, borne by Café")])
    made, other = issue(cut, DocumentId(UUID(int=500)), 1, NOON), invoice(number=2)
    statement = stated(made, other)
    assert [(part.what, part.title, part.amount.minor) for part in statement.lines[0].parts] == [
        ("PRICE", "", 893),
        ("DISCOUNT", "Welcome", -119),
        ("BY_PARTNER", "Café", -214),
    ]
    assert [(what, amount.minor) for what, amount in statement.sums] == [("DISCOUNT", -119), ("BY_PARTNER", -214)]
    assert statement.free_kwh == Decimal("2.5") and statement.due.minor == 893 - 119 - 214 + 893
    undone = stated(made, back(made), other)
    assert (undone.sums, undone.free_kwh, undone.due) == ((), 0, other.due)
    with pytest.raises(BadInput):
        replace(statement.lines[0], amount=Money(561, "EUR"))


@given(st.integers(1, 400))
def test_with_prices_including_tax_a_discount_part_equals_that_of_the_document(minor: int) -> None:
    made = issue(discounted(draft(two_rates(True)), [off(minor, US, "some off")]), DocumentId(UUID(int=500)), 1, NOON)
    price, taken_off = stated(made).lines[0].parts
    assert (taken_off.amount, price.amount - made.due) == (Money(-minor, "EUR"), Money(minor, "EUR"))
    assert taken_off.amount == made.content.lines[-1].amount


@example(12_750, [500])
@given(st.integers(12_000, 60_000), st.lists(st.integers(1, 200), min_size=1, max_size=3))
def test_with_prices_excluding_tax_discount_parts_equal_the_reduction_to_the_cent(energy_wh: int, minors: list[int]) -> None:
    """A discount of 5.00 is 4.21 without tax, which is 5.01 with tax again. Several discounts share the reduction of the total."""
    made = issue(discounted(draft(None, (C, 60, energy_wh)), [off(one, US, "off") for one in minors]), DocumentId(UUID(int=500)), 1, NOON)
    price, *told = stated(made, invoice(number=2)).lines[0].parts
    assert sum(part.amount.minor for part in told) == -sum(minors) and price.amount == made.due + Money(sum(minors), "EUR")
    assert all(abs(part.amount.minor + minor) <= (1 if len(minors) > 1 else 0) for part, minor in zip(told, minors, strict=True))


def test_discounts_are_itemised_for_a_tax_rate_whose_lines_sum_to_zero() -> None:
    """A supplementary invoice has no such rate among its taxes."""
    whole = discounted(draft(), [off(100, US, "off")])
    line, taken_off = whole.lines[0], whole.lines[-1]
    one = replace(taken_off.amount, minor=100)
    both = (replace(line, amount=one, net=one, vat_percent=Decimal(7)), replace(taken_off, amount=-one, net=-one, vat_percent=Decimal(7)))
    made = issue(replace(whole, lines=(*whole.lines, *both)), DocumentId(UUID(int=500)), 1, NOON)
    assert [part.amount.minor for part in stated(made).lines[0].parts] == [made.due.minor + 200, -100, -100]


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 30_000), st.booleans()), min_size=1, max_size=6))
def test_what_the_drivers_of_a_fleet_owe_becomes_the_payers_debt_to_the_cent(charges: list[tuple[int, int, bool]]) -> None:
    """Driver 4 is the payer; some of the charges are credited again."""
    documents, owed = [invoice(None, (C, 60, 1000), number=99)], {4: invoice(None, (C, 60, 1000)).due.minor}
    documents[0] = replace(documents[0], content=replace(documents[0].content, driver_id=ACCOUNT_DRIVER))
    for number, (driver, wh, credited) in enumerate(charges, 1):
        made = invoice(None, (C, 60, wh), number=number)
        made = replace(made, content=replace(made.content, driver_id=DriverId(UUID(int=driver))))
        documents += [made, back(made)] if credited else [made]
        owed[driver] = owed.get(driver, 0) + (0 if credited else made.due.minor)
    statement = stated(*documents)
    assert statement.due.minor == sum(owed.values())
    books = {receivable(DriverId(UUID(int=driver))): minor for driver, minor in owed.items()}
    txn = debt_takeover(statement)
    for entry in txn.entries if txn else ():
        books[entry.account] += entry.minor
    assert {account: minor for account, minor in books.items() if minor} == {receivable(ACCOUNT_DRIVER): statement.due.minor}
