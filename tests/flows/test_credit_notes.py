"""An operator credits an invoice, whole or in part: credit note, ledger and refund agree, and of two at once one is made."""

from dataclasses import replace

import pytest

from forecourt.flows.billing import CreditRequest, issue_credit_note
from forecourt.flows.desk import Staff
from forecourt.flows.ports import DocumentSearch, Transactions
from forecourt.kernel import BadInput, Conflict, DocumentId, Money, NotFound
from forecourt.ledger import CLEARING, receivable
from money_world import ACCOUNT_DRIVER, CARD_DRIVER, NOON, OPERATOR, MoneyWorld
from stores import both_stores

from .test_money import END, bill_and_pay, held


@pytest.fixture
def world(any_transactions: Transactions) -> MoneyWorld:
    return MoneyWorld(any_transactions).build()


def asks(world: MoneyWorld, made, reason: str = "broken display", seen: int = 0, **what: object):  # type: ignore[no-untyped-def]
    with world.transactions.begin() as store:
        return issue_credit_note(store, Staff(OPERATOR, "ops", END, world.ids), CreditRequest(made.id, seen, reason, **what))  # type: ignore[arg-type]


def books(world: MoneyWorld, driver: object = CARD_DRIVER) -> tuple[int, int]:
    """What the driver owes, and what the processor owes us."""
    with world.transactions.begin() as store:
        assert world.sum_is_zero(store)
        return tuple(store.ledger.balance(OPERATOR, account, "EUR") for account in (receivable(driver), CLEARING))  # type: ignore


def test_a_fully_credited_invoice_is_refunded_to_the_card(world: MoneyWorld) -> None:
    held(world)
    made = bill_and_pay(world)
    done = asks(world, made)
    world.deliver(END)
    assert done.note.due == done.refunded == made.due and books(world) == (0, 0)


def test_a_credited_amount_includes_its_tax_and_exactly_that_is_refunded(world: MoneyWorld) -> None:
    held(world)
    made = bill_and_pay(world)
    done = asks(world, made, amount=Money(101, "EUR"))
    world.deliver(END)
    assert done.note.gross == Money(101, "EUR") and done.note.content.reason == "broken display"
    assert books(world) == (0, made.due.minor - 101)
    rest = asks(world, made, seen=1)
    world.deliver(END)
    assert rest.note.due == made.due - Money(101, "EUR") and books(world) == (0, 0)


def test_an_invoice_line_can_be_credited_only_once(world: MoneyWorld) -> None:
    held(world)
    made = bill_and_pay(world)
    done = asks(world, made, lines=(1,))
    world.deliver(END)
    assert done.note.content.lines == (replace(made.content.lines[1], credited_line=1),)
    with pytest.raises(Conflict) as refusal:
        asks(world, made, seen=1, lines=(0, 1))
    assert refusal.value.code == "line_credited"


def test_of_two_staff_who_credit_an_invoice_at_once_the_second_is_refused(world: MoneyWorld) -> None:
    held(world)
    made = bill_and_pay(world)
    asks(world, made, amount=Money(100, "EUR"))
    with pytest.raises(Conflict) as refusal:
        asks(world, made, amount=Money(100, "EUR"))
    assert refusal.value.code == "credited_meanwhile"
    with pytest.raises(Conflict) as refusal:  # and one who looked again, while the money is on its way
        asks(world, made, seen=1, amount=Money(100, "EUR"))
    assert refusal.value.code == "being_refunded"


def test_a_refund_never_exceeds_what_was_paid(world: MoneyWorld) -> None:
    held(world)
    made = bill_and_pay(world)
    with pytest.raises(BadInput) as refusal:
        asks(world, made, amount=made.due + Money(1, "EUR"))
    assert refusal.value.code == "credit_above_left"
    assert books(world) == (0, made.due.minor)


def test_an_unpaid_invoice_can_be_credited_as_a_whole_and_not_in_part(world: MoneyWorld) -> None:
    made = bill_and_pay(world, driver=ACCOUNT_DRIVER)
    with pytest.raises(BadInput) as refusal:
        asks(world, made, amount=Money(100, "EUR"))
    assert refusal.value.code == "refund_above_paid"
    assert asks(world, made).refunded == Money.zero("EUR") and books(world, ACCOUNT_DRIVER) == (0, 0)


def test_a_credit_note_without_a_reason_or_for_another_operators_invoice_is_refused(world: MoneyWorld) -> None:
    held(world)
    made = bill_and_pay(world)
    with pytest.raises(BadInput):
        asks(world, made, reason="  ", amount=Money(100, "EUR"))
    with world.transactions.begin() as store, pytest.raises(NotFound):
        issue_credit_note(store, Staff(DocumentId(made.id), "ops", END, world.ids), CreditRequest(made.id, 0, "x"))  # type: ignore[arg-type]


def test_the_audit_log_records_who_credited_what_and_why(world: MoneyWorld) -> None:
    held(world)
    made = bill_and_pay(world)
    done = asks(world, made, amount=Money(250, "EUR"))
    with world.transactions.begin() as store:
        entry = next(one for one in store.audit.recent() if one.action == "document.credit")
    assert entry.actor == "ops" and done.note.number in entry.detail and "broken display" in entry.detail


def test_a_guests_document_has_no_name_and_is_found_by_searching_for_guests(world: MoneyWorld) -> None:
    with world.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(CARD_DRIVER), guest=True))
    made = bill_and_pay(world)
    with world.transactions.begin() as store:
        assert made.content.parties.buyer.name == "" and store.documents.search(OPERATOR, DocumentSearch("GUEST")) == [made]


@both_stores
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
