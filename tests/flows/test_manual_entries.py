"""Manual ledger entries: balanced, numbered without gaps, dated in open months, posted once and reversed once."""

from datetime import date, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.flows.billing import ManualEntryRequest, close_month, post_manual_entry, reverse_manual_entry
from forecourt.flows.desk import Staff
from forecourt.flows.ports import Transactions
from forecourt.kernel import BadInput, Conflict, Money, NotFound, OperatorId
from forecourt.ledger import (
    AT_PROCESSOR,
    BANK,
    BANK_FEES,
    CHARTS,
    CLEARING,
    MANUAL_ACCOUNTS,
    OTHER_BOOKS,
    Account,
    AccountKind,
    Batch,
    Entry,
    ManualEntry,
    manual_account,
    manual_txn,
    posting_batch,
    verify_chain,
)
from forecourt.store import PostgresTransactions
from money_world import NOON, OPERATOR, MoneyWorld, SequentialIds
from stores import both_stores

from .test_money_races import all_at_once
from .test_month_closing import in_berlin

DAY, IDS = date(2026, 6, 1), SequentialIds()
FEE = (Entry(BANK, "EUR", -990), Entry(BANK_FEES, "EUR", 990))


@pytest.fixture
def world(any_transactions: Transactions) -> MoneyWorld:
    return in_berlin(MoneyWorld(any_transactions))


def by(days: int = 0, operator: OperatorId = OPERATOR) -> Staff:
    return Staff(operator, "ada", NOON + timedelta(days=days), IDS)


def wish(lines: tuple[Entry, ...] = FEE, day: date = DAY, reason: str = "Fees of May") -> ManualEntryRequest:
    return ManualEntryRequest(uuid4(), day, lines, reason)


def posted(world: MoneyWorld, wanted: ManualEntryRequest, days: int = 0) -> ManualEntry:
    with world.transactions.begin() as store:
        return post_manual_entry(store, by(days), wanted)


def taken_back(world: MoneyWorld, number: str, reason: str = "Twice", day: date = DAY) -> ManualEntry:
    with world.transactions.begin() as store:
        return reverse_manual_entry(store, by(), number, day, reason)


def books(world: MoneyWorld) -> tuple[int, int]:
    with world.transactions.begin() as store:
        assert world.sum_is_zero(store)
        verify_chain(store.ledger.chain(OPERATOR))
        return tuple(store.ledger.balance(OPERATOR, one, "EUR") for one in (BANK, BANK_FEES))  # type: ignore[return-value]


@both_stores
def test_a_manual_entry_is_posted_to_its_accounts_with_author_and_reason(world: MoneyWorld) -> None:
    made = posted(world, wish())
    assert (made.number, made.by, made.position) == ("JRN-2026-000001", "ada", 1) and books(world) == (-990, 990)
    with world.transactions.begin() as store:
        (kept,) = store.ledger.of_subject(made.id)
        assert kept.txn.text == "Fees of May" and store.manual_entries.page(OPERATOR).rows == (made,)
        assert [(one.action, one.actor, one.subject) for one in store.audit.recent(1)] == [("ledger.entry", "ada", made.number)]


def test_a_form_sent_twice_posts_once_and_with_other_amounts_it_is_refused(world: MoneyWorld) -> None:
    wanted = wish()
    assert posted(world, wanted) == posted(world, wanted, days=1)
    with pytest.raises(Conflict, match="JRN-2026-000001"):
        posted(world, ManualEntryRequest(wanted.key, DAY, (Entry(BANK, "EUR", -991), Entry(BANK_FEES, "EUR", 991)), "Fees of May"))
    assert books(world) == (-990, 990)


@both_stores
def test_a_manual_entry_is_reversed_once_by_an_entry_that_names_it(world: MoneyWorld) -> None:
    made = posted(world, wish())
    undone = taken_back(world, made.number)
    assert (undone.number, undone.reverses) == ("JRN-2026-000002", made.number) and books(world) == (0, 0)
    assert taken_back(world, made.number) == undone and books(world) == (0, 0)
    with pytest.raises(Conflict):
        taken_back(world, made.number, "Another reason")
    with pytest.raises(Conflict, match="itself the reversal of JRN-2026-000001"):
        taken_back(world, undone.number)
    with world.transactions.begin() as store:
        assert [one.txn.text for one in store.ledger.of_subject(made.id)] == ["Fees of May", "Reversal of JRN-2026-000001: Twice"]


def test_a_manual_entry_in_a_closed_month_or_in_the_future_is_refused_and_uses_no_number(world: MoneyWorld) -> None:
    with world.transactions.begin() as store:
        close_month(store, by(), date(2026, 4, 1))
    for day in (date(2026, 4, 30), date(2026, 6, 2), date(1999, 1, 1)):
        with pytest.raises(BadInput) as refused:
            posted(world, wish(day=day))
        assert refused.value.code == "day"
    assert posted(world, wish(day=date(2026, 5, 1))).number == "JRN-2026-000001"


