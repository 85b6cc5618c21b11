"""Stored balances always equal the sum of their entries."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from databases import Databases, as_if_newest
from forecourt.flows.ports import AccountEntries, Store, Transactions
from forecourt.kernel import DriverId, Money, OperatorId, Span
from forecourt.ledger import BANK, CLEARING, Account, AccountKind, Posting, Txn, held_on_card, holdable, receivable, revenue, vat, wallet
from forecourt.store import MemoryTransactions, PostgresTransactions, backup, migrate, restore


def moves(sample, seed: int, count: int = 40) -> Iterator[Txn]:
    """Of two books in two currencies, some twice, some back-dated."""
    chance = random.Random(seed)
    books = [sample.operator.id, OperatorId(sample.id())]
    drivers = [DriverId(sample.id()) for _ in range(3)]
    moving: list[Account] = [BANK, CLEARING, revenue("energy"), vat(None), *map(receivable, drivers), *map(wallet, drivers)]
    for number in range(count):
        who, amount = chance.choice(drivers), Money(chance.randrange(1, 999), chance.choice(["EUR", "CHF"]))
        pairs = [chance.sample(moving, 2), [holdable(who), held_on_card(who)], [held_on_card(who), holdable(who)]]
        postings = tuple(Posting(*chance.choice(pairs), amount) for _ in range(chance.randrange(1, 4)))
        at = sample.t0 - timedelta(days=chance.randrange(90))
        yield Txn(f"{seed}/{chance.randrange(number + 1)}", chance.choice(books), at, "moved", sample.id(), postings)


def shown(store: Store, operator_id: OperatorId) -> tuple[object, ...]:
    """Whatever is told of balances."""
    ledger, every = store.ledger, store.ledger.trial_balance(operator_id)
    kinds = (AccountKind.DRIVER_RECEIVABLE, AccountKind.WALLET, AccountKind.VAT, AccountKind.HOLD)
    names = {*(one.account.name for one in every), "DRIVER_RECEIVABLE", "HOLD"}
    first = datetime(2026, 1, 1, tzinfo=UTC)
    spans = [Span(first + timedelta(days=15 * part), first + timedelta(days=15 * part + 20)) for part in range(24)]
    return (
        every,
        [(ledger.trial_balance(operator_id, kind), ledger.unsettled(operator_id, kind)) for kind in kinds],
        ledger.summary(operator_id),
        [ledger.moved(operator_id, span) for span in spans],
        [ledger.sum_of(operator_id, AccountEntries(name, currency)) for name in sorted(names) for currency in ("EUR", "CHF")],
        [ledger.balance(operator_id, one.account, one.currency) for one in every],
    )


@pytest.mark.parametrize("seed", range(8))
def test_stored_balances_equal_the_sum_of_the_entries(transactions: Transactions, sample, seed: int) -> None:
    """The referee sums all entries: units of work with one or many postings, one that fails, a month closed in between."""
    chance, referee, waiting = random.Random(seed), MemoryTransactions(), list(moves(sample, seed))
    books = sorted({one.operator_id for one in waiting})
    while waiting:
        some, waiting = waiting[: (size := chance.randrange(1, 8))], waiting[size:]
        with pytest.raises(ZeroDivisionError), transactions.begin() as store:
            store.ledger.post_all(some)
            shown(store, books[0])  # which writes what is pending
            raise ZeroDivisionError
        for one in (transactions, referee):
            with one.begin() as store:
                store.ledger.post_all(some) if chance.random() < 0.5 else [store.ledger.post(txn) for txn in some]
                if len(waiting) < 20:
                    store.ledger.close(books[0], sample.t0 - timedelta(days=30))
        with transactions.begin() as kept, referee.begin() as added:
            assert [shown(kept, one) for one in books] == [shown(added, one) for one in books]
            assert not kept.ledger.wrong_balances()


def test_balances_are_right_after_concurrent_postings(transactions: PostgresTransactions, sample) -> None:
    waiting = list(moves(sample, 1, 200))

    def post(some: list[Txn]) -> None:
        for one in some:
            with transactions.begin() as store:
                store.ledger.post(one)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(post, (waiting[part::4] for part in range(4))))
    with transactions.begin() as store:
        assert len(store.ledger.trial_balance(sample.operator.id)) > 9 and not store.ledger.wrong_balances()


def test_a_balance_changed_by_hand_is_detected(transactions: PostgresTransactions, database_url: str, sample) -> None:
    with transactions.begin() as store:
        store.ledger.post_all([sample.txn("one"), sample.txn("two")])
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE ledger_balances SET debit_minor = debit_minor + 1 WHERE account LIKE 'REVENUE%'")
        connection.execute("DELETE FROM ledger_balances WHERE account LIKE 'DRIVER%'")
    with transactions.begin() as store:
        assert store.ledger.wrong_balances() == [receivable(sample.driver.id), revenue("energy")]


def test_balances_of_an_older_ledger_are_built_by_the_migration_and_by_a_restore(databases: Databases, tmp_path: Path, sample) -> None:
    before, copy = tmp_path / "before.zip", tmp_path / "copy.zip"
    with databases.empty() as url:
        migrate(url, "0053")
        with PostgresTransactions(url) as kept:
            with as_if_newest(url), kept.begin() as store:
                store.stations.put_operator(sample.operator)
                store.ledger.post_all(list(moves(sample, 2)))
            backup(url, before)
            migrate(url)
            with kept.begin() as store:
                balances = shown(store, sample.operator.id)
            backup(url, copy)
    for file in (before, copy):
        with databases.empty() as url:
            restore(url, file)
            with PostgresTransactions(url) as restored, restored.begin() as store:
                assert shown(store, sample.operator.id) == balances and not store.ledger.wrong_balances()
