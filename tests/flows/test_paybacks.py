"""Refunds by transfer: owed until staff mark them as paid, once, and never promised by two credit notes."""

from datetime import date, timedelta

import pytest

from forecourt.billing import Invoice
from forecourt.flows.billing import Credited, CreditRequest, issue_credit_note
from forecourt.flows.desk import Staff
from forecourt.flows.paying import mark_paid_back, mark_payback_returned, record_transfer
from forecourt.flows.paying.pay import store_transition
from forecourt.flows.ports import Transactions
from forecourt.flows.privacy import erasure_obstacles
from forecourt.kernel import BadInput, Conflict, Money, NotFound, OperatorId, PaymentId
from forecourt.ledger import BANK, receivable
from forecourt.payments import Payer, begin_charge
from money_world import ACCOUNT_DRIVER, NOON, OPERATOR, C, MoneyWorld
from stores import both_stores

from .test_money_races import all_at_once

END = NOON + timedelta(hours=2)
TODAY, SOON = date(2026, 6, 1), END + timedelta(days=3)


@pytest.fixture
def world(any_transactions: Transactions) -> MoneyWorld:
    return MoneyWorld(any_transactions).build()


def by(world: MoneyWorld, at=END) -> Staff:  # type: ignore[no-untyped-def]
    return Staff(OPERATOR, "ops", at, world.ids)


def transferred(world: MoneyWorld) -> Invoice:
    made = world.billed(world.ended((C, 60, 10_000), driver=ACCOUNT_DRIVER), END)
    assert made is not None
    with world.transactions.begin() as store:
        record_transfer(store, by(world), made.id, "SEPA 4711")
    return made


def credited(world: MoneyWorld, made: Invoice, seen: int = 0, **what: object) -> Credited:
    with world.transactions.begin() as store:
        return issue_credit_note(store, by(world), CreditRequest(made.id, seen, "broken display", **what))  # type: ignore[arg-type]


def books(world: MoneyWorld) -> tuple[int, int]:
    """What the driver owes us, and what is at the bank."""
    with world.transactions.begin() as store:
        assert world.sum_is_zero(store)
        return tuple(store.ledger.balance(OPERATOR, one, "EUR") for one in (receivable(ACCOUNT_DRIVER), BANK))  # type: ignore[return-value]


def test_a_refund_by_transfer_is_owed_until_marked_paid_and_then_posted_to_the_bank(world: MoneyWorld) -> None:
    made = transferred(world)
    done = credited(world, made)
    assert done.by_hand == made.due and books(world) == (-made.due.minor, made.due.minor)
    with world.transactions.begin() as store:
        (owed,) = store.paybacks.page(OPERATOR).rows
        assert (owed.amount, owed.number, owed.open) == (made.due, done.note.number, True)
        mark_paid_back(store, by(world, SOON), owed.id, TODAY + timedelta(days=2), "SEPA 99")
    assert books(world) == (0, 0)
    with world.transactions.begin() as store:
        (paid,) = store.paybacks.of_note(done.note.id)
        assert (paid.paid_on, paid.reference) == (TODAY + timedelta(days=2), "SEPA 99")
        assert any(one.action == "payback.paid" and "SEPA 99" in one.detail for one in store.audit.recent())
        (booked,) = [one.txn for one in store.ledger.of_subject(done.note.id) if one.txn.key.startswith("payback/")]
        assert booked.at == SOON and "2026-06-03" in booked.text


def test_several_credit_notes_together_refund_no_more_than_was_transferred(world: MoneyWorld) -> None:
    made = transferred(world)
    first = credited(world, made, amount=Money(100, "EUR"))
    with world.transactions.begin() as store:
        mark_paid_back(store, by(world), store.paybacks.of_note(first.note.id)[0].id, TODAY, "SEPA 1")
    second = credited(world, made, 1, amount=Money(150, "EUR"))
    rest = credited(world, made, 2)
    assert [one.by_hand.minor for one in (first, second, rest)] == [100, 150, made.due.minor - 250]
    with world.transactions.begin() as store:
        assert sum(one.amount.minor for one in store.paybacks.page(OPERATOR).rows) == made.due.minor


