"""Closed months take no entries, lose none, and their exports stay identical."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from forecourt.flows.billing import close_month, reopen_month
from forecourt.flows.desk import Staff, operator_month
from forecourt.flows.ports import Store, Transactions
from forecourt.kernel import Conflict, Money
from forecourt.ledger import BANK, CHARTS, CLEARING, Batch, Posting, Txn, posting_batch, verify_chain
from forecourt.store import MemoryTransactions
from money_world import NOON, OPERATOR, MoneyWorld
from sequential_ids import SequentialIds
from stores import both_stores

from .test_money_races import all_at_once

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
JULY_BEGINS = datetime(2026, 6, 30, 22, tzinfo=UTC)  # in Berlin
LATER = JULY_BEGINS + timedelta(days=2)


@pytest.fixture
def world(any_transactions: Transactions) -> MoneyWorld:
    return in_berlin(MoneyWorld(any_transactions))


def in_berlin(world: MoneyWorld) -> MoneyWorld:
    with world.build().transactions.begin() as store:
        store.stations.put_operator(replace(store.stations.operator(OPERATOR), zone="Europe/Berlin"))
    return world


IDS = SequentialIds()


def by(at: datetime = LATER) -> Staff:
    return Staff(OPERATOR, "ops", at, IDS)


def cleared(key: str, at: datetime, minor: int = 100) -> Txn:
    return Txn(key, OPERATOR, at, "Cleared by the processor", UUID(int=7), (Posting(CLEARING, BANK, Money(minor, "EUR")),))


def dates(world: MoneyWorld) -> dict[str, tuple[datetime, datetime | None]]:
    with world.transactions.begin() as store:
        verify_chain(store.ledger.chain(OPERATOR))
        return {one.txn.key: (one.txn.at, one.txn.about) for one in store.ledger.chain(OPERATOR)}


def test_an_entry_for_a_closed_month_is_dated_to_the_first_open_day_and_keeps_its_own_date(world: MoneyWorld) -> None:
    with world.transactions.begin() as store:
        store.ledger.post(cleared("in time", NOON))
        close_month(store, by(), JUNE)
        store.ledger.post(cleared("late, in the same commit", NOON))
    with world.transactions.begin() as store:
        assert store.ledger.post_all([cleared("late", NOON), cleared("of July", LATER), cleared("late", NOON)]) == 2
    kept = dates(world)
    assert kept["in time"] == (NOON, None) and kept["of July"] == (LATER, None)
    assert kept["late, in the same commit"] == kept["late"] == (JULY_BEGINS, NOON)


def test_a_month_can_be_closed_once_and_only_a_day_after_its_end(world: MoneyWorld) -> None:
    with world.transactions.begin() as store:
        with pytest.raises(Conflict, match="not been over"):
            close_month(store, by(JULY_BEGINS + timedelta(hours=23)), JUNE)
        close_month(store, by(JULY_BEGINS + timedelta(hours=24)), JUNE)
        for closed in (MAY, JUNE):
            with pytest.raises(Conflict, match="already closed"):
                close_month(store, by(), closed)


@both_stores
def test_a_reopened_month_accepts_entries_again_and_the_reason_is_in_the_audit_log(world: MoneyWorld) -> None:
    with world.transactions.begin() as store:
        with pytest.raises(Conflict, match="already open"):
            reopen_month(store, by(), JUNE, "nothing is closed")
        close_month(store, by(), JUNE)
        store.ledger.post(cleared("late", NOON))
        reopen_month(store, by(), JUNE, "a row was missing")
        store.ledger.post(cleared("into June", NOON))
        store.ledger.post(cleared("into May", NOON - timedelta(days=20)))
        said = [(one.action, one.subject, one.detail) for one in store.audit.recent() if one.action.startswith("ledger.")]
    kept = dates(world)
    assert kept["late"] == (JULY_BEGINS, NOON) and kept["into June"] == (NOON, None)
    assert kept["into May"] == (datetime(2026, 5, 31, 22, tzinfo=UTC), NOON - timedelta(days=20))
    assert sorted(said) == [("ledger.close", "2026-06", "up to its end, at entry 0"), ("ledger.reopen", "2026-06", "a row was missing")]


@both_stores
def test_when_months_are_closed_concurrently_the_latest_one_stays_closed(world: MoneyWorld) -> None:
    def close(number: int) -> None:
        with world.transactions.begin() as store:
            store.ledger.post(cleared(f"row {number}", NOON + timedelta(days=number)))
            close_month(store, by(), (MAY, JUNE)[number % 2])

    all_at_once([partial(close, number) for number in range(6)], 1)
    with world.transactions.begin() as store:
        assert store.ledger.open_from(OPERATOR) == JULY_BEGINS
    assert all(about is None or at >= datetime(2026, 5, 31, 22, tzinfo=UTC) for at, about in dates(world).values())


def export(store: Store, month: int) -> bytes:
    days = (first, last, zone) = (date(2026, month, 1), date(2026, month, 28), "Europe/Berlin")
    dated = [one for one in store.ledger.chain(OPERATOR) if first <= one.txn.at.astimezone(ZoneInfo(zone)).date() <= last]
    return posting_batch(dated, Batch(1001, 1, CHARTS["SKR03"], *days), NOON)


def step(store: Store, chance: random.Random, number: int, exported: dict[int, bytes]) -> int:
    """A month is closed and exported, or opened again, or a row of any day comes in. How many rows."""
    month, act = chance.randrange(1, 9), chance.random()
    first, known = date(2026, month, 1), store.ledger.open_from(OPERATOR)
    if act < 0.1 and (known is None or known < operator_month(store, OPERATOR, first).end):
        close_month(store, by(NOON + timedelta(days=200)), first)
        exported |= {one: export(store, one) for one in range(1, month + 1) if one not in exported}
    elif act < 0.15 and month in exported:
        reopen_month(store, by(), first, "a test")
        for one in [one for one in exported if one >= month]:
            del exported[one]
    else:
        at = datetime(2026, month, chance.randrange(1, 29), chance.randrange(24), tzinfo=UTC)
        return store.ledger.post(cleared(f"row {number}", at, 1 + number))
    return 0


@pytest.mark.parametrize("seed", range(10))
def test_the_export_of_a_closed_month_stays_identical_until_it_is_reopened(seed: int) -> None:
    """No entry is lost, whenever it is posted."""
    chance, world, exported = random.Random(seed), in_berlin(MoneyWorld(MemoryTransactions())), dict[int, bytes]()
    posted: list[int] = []
    with world.transactions.begin() as store:
        for number in range(80):
            posted.append(step(store, chance, number, exported))
            assert all(export(store, one) == file for one, file in exported.items())
        assert verify_chain(store.ledger.chain(OPERATOR)) == sum(posted)
        assert any(one.txn.about for one in store.ledger.chain(OPERATOR))
