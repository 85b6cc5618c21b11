"""A statement paid twice, by transfer and direct debit: the overpayment pays the next statement, or is transferred back."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camt_file import Line
from forecourt.billing import AccountStatement
from forecourt.flows.billing import (
    CreditRequest,
    TransferRequest,
    bank_moves,
    collectables,
    issue_account_statements,
    issue_credit_note,
    make_transfer_file,
    pay_with_line,
    pending_transfers,
)
from forecourt.flows.desk import Staff
from forecourt.flows.paying import apply_dispute, barred_reasons, mark_paid_back, outstanding, payment_progress_of, reclaim, reclaimable
from forecourt.flows.ports import Transactions
from forecourt.kernel import BadInput, Conflict, DriverId, Money, Span
from forecourt.ledger import WRITE_OFF, receivable
from forecourt.payments import DisputeRecord, DisputeState, Payback, PaymentStatus, Rejected
from forecourt.settlement import FindingState, Mismatch, TransferFile, finding_id
from forecourt.store import PostgresTransactions
from forecourt.store.memory import MemoryTransactions
from money_world import ACCOUNT_DRIVER, NOON, OPERATOR, POOR_DRIVER, C, MoneyWorld
from stores import both_stores

from .test_direct_debits import DAY, LATER, THEIRS, by, collecting, made, mandated, owed, stated, told
from .test_money_races import all_at_once

DEBIT, FILE = "COL-2026-000001-001", "PAY-2026-000001"


@pytest.fixture
def world() -> MoneyWorld:
    return without_card(collecting(MoneyWorld(MemoryTransactions())))


def without_card(world: MoneyWorld, method: str = "") -> MoneyWorld:
    with world.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(ACCOUNT_DRIVER), payment_method=method))
    return world


class Bank:
    """Lines one after another, a day apart, each on the account's sum so far."""

    def __init__(self, world: MoneyWorld) -> None:
        self._world, self._sum, self.day = world, 0, DAY

    def __call__(self, minor: int, text: str, back: bool = False) -> list[str]:
        self.day += timedelta(days=1)
        line = Line(self.day, minor, text, f"b{self.day}", came_back=back, reason="AM04")
        waits = told(self._world, line, opening=self._sum, day=self.day)
        self._sum += minor
        return waits


@pytest.fixture
def bank(world: MoneyWorld) -> Bank:
    return Bank(world)


def waiting(world: MoneyWorld) -> list[Payback]:
    with world.transactions.begin() as store:
        return list(store.paybacks.waiting(OPERATOR))


def next_month(world: MoneyWorld, bank: Bank, energy_wh: int, number: int = 9) -> AccountStatement:
    at = datetime.combine(bank.day, LATER.timetz()) + timedelta(hours=1)
    assert world.billed(world.ended((C, 60, energy_wh), driver=ACCOUNT_DRIVER, number=number), at)
    with world.transactions.begin() as store:
        (made_out,) = issue_account_statements(
            store, ACCOUNT_DRIVER, Span(NOON, at + timedelta(hours=1)), at + timedelta(hours=1), world.ids
        )
        return made_out


def filed(world: MoneyWorld) -> TransferFile:
    with world.transactions.begin() as store:
        dues = [due for due, file in pending_transfers(store, OPERATOR) if file is None]
        wish = TransferRequest(UUID(int=5), DAY, {one.about: one.fingerprint for one in dues}, {one.about: THEIRS for one in dues})
        return make_transfer_file(store, by(world, LATER + timedelta(days=1)), wish)


