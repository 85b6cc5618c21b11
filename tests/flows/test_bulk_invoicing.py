"""Many charges billed in one commit have the same bills as alone; special cases are left out; nothing is billed twice."""

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from forecourt.drivers import PayBy
from forecourt.flows.billing import invoice_together
from forecourt.flows.ports import CollectPayment, StoreUnavailable, Transactions
from forecourt.ledger import verify_chain
from forecourt.store import PostgresTransactions
from money_world import ACCOUNT_DRIVER, CARD_DRIVER, NOON, OPERATOR, POOR_DRIVER, C, MoneyWorld, P
from stores import both_stores

END = NOON + timedelta(hours=3)


@pytest.fixture
def world(any_transactions: Transactions) -> MoneyWorld:
    return MoneyWorld(any_transactions).build()


def together(world: MoneyWorld, *made) -> set:  # type: ignore[no-untyped-def, type-arg]
    with world.transactions.begin() as store:
        return invoice_together(store, [one.session_id for one in made], END, world.ids)


def issued(world: MoneyWorld, made):  # type: ignore[no-untyped-def]
    with world.transactions.begin() as store:
        return store.documents.of_session(made.session_id)


def asked(world: MoneyWorld) -> set:  # type: ignore[type-arg]
    with world.transactions.begin() as store:
        return {item.work.document_id for item in store.outbox.open_items("task") if isinstance(item.work, CollectPayment)}


def test_a_charge_billed_in_a_batch_has_the_same_invoice_as_one_billed_alone(world: MoneyWorld) -> None:
    drivers = (CARD_DRIVER, ACCOUNT_DRIVER, POOR_DRIVER)
    many = [world.ended((C, 30, 1000 * n), (P, n, 0), number=n, driver=drivers[n % 3]) for n in range(1, 7)]
    alone = [replace(one, session_id=type(one.session_id)(int=one.session_id.int + 100)) for one in many]
    with world.transactions.begin() as store:
        for one in alone:
            store.sessions.end(one)
    assert together(world, *many) == {one.session_id for one in many}
    for one, like in zip(many, alone, strict=True):
        single = world.billed(like, END)
        assert single is not None
        (found,) = issued(world, one)
        assert replace(found.content, session_id=None) == replace(single.content, session_id=None)
    with world.transactions.begin() as store:
        assert sorted(one.sequence for one in store.documents.recent(OPERATOR, 99)) == list(range(1, 13))
        assert verify_chain(store.ledger.chain(OPERATOR)) == 12 and world.sum_is_zero(store)


@both_stores
def test_a_batch_requests_card_payments_and_none_for_monthly_accounts(world: MoneyWorld) -> None:
    by_card, monthly = world.ended(number=1), world.ended(number=2, driver=ACCOUNT_DRIVER)
    together(world, by_card, monthly)
    assert asked(world) == {one.id for one in issued(world, by_card)}


@both_stores
def test_charges_already_billed_or_needing_special_billing_are_left_out_of_the_batch(world: MoneyWorld) -> None:
    billed, fresh, from_balance = world.ended(number=1), world.ended(number=2), world.ended(number=3, driver=ACCOUNT_DRIVER)
    held, unknown = world.ended(number=4, held=True), world.ended(number=5, driver=None)
    world.billed(billed, END)
    with world.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(ACCOUNT_DRIVER), pay_by=PayBy.WALLET))
    assert together(world, billed, fresh, from_balance, held, unknown) == {fresh.session_id}
    assert together(world, billed, fresh) == set()
    assert [len(issued(world, one)) for one in (billed, fresh, from_balance, held, unknown)] == [1, 1, 0, 0, 0]
    with world.transactions.begin() as store:  # no number was taken by what was left
        assert store.documents.next_number(OPERATOR, "INV", 2026) == 3


def test_overlapping_batches_bill_each_charge_once(transactions: PostgresTransactions) -> None:
    world = MoneyWorld(transactions).build()
    drivers = (CARD_DRIVER, ACCOUNT_DRIVER, POOR_DRIVER)
    made = [world.ended((C, 30, 1000), number=number, driver=drivers[number % 3]) for number in range(1, 25)]

    def worker(seed: int) -> None:
        mixed = random.Random(seed).sample(made, len(made))
        for first in range(0, len(mixed), 6):
            with suppress(StoreUnavailable):
                together(world, *mixed[first : first + 6])
                world.billed(mixed[first], END)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(worker, range(4)))
    with transactions.begin() as store:
        documents = store.documents.recent(OPERATOR, 1000)
        assert sorted(one.sequence for one in documents) == list(range(1, 25))
        assert {one.session_id for one in documents} == {one.session_id for one in made}
        assert verify_chain(store.ledger.chain(OPERATOR)) == 24
