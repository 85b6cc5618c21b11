"""Queue tickets: one for each driver, one for each called socket, in order; the constraint behind the lock."""

from dataclasses import replace
from datetime import timedelta

import pytest

from forecourt.drivers import Driver
from forecourt.flows.ports import Transactions
from forecourt.kernel import Conflict, DriverId, SiteId, Span
from forecourt.reservations import Called, Left, Ticket, Waiting


def ticket(sample, minute: int = 0) -> Ticket:
    joined = sample.t0 + timedelta(minutes=minute)
    driver = Driver(DriverId(sample.id()), sample.operator.id, "Wren", "wren@x.example")
    return Ticket(sample.id(), sample.operator.id, sample.site.id, "J1772", driver.id, sample.token.uid, 7, joined, joined)


def test_queue_tickets_are_listed_in_queue_order(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    late, early = ticket(sample, 5), ticket(sample, 1)
    gone = replace(ticket(sample, 0), state=Left(sample.t0), first_called_at=sample.t0)
    with any_transactions.begin() as store:
        for one in (late, early, gone):
            store.queue.put(one)
    with any_transactions.begin() as store:
        assert store.queue.live_at(sample.site.id) == [early, late]
        assert store.queue.live_of(late.driver_id) == late and store.queue.live_of(gone.driver_id) is None
        assert store.queue.latest_of(gone.driver_id, sample.t0) == gone
        assert store.queue.latest_of(gone.driver_id, sample.t0 + timedelta(minutes=1)) is None
        assert store.queue.ticket(gone.id) == gone and store.queue.ticket(sample.id()) is None
        span = Span(sample.t0, sample.t0 + timedelta(minutes=5))
        assert store.queue.joined_in(sample.site.id, span) == [gone, early]
        assert store.queue.latest_called(sample.site.id, "J1772") == [gone]


def test_prefetched_queue_and_bookings_include_later_writes_of_the_same_unit_of_work(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    here, booking = ticket(sample), sample.booking(0, 1)
    with any_transactions.begin() as store:
        store.queue.put(here)
    with any_transactions.begin() as store:
        store.inbox.prefetch([sample.started()])
        assert (store.queue.live_at(sample.site.id), store.bookings.live_at(sample.site.id)) == ([here], [])
        assert store.sessions.open_for(sample.chargers[0].id, "1") is None
        store.queue.put(replace(here, state=Left(sample.t0)))
        store.bookings.put(booking)
        store.sessions.put(session := sample.session())
        assert (store.queue.live_at(sample.site.id), store.bookings.live_at(sample.site.id)) == ([], [booking])
        assert store.sessions.open_for(sample.chargers[0].id, "1") == session


def test_a_driver_has_one_place_in_a_queue(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    one = ticket(sample)
    with any_transactions.begin() as store:
        store.queue.put(one)
    with pytest.raises(Conflict) as refused, any_transactions.begin() as store:
        store.queue.put(replace(ticket(sample), driver_id=one.driver_id))
    assert refused.value.code == "queued_already"
    with any_transactions.begin() as store:
        store.queue.put(replace(one, state=Left(sample.t0)))
        store.queue.put(replace(ticket(sample), driver_id=one.driver_id))


def test_a_socket_is_offered_to_one_queued_driver_and_can_change_hands_in_one_unit_of_work(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    turn = Called(sample.evses[0].id, sample.t0, sample.t0 + timedelta(minutes=10), sample.t0 + timedelta(hours=4))
    first, second = ticket(sample, 0), ticket(sample, 1)
    with any_transactions.begin() as store:
        store.queue.put(replace(first, state=turn))
        store.queue.put(second)
    with pytest.raises(Conflict) as refused, any_transactions.begin() as store:
        store.queue.put(replace(second, state=turn))
    assert refused.value.code == "socket_reserved"
    with any_transactions.begin() as store:
        store.queue.put(replace(second, state=turn))
        store.queue.put(replace(first, state=Waiting()))
    with any_transactions.begin() as store:
        assert store.queue.ticket(second.id).state == turn


def test_a_queue_ticket_needs_an_existing_site(any_transactions: Transactions, sample) -> None:
    sample.filled(any_transactions)
    with pytest.raises(Conflict), any_transactions.begin() as store:
        store.queue.put(replace(ticket(sample), site_id=SiteId(sample.id())))