@both_stores
@pytest.mark.parametrize("transfer_first", [True, False])
def test_a_statement_paid_by_transfer_and_by_direct_debit_leaves_one_amount_to_be_refunded(
    any_transactions: Transactions, transfer_first: bool
) -> None:
    world = without_card(collecting(MoneyWorld(any_transactions)))
    bank = Bank(world)
    mandated(world)
    statement = stated(world)
    due = made(world, statement).amount
    lines = [statement.number, f"{DEBIT} {statement.number}"]
    for text in lines if transfer_first else reversed(lines):
        assert bank(due.minor, text) == []
        with world.transactions.begin() as store:
            assert payment_progress_of(store, statement).status is PaymentStatus.PAID
    (back,) = waiting(world)
    assert (back.amount, back.number, owed(world)) == (due, statement.number, -due.minor)
    with world.transactions.begin() as store:
        ((to_pay, _),) = pending_transfers(store, OPERATOR)
        assert (to_pay.name, to_pay.iban) == ("Ben", THEIRS if transfer_first else "") and bank_moves(store, OPERATOR, "EUR") == []


def test_an_overpayment_pays_the_next_statement_and_the_remainder_stays_refundable(world: MoneyWorld, bank: Bank) -> None:
    first = stated(world, 1, 2)
    for _ in range(2):
        assert bank(first.due.minor, first.number) == []
    second = next_month(world, bank, 10_000)
    (back,) = waiting(world)
    assert (back.number, back.amount) == (second.number, first.due - second.due) and owed(world) == -back.amount.minor
    with world.transactions.begin() as store:
        assert payment_progress_of(store, second).status is PaymentStatus.PAID and outstanding(store, first) == Money.zero("EUR")


@both_stores
def test_a_next_statement_above_the_overpayment_is_collected_for_the_difference_only(any_transactions: Transactions) -> None:
    world = without_card(collecting(MoneyWorld(any_transactions)))
    bank = Bank(world)
    mandated(world)
    first = stated(world)
    due = made(world, first).amount
    assert bank(due.minor, first.number) == bank(due.minor, DEBIT) == []
    second = next_month(world, bank, 30_000)
    with world.transactions.begin() as store:
        rest = second.due - due
        assert outstanding(store, second) == rest == payment_progress_of(store, second).left and store.paybacks.waiting(OPERATOR) == []
        late = second.issued_at + timedelta(days=15)
        assert [one.amount for one in collectables(store, OPERATOR, late)] == [rest]
        assert second.id in store.dunning.due(OPERATOR, late, 14, None, 9)
    assert bank(-due.minor, DEBIT, back=True) == [], "the debit that pays it comes back"
    with world.transactions.begin() as store:
        case = store.dunning.case(second.id)
        assert outstanding(store, second) == second.due and case and case.owed == second.due and store.dunning.case(first.id) is None
    assert owed(world) == second.due.minor


def test_an_overpayment_in_a_transfer_file_pays_no_statement_and_is_settled_by_the_bank_line(world: MoneyWorld, bank: Bank) -> None:
    first = stated(world)
    assert bank(first.due.minor, first.number) == bank(first.due.minor, first.number) == []
    file = filed(world)
    second = next_month(world, bank, 10_000)
    with world.transactions.begin() as store:
        assert outstanding(store, second) == second.due
    assert bank(-file.amount.minor, f"{file.number}-001") == [] and waiting(world) == [] and owed(world) == second.due.minor
    assert bank(file.amount.minor, f"{file.number}-001", back=True) == [] and len(waiting(world)) == 1


@pytest.mark.parametrize("sent", [True, False])
def test_a_returned_debit_bars_the_pending_refund_or_is_reported_if_the_refund_was_sent(world: MoneyWorld, bank: Bank, sent: bool) -> None:
    mandated(world)
    statement = stated(world)
    due = made(world, statement).amount.minor
    assert bank(due, statement.number) == bank(due, DEBIT) == []
    file = filed(world)
    if sent:
        assert bank(-due, f"{file.number}-001") == []
    assert bank(-due, DEBIT, back=True) == []
    with world.transactions.begin() as store:
        found = store.clearing.lock_finding(finding_id(f"{statement.id}/twice"))
        assert (found is not None) is sent and bool(barred_reasons(store, store.paybacks.waiting(OPERATOR))) is not sent
        assert found is None or (found.doubt.kind is Mismatch.TWICE and found.state is FindingState.OPEN)
        assert not store.payments.debt_status(ACCOUNT_DRIVER).blocked
    if sent:
        assert bank(due, f"{file.number}-001", back=True) == []
        with world.transactions.begin() as store:
            found = store.clearing.lock_finding(finding_id(f"{statement.id}/twice"))
            assert found and found.state is FindingState.GONE


