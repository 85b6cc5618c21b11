"""Statements of payers with a mandate are collected by a direct debit file, posted by the bank statement and owed again if returned."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID

import pytest

from camt_file import Line, camt
from forecourt.billing import AccountStatement
from forecourt.flows.billing import (
    CollectionRequest,
    bank_moves,
    collectables,
    import_bank_statements,
    issue_account_statements,
    make_collection_file,
    open_debits,
    record_refused_debit,
    withdraw_collection_file,
)
from forecourt.flows.desk import Staff
from forecourt.flows.offers import hosts_fingerprint, save_partner, set_hosts, settle_site_shares
from forecourt.flows.paying import (
    maintain_holds,
    mandate_of,
    outstanding,
    payment_progress_of,
    record_transfer,
    refund,
    take_mandate,
    write_off,
)
from forecourt.flows.paying.dunning import take_dunning_step
from forecourt.flows.ports import ShareInvoice, Transactions
from forecourt.kernel import BadInput, Conflict, Money, Span
from forecourt.ledger import BANK, BANK_FEES, receivable, verify_chain
from forecourt.notices import NoticeKind
from forecourt.offers import OfferKind, Partner
from forecourt.payments import Declined, PaymentStatus, Rejected, parse_debtor_account
from forecourt.settlement import CollectionFile, parse_camt, payable
from forecourt.store import PostgresTransactions
from forecourt.store.memory import MemoryTransactions
from money_world import ACCOUNT_DRIVER, NOON, OPERATOR, SITE, C, MoneyWorld
from offer_world import CAFE, OfferWorld
from stores import both_stores

from .test_money_races import all_at_once
from .test_month_closing import in_berlin
from .test_transfer_files import OURS

STATED = NOON + timedelta(days=2)
LATER = NOON + timedelta(days=20)
CREDITOR, THEIRS = "DE98ZZZ09999999999", "NL91ABNA0417164300"
DAY = (LATER + timedelta(days=1)).date()  # a Monday
AGAIN = DAY + timedelta(days=14)


@pytest.fixture
def world(any_transactions: Transactions) -> MoneyWorld:
    return collecting(MoneyWorld(any_transactions))


def collecting(world: MoneyWorld) -> MoneyWorld:
    with in_berlin(world).transactions.begin() as store:
        store.stations.put_operator(replace(store.stations.operator(OPERATOR), bank=OURS, creditor_id=CREDITOR))
    return world


def by(world: MoneyWorld, at: datetime = LATER) -> Staff:
    return Staff(OPERATOR, "ada", at, world.ids)


def mandated(world: MoneyWorld) -> str:
    with world.transactions.begin() as store:
        return take_mandate(store, ACCOUNT_DRIVER, parse_debtor_account("Ben", THEIRS), NOON, world.ids).number


def stated(world: MoneyWorld, *numbers: int) -> AccountStatement:
    for number in numbers or (1,):
        assert world.billed(world.ended((C, 60, 10_000), driver=ACCOUNT_DRIVER, number=number), NOON)
    with world.transactions.begin() as store:
        (made,) = issue_account_statements(store, ACCOUNT_DRIVER, Span(NOON - timedelta(days=1), STATED), STATED, world.ids)
        return made


def made(world: MoneyWorld, *statements: AccountStatement, key: int = 1, day: date = DAY) -> CollectionFile:
    with world.transactions.begin() as store:
        shown = {one.statement.id: one.fingerprint for one in collectables(store, OPERATOR, LATER)}
        wish = CollectionRequest(UUID(int=key), day, {one.id: shown.get(one.id, "") for one in statements})
        return make_collection_file(store, by(world), wish)


def told(world: MoneyWorld, *lines: Line, opening: int = 0, day: date = DAY) -> list[str]:
    """What the lines still wait for."""
    at = datetime.combine(day, LATER.timetz())
    with world.transactions.begin() as store:
        import_bank_statements(store, by(world, at), parse_camt(camt(opening, list(lines), day)))
        assert world.sum_is_zero(store) and verify_chain(store.ledger.chain(OPERATOR)) > 0
        return [one.note for one in store.bank.open(OPERATOR)]


def owed(world: MoneyWorld, account: object = None) -> int:
    with world.transactions.begin() as store:
        return store.ledger.balance(OPERATOR, account or receivable(ACCOUNT_DRIVER), "EUR")  # type: ignore[arg-type]


def how(world: MoneyWorld, statement: AccountStatement) -> PaymentStatus:
    with world.transactions.begin() as store:
        return payment_progress_of(store, statement).status


def test_a_statement_is_collected_by_a_direct_debit_file_and_paid_by_the_bank_line(world: MoneyWorld) -> None:
    number, statement = mandated(world), stated(world, 1, 2)
    assert how(world, statement) is PaymentStatus.STATED_DEBIT
    file = made(world, statement)
    (one,) = file.collected
    assert (file.number, file.account, file.creditor_id) == ("COL-2026-000001", OURS, CREDITOR)
    assert (one.amount, one.iban, one.name, one.mandate) == (statement.due, THEIRS, "Ben", number)
    assert told(world, Line(DAY, one.amount.minor, "EREF+COL-2026-000001-001 ACC-2026-000001", "c1")) == []
    assert (owed(world), owed(world, BANK), how(world, statement)) == (0, one.amount.minor, PaymentStatus.PAID)
    with world.transactions.begin() as store:
        assert bank_moves(store, OPERATOR, "EUR") == [] and open_debits(store, file) == [] and collectables(store, OPERATOR, LATER) == []


def test_one_bank_line_for_the_whole_file_pays_all_its_statements(world: MoneyWorld) -> None:
    mandated(world)
    statement = stated(world)
    made(world, statement)
    assert told(world, Line(DAY, statement.due.minor, "Sammler COL-2026-000001", "c1")) == [] and owed(world) == 0


@both_stores
def test_a_statement_in_a_direct_debit_file_is_not_collected_in_any_other_way(world: MoneyWorld) -> None:
    mandated(world)
    statement = stated(world)
    file = made(world, statement)
    assert made(world, statement) == file, "the form sent twice"
    with pytest.raises(Conflict, match="no longer be collected"):
        made(world, statement, key=2)
    with world.transactions.begin() as store:
        assert not outstanding(store, statement) and payment_progress_of(store, statement).status is PaymentStatus.STATED_DEBIT
        assert (
            take_dunning_step(store, statement.id, LATER + timedelta(days=99), world.ids) is None
            and store.dunning.case(statement.id) is None
        )
        maintain_holds(store, OPERATOR, LATER, world.ids)
        assert not store.outbox.open_items("payment"), "no processor is asked"
        with pytest.raises(Conflict, match="is in progress"):
            record_transfer(store, by(world), statement.id, "typed")


def test_a_statement_with_a_mandate_is_not_dunned_before_it_is_collected(world: MoneyWorld) -> None:
    mandated(world)
    statement = stated(world)
    with world.transactions.begin() as store:
        assert (
            take_dunning_step(store, statement.id, LATER + timedelta(days=99), world.ids) is None
            and store.dunning.case(statement.id) is None
        )


def test_a_declined_card_is_no_returned_debit_and_a_written_off_statement_is_not_collected(world: MoneyWorld) -> None:
    statement = stated(world)
    world.deliver(LATER, answer=lambda *_: Rejected("card_declined"))
    mandated(world)
    with world.transactions.begin() as store:
        assert [one.return_reason for one in collectables(store, OPERATOR, LATER)] == [""]
        write_off(store, by(world), statement.id, "gone")
        assert store.direct_debits.open_statements(OPERATOR, 9) == []


@pytest.mark.parametrize(("reason", "stands"), [("AM04", True), ("MD06", False)])
def test_a_returned_direct_debit_is_owed_again_and_ends_the_mandate_for_some_reasons(world: MoneyWorld, reason: str, stands: bool) -> None:
    mandated(world)
    statement = stated(world)
    (one,) = made(world, statement).collected
    paid, back = Line(DAY, one.amount.minor, "COL-2026-000001-001", "c1"), DAY + timedelta(days=3)
    assert told(world, paid) == []
    lines = [Line(back, -one.amount.minor - 3_50, "COL-2026-000001-001 ACC-2026-000001", "r1", came_back=True, reason=reason)]
    assert told(world, *lines, opening=one.amount.minor, day=back) == []
    assert (owed(world), owed(world, BANK), owed(world, BANK_FEES)) == (one.amount.minor, -3_50, 3_50)
    with world.transactions.begin() as store:
        case, (payment,) = store.dunning.case(statement.id), store.payments.of_document(statement.id)
        assert case is not None and case.open and case.owed == one.amount and isinstance(payment.state, Declined)
        assert payment.state.code == reason and payment_progress_of(store, statement).status is PaymentStatus.FAILED
        assert (mandate_of(store, ACCOUNT_DRIVER, LATER) is not None) is stands
        assert [each.return_reason for each in collectables(store, OPERATOR, LATER)] == ([reason] if stands else [])


def test_a_returned_direct_debit_can_be_collected_again_and_returned_again(world: MoneyWorld) -> None:
    mandated(world)
    statement, opening = stated(world), 0
    for key in (1, 2, 3):
        (one,) = made(world, statement, key=key, day=DAY if key == 1 else AGAIN).collected
        name = f"COL-2026-{key:06d}-001"
        day = DAY + timedelta(days=key)
        assert told(world, Line(day, one.amount.minor, name, f"c{key}"), opening=opening, day=day) == []
        lines = [Line(day, -one.amount.minor, name, f"r{key}", came_back=True, reason="AM04")]
        assert told(world, *lines, opening=opening + one.amount.minor, day=day) == []
        with world.transactions.begin() as store:
            case = store.dunning.case(statement.id)
            assert case is not None and case.open and case.owed == outstanding(store, statement)
        assert case.owed.minor == owed(world)
    with world.transactions.begin() as store:
        letters = [one for one in store.notices.of_driver(ACCOUNT_DRIVER).rows if one.kind is NoticeKind.PAYMENT_FAILED]
        assert len(letters) == 3, "each time is told"


@both_stores
def test_a_second_collection_is_announced_to_the_payer_at_least_two_weeks_before(world: MoneyWorld) -> None:
    mandated(world)
    statement = stated(world)
    file = made(world, statement)
    with world.transactions.begin() as store:
        record_refused_debit(store, by(world), file.number, statement.number, "AM04")
    with pytest.raises(BadInput, match="announced to the payer is later"):
        made(world, statement, key=2, day=AGAIN - timedelta(days=3))
    made(world, statement, key=2, day=AGAIN)
    with world.transactions.begin() as store:
        (letter,) = [one for one in store.notices.of_driver(ACCOUNT_DRIVER).rows if one.kind is NoticeKind.DEBIT_AGAIN]
        assert letter.content.start and letter.content.start.date() == AGAIN and letter.content.amount == statement.due
        progress = payment_progress_of(store, statement)
        assert progress.status is PaymentStatus.STATED_DEBIT and progress.at and progress.at.date() == AGAIN


def hosts_get(world: MoneyWorld, at: datetime = LATER + timedelta(days=9)) -> tuple[int, int]:
    """What the host is owed by the ledger, and by its next statement, once the workers have done their tasks."""
    with world.transactions.begin() as store:
        for item in store.outbox.claim("task", at, 100, 60.0):
            if isinstance(item.work, ShareInvoice):
                settle_site_shares(store, item.work.document_id, at)
            store.outbox.done(item.id, at, "done")
        items = store.partners.awaiting_statement(CAFE, at + timedelta(days=1))
        assert all(one.owed.minor and one.kind is OfferKind.HOSTING for one in items)
        return -store.ledger.balance(OPERATOR, payable("cafe-strom"), "EUR"), sum(one.owed.minor for one in items)


@pytest.mark.parametrize("again", ["debit", "transfer", "given up"])
def test_a_hosts_share_is_reversed_with_a_returned_debit_and_earned_again_by_a_later_payment(again: str) -> None:
    world = collecting(OfferWorld(MemoryTransactions()).world)
    with world.transactions.begin() as store:
        before = by(world, NOON - timedelta(days=9))
        save_partner(store, before, Partner(CAFE, OPERATOR, "cafe-strom", "Café", "Weg 2", "c@x.example", (SITE,), country="DE"))
        set_hosts(store, before, SITE, (("cafe-strom", Decimal(10)),), None, hosts_fingerprint(store.stations.site(SITE)))
    mandated(world)
    statement, name = stated(world, 1, 2), "COL-2026-000001-001"
    assert hosts_get(world) == (0, 0), "nobody has paid"
    due = made(world, statement).amount.minor
    assert told(world, Line(DAY, due, name, "c1")) == []
    share, _ = earned = hosts_get(world)
    assert earned == (share, share) and share > 0
    assert told(world, Line(DAY, -due, name, "r1", came_back=True, reason="AM04"), opening=due) == []
    assert hosts_get(world) == hosts_get(world) == (0, 0)
    if again == "debit":
        made(world, statement, key=2, day=AGAIN)
        assert told(world, Line(DAY, due, "COL-2026-000002-001", "c2")) == []
    with world.transactions.begin() as store:
        if again != "debit":
            (record_transfer if again == "transfer" else write_off)(store, by(world), statement.id, "as agreed")
    assert hosts_get(world) == ((0, 0) if again == "given up" else earned)


def test_a_bank_line_with_another_amount_than_the_debit_waits_for_manual_matching(world: MoneyWorld) -> None:
    mandated(world)
    statement = stated(world)
    made(world, statement)
    (words,) = told(world, Line(DAY, statement.due.minor - 1, "COL-2026-000001-001", "c1"))
    assert "which is for" in words and owed(world) == statement.due.minor


def test_statements_of_a_withdrawn_direct_debit_file_can_be_collected_again(world: MoneyWorld) -> None:
    mandated(world)
    statement = stated(world)
    made(world, statement)
    with world.transactions.begin() as store:
        withdraw_collection_file(store, by(world), "COL-2026-000001", "wrong day")
        assert store.dunning.case(statement.id) is None and not store.payments.debt_status(ACCOUNT_DRIVER).blocked
    assert made(world, statement, key=2).number == "COL-2026-000002"
    assert told(world, Line(DAY, statement.due.minor, "COL-2026-000002-001", "c1")) == []
    with world.transactions.begin() as store, pytest.raises(Conflict):
        withdraw_collection_file(store, by(world), "COL-2026-000002", "too late")


def called_off(world: MoneyWorld, number: str, at: datetime = LATER) -> list[tuple[date | None, Money | None]]:
    """The collections that letters cancel once the file is withdrawn: the announced day and the amount."""
    with world.transactions.begin() as store:
        withdraw_collection_file(store, by(world, at), number, "never sent")
        letters = [one.content for one in store.notices.of_driver(ACCOUNT_DRIVER).rows if one.kind is NoticeKind.DEBIT_OFF]
        return [(says.start.date() if says.start else None, says.amount) for says in letters]


def test_a_payer_is_notified_when_an_announced_collection_is_cancelled_before_a_new_announcement() -> None:
    world = collecting(MoneyWorld(MemoryTransactions()))
    mandated(world)
    statement = stated(world)
    file, told_for = made(world, statement), (statement.issued_at + timedelta(days=14)).date()
    assert called_off(world, file.number) == [], "another file can keep the word"
    file, day_of_file = made(world, statement, key=2), LATER + timedelta(days=1)
    assert called_off(world, file.number, day_of_file) == [(told_for, statement.due)]
    assert how(world, statement) is PaymentStatus.STATED_DEBIT_OFF
    with pytest.raises(BadInput, match="announced to the payer is later"):
        made(world, statement, key=3)
    file = made(world, statement, key=3, day=AGAIN)
    assert how(world, statement) is PaymentStatus.STATED_DEBIT
    letters = called_off(world, file.number, day_of_file + timedelta(days=1))
    assert letters == [(AGAIN, statement.due), (told_for, statement.due)], "that day was in a letter of its own"


def test_a_withdrawn_file_that_the_bank_collects_after_all_pays_the_statement_if_unpaid() -> None:
    """Otherwise the statement would be collected again."""
    world = collecting(MoneyWorld(MemoryTransactions()))
    mandated(world)
    statement = stated(world)
    for number in (1, 2):
        made(world, statement, key=number)
        with world.transactions.begin() as store:
            withdraw_collection_file(store, by(world), f"COL-2026-{number:06d}", "not sent")
    due = statement.due.minor
    assert told(world, Line(DAY, due, "COL-2026-000001-001", "c1")) == [] and owed(world) == 0
    with world.transactions.begin() as store:
        assert collectables(store, OPERATOR, LATER) == []
    assert told(world, Line(DAY, due, "COL-2026-000002-001", "c2"), opening=due) == [] and owed(world) == -due
    back = Line(DAY, -due, "COL-2026-000001-001", "r1", came_back=True, reason="AM04")
    assert told(world, back, opening=2 * due) == [] and owed(world) == 0, "the other one pays it now"
    with world.transactions.begin() as store:
        assert store.paybacks.waiting(OPERATOR) == [] and store.dunning.case(statement.id) is None


def test_recording_a_refused_direct_debit_by_hand_opens_dunning_and_ends_the_mandate(world: MoneyWorld) -> None:
    mandated(world)
    statement = stated(world)
    file = made(world, statement)
    with world.transactions.begin() as store:
        record_refused_debit(store, by(world), file.number, statement.number, "AC04")
        case = store.dunning.case(statement.id)
        assert case is not None and case.open and mandate_of(store, ACCOUNT_DRIVER, LATER) is None
        with pytest.raises(Conflict):
            record_refused_debit(store, by(world), file.number, statement.number, "AC04")


def test_a_return_recorded_by_hand_is_matched_with_the_bank_line_that_includes_a_fee() -> None:
    """Most banks deduct a fee, so the line differs from the recorded amount."""
    world = collecting(MoneyWorld(MemoryTransactions()))
    mandated(world)
    statement = stated(world)
    due = made(world, statement).amount.minor
    assert told(world, Line(DAY, due, "COL-2026-000001-001", "c1")) == []
    with world.transactions.begin() as store:
        record_refused_debit(store, by(world, LATER + timedelta(days=2)), "COL-2026-000001", statement.number, "AM04")
    back = Line(DAY, -due - 3_50, "COL-2026-000001-001 AM04", "r1", came_back=True, reason="AM04")
    assert told(world, back, opening=due) == [] and (owed(world), owed(world, BANK), owed(world, BANK_FEES)) == (due, -3_50, 3_50)
    with world.transactions.begin() as store:
        assert bank_moves(store, OPERATOR, "EUR") == []


def test_nothing_is_collected_before_the_day_announced_to_the_payer(world: MoneyWorld) -> None:
    mandated(world)
    statement = stated(world)
    with world.transactions.begin() as store:
        (one,) = collectables(store, OPERATOR, LATER)
        assert one.due == (statement.issued_at + timedelta(days=14)).date()
        early = one.due - timedelta(days=1)
        for day in (early, LATER.date(), LATER.date() + timedelta(days=31)):
            wish = CollectionRequest(UUID(int=7), day, {statement.id: one.fingerprint})
            with pytest.raises(BadInput, match="day"):
                make_collection_file(store, by(world, STATED + timedelta(hours=1) if day == early else LATER), wish)


def test_a_collected_direct_debit_cannot_be_refunded_through_the_processor(world: MoneyWorld) -> None:
    mandated(world)
    statement = stated(world)
    (one,) = made(world, statement).collected
    assert told(world, Line(DAY, one.amount.minor, "COL-2026-000001-001", "c1")) == []
    with world.transactions.begin() as store, pytest.raises(Conflict):
        refund(store, one.payment_id, Money(1, "EUR"), "why", LATER, world.ids)


def test_of_concurrent_direct_debit_files_with_the_same_statement_one_is_made(transactions: PostgresTransactions) -> None:
    world = collecting(MoneyWorld(transactions))
    mandated(world)
    statement = stated(world)
    with world.transactions.begin() as store:
        shown = {one.statement.id: one.fingerprint for one in collectables(store, OPERATOR, LATER)}

    def make(key: int) -> None:
        with world.transactions.begin() as store:
            make_collection_file(store, by(world), CollectionRequest(UUID(int=key), DAY, shown))

    all_at_once([partial(make, key) for key in range(1, 7)], seed=5)
    with world.transactions.begin() as store:
        assert [one.number for one in store.direct_debits.files(OPERATOR).rows] == ["COL-2026-000001"]
        assert len(store.payments.of_document(statement.id)) == 1
