"""Bookings without an account: found by link, driver, email and site; earlier guests are migrated."""

import json
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from forecourt.drivers import Driver, GuestBooking, GuestStep
from forecourt.flows.ports import Transactions
from forecourt.kernel import BookingId, DriverId, PaymentId
from forecourt.store import PostgresTransactions, migrate
from forecourt.store.codec import json_bytes


def guest(sample, email: str = "a@x.example", **changes: object) -> GuestBooking:
    booking_id, driver_id = BookingId(sample.id()), DriverId(sample.id())
    place = (booking_id, sample.operator.id, sample.site.id, "CCS", driver_id, booking_id.bytes)
    at = sample.booking(1, 2).made_at
    made = GuestBooking(*place, email, "de", "here", PaymentId(sample.id()), at, at + timedelta(minutes=10), at + timedelta(days=1))
    return replace(made, **changes)


def test_a_guest_booking_is_found_by_link_driver_email_and_site(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    paying, paid, over = (guest(sample, step=step) for step in GuestStep)
    with any_transactions.begin() as store:
        for one in (paying, paid, over):
            store.guests.put_booking(one)
    with any_transactions.begin() as store:
        assert (
            store.guests.booking_by_digest(paid.digest)
            == store.guests.booking_of_driver(paid.driver_id)
            == store.guests.booking(paid.booking_id)
            == paid
        )
        assert store.guests.booking_by_digest(b"another") is None
        assert store.guests.unpaid(sample.operator.id) == [paying] and store.guests.open_at(sample.site.id) == [paying, paid]
        assert store.guests.paid_bookings_of(sample.operator.id, "a@x.example") == [paid] and not store.guests.paid_bookings_of(
            sample.operator.id, "b"
        )
        store.guests.put_booking(replace(paying, step=GuestStep.OVER))
        assert store.guests.unpaid(sample.operator.id) == []


def test_guests_stored_before_the_guest_flag_are_marked_as_guests(empty_database_url: str, sample) -> None:
    migrate(empty_database_url, "0021")
    drivers = [Driver(DriverId(sample.id()), sample.operator.id, "Guest", "") for _ in range(2)]
    papers = [{name: value for name, value in json.loads(json_bytes(one)).items() if name != "guest"} for one in drivers]
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("INSERT INTO operators VALUES (%s, 'Demo', '{}')", (sample.operator.id,))
        for one, paper in zip(drivers, papers, strict=True):
            row = (one.operator_id, one.id, "", json_bytes(paper).decode())
            connection.execute("INSERT INTO drivers (operator_id, driver_id, email, paper) VALUES (%s, %s, %s, %s)", row)
        visit = (sample.operator.id, sample.site.id, sample.id(), sample.id(), drivers[0].id, "digest", sample.booking(1, 2).made_at, "{}")
        connection.execute("INSERT INTO guest_visits VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", visit)
    migrate(empty_database_url)
    with PostgresTransactions(empty_database_url) as transactions, transactions.begin() as store:
        assert [store.drivers.driver(one.id).guest for one in drivers] == [True, False]


@pytest.mark.parametrize("same", ["digest", "driver_id"])
def test_two_guest_bookings_cannot_share_a_link_or_a_driver(databases, sample, same) -> None:
    with databases.migrated() as url, PostgresTransactions(url) as transactions:
        sample.filled(transactions)
        first = guest(sample)
        second = replace(guest(sample), **{same: getattr(first, same)})
        with pytest.raises(Exception, match="guest_bookings"), transactions.begin() as store:
            store.guests.put_booking(first)
            store.guests.put_booking(second)
