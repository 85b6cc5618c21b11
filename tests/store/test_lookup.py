"""Lookup by a reference read out on the phone: only the operator's own things, by an index."""

from dataclasses import replace
from uuid import UUID

import psycopg
import pytest

from forecourt.drivers import Driver
from forecourt.flows.ports import PageRequest, Transactions
from forecourt.kernel import DriverId, OperatorId
from forecourt.payments import Capturing, StoredCard, Unknown
from forecourt.reservations import Cancelled
from forecourt.store.postgres import lookup
from forecourt.store.postgres.drivers import CALLED, within

OTHER = OperatorId(UUID(int=99))
MANY = f"""
INSERT INTO operators VALUES ('{UUID(int=7)}', 'Many', '{{}}');
INSERT INTO sites (operator_id, site_id, slug, data) VALUES ('{UUID(int=7)}', '{UUID(int=8)}', 'many', '{{}}');
CREATE FUNCTION nth(n int) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5(n::text)::uuid $$;
INSERT INTO drivers SELECT '{UUID(int=7)}', nth(n), md5(n::text) || '@example.org',
    jsonb_build_object('name', md5('n' || n), 'guest', n % 2 = 0)
    FROM generate_series(1, 20000) n;
INSERT INTO stored_cards SELECT '{UUID(int=7)}', nth(n), nth(n), 'epoch', jsonb_build_object('last4', lpad((n * 7)::text, 4, '0'))
    FROM generate_series(1, 1400) n;
INSERT INTO charge_records SELECT '{UUID(int=7)}', '{UUID(int=8)}', nth(n), nth(n), 'CP-' || n % 50, n::text,
    nth(n), 'epoch', 'epoch', 0, false, '{{}}'
    FROM generate_series(1, 5000) n;
INSERT INTO bookings (operator_id, site_id, booking_id, kind, driver_id, number, lane, slot, promised, state, data)
    SELECT '{UUID(int=7)}', '{UUID(int=8)}', nth(n), 'AC', nth(n), n, 0, tstzrange('2026-01-01', '2026-01-02'),
    tstzrange('2026-01-01', '2026-01-02'), 'Cancelled', '{{}}'
    FROM generate_series(1, 5000) n;
INSERT INTO evses SELECT '{UUID(int=7)}', '{UUID(int=8)}', nth(n), 'CP-' || n, 1, 'AC', jsonb_build_object('label', 'M-' || n)
    FROM generate_series(1, 5000) n;
INSERT INTO payments SELECT '{UUID(int=7)}', nth(n), nth(n), NULL, NULL, NULL, 'epoch', 'Captured', false, false,
    jsonb_build_object('state', jsonb_build_object('reference', 'pi_' || n)) FROM generate_series(1, 5000) n;
ANALYZE;
"""
CALLED_SO = f"SELECT data FROM drivers WHERE operator_id = %s AND {CALLED} ORDER BY driver_id DESC LIMIT %s"
WAYS = {
    "drivers_called": (CALLED_SO, within("4b5b1a")),
    "drivers_addressed": (lookup.GUESTS, "A87FF679A2F3E71D9181A67B7542122C@example.org"),
    "stored_cards_ending": (lookup.HOLDERS, "0042"),
    "charge_records_numbered": (lookup.ENDED, "4711"),
    "bookings_numbered": (lookup.BOOKINGS, 4711),
    "evses_labelled": (lookup.EVSES, "m-4711"),
    "payments_referred": (lookup.PAYMENTS, "pi_4711"),
}


def test_each_lookup_query_uses_its_index(databases) -> None:
    """In a database with thousands of rows of each kind, which takes long to fill."""
    with databases.migrated() as url, psycopg.connect(url, autocommit=True) as many:
        many.execute(MANY)
        for index, (query, sought) in WAYS.items():
            plan = "\n".join(line for (line,) in many.execute(f"EXPLAIN {query}", (UUID(int=7), sought, 20)))
            assert index in plan and "Seq Scan" not in plan, plan


def test_lookup_finds_everything_of_an_operator_by_its_reference_and_nothing_of_another(any_transactions: Transactions, sample) -> None:
    guest = Driver(DriverId(sample.id()), sample.operator.id, "", "Guest@example.org", guest=True)
    card = StoredCard(sample.id(), sample.operator.id, sample.driver.id, "pm_1", sample.t0, "visa", "4242")
    session, booking = sample.session(transaction="815"), replace(sample.booking(1, 2), state=Cancelled(sample.t0))
    ended = sample.record(sample.session(1, "815"))
    paid = sample.payment()
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        store.drivers.put_driver(guest)
        store.cards.put(card)
        store.sessions.put(session)
        store.sessions.end(ended)
        store.bookings.put(booking)
        store.payments.put(paid)
        for operator, there in ((sample.operator.id, True), (OTHER, False)):  # also before they are written
            assert store.lookup.guests(operator, "guest@EXAMPLE.org", 9) == [guest] * there
            assert store.lookup.guests(operator, sample.driver.email, 9) == []
            assert store.lookup.holders(operator, "4242", 9) == [sample.driver.id] * there
            assert store.lookup.charges(operator, "815", 9) == [session.id, ended.session_id] * there
            assert store.lookup.bookings(operator, booking.number, 9) == [booking] * there
            assert store.lookup.evses(operator, "ca-302", 9) == [sample.evses[2]] * there
            assert store.lookup.payments(operator, "pi_1", 9) == [paid] * there


def test_an_unanswered_payment_is_found_by_its_provider_reference(any_transactions: Transactions, sample) -> None:
    euro = sample.invoice().gross
    lost = sample.payment(Unknown(Capturing(euro, euro, "pi_9", sample.t0), sample.t0, "timeout"))
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        store.payments.put(lost)
        assert store.lookup.payments(sample.operator.id, "pi_9", 9) == [lost]


@pytest.mark.parametrize("words", ["50%", "a_a", "back\\slash"])
def test_wildcards_in_a_search_text_are_taken_literally(any_transactions: Transactions, sample, words: str) -> None:
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        named = replace(sample.driver, id=DriverId(sample.id()), name=f"Is {words} it")
        store.drivers.put_driver(named)
        store.drivers.put_driver(replace(sample.driver, id=DriverId(sample.id()), name="Is 500 aba backslash it"))
    with any_transactions.begin() as store:
        assert [one.id for one in store.drivers.page(sample.operator.id, words, PageRequest()).rows] == [named.id]
