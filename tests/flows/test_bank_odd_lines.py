"""Bank lines that only look like a payment, and files of several accounts: nothing is matched in part or twice."""

import pytest

from camt_file import IBAN, Line, camt
from forecourt.flows.billing import CreditRequest, import_bank_statements, issue_credit_note
from forecourt.flows.desk import Staff
from forecourt.flows.paying import collect_payment, outstanding
from forecourt.flows.ports import Transactions
from forecourt.kernel import Conflict
from forecourt.payments import Payback
from forecourt.settlement import parse_camt
from money_world import CARD_DRIVER, NOON, OPERATOR, C, MoneyWorld
from stores import both_stores

from .test_bank_import import DAY, at_bank, by, invoiced, sent, waiting
from .test_month_closing import in_berlin

OTHER = "FR1420041010050500013M02606"


@pytest.fixture
def world(any_transactions: Transactions) -> MoneyWorld:
    return in_berlin(MoneyWorld(any_transactions))


def paid_and_credited(world: MoneyWorld) -> Payback:
    made = invoiced(world, 1)
    sent(world, Line(DAY, made.due.minor, made.number, "in"))
    with world.transactions.begin() as store:
        note = issue_credit_note(store, Staff(OPERATOR, "ops", NOON, world.ids), CreditRequest(made.id, 0, "broken display")).note
        return store.paybacks.of_note(note.id)[0]


def now(world: MoneyWorld, payback: Payback) -> Payback:
    with world.transactions.begin() as store:
        return store.paybacks.of_note(payback.note_id)[0]


def test_a_transfer_for_two_bills_waits_as_a_whole_while_a_card_payment_of_one_is_pending(world: MoneyWorld) -> None:
    free, asked = invoiced(world, 1), world.billed(world.ended((C, 60, 10_000), driver=CARD_DRIVER, number=2), NOON)
    assert asked is not None
    with world.transactions.begin() as store:
        collect_payment(store, asked.id, NOON, world.ids)
    sent(world, Line(DAY, free.due.minor + asked.due.minor, f"{free.number} {asked.number}"))
    assert "credited or already being paid" in waiting(world)[0].note
    with world.transactions.begin() as store:
        assert outstanding(store, free) == free.due and at_bank(store) == 0


def test_a_returned_payment_that_names_a_bill_does_not_pay_it(world: MoneyWorld) -> None:
    made = invoiced(world, 1)
    sent(world, Line(DAY, made.due.minor, made.number, came_back=True))
    with world.transactions.begin() as store:
        assert outstanding(store, made) == made.due and at_bank(store) == 0
    assert len(waiting(world)) == 1


def test_a_transfer_recalled_by_the_payers_bank_is_not_taken_for_our_refund_transfer(world: MoneyWorld) -> None:
    payback = paid_and_credited(world)
    sent(world, Line(DAY, -payback.amount.minor, payback.number, "2", came_back=True), opening=payback.amount.minor)
    assert now(world, payback).open and len(waiting(world)) == 1


@pytest.mark.parametrize("off", [-1, 1])
def test_a_transfer_returned_with_another_amount_waits_for_manual_matching(world: MoneyWorld, off: int) -> None:
    payback = paid_and_credited(world)
    minor = payback.amount.minor
    sent(world, Line(DAY, -minor, payback.number, "2"), Line(DAY, minor + off, payback.number, "3", came_back=True), opening=minor)
    assert not now(world, payback).open and now(world, payback).returns == 0
    assert [one.line.amount.minor for one in waiting(world)] == [minor + off]


@both_stores
def test_a_file_with_several_accounts_and_currencies_is_imported_account_by_account(world: MoneyWorld) -> None:
    lines = [Line(DAY, 5_00, "Alike", "1")]
    first, other, dollars = camt(0, lines, DAY), camt(1_00, lines, DAY), camt(0, lines, DAY, currency="USD")
    end = first.index(b"</BkToCstmrStmt>")
    more = [one[one.index(b"<Stmt>") : one.index(b"</BkToCstmrStmt>")] for one in (other, dollars)]
    swapped = more[0].replace(IBAN.encode(), OTHER.encode()) + more[1].replace(IBAN.encode(), b"NL91ABNA0417164300")
    with world.transactions.begin() as store:
        assert import_bank_statements(store, by(world), parse_camt(first[:end] + swapped + first[end:])) == 3
        kept = {one.account: (one.closing.minor, one.closing.currency) for one in store.bank.accounts(OPERATOR)}
        assert kept == {IBAN: (5_00, "EUR"), OTHER: (6_00, "EUR"), "NL91ABNA0417164300": (5_00, "USD")}
        assert [store.bank.sum_minor(OPERATOR, one) for one in kept] == [5_00, 6_00, 5_00]
    with pytest.raises(Conflict, match="was in EUR"), world.transactions.begin() as store:
        import_bank_statements(store, by(world), parse_camt(dollars))