def test_a_credit_note_refunds_the_transfer_first_and_the_next_one_the_card_payment(world: MoneyWorld) -> None:
    """3.00 were paid by card, the rest by transfer: the newest payment is refunded first, and never twice."""
    made = world.billed(world.ended((C, 60, 10_000), driver=ACCOUNT_DRIVER), END)
    assert made is not None
    with world.transactions.begin() as store:
        payer = Payer(OPERATOR, ACCOUNT_DRIVER, "pm_card")
        store_transition(store, begin_charge(payer, PaymentId(made.id), made.id, None, Money(300, "EUR"), END), END, world.ids)
    world.deliver(END)
    with world.transactions.begin() as store:
        there = record_transfer(store, by(world, END + timedelta(minutes=1)), made.id, "SEPA 4711").taken
    first = credited(world, made, amount=there)
    second = credited(world, made, 1)
    assert (first.by_hand, first.refunded.minor) == (there, 0)
    assert (second.by_hand.minor, second.refunded) == (0, Money(300, "EUR")) and there == made.due - Money(300, "EUR")


def test_a_refund_marked_paid_twice_without_a_reference_or_on_an_impossible_day_is_refused(world: MoneyWorld) -> None:
    done = credited(world, transferred(world))
    with world.transactions.begin() as store:
        owed = store.paybacks.of_note(done.note.id)[0]
        for day, reference in ((TODAY, " "), (TODAY + timedelta(days=1), "x"), (TODAY - timedelta(days=1), "x")):
            with pytest.raises(BadInput):
                mark_paid_back(store, by(world), owed.id, day, reference)
        stranger = Staff(OperatorId(done.note.id), "ops", END, world.ids)
        with pytest.raises(NotFound):
            mark_paid_back(store, stranger, owed.id, TODAY, "x")
        mark_paid_back(store, by(world), owed.id, TODAY, "x")
        with pytest.raises(Conflict):
            mark_paid_back(store, by(world), owed.id, TODAY, "x")
    assert books(world) == (0, 0)


def test_a_refund_is_owed_again_each_time_its_transfer_is_returned(world: MoneyWorld) -> None:
    made = transferred(world)
    done = credited(world, made)
    with world.transactions.begin() as store:
        owed = store.paybacks.of_note(done.note.id)[0]
    for number in (1, 2):
        with world.transactions.begin() as store:
            with pytest.raises(Conflict):  # while it is owed, nothing can come back
                mark_payback_returned(store, by(world), owed.id, "x")
            mark_paid_back(store, by(world), owed.id, TODAY, f"SEPA {number}")
        assert books(world) == (0, 0)
        with world.transactions.begin() as store:
            with pytest.raises(BadInput):
                mark_payback_returned(store, by(world), owed.id, " ")
            back = mark_payback_returned(store, by(world, SOON), owed.id, f"SEPA {number} R")
            assert (back.open, back.returns) == (True, number) and store.paybacks.waiting(OPERATOR) == [back]
        assert books(world) == (-made.due.minor, made.due.minor)
    with world.transactions.begin() as store:
        assert any(one.action == "payback.returned" and "SEPA 2, SEPA 2 R" in one.detail for one in store.audit.recent())


@both_stores
def test_a_driver_with_a_refund_outstanding_cannot_be_erased(world: MoneyWorld) -> None:
    made = transferred(world)
    credited(world, made)
    with world.transactions.begin() as store:
        assert any(str(made.due) in one.what and "refund you" in one.what for one in erasure_obstacles(store, ACCOUNT_DRIVER, SOON))


def test_a_refund_marked_paid_concurrently_is_posted_once(any_transactions: Transactions) -> None:
    world = MoneyWorld(any_transactions).build()
    done = credited(world, transferred(world))
    with world.transactions.begin() as store:
        owed = store.paybacks.of_note(done.note.id)[0]
    said: list[str] = []

    def say(name: str) -> None:
        with world.transactions.begin() as store:
            mark_paid_back(store, by(world), owed.id, TODAY, name)
        said.append(name)

    all_at_once([lambda name=f"SEPA {number}": say(name) for number in range(4)], seed=3)  # type: ignore[misc]
    assert len(said) == 1 and books(world) == (0, 0)
    with world.transactions.begin() as store:
        assert store.paybacks.of_note(done.note.id)[0].reference == said[0]
