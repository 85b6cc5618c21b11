"""One socket is never promised twice: by the lock, and by the constraint behind it."""

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from forecourt.flows.ports import Transactions
from forecourt.kernel import Conflict
from forecourt.reservations import BookingRules, Bound, Cancelled, Habits, PowerPromise
from forecourt.store import PostgresTransactions


def test_two_live_bookings_of_one_lane_never_overlap(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        store.bookings.put(sample.booking(0, 2))
        store.bookings.put(sample.booking(2, 3))
        store.bookings.put(sample.booking(1, 3, lane=1))
    with pytest.raises(Conflict) as refused, any_transactions.begin() as store:
        store.bookings.put(sample.booking(1, 2))
    assert refused.value.code == "slot_taken"


def test_two_bookings_may_swap_lanes_within_one_unit_of_work(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    one, other = sample.booking(0, 2, lane=0), sample.booking(0, 2, lane=1)
    with any_transactions.begin() as store:
        store.bookings.put(one)
        store.bookings.put(other)
    with any_transactions.begin() as store:
        store.bookings.put(replace(one, lane=1))
        store.bookings.put(replace(other, lane=0))
    with any_transactions.begin() as store:
        assert [store.bookings.booking(each.id).lane for each in (one, other)] == [1, 0]


def test_a_cancelled_booking_frees_its_slot(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    gone = replace(sample.booking(0, 2), state=Cancelled(sample.t0))
    with any_transactions.begin() as store:
        store.bookings.put(gone)
        store.bookings.put(sample.booking(0, 2))
    with any_transactions.begin() as store:
        assert gone not in store.bookings.live_at(sample.site.id)
        assert store.bookings.booking(gone.id) == gone


def test_a_socket_is_bound_to_one_booking_at_a_time(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    bound = Bound(sample.evses[0].id, sample.t0)
    with any_transactions.begin() as store:
        store.bookings.put(replace(sample.booking(0, 2, lane=0), state=bound))
    with pytest.raises(Conflict) as refused, any_transactions.begin() as store:
        store.bookings.put(replace(sample.booking(1, 3, lane=1), state=bound))
    assert refused.value.code == "slot_taken"


def test_bookings_are_found_by_time_window_number_and_driver(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    early, late = sample.booking(0, 1), sample.booking(5, 6)
    with any_transactions.begin() as store:
        store.bookings.put(late)
        store.bookings.put(early)
        assert store.bookings.live_at(sample.site.id) == [early, late]
        assert store.bookings.by_number(sample.site.id, late.number) == late
        assert store.bookings.of_driver(sample.driver.id, 1) == [late]
        assert store.bookings.of_site(sample.site.id, sample.window(5.5, 9)) == [late]
        assert store.bookings.next_number() != store.bookings.next_number()


def test_a_booking_is_stored_with_its_quote(any_transactions: Transactions, sample) -> None:
    from forecourt.kernel import Money
    from forecourt.reservations import Quote

    sample.filled(any_transactions)
    quoted = replace(sample.booking(0, 1), quote=Quote(sample.version(0, 1).id, 20_000, Money(980, "EUR")))
    with any_transactions.begin() as store:
        store.bookings.put(quoted)
    with any_transactions.begin() as store:
        assert store.bookings.booking(quoted.id) == quoted
        assert quoted.window.end - quoted.window.start == timedelta(hours=1)


def test_the_database_refuses_a_booking_slot_outside_its_promised_window(database_url: str, sample) -> None:
    with PostgresTransactions(database_url) as transactions:
        sample.filled(transactions)
        booking = replace(sample.booking(1, 2), within=sample.window(0, 3))
        with transactions.begin() as store:
            store.bookings.put(booking)
            assert store.bookings.booking(booking.id) == booking
    with psycopg.connect(database_url) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute("UPDATE bookings SET slot = tstzrange(lower(slot), upper(slot) + interval '3 hours')")


def test_a_site_has_the_default_booking_rules_until_it_has_its_own(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        assert store.bookings.rules(sample.site.id) == BookingRules()
        store.bookings.put_rules(sample.site, BookingRules(held_back=1))
    with any_transactions.begin() as store:
        store.bookings.put_rules(sample.site, BookingRules(held_back=2))
        assert store.bookings.rules(sample.site.id) == BookingRules(held_back=2)


def test_only_the_newest_learned_habits_of_each_socket_kind_are_stored(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    with any_transactions.begin() as store:
        assert store.bookings.habits(sample.site.id, "kind") is None
        store.bookings.put_habits(sample.site, "kind", Habits(stays=(60, 90), late=(-5, 5), unused_percent=3))
        store.bookings.put_habits(sample.site, "kind", Habits(stays=(70,), zone="Europe/Berlin", came_like=((60,), (90,))))
    with any_transactions.begin() as store:
        assert store.bookings.habits(sample.site.id, "kind") == Habits(stays=(70,), zone="Europe/Berlin", came_like=((60,), (90,)))
        assert store.bookings.habits(sample.site.id, "another") is None


def test_a_booking_is_stored_with_its_promised_power(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    power = PowerPromise(6210, 5600, 300, until=sample.t0)
    with any_transactions.begin() as store:
        store.bookings.put(made := replace(sample.booking(0, 2), power=power))
        store.bookings.put(plain := sample.booking(2, 3))
    with any_transactions.begin() as store:
        assert store.bookings.booking(made.id) == made
        assert store.bookings.booking(plain.id).power is None


def test_promised_power_is_readable_by_sql_and_never_zero(transactions: PostgresTransactions, database_url: str, sample) -> None:
    sample.filled(transactions)
    with transactions.begin() as store:
        store.bookings.put(replace(sample.booking(0, 2), power=PowerPromise(6210, 5600, 300)))
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT promised_w, promised_wh FROM bookings").fetchall() == [(6210, 5600)]
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("UPDATE bookings SET promised_w = 0")