@pytest.mark.parametrize("ends", ["pays", "comes back"])
def test_an_overpayment_refunded_before_its_debit_was_returned_can_be_reclaimed_by_staff(world: MoneyWorld, bank: Bank, ends: str) -> None:
    mandated(world)
    statement = stated(world)
    due = made(world, statement).amount.minor
    assert bank(due, statement.number) == bank(due, DEBIT) == []
    assert bank(-due, f"{filed(world).number}-001") == []
    assert bank(-due, DEBIT, back=True) == [] and owed(world) == due
    at = by(world, datetime.combine(bank.day, LATER.timetz()))
    with world.transactions.begin() as store:
        assert outstanding(store, statement) == Money.zero("EUR") and reclaimable(store, statement) == statement.due
        with pytest.raises(Conflict, match="reclaim"):
            reclaim(store, at, statement.number, Money(1, "EUR"))
        case = reclaim(store, at, statement.number, statement.due)
        found = store.clearing.lock_finding(finding_id(f"{statement.id}/twice"))
        assert found and found.state is FindingState.GONE and case.open and case.owed == outstanding(store, statement) == statement.due
        assert payment_progress_of(store, statement).left == statement.due
        (again,) = collectables(store, OPERATOR, at.at)
        assert again.amount == statement.due and again.due == at.at.date() + timedelta(days=14), "announced before it is collected again"
        with pytest.raises(Conflict, match="is nothing"):
            reclaim(store, at, statement.number, statement.due)
    assert bank(due, statement.number if ends == "pays" else f"{FILE}-001", back=ends == "comes back") == [] and owed(world) == 0
    with world.transactions.begin() as store:
        closed = store.dunning.case(statement.id)
        assert closed and not closed.open and outstanding(store, statement) == Money.zero("EUR") and store.paybacks.waiting(OPERATOR) == []


def test_a_returned_debit_is_not_matched_to_a_refund_that_staff_recorded_by_hand(world: MoneyWorld, bank: Bank) -> None:
    mandated(world)
    statement = stated(world)
    due = made(world, statement).amount.minor
    assert bank(due, statement.number) == bank(due, DEBIT) == []
    at = by(world, datetime.combine(bank.day, LATER.timetz()))
    with world.transactions.begin() as store:
        mark_paid_back(store, at, store.paybacks.waiting(OPERATOR)[0].id, bank.day, "typed")
    assert bank(-due, f"{DEBIT} {statement.number}", back=True) == [] and owed(world) == due, "both have left"
    with world.transactions.begin() as store:
        assert [one.minor for one in bank_moves(store, OPERATOR, "EUR")] == [-due], "the bank tells of the transfer later"
        assert reclaimable(store, statement) == statement.due


def test_a_transfer_of_another_amount_waits_until_staff_assign_it_to_a_statement(world: MoneyWorld, bank: Bank) -> None:
    statement = stated(world)
    due = statement.due.minor
    assert len(bank(due + 100, statement.number)) == 1
    with world.transactions.begin() as store:
        (kept,) = store.bank.open(OPERATOR)
        assert pay_with_line(store, by(world), kept.line.id, f" {statement.number.lower()} ") == statement
        assert store.bank.open(OPERATOR) == [] and [one.amount.minor for one in store.paybacks.waiting(OPERATOR)] == [100]
    assert owed(world) == -100 and len(bank(due - 1, statement.number)) == 1, "a second one, of less"
    with world.transactions.begin() as store:
        (kept,) = store.bank.open(OPERATOR)
        pay_with_line(store, by(world), kept.line.id, statement.number)
    assert owed(world) == -due - 99


