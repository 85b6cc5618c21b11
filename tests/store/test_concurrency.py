"""Concurrent writers: one winner, no gap, nothing twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import TypeVar

import pytest

from forecourt.assembly.identifiers import RandomIds
from forecourt.drivers import Account, Role
from forecourt.flows.chargers.connections import link_changed
from forecourt.flows.chargers.settings import settings_read
from forecourt.flows.ports import ChargerOrder, PartnerDelivery, RoamingCharge, StoreUnavailable, Transactions
from forecourt.kernel import Conflict, DocumentId, SessionId, TokenUid
from forecourt.ledger import verify_chain
from forecourt.ocpi import AuthMethod, CdrToken
from forecourt.reservations import Pool, SlotRequest, book_slot
from forecourt.stations import Acknowledgement, StopCharge
from forecourt.store import PostgresTransactions
from roaming_world import PARTNER, registered

from .conftest import T0

T = TypeVar("T")


def at_once(count: int, work: Callable[[int], T]) -> list[T]:
    barrier = Barrier(count)

    def one(index: int) -> T:
        barrier.wait()
        return work(index)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_of_a_hundred_concurrent_bookings_for_the_last_socket_one_succeeds(database_url: str, sample) -> None:
    with PostgresTransactions(database_url, most=16, wait_s=60) as transactions:
        sample.filled(transactions)

        def book(index: int) -> bool:
            wish = SlotRequest(sample.operator.id, sample.site.id, "J1772", sample.driver.id, TokenUid("04A1"), sample.window(1, 2))
            try:
                with transactions.begin() as store:
                    store.bookings.lock_pool(sample.site.id, "J1772")
                    pool = Pool(1, promised=tuple(store.bookings.live_at(sample.site.id)))
                    for booking in book_slot(wish, sample.booking(1, 2).id, store.bookings.next_number(), pool, sample.t0):
                        store.bookings.put(booking)
            except Conflict as refused:
                assert refused.code == "slot_taken"
                return False
            return True

        assert sum(at_once(100, book)) == 1


def test_the_database_constraint_prevents_double_booking_without_the_lock(database_url: str, sample) -> None:
    with PostgresTransactions(database_url, most=8) as transactions:
        sample.filled(transactions)
        bookings = [sample.booking(1, 2) for _ in range(8)]

        def book(index: int) -> bool:
            try:
                with transactions.begin() as store:
                    store.bookings.put(bookings[index])
            except (Conflict, StoreUnavailable):
                return False
            return True

        won = at_once(8, book)
        with transactions.begin() as store:
            assert len(store.bookings.live_at(sample.site.id)) == sum(won) <= 1


def test_document_numbers_have_no_gap_under_eight_concurrent_writers(database_url: str, sample) -> None:
    with PostgresTransactions(database_url, most=8) as transactions:
        sample.filled(transactions)
        ids = [DocumentId(sample.id()) for _ in range(80)]

        def issue(index: int) -> None:
            for turn in range(10):
                with transactions.begin() as store:
                    number = store.documents.next_number(sample.operator.id, "INV", 2026)
                    store.documents.put(replace(sample.invoice(number), id=ids[index * 10 + turn]))
                    store.ledger.post(sample.txn(f"invoice/{number}"))
                if turn % 3 == 0:
                    with pytest.raises(ZeroDivisionError), transactions.begin() as store:
                        store.documents.next_number(sample.operator.id, "INV", 2026)
                        raise ZeroDivisionError

        at_once(8, issue)
        with transactions.begin() as store:
            assert sorted(one.sequence for one in store.documents.recent(sample.operator.id, 200)) == list(range(1, 81))
            assert verify_chain(store.ledger.chain(sample.operator.id)) == 80


def test_an_outbox_item_is_claimed_by_one_of_eight_couriers(database_url: str, sample) -> None:
    with PostgresTransactions(database_url, most=8) as transactions:
        with transactions.begin() as store:
            for number in range(120):
                order = ChargerOrder(sample.chargers[0].id, StopCharge(str(number)))
                store.outbox.put(sample.item(order, key=str(number % 30)))

        def deliver(index: int) -> list[tuple[str, str]]:
            done = []
            for _ in range(60):
                with transactions.begin() as store:
                    for item in store.outbox.claim("charger", sample.t0, 3, 600):
                        assert isinstance(item.work, ChargerOrder) and isinstance(item.work.order, StopCharge)
                        done.append((item.key, item.work.order.transaction))
                        store.outbox.done(item.id, sample.t0, "ACCEPTED")
            return done

        delivered = [one for courier in at_once(8, deliver) for one in courier]
        assert len(delivered) == len(set(delivered)) == 120


def test_the_same_messages_from_eight_writers_are_stored_once(database_url: str, sample) -> None:
    with PostgresTransactions(database_url, most=8) as transactions:
        sample.filled(transactions)
        messages = [sample.started(str(n)) for n in range(50)]

        def write(index: int) -> list[str | None]:
            mine = messages if index % 2 else messages[::-1]
            with transactions.begin() as store:
                numbers = store.inbox.next_transactions(50)
                answers = store.inbox.add(mine, [Acknowledgement(number) for number in numbers])
            told = [one.transaction for one in answers]
            return told if index % 2 else told[::-1]

        answers = at_once(8, write)
        assert all(one == answers[0] for one in answers)
        with transactions.begin() as store:
            assert len(store.inbox.all_rows(sample.site.id, 0, 1000)) == 50


def test_only_one_worker_applies_messages_of_a_site_at_a_time(transactions: Transactions, sample) -> None:
    with transactions.begin() as one, transactions.begin() as other:
        assert one.inbox.lock_site(sample.site.id)
        assert not other.inbox.lock_site(sample.site.id)
        assert other.inbox.lock_site(sample.evses[0].site_id) is False
    with transactions.begin() as other:
        assert other.inbox.lock_site(sample.site.id)


def test_concurrent_changes_to_different_fields_of_a_driver_are_both_stored(transactions: Transactions, sample) -> None:
    sample.filled(transactions)
    with transactions.begin() as slow:
        read = slow.drivers.driver(sample.driver.id)
        with transactions.begin() as other:
            other.drivers.put_driver(replace(other.drivers.driver(read.id), name="Former driver", email="", payment_method=""))
        slow.drivers.put_driver(replace(read, language="de"))
        assert slow.drivers.driver(read.id).name == "Former driver"
    with transactions.begin() as store:
        assert store.drivers.driver(read.id) == replace(read, name="Former driver", email="", payment_method="", language="de")


def test_a_roaming_charge_that_ends_while_its_partner_is_notified_keeps_both_changes(transactions: Transactions, sample) -> None:
    sample.filled(transactions)
    card = CdrToken(country_code="NL", party_id="TNM", uid="04FACADE", type="RFID", contract_id="NL8ACC12E46L89")
    who = (sample.operator.id, PARTNER, card, AuthMethod.WHITELIST, None)
    charge = RoamingCharge(sample.id(), None, *who, began_at=sample.t0, changed_at=sample.t0)
    ended = replace(charge, session_id=SessionId(charge.id), changed_at=sample.t0 + timedelta(hours=1))
    with transactions.begin() as store:
        store.roaming.put_partner(registered(sample.operator.id))
        store.roaming_charges.put_charge(charge)
    with transactions.begin() as courier:
        read = courier.roaming_charges.charge(charge.id)
        with transactions.begin() as worker:
            worker.roaming_charges.put_charge(ended)
        courier.roaming_charges.put_charge(replace(read, passing=PartnerDelivery(sample.t0)))
    with transactions.begin() as store:
        assert store.roaming_charges.charge(charge.id) == replace(ended, passing=PartnerDelivery(sample.t0))


def test_concurrent_changes_to_an_account_are_both_stored(transactions: Transactions, sample) -> None:
    sample.filled(transactions)
    account = Account(sample.id(), sample.operator.id, "ada@example.org", Role.OPERATOR)
    with transactions.begin() as store:
        store.drivers.put_account(account)
    with transactions.begin() as slow:
        read = slow.drivers.account_by_email(account.email)
        with transactions.begin() as other:
            held = other.drivers.lock_account(account.id)
            other.drivers.put_account(replace(held, closed_at=sample.t0))
        slow.drivers.put_account(replace(read, password_hash="new"))
    with transactions.begin() as store:
        assert store.drivers.account(account.id) == replace(account, closed_at=sample.t0, password_hash="new")


def test_a_charger_that_connects_while_its_inventory_is_stored_stays_connected(database_url: str, sample) -> None:
    with PostgresTransactions(database_url, most=2) as transactions:
        sample.filled(transactions)
        name = sample.evses[0].charger_id
        with transactions.begin() as store:
            box = store.stations.charger(name)
            assert not box.connected
            with transactions.begin() as other:
                link_changed(other, name, True, T0, "here")
            settings_read(store, box, {"NumberOfConnectors": "1"}, T0, RandomIds())
        with transactions.begin() as store:
            kept = store.stations.charger(name)
        assert (kept.connected, kept.holder) == (True, "here") and kept.inventory is not None
