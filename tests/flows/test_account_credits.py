"""Credit notes of drivers on account without later bills: they reduce the statement of their bill, and what was paid is refunded."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.billing import AccountStatement, Invoice, statement_total
from forecourt.flows.billing import CreditRequest, collectables, issue_account_statements, issue_credit_note
from forecourt.flows.paying import (
    apply_dispute,
    mark_paid_back,
    outstanding,
    pay_now,
    payment_progress_of,
    reclaim,
    reclaimable,
    record_transfer,
    unpaid,
    write_off,
)
from forecourt.flows.paying.dunning import take_dunning_step
from forecourt.flows.paying.payables import correctable_taxes
from forecourt.flows.paying.recovered_debts import amount_written_off
from forecourt.flows.ports import Transactions
from forecourt.kernel import Conflict, Money, Refused, Span
from forecourt.ledger import receivable, vat, verify_chain
from forecourt.payments import (
    WRITTEN_OFF,
    DisputeRecord,
    DisputeState,
    DunningLevel,
    DunningRules,
    PaymentStatus,
    Rejected,
    close_case,
    write_off_txn,
)
from forecourt.store.memory import MemoryTransactions
from money_world import ACCOUNT_DRIVER, NOON, OPERATOR, C, MoneyWorld, yes
from stores import both_stores

from .test_direct_debits import LATER, by, collecting, made, mandated, owed, stated
from .test_overpayments import DEBIT, Bank, filed, waiting, without_card

NEXT = NOON + timedelta(days=18)


def credited(world: MoneyWorld, statement: AccountStatement, line: int = 0, amount: Money | None = None, at: datetime = NEXT) -> Invoice:
    with world.transactions.begin() as store:
        asked = statement.lines[line].document_id
        seen = len(store.documents.credit_notes_of(asked))
        return issue_credit_note(store, by(world, at), CreditRequest(asked, seen, "wrong meter", amount=amount)).note


def month_ends(world: MoneyWorld, at: datetime = NEXT) -> tuple[AccountStatement, ...]:
    with world.transactions.begin() as store:
        until = at + timedelta(days=1)
        assert ACCOUNT_DRIVER in store.statements.awaiting_statement(OPERATOR, until, None, 9)
        return issue_account_statements(store, ACCOUNT_DRIVER, Span(NOON, until), until, world.ids)


@both_stores
def test_a_credit_left_after_the_next_bill_is_refunded_to_the_card_that_paid_the_statement(any_transactions: Transactions) -> None:
    world = collecting(MoneyWorld(any_transactions))
    statement = stated(world, 1, 2)
    world.deliver(NEXT, yes)
    notes = [credited(world, statement, line) for line in (0, 1)]
    assert month_ends(world) == ()
    world.deliver(NEXT + timedelta(days=2), yes)
    with world.transactions.begin() as store:
        (payment,) = store.payments.of_document(statement.id)
        assert payment.returned == statement.due == notes[0].due + notes[1].due and not store.paybacks.waiting(OPERATOR)
        assert [one.note for one in store.statements.applied_credits(statement)] == notes and not store.statements.awaiting_statement(
            OPERATOR, NEXT + timedelta(days=9), None, 9
        )
        assert world.sum_is_zero(store) and verify_chain(store.ledger.chain(OPERATOR)) > 0
    assert owed(world) == 0


@pytest.mark.parametrize("by_debit", [True, False])
def test_a_credit_on_a_statement_paid_by_transfer_or_direct_debit_waits_for_a_refund_transfer(by_debit: bool) -> None:
    world = without_card(collecting(MoneyWorld(MemoryTransactions())))
    bank, statement = Bank(world), stated(world, 1, 2)
    if by_debit:
        mandated(world)
    with world.transactions.begin() as store:
        record_transfer(store, by(world), statement.id, "ours")
    note = credited(world, statement)
    assert month_ends(world) == ()
    (back,) = waiting(world)
    assert (back.amount, back.number, owed(world)) == (note.due, statement.number, -note.due.minor)
    assert bank(-back.amount.minor, f"{back.number} back") == [] and owed(world) == 0


def test_a_refund_that_the_card_rejects_waits_for_a_refund_transfer() -> None:
    world = collecting(MoneyWorld(MemoryTransactions()))
    statement = stated(world)
    world.deliver(NEXT, yes)
    note = credited(world, statement)
    month_ends(world)
    world.deliver(NEXT + timedelta(days=2), lambda *_: Rejected("card_closed"))
    (back,) = waiting(world)
    assert back.amount == note.due and owed(world) == -note.due.minor


def test_a_credit_lowers_the_amount_due_of_an_unpaid_statement_everywhere() -> None:
    world = without_card(collecting(MoneyWorld(MemoryTransactions())))
    mandated(world)
    statement = stated(world, 1, 2)
    late = statement.issued_at + timedelta(days=16)
    note = credited(world, statement, amount=Money(500, "EUR"))
    assert month_ends(world) == ()
    rest = statement.due - note.due
    with world.transactions.begin() as store:
        assert outstanding(store, statement) == rest == payment_progress_of(store, statement).left
        assert [one.amount for one in collectables(store, OPERATOR, late)] == [rest]
    assert owed(world) == rest.minor and waiting(world) == []


@pytest.mark.parametrize("whole", [True, False])
def test_a_credit_lowers_an_open_dunning_case_and_closes_it_when_nothing_is_owed(whole: bool) -> None:
    world = without_card(collecting(MoneyWorld(MemoryTransactions())))
    statement = stated(world)
    with world.transactions.begin() as store:
        take_dunning_step(store, statement.id, NOON + timedelta(days=16), world.ids)
    note = credited(world, statement, amount=None if whole else Money(100, "EUR"))
    month_ends(world)
    with world.transactions.begin() as store:
        case = store.dunning.case(statement.id)
        assert case and case.owed == (Money.zero("EUR") if whole else statement.due - note.due) and case.open is not whole
        status = payment_progress_of(store, statement).status
        assert status is (PaymentStatus.NOTHING if whole else PaymentStatus.STATED_TRANSFER)


@both_stores
def test_reminder_fees_of_a_fully_credited_statement_are_not_collected(any_transactions: Transactions) -> None:
    world = without_card(collecting(MoneyWorld(any_transactions)))
    statement, later = stated(world), NOON + timedelta(days=24)
    with world.transactions.begin() as store:
        store.dunning.put_rules(OPERATOR, DunningRules((DunningLevel(0), DunningLevel(3, Money(500, "EUR"))), blocks_from=1))
        for days in (16, 19):
            take_dunning_step(store, statement.id, NOON + timedelta(days=days), world.ids)
        assert outstanding(store, statement) == statement.due + Money(500, "EUR")
    credited(world, statement, at=later)
    month_ends(world, later)
    mandated(world)
    with world.transactions.begin() as store:
        assert outstanding(store, statement) == unpaid(store, statement) == Money.zero("EUR")
        assert collectables(store, OPERATOR, later) == [] == store.direct_debits.open_statements(OPERATOR, 9)
        with pytest.raises(Conflict, match="is paid"):
            pay_now(store, ACCOUNT_DRIVER, statement.id, later, world.ids)
    assert owed(world) == 0


def test_an_amount_refunded_twice_is_still_owed_by_the_payer_after_the_statement_is_credited() -> None:
    """Of 10.72 collected, 5.36 were refunded by transfer; then the bank returned the whole debit."""
    world = without_card(collecting(MoneyWorld(MemoryTransactions())))
    mandated(world)
    bank, statement = Bank(world), stated(world, 1, 2)
    due = made(world, statement).amount.minor
    assert bank(due, DEBIT) == []
    note = credited(world, statement, 0)
    assert month_ends(world) == () and bank(-note.due.minor, f"{filed(world).number}-001") == bank(-due, DEBIT, back=True) == []
    at = datetime.combine(bank.day, LATER.timetz())
    with world.transactions.begin() as store:
        reclaim(store, by(world, at), statement.number, reclaimable(store, statement))
    credited(world, statement, 1, at=at)
    month_ends(world, at)
    with world.transactions.begin() as store:
        case = store.dunning.case(statement.id)
        assert case and case.open and case.owed == outstanding(store, statement) == note.due
    assert owed(world) == note.due.minor


@both_stores
def test_a_credit_above_its_statements_payment_is_refunded_from_the_statement_whose_credit_paid_it(any_transactions: Transactions) -> None:
    """A bill of 8 euro less an earlier credit of 5.36 was paid with 2.64: credited in full, it refunds 2.64 and the first one 5.36."""
    world = without_card(collecting(MoneyWorld(any_transactions)))
    mandated(world)
    first = stated(world)
    credited(world, first)
    bill = world.billed(world.ended((C, 60, 20_000), driver=ACCOUNT_DRIVER, number=9), NEXT)
    (second,) = month_ends(world)
    assert bill and second.due == bill.due - first.due
    with world.transactions.begin() as store:
        for one in (first, second):
            record_transfer(store, by(world, NEXT + timedelta(days=2)), one.id, "ours")
    place, later = [line.document_id for line in second.lines].index(bill.id), NEXT + timedelta(days=3)
    note = credited(world, second, place, at=later)
    assert month_ends(world, later) == ()
    with world.transactions.begin() as store:
        assert {one.number: one.amount for one in store.paybacks.waiting(OPERATOR)} == {first.number: first.due, second.number: second.due}
        assert store.statements.applied_credits(first) == [(note, first.due)] and store.statements.applied_credits(second) == [
            (note, second.due)
        ]
        assert not store.statements.credits(OPERATOR) and store.direct_debits.open_statements(OPERATOR, 9) == []
        assert store.dunning.due(OPERATOR, later + timedelta(days=60), 14, None, 9) == []
    assert owed(world) == -note.due.minor


def test_credits_pay_the_months_bill_first_and_as_little_as_possible_is_refunded() -> None:
    """Credits of 1, 3 and 5 euro and a bill of 5.36: the 5 are refunded, and 1.36 are due."""
    world = collecting(MoneyWorld(MemoryTransactions()))
    statement = stated(world, 1, 2, 3)
    world.deliver(NEXT, yes)
    for line, minor in enumerate((100, 300, 500)):
        credited(world, statement, line, Money(minor, "EUR"))
    bill = world.billed(world.ended((C, 60, 10_000), driver=ACCOUNT_DRIVER, number=9), NEXT)
    (made,) = month_ends(world)
    with world.transactions.begin() as store:
        (paid,) = store.payments.of_document(statement.id)
        assert bill and made.due == bill.due - Money(400, "EUR") and paid.returning == Money(500, "EUR")
    assert owed(world) == made.due.minor - 500


@pytest.mark.parametrize("older_program", [False, True])
def test_a_statement_write_off_excludes_credited_amounts_and_the_credit_pays_no_later_bill(
    older_program: bool,
) -> None:
    """older_program: it wrote off the whole statement and left the unpaid credit note to reduce the next one."""
    world = without_card(collecting(MoneyWorld(MemoryTransactions())))
    statement = stated(world, 1, 2)
    note = credited(world, statement)
    with world.transactions.begin() as store:
        case = take_dunning_step(store, statement.id, NOON + timedelta(days=16), world.ids)
        assert case is not None
        if older_program:
            store.ledger.post(write_off_txn(statement, correctable_taxes(store, statement), statement.due, NEXT))
            store.dunning.put(close_case(case, WRITTEN_OFF, NEXT))
        else:
            assert write_off(store, by(world), statement.id, "gone") == statement.due - note.due
    bill = world.billed(world.ended((C, 60, 10_000), driver=ACCOUNT_DRIVER, number=9), NEXT)
    (made,) = month_ends(world)
    with world.transactions.begin() as store:
        assert bill and made.due == bill.due and store.statements.applied_credits(statement) == [(note, note.due)]
        assert amount_written_off(store, statement) == statement.due - note.due
        assert store.ledger.balance(OPERATOR, vat(Decimal(19)), "EUR") == -bill.content.tax.minor, "of all else it is owed no longer"
    assert owed(world) == bill.due.minor


@pytest.mark.parametrize("lost_minor", [None, 600, 900])
def test_an_amount_lost_in_a_dispute_of_a_statement_is_not_refunded_again_as_a_credit(lost_minor: int | None) -> None:
    """Of 10.72 all, 6 or 9 are lost in a dispute: of an earlier credit of 5.36 nothing, 4.72 or 1.72 is left to refund."""
    world = collecting(MoneyWorld(MemoryTransactions()))
    statement = stated(world, 1, 2)
    world.deliver(NEXT, yes)
    note, at = credited(world, statement), NEXT + timedelta(hours=1)
    lost_of_it = statement.due if lost_minor is None else Money(lost_minor, "EUR")
    with world.transactions.begin() as store:
        (paid,) = store.payments.of_document(statement.id)
        told = DisputeRecord("dp_1", DisputeState.LOST, lost_of_it, Money.zero("EUR"), "fraudulent", at, at, at)
        apply_dispute(store, paid, told, at, world.ids)
    bill = world.billed(world.ended((C, 60, 10_000), driver=ACCOUNT_DRIVER, number=9), NEXT)
    (made,) = month_ends(world)
    back = min(note.due, statement.due - lost_of_it)
    with world.transactions.begin() as store:
        (paid,) = store.payments.of_document(statement.id)
        assert bill and made.due == bill.due and paid.returning == back and not store.paybacks.waiting(OPERATOR)
    assert owed(world) == bill.due.minor - back.minor, "what is on its way back, and the new bill"


@settings(max_examples=12, deadline=None)
@given(st.lists(st.sampled_from(["bill", "credit", "month", "pay", "refuse", "remind", "transfer", "give back", "give up"]), max_size=10))
def test_in_any_order_of_events_a_payer_owes_unpaid_statements_less_their_credits(steps: list[str]) -> None:
    """The referee: the book's receivable is what statements lack and bills that wait come to, less what is on its way back or waits; a case
    is open exactly while something is lacking; and once months have ended nothing of a credit waits where nobody disputes it."""
    world = collecting(MoneyWorld(MemoryTransactions()))
    statements, at = [stated(world, 1, 2)], NEXT
    with world.transactions.begin() as store:
        store.dunning.put_rules(OPERATOR, DunningRules((DunningLevel(0), DunningLevel(1, Money(500, "EUR"))), blocks_from=2))
    for count, one in enumerate([*steps, "pay", "month", "pay", "month"]):
        at += timedelta(days=1)
        if one == "bill":
            world.billed(world.ended((C, 60, 4_000), driver=ACCOUNT_DRIVER, number=20 + count), at)
        elif one == "credit":
            with suppress(Refused):  # nothing is left of it
                credited(world, statements[count % len(statements)], amount=Money(100 + 50 * count, "EUR"), at=at)
        elif one == "month":
            with world.transactions.begin() as store:
                statements += issue_account_statements(store, ACCOUNT_DRIVER, Span(NOON, at), at, world.ids)
        elif one in ("pay", "refuse"):
            world.deliver(at, yes if one == "pay" else lambda *_: Rejected("insufficient_funds"))
        elif one == "transfer":
            with world.transactions.begin() as store, suppress(Conflict):  # it is paid, or its card is asked
                record_transfer(store, by(world, at), statements[-1].id, "ours")
        elif one == "remind":
            with world.transactions.begin() as store:
                take_dunning_step(store, statements[0].id, at, world.ids)
        elif one == "give up":
            with suppress(Conflict), world.transactions.begin() as store:  # no card of it was refused
                write_off(store, by(world, at), statements[-1].id, "gone")
        elif one == "give back":
            with world.transactions.begin() as store:
                for back in store.paybacks.waiting(OPERATOR)[:1]:
                    mark_paid_back(store, by(world, at), back.id, at.date(), "bank")
        _adds_up(world, statements)
    with world.transactions.begin() as store:
        left = store.statements.documents_of(ACCOUNT_DRIVER, at + timedelta(days=1))
        assert not left or statement_total(left).minor >= 0


def _adds_up(world: MoneyWorld, statements: list[AccountStatement]) -> None:
    with world.transactions.begin() as store:
        zero, ever = Money.zero("EUR"), datetime(2030, 1, 1, tzinfo=UTC)
        lack = sum((max(zero, unpaid(store, one) - amount_written_off(store, one)) for one in statements), zero)
        waits = store.statements.documents_of(ACCOUNT_DRIVER, ever)
        back = sum((paid.returning for one in statements for paid in store.payments.of_document(one.id)), zero)
        to_go = sum((one.amount for one in store.paybacks.waiting(OPERATOR)), zero)
        owes = store.ledger.balance(OPERATOR, receivable(ACCOUNT_DRIVER), "EUR")
        assert owes == (lack + (statement_total(waits) if waits else zero) - back - to_go).minor and world.sum_is_zero(store)
        for one in statements:
            case, missing = store.dunning.case(one.id), outstanding(store, one)
            if case and case.outcome != WRITTEN_OFF and not any(paid.pending_amount for paid in store.payments.of_document(one.id)):
                assert case.open is (missing.minor > 0) and case.owed == max(missing, zero)