def test_a_transfer_is_not_assigned_to_a_statement_if_too_small_or_while_a_card_is_charged(world: MoneyWorld, bank: Bank) -> None:
    without_card(world, "pm_Ben")
    statement = stated(world)
    assert len(bank(statement.due.minor, statement.number)) == len(bank(1, "thanks")) - 1 == 1
    with world.transactions.begin() as store:
        lines = {one.line.amount.minor: one.line.id for one in store.bank.open(OPERATOR)}
        with pytest.raises(Conflict, match="charged to a card"):
            pay_with_line(store, by(world), lines[statement.due.minor], statement.number)
    world.deliver(LATER, answer=lambda *_: Rejected("card_declined"))
    with world.transactions.begin() as store:
        with pytest.raises(BadInput, match="less than"):
            pay_with_line(store, by(world), lines[1], statement.number)
        pay_with_line(store, by(world), lines[statement.due.minor], statement.number)
    assert owed(world) == 0


@settings(max_examples=12, deadline=None)
@given(st.lists(st.sampled_from(["transfer", "collect", "return", "give back", "next", "ask back"]), max_size=8))
def test_all_money_received_pays_statements_or_is_refundable_in_any_order_of_events(steps: list[str]) -> None:
    """The referee: the payer's balance is what statements lack, less pending refunds, plus reported double payments."""
    world = without_card(collecting(MoneyWorld(MemoryTransactions())))
    bank, statements, debits = Bank(world), list[AccountStatement](), dict[str, int]()
    mandated(world)
    statements.append(stated(world))
    debits[DEBIT] = made(world, statements[0]).amount.minor
    came, back = set[str](), set[str]()
    for count, step in enumerate(steps):
        if step == "transfer":
            assert bank(statements[0].due.minor, statements[0].number) == []
        elif step == "collect" and not came | back:
            assert bank(debits[DEBIT], DEBIT) == []
            came.add(DEBIT)
        elif step == "return" and came:
            assert bank(-debits[DEBIT], DEBIT, back=True) == []
            back |= came
            came.clear()
        elif step == "give back":
            for one in [each for each in waiting(world) if each.id not in _barred(world)][:1]:
                assert bank(-one.amount.minor, f"{one.number} back") == []
        elif step == "ask back":
            _ask_all(world, statements, by(world, datetime.combine(bank.day, LATER.timetz())))
        elif step == "next":
            statements.append(next_month(world, bank, 5_000 + 1_000 * count, 20 + count))
    with world.transactions.begin() as store:
        zero = Money.zero("EUR")
        lacks = sum((max(zero, outstanding(store, one) + _asked(store, one)) for one in statements), zero)
        findings = [store.clearing.lock_finding(finding_id(f"{one.id}/twice")) for one in statements]
        doubts = [one.doubt for one in findings if one and one.open]
        twice = sum((one.reported - one.booked for one in doubts if one.reported is not None and one.booked is not None), zero)
        to_go = sum((one.amount for one in store.paybacks.waiting(OPERATOR)), zero)
        owes = store.ledger.balance(OPERATOR, receivable(ACCOUNT_DRIVER), "EUR")
        assert owes == (lacks + twice - to_go).minor


def test_an_invoice_paid_twice_is_refunded_once_and_once_more_when_it_is_credited(world: MoneyWorld, bank: Bank) -> None:
    invoice = world.billed(world.ended((C, 60, 10_000), driver=POOR_DRIVER), NOON)
    assert invoice is not None
    due = invoice.due.minor
    for _ in range(2):
        assert bank(due, invoice.number) == []
    (back,) = waiting(world)
    assert (back.amount.minor, back.number) == (due, invoice.number) and _receivable(world, POOR_DRIVER) == -due
    assert bank(-due, f"{invoice.number} zurueck") == [] and waiting(world) == [] and _receivable(world, POOR_DRIVER) == 0
    with world.transactions.begin() as store:
        at = datetime.combine(bank.day, LATER.timetz()) + timedelta(hours=1)
        made = issue_credit_note(store, by(world, at), CreditRequest(invoice.id, 0, "wrong"))
        assert made.by_hand == invoice.due and store.clearing.lock_finding(finding_id(f"{invoice.id}/twice")) is None
    assert [one.amount.minor for one in waiting(world)] == [due] and len(bank(due, invoice.number)) == 1, "credited: a person looks"


