"""Ledgers from before the account for money in transit are migrated by one entry to the same balances."""

import random
from dataclasses import replace
from datetime import datetime, timedelta

import psycopg
import pytest

from databases import as_if_newest
from forecourt.flows.paying import clear, reconcile
from forecourt.flows.ports import Store
from forecourt.kernel import Money, OperatorId
from forecourt.ledger import AT_PROCESSOR, BANK, CLEARING, FEES, Account, Posting, Txn, verify_chain
from forecourt.payments import ClearingLine, RowKind
from forecourt.settlement import StoredRow
from forecourt.store import MemoryTransactions, PostgresTransactions, migrate
from sequential_ids import SequentialIds

IDS = SequentialIds()
OURS = (BANK, AT_PROCESSOR, FEES)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def told(seed: int, at: datetime) -> list[ClearingLine]:
    """Fees of the processor's own (rows of payments are booked alike), adjustments that are not booked, payouts: named or by hand."""
    chance, lines, waiting = random.Random(seed), [], []
    for hour in range(30):
        kind = chance.choice([RowKind.FEE, RowKind.FEE, RowKind.FEE, RowKind.OTHER, RowKind.PAYOUT])
        when = at + timedelta(hours=hour)
        if kind is not RowKind.PAYOUT:
            waiting.append(ClearingLine(f"r{hour}", None, eur(-chance.randrange(1, 999)), eur(0), when, kind))
            continue
        sums, named = -sum(one.net.minor for one in waiting), chance.random() < 0.7
        lines += [*(replace(one, payout=f"po_{hour}" if named else "") for one in waiting)]
        lines += [ClearingLine(f"r{hour}", None, eur(sums), eur(0), when, kind, f"po_{hour}" if named else "")] if sums else []
        waiting = []
    return lines + waiting


def booked_as_before(store: Store, operator_id: OperatorId, line: ClearingLine) -> None:
    """As 0.1 had it: what a row came to was at the bank at once, and a payout moved nothing."""
    if line.kind is RowKind.FEE:
        txn = Txn(f"cleared/{line.id}", operator_id, line.at, "Fee of the processor", operator_id, (Posting(BANK, FEES, -line.net),))
        store.ledger.post(txn)
    store.clearing.put_row(StoredRow(line, operator_id, line.at, booked=line.kind is not RowKind.OTHER))


def balances(store: Store, operator_id: OperatorId, *accounts: Account) -> list[int]:
    return [store.ledger.balance(operator_id, one, "EUR") for one in accounts]


@pytest.mark.parametrize("seed", range(6))
def test_money_in_transit_of_an_older_ledger_is_carried_over_to_the_same_balances(empty_database_url: str, sample, seed: int) -> None:
    mine, lines, after = sample.operator.id, told(seed, sample.t0), sample.t0 + timedelta(days=3)
    migrate(empty_database_url, "0050")
    with PostgresTransactions(empty_database_url) as old:
        with as_if_newest(empty_database_url), old.begin() as store:
            store.stations.put_operator(sample.operator)
            for line in lines:
                booked_as_before(store, mine, line)
            store.ledger.close(mine, after)  # the entry is dated behind it
        migrate(empty_database_url)
        new = MemoryTransactions()
        with new.begin() as store:
            store.stations.put_operator(sample.operator)
            clear(store, lines, after, IDS)
            wanted = balances(store, mine, *OURS)
        with old.begin() as store:
            assert balances(store, mine, *OURS) == wanted and wanted[1] != 0
            assert verify_chain(store.ledger.chain(mine)) and store.ledger.sum_minor("EUR") == 0
            (carried,) = [one.txn for one in store.ledger.chain(mine) if one.txn.key.startswith("payout/")]
            assert carried.at >= after and carried.about is not None
            clear(store, lines, after, IDS)
            assert balances(store, mine, *OURS, CLEARING) == [*wanted, 0]


def test_a_payout_that_failed_before_the_migration_is_booked_after_it(empty_database_url: str, sample) -> None:
    mine, at = sample.operator.id, sample.t0
    came_back = ClearingLine("r2", None, eur(500), eur(0), at, RowKind.OTHER, description="payout_failure STRIPE PAYOUT")
    migrate(empty_database_url, "0050")
    with PostgresTransactions(empty_database_url) as old:
        with as_if_newest(empty_database_url), old.begin() as store:
            store.stations.put_operator(sample.operator)
            for line in (ClearingLine("r1", None, eur(-500), eur(0), at, RowKind.PAYOUT), came_back):
                booked_as_before(store, mine, line)
        with psycopg.connect(empty_database_url) as connection:
            connection.execute("UPDATE clearing_rows SET paper = replace(paper::text, '\"description\":', '\"words\":')::jsonb")
        migrate(empty_database_url)
        with old.begin() as store:
            assert balances(store, mine, BANK, AT_PROCESSOR) == [500, -500]
            assert reconcile(store, at + timedelta(hours=1)) == 0
            assert balances(store, mine, BANK, AT_PROCESSOR) == [0, 0]


def test_a_payout_with_unknown_rows_is_not_carried_over(empty_database_url: str, sample) -> None:
    """500 were paid out for rows of which 101 are unknown."""
    rows = [(-300, RowKind.FEE), (-99, RowKind.OTHER), (500, RowKind.PAYOUT)]
    migrate(empty_database_url, "0050")
    with PostgresTransactions(empty_database_url) as old:
        with as_if_newest(empty_database_url), old.begin() as store:
            store.stations.put_operator(sample.operator)
            for minor, kind in rows:
                booked_as_before(store, sample.operator.id, ClearingLine(kind, None, eur(minor), eur(0), sample.t0, kind, "po_1"))
        migrate(empty_database_url)
        with old.begin() as store:
            assert balances(store, sample.operator.id, BANK, AT_PROCESSOR) == [-300, 0]
