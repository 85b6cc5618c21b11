"""No work is leased by two couriers at a time, whatever one that was assumed to be dead still does."""

import random
from datetime import datetime, timedelta

import pytest

from forecourt.flows.ports import ChargerOrder, OutboxItem, Transactions
from forecourt.stations import StopCharge

LEASE_S = 60


def filled(transactions: Transactions, sample, count: int) -> None:
    with transactions.begin() as store:
        for number in range(count):
            store.outbox.put(sample.item(ChargerOrder(sample.chargers[0].id, StopCharge(str(number))), key=f"K{number}"))


def claim(transactions: Transactions, at: datetime, limit: int = 9) -> list[OutboxItem]:
    with transactions.begin() as store:
        return list(store.outbox.claim("charger", at, limit, LEASE_S))


def test_a_courier_whose_lease_expired_cannot_end_the_lease_of_its_successor(any_transactions: Transactions, sample) -> None:
    filled(any_transactions, sample, 1)
    after = sample.t0 + timedelta(seconds=LEASE_S)
    (late,), (present,) = claim(any_transactions, sample.t0), claim(any_transactions, after)
    with any_transactions.begin() as store:
        store.outbox.retry(late, after, "UNANSWERED")
        assert store.outbox.release([late]) == [late.id], "not done yet"
    assert claim(any_transactions, after) == []
    with any_transactions.begin() as store:
        store.outbox.retry(present, after, "UNANSWERED")
    assert [one.attempts for one in claim(any_transactions, after)] == [2]


def test_the_outcome_reported_first_counts_even_from_a_courier_whose_lease_expired(any_transactions: Transactions, sample) -> None:
    """Its work has been done; the successor's result arrives too late."""
    filled(any_transactions, sample, 1)
    after = sample.t0 + timedelta(seconds=LEASE_S)
    (late,), _ = claim(any_transactions, sample.t0), claim(any_transactions, after)
    with any_transactions.begin() as store:
        store.outbox.done(late.id, after, "ACCEPTED")
        store.outbox.done(late.id, after, "REJECTED")
    with any_transactions.begin() as store:
        assert [one.outcome for one in store.outbox.history("K0")] == ["ACCEPTED"]


def test_the_first_claims_of_one_courier_are_released_and_no_others(any_transactions: Transactions, sample) -> None:
    filled(any_transactions, sample, 5)
    after = sample.t0 + timedelta(seconds=LEASE_S)

    def claims(count: int, claimant: str, at: datetime = sample.t0) -> list[OutboxItem]:
        with any_transactions.begin() as store:
            return list(store.outbox.claim("charger", at, count, LEASE_S, claimant))

    claims(1, "A")
    (again,), (own,), (_other,), (_nameless,) = claims(1, "A", after), claims(1, "A", after), claims(1, "B", after), claims(1, "", after)
    assert again.attempts == 1
    with any_transactions.begin() as store:
        assert store.outbox.claimants(after) == ["A", "B"]
        assert store.outbox.release_claims("A", after) == 1
        assert store.outbox.claimants(after) == ["B"]
        assert own.id in {one.id for one in store.outbox.claim("charger", after, 9, LEASE_S)}


@pytest.mark.parametrize("seed", range(10))
def test_no_outbox_item_is_leased_twice_in_any_order_of_claims_and_late_results(any_transactions: Transactions, sample, seed: int) -> None:
    """A result is late if its lease has expired, and another may have claimed the item since."""
    chance, at = random.Random(seed), sample.t0
    filled(any_transactions, sample, 4)
    claims, present = list[OutboxItem](), dict[object, tuple[int, datetime]]()
    for _ in range(80):
        at += timedelta(seconds=chance.choice((0, 1, 20, 40)))
        for item in claim(any_transactions, at, chance.randint(1, 3)):
            assert item.id not in present or present[item.id][1] <= at, "held by two"
            present[item.id] = (item.attempts, at + timedelta(seconds=LEASE_S))
            claims.append(item)
        ended = chance.choice(claims)
        with any_transactions.begin() as store:
            if chance.random() < 0.5:
                store.outbox.retry(ended, at, "UNANSWERED")
            else:
                store.outbox.release([ended])
        if present[ended.id][0] == ended.attempts:
            present[ended.id] = (ended.attempts, at)