def _receivable(world: MoneyWorld, driver: DriverId) -> int:
    return owed(world, receivable(driver))


def _asked(store: object, statement: AccountStatement) -> Money:
    return sum((one.pending_amount for one in store.payments.of_document(statement.id)), Money.zero("EUR"))  # type: ignore[attr-defined]


def _ask_all(world: MoneyWorld, statements: list[AccountStatement], person: Staff) -> None:
    with world.transactions.begin() as store:
        for one in statements:
            if beyond := reclaimable(store, one):
                reclaim(store, person, one.number, beyond)


def _barred(world: MoneyWorld) -> set[UUID]:
    with world.transactions.begin() as store:
        return set(barred_reasons(store, store.paybacks.waiting(OPERATOR)))


@pytest.mark.parametrize("verdict", [DisputeState.LOST, DisputeState.WON])
def test_a_transfer_beside_a_disputed_card_payment_is_refunded_only_if_the_dispute_is_won(
    world: MoneyWorld, bank: Bank, verdict: DisputeState
) -> None:
    statement = stated(without_card(world, "pm_Ben"))
    world.deliver(LATER)
    assert bank(statement.due.minor, statement.number) == []
    with world.transactions.begin() as store:
        card = next(one for one in store.payments.of_document(statement.id) if one.method == "pm_Ben")
        for day, state in enumerate([DisputeState.NEEDS_ANSWER, verdict], start=5):
            at = LATER + timedelta(days=day)
            apply_dispute(store, card, DisputeRecord("dp_1", state, card.taken, Money.zero("EUR"), "fraudulent", LATER, at), at, world.ids)
            assert state is DisputeState.WON or store.paybacks.waiting(OPERATOR) == []
        waits, lost = store.paybacks.waiting(OPERATOR), store.ledger.balance(OPERATOR, WRITE_OFF, "EUR")
        assert lost == 0 and [one.amount for one in waits] == ([statement.due] if verdict is DisputeState.WON else [])
    assert owed(world) == (-statement.due.minor if verdict is DisputeState.WON else 0)


def test_an_overpayment_is_used_by_a_concurrent_transfer_file_or_statement_but_not_both(transactions: PostgresTransactions) -> None:
    world = without_card(collecting(MoneyWorld(transactions)))
    bank = Bank(world)
    first = stated(world)
    assert bank(first.due.minor, first.number) == bank(first.due.minor, first.number) == []
    at = datetime.combine(bank.day, LATER.timetz()) + timedelta(hours=1)
    assert world.billed(world.ended((C, 60, 30_000), driver=ACCOUNT_DRIVER, number=9), at)

    def files() -> None:
        with suppress(Conflict, BadInput):  # nothing is left to be in a file
            filed(world)

    def states() -> None:
        with world.transactions.begin() as store:
            issue_account_statements(store, ACCOUNT_DRIVER, Span(NOON, at + timedelta(hours=1)), at + timedelta(hours=1), world.ids)

    all_at_once([files, states, files], seed=3)
    with world.transactions.begin() as store:
        second = next(one for one in store.statements.of_driver(ACCOUNT_DRIVER) if one.id != first.id)
        filed_ones = [file for _, file in pending_transfers(store, OPERATOR) if file]
        used = second.due - outstanding(store, second)
        assert (used, len(filed_ones)) in ((first.due, 0), (Money.zero("EUR"), 1))
