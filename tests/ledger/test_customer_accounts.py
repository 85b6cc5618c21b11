"""Debtor accounts of single customers: each has its own debts in the DATEV file, to the cent."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import BadInput, Conflict, DriverId, Money
from forecourt.ledger import (
    BANK,
    CHARTS,
    COLLECTIVE,
    Account,
    AccountKind,
    Batch,
    ChainedTxn,
    CustomerAccount,
    Posting,
    Renumbering,
    Txn,
    chain_txn,
    next_number,
    number_on,
    posting_batch,
    receivable,
    renumbered,
    revenue,
)
from money_world import NOON, OPERATOR

FLEET, PARTNER, ADA = (UUID(int=number) for number in (1, 2, 3))
FIRST, LAST = date(2026, 1, 1), date(2026, 6, 30)
ACCOUNTS = [receivable(DriverId(one)) for one in (FLEET, PARTNER, ADA)] + [Account(AccountKind.DRIVER_RECEIVABLE, f"{FLEET}/wallet")]
DAYS = st.dates(FIRST, LAST)
MOVES = st.lists(st.tuples(st.sampled_from(ACCOUNTS), st.booleans(), st.integers(1, 9999), DAYS), max_size=12)
# A bill of one that another takes over.
HANDED_OVER = st.lists(st.tuples(st.permutations(ACCOUNTS), st.integers(1, 9999), DAYS), max_size=3)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def book(moves, handed_over) -> list[ChainedTxn]:
    posted = [
        (Posting(*((revenue("energy"), one) if charged else (one, BANK)), Money(minor, "EUR")), day) for one, charged, minor, day in moves
    ]
    posted += [(Posting(two[0], two[1], Money(minor, "EUR")), day) for two, minor, day in handed_over]
    made: list[ChainedTxn] = []
    for number, (posting, day) in enumerate(sorted(posted, key=lambda one: one[1])):
        made.append(chain_txn(made[-1] if made else None, Txn(f"x/{number}", OPERATOR, at(day), "", UUID(int=number), (posting,))))
    return made


def owed(some: list[ChainedTxn], whose: Account, before: date | None = None) -> int:
    """What an account has, added up entry by entry."""
    txns = [one.txn for one in some if before is None or one.txn.at < datetime(before.year, before.month, before.day, tzinfo=UTC)]
    return sum(entry.minor for txn in txns for entry in txn.entries if entry.account == whose)


def by_number(file: bytes) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in file.decode("cp1252").split("\r\n")[2:-1]:
        cells = line.split(";")
        amount = Decimal(cells[0].replace(",", "."))
        assert cells[6] != cells[7]
        sums[cells[6]] += amount
        sums[cells[7]] -= amount
    return sums


@given(MOVES, HANDED_OVER, st.none() | DAYS, st.none() | DAYS)
def test_each_numbered_customer_has_its_own_debtor_account_and_others_share_one(moves, handed_over, fleet_since, partner_since) -> None:
    """Summed by an independent reader of the file: the rows of a year leave on each number what its customers owe."""
    accounts = (CustomerAccount(FLEET, "10001", fleet_since), CustomerAccount(PARTNER, "20000", partner_since))
    chart, made = CHARTS["SKR03"].with_customers(accounts), book(moves, handed_over)
    brought = [
        Renumbering(one, since, Money(owed(made, one, since), "EUR"))
        for customer, since in ((FLEET, fleet_since), (PARTNER, partner_since))
        for one in ACCOUNTS
        if since and one.part.startswith(str(customer))
    ]
    sums = by_number(posting_batch(made, Batch(1001, 1, chart, FIRST, LAST, "UTC"), NOON, renumberings=brought))
    fleet, partner, ada, wallet = (Decimal(owed(made, one)) / 100 for one in ACCOUNTS)
    assert (sums["10001"], sums["20000"], sums[COLLECTIVE]) == (fleet + wallet, partner, ada)
    assert sum(sums.values()) == 0


@given(MOVES, HANDED_OVER, DAYS)
def test_a_customer_number_given_later_does_not_change_an_exported_month(moves, handed_over, since) -> None:
    before = [one for one in book(moves, handed_over) if one.txn.at.date() < since]
    plain, chart = CHARTS["SKR04"], CHARTS["SKR04"].with_customers((CustomerAccount(FLEET, "10001", since),))
    files = [posting_batch(before, Batch(1001, 1, one, FIRST, LAST, "UTC"), NOON) for one in (plain, chart)]
    assert files[0] == files[1]


def test_a_customer_number_is_used_from_its_first_day_until_the_next_one() -> None:
    accounts = [CustomerAccount(FLEET, "10001"), CustomerAccount(FLEET, "10002", LAST), CustomerAccount(FLEET, "", LAST + timedelta(1))]
    days = (FIRST, LAST, LAST + timedelta(1), None)
    assert [number_on(accounts, day) for day in days] == ["10001", "10002", "", ""] and number_on((), None) == ""


def test_a_customer_number_is_never_reused_and_replaced_only_on_its_first_day() -> None:
    known = renumbered((), CustomerAccount(FLEET, "10001", FIRST))
    assert renumbered(known, CustomerAccount(FLEET, "10005", FIRST)) == (CustomerAccount(FLEET, "10005", FIRST),)
    assert renumbered(known, CustomerAccount(FLEET, "", FIRST)) == ()
    later = renumbered(known, CustomerAccount(FLEET, "", LAST))
    assert [one.number for one in later] == ["10001", ""] and next_number(later) == "10002" and next_number(()) == "10001"
    with pytest.raises(Conflict):
        renumbered(later, CustomerAccount(PARTNER, "10001", LAST))
    with pytest.raises(Conflict):
        next_number((CustomerAccount(FLEET, "69999"),))


@pytest.mark.parametrize("number", ["10000", "70000", "1001", "100011", "1000x", "１０００１"])
def test_a_debtor_account_is_a_number_from_10001_to_69999(number: str) -> None:
    with pytest.raises(BadInput):
        CustomerAccount(FLEET, number)