def test_a_manual_entry_is_reversed_neither_before_its_day_nor_by_another_operator(world: MoneyWorld) -> None:
    made = posted(world, wish())
    with pytest.raises(BadInput, match="that day or later"):
        taken_back(world, made.number, day=DAY - timedelta(days=1))
    with pytest.raises(NotFound), world.transactions.begin() as store:
        reverse_manual_entry(store, by(operator=OperatorId(UUID(int=9))), made.number, DAY, "Not mine")


@pytest.mark.parametrize("kind", [one for one in AccountKind if Account(one) not in MANUAL_ACCOUNTS])
def test_accounts_that_documents_post_to_are_closed_to_manual_entries(kind: AccountKind) -> None:
    with pytest.raises(BadInput, match="cannot be posted to manually"):
        manual_account(Account(kind, "19").name)
    with pytest.raises(BadInput, match="cannot be posted to manually"):
        ManualEntry(uuid4(), OPERATOR, "", DAY, (Entry(BANK, "EUR", 5), Entry(Account(kind, "19"), "EUR", -5)), "A test", "ada", NOON)


@pytest.mark.parametrize(
    "lines",
    [
        FEE[:1],
        (FEE[0], Entry(BANK_FEES, "EUR", 991)),
        (*FEE, Entry(BANK, "EUR", 1), Entry(OTHER_BOOKS, "EUR", -1)),
        (FEE[0], Entry(BANK_FEES, "CHF", 990)),
        (*FEE, Entry(OTHER_BOOKS, "EUR", 0)),
        (),
    ],
)
def test_manual_entry_lines_balance_in_one_currency_with_each_account_once(world: MoneyWorld, lines: tuple[Entry, ...]) -> None:
    with pytest.raises(BadInput):
        posted(world, wish(lines))
    with pytest.raises(BadInput, match="needs a description"):
        posted(world, wish(reason="  "))


@pytest.mark.parametrize(("name", "said"), [("", "A line with an amount needs an account."), ("PETTY", "There is no account 'PETTY'.")])
def test_an_unknown_account_name_is_refused(name: str, said: str) -> None:
    assert manual_account("BANK") == BANK
    with pytest.raises(BadInput) as refused:
        manual_account(name)
    assert refused.value.text == said


@given(st.lists((st.integers(-2, 2) | st.integers(-10_000, 10_000)).filter(bool), min_size=1, max_size=6).filter(sum))
def test_each_account_changes_by_the_amount_of_its_line(minors: list[int]) -> None:
    lines = tuple(Entry(account, "EUR", minor) for account, minor in zip(MANUAL_ACCOUNTS, [*minors, -sum(minors)], strict=False))
    entry = ManualEntry(uuid4(), OPERATOR, "JRN-2026-000001", DAY, lines, "A test", "ada", NOON)
    moved = manual_txn(entry, UUID(int=1), NOON).entries
    assert all(sum(one.minor for one in moved if one.account == line.account) == line.minor for line in lines)
    assert 2 * entry.amount.minor == sum(abs(line.minor) for line in lines)


def test_the_datev_export_has_the_entry_number_as_document_number(world: MoneyWorld) -> None:
    posted(world, wish((Entry(BANK, "EUR", 500), Entry(AT_PROCESSOR, "EUR", -500)), reason="Payout made by hand"))
    with world.transactions.begin() as store:
        book = list(store.ledger.chain(OPERATOR))
    file = posting_batch(book, Batch(1001, 1, CHARTS["SKR03"], DAY, DAY, "Europe/Berlin"), NOON).decode("cp1252")
    row = file.split("\r\n")[2].split(";")
    assert (row[0], row[6], row[7], row[9], row[10]) == ("5,00", "1200", "1362", "0106", '"JRN-2026-000001"')
    assert "Payout made by hand" in row[13] and CLEARING not in MANUAL_ACCOUNTS


def test_of_many_simultaneous_entries_each_is_posted_once_without_gaps_in_the_numbers(transactions: PostgresTransactions) -> None:
    world = in_berlin(MoneyWorld(transactions))
    first = posted(world, wish())
    wishes = [partial(posted, world, wish(reason=f"Fee {number}")) for number in range(4)]
    all_at_once([*wishes, partial(taken_back, world, first.number)], seed=7)
    with transactions.begin() as store:
        rows = store.manual_entries.page(OPERATOR).rows
    assert sorted(int(one.number[-6:]) for one in rows) == [1, 2, 3, 4, 5, 6] and books(world) == (-4 * 990, 4 * 990)


@given(st.integers(-(10**9), 10**9).filter(bool))
def test_an_unbalanced_manual_entry_is_refused(off: int) -> None:
    lines = (Entry(BANK, "EUR", -(10**10)), Entry(BANK_FEES, "EUR", 10**10 + off))
    said = f"Debits are {Money(abs(off), 'EUR')} {'more' if off > 0 else 'less'} than credits."
    with pytest.raises(BadInput) as refused:
        ManualEntry(UUID(int=1), OPERATOR, "", DAY, lines, "Fees", "ada", NOON)
    assert refused.value.text == said
