"""A slot that becomes free is offered to waitlisted drivers in turn; nothing is booked or billed before they accept."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from forecourt.drivers import Driver, PayBy, Token, TokenKind, token_uid
from forecourt.flows.bookings import (
    JoinQueue,
    ReserveRequest,
    ServiceEdit,
    advance_bookings,
    advance_waitlist,
    cancel_own_booking,
    change_booking,
    join_queue,
    join_waitlist,
    leave_waitlist,
    reserve,
    service_fingerprint,
    set_service,
)
from forecourt.flows.bookings.availability import pool_of
from forecourt.flows.desk import Staff
from forecourt.flows.paying import take_offer
from forecourt.kernel import BadInput, BookingId, Conflict, DriverId, OperatorId, Span
from forecourt.notices import NoticeKind
from forecourt.reservations import Booking, Cancelled, Hoping, Offered, Taken, Unanswered, Unmet
from forecourt.stations import Maintenance
from stores import both_stores

from .conftest import KIND, at

SPAN = Span(at(240), at(300))


class Place:
    """Three bays, all booked for SPAN by the first three of a crowd."""

    def __init__(self, forecourt, crowd) -> None:
        self.forecourt, self.crowd, self.site_id, self.ids = forecourt, crowd, forecourt.site_id, forecourt.ids
        forecourt.free()
        self.booked = [self.does(reserve, self.asks(who), at(0), self.ids) for who in (0, 1, 2)]

    def does(self, step, *args):
        with self.forecourt.transactions.begin() as store:
            return step(store, *args)

    def asks(self, who: int, span: Span = SPAN) -> ReserveRequest:
        return ReserveRequest(self.site_id, KIND, self.crowd[who], span)

    def hopes(self, who: int, minute: float):
        return self.does(join_waitlist, self.asks(who), at(minute), self.ids)

    def cancels(self, who: int, minute: float) -> None:
        self.does(cancel_own_booking, self.crowd[who], self.booked[who].id, at(minute), self.ids)

    def ticks(self, minute: float) -> int:
        return self.does(advance_waitlist, self.site_id, at(minute), self.ids)

    def state(self, wait):
        return self.does(lambda store: store.waitlist.wait(wait.id)).state

    def told(self, who: int) -> list[NoticeKind]:
        return [one.kind for one in self.does(lambda store: store.notices.all_of(self.crowd[who]))]

    def live(self) -> list[Booking]:
        return list(self.does(lambda store: store.bookings.live_at(self.site_id)))


@pytest.fixture
def place(forecourt, crowd) -> Place:
    return Place(forecourt, crowd)


def test_a_cancelled_slot_is_offered_to_the_first_on_the_waitlist_and_then_to_the_next(place):
    first, second = place.hopes(4, 1), place.hopes(5, 2)
    assert place.ticks(3) == 0, "it is full"
    place.cancels(0, 10)
    assert place.ticks(10) == 1
    assert (place.state(first).until, place.state(second)) == (at(67.5), Hoping()), "a quarter of the time that is left"
    assert place.told(4) == [NoticeKind.SLOT_OFFERED] and place.told(5) == []
    assert place.ticks(60) == 0
    assert place.ticks(68) == 2
    assert isinstance(place.state(first), Unanswered) and isinstance(place.state(second), Offered)


def test_an_offered_slot_is_reserved_and_becomes_a_booking_when_accepted(place):
    wait = place.hopes(4, 1)
    place.cancels(0, 10)
    place.ticks(10)
    with pytest.raises(Conflict, match="taken"):
        place.does(reserve, place.asks(6), at(11), place.ids)
    booking = place.does(take_offer, place.crowd[4], wait.id, at(20), place.ids)
    again = place.does(take_offer, place.crowd[4], wait.id, at(21), place.ids)
    assert (booking.id, booking.offered_until, booking.made_at) == (again.id, None, at(20))
    assert isinstance(place.state(wait), Taken)
    assert place.told(4).count(NoticeKind.BOOKING_MADE) == 1
    assert len(place.live()) == 3


def test_a_declined_or_unanswered_slot_offer_makes_no_booking_and_costs_nothing(place):
    no, nothing = place.hopes(4, 1), place.hopes(5, 2)
    place.cancels(0, 10)
    place.ticks(10)
    place.does(leave_waitlist, place.crowd[4], no.id, at(11), place.ids)
    place.does(leave_waitlist, place.crowd[4], no.id, at(12), place.ids)
    place.ticks(12)
    place.ticks(200)
    with pytest.raises(Conflict, match="not answered in time"):
        place.does(take_offer, place.crowd[5], nothing.id, at(201), place.ids)
    assert len(place.live()) == 2
    kept = place.does(lambda store: store.bookings.of_driver(place.crowd[5]))
    assert [one.state for one in kept] == [Cancelled(at(200))] and kept[0].given_up_at is None


def test_an_unanswered_slot_offer_ends_before_a_bay_is_assigned_even_if_processed_late(place):
    wait = place.hopes(4, 1)
    place.cancels(0, 170)
    place.ticks(170)
    assert place.state(wait).until == at(200), "half an hour at least"
    for minute in (232, 256):
        place.does(advance_bookings, place.site_id, at(minute), place.ids)
    kept = place.does(lambda store: store.bookings.of_driver(place.crowd[4]))
    assert [one.state for one in kept] == [Cancelled(at(232))], "nobody is missed, and nothing broken, where nobody has said yes"
    assert place.told(4) == [NoticeKind.SLOT_OFFERED]
    assert place.ticks(257) == 1 and isinstance(place.state(wait), Unanswered)


def test_an_offered_slot_can_be_cancelled_free_of_charge_and_cannot_be_changed(place):
    wait = place.hopes(4, 1)
    place.cancels(0, 185)
    place.ticks(185)
    booking_id = place.state(wait).booking_id
    with pytest.raises(Conflict, match="too late"):
        place.does(change_booking, booking_id, place.asks(4), at(190), place.ids)
    place.does(cancel_own_booking, place.crowd[4], booking_id, at(200), place.ids)
    kept = place.does(lambda store: store.bookings.booking(BookingId(booking_id)))
    assert kept.state == Cancelled(at(200)) and place.told(4) == [NoticeKind.SLOT_OFFERED]
    assert place.ticks(201) == 1 and place.state(wait) != Hoping()


def test_a_waitlisted_driver_with_a_conflicting_booking_is_skipped(place, forecourt):
    busy, next_one = place.hopes(4, 1), place.hopes(5, 2)
    place.does(reserve, place.asks(4, Span(at(300), at(330))), at(3), place.ids)
    place.cancels(0, 10)
    place.does(lambda store: store.bookings.put(replace(place.booked[1], driver_id=place.crowd[4])))
    place.ticks(10)
    assert (place.state(busy), type(place.state(next_one))) == (Hoping(), Offered)


@both_stores
def test_joining_the_waitlist_twice_keeps_one_entry_and_a_slot_too_soon_is_refused(place):
    assert place.hopes(4, 1).id == place.hopes(4, 2).id
    with pytest.raises(BadInput, match="too soon"):
        place.hopes(5, 215)
    late = place.hopes(6, 100)
    place.ticks(211)
    assert isinstance(place.state(late), Unmet)


def test_a_member_gets_the_slot_offer_before_a_guest_who_joined_shortly_earlier(place, forecourt):
    with forecourt.transactions.begin() as store:
        lead = timedelta(minutes=store.bookings.rules(place.site_id).member_lead_min)
    guest, member = place.hopes(4, 1), place.hopes(5, 2)
    with forecourt.transactions.begin() as store:
        store.waitlist.put(replace(member, stands_at=member.requested_at - lead))
    place.cancels(0, 10)
    place.ticks(10)
    assert (place.state(guest), type(place.state(member))) == (Hoping(), Offered)


@both_stores
def test_a_failure_after_a_slot_was_offered_rolls_the_offer_back(place, monkeypatch):
    """Otherwise a bay would be reserved for a driver who gets no notice, once more at each run."""
    place.hopes(4, 1)
    place.cancels(0, 10)

    def refuse(*_: object) -> None:
        raise Conflict("out_of_words", "No letter can be written.")

    monkeypatch.setattr("forecourt.flows.bookings.waitlist.notify_slot_offer", refuse)
    with pytest.raises(Conflict):
        place.ticks(10)
    assert len(place.live()) == 2


def test_the_availability_is_computed_once_for_all_waitlist_entries_until_one_is_offered(place, monkeypatch):
    looks = list[int]()
    monkeypatch.setattr("forecourt.flows.bookings.waitlist.pool_of", lambda *asked: looks.append(1) or pool_of(*asked))
    entries = [place.hopes(who, 1) for who in (4, 5, 6)]
    other = place.does(join_waitlist, place.asks(7, Span(at(250), at(290))), at(1), place.ids)
    assert place.ticks(3) == 0 and len(looks) == 1
    place.cancels(0, 10)
    place.cancels(1, 10)
    looks.clear()
    assert place.ticks(10) == 2 and len(looks) == 3
    assert [isinstance(place.state(one), Offered) for one in (*entries, other)] == [True, True, False, False]


def test_a_driver_whose_slot_offer_is_cancelled_by_maintenance_stays_on_the_waitlist(place):
    wait = place.hopes(4, 1)
    place.cancels(0, 10)
    place.ticks(10)
    by = Staff(place.forecourt.operator_id, "ops", at(15), place.ids)
    seen = service_fingerprint(place.does(lambda store: store.stations.site(place.site_id)))
    place.does(set_service, by, place.site_id, ServiceEdit(begin=Maintenance(SPAN, ("B1",))), seen)
    assert place.state(wait) == Hoping() and place.ticks(16) == 0


def test_a_driver_of_another_operator_cannot_book_queue_or_join_the_waitlist(place):
    other, rider = OperatorId(UUID(int=77)), DriverId(UUID(int=78))
    with place.forecourt.transactions.begin() as store:
        store.stations.put_operator(replace(store.stations.operator(place.forecourt.operator_id), id=other))
        store.drivers.put_driver(Driver(rider, other, "Rider", "rider@x.example", pay_by=PayBy.ACCOUNT))
        store.drivers.put_token(Token(token_uid("RIVAL"), other, rider, TokenKind.APP))
    later = ReserveRequest(place.site_id, KIND, rider, Span(at(600), at(660)))
    steps = (reserve, later), (join_waitlist, replace(later, window=SPAN)), (join_queue, JoinQueue(place.site_id, KIND, rider))
    for step, asked in steps:
        with pytest.raises(Conflict, match="Another operator runs"):
            place.does(step, asked, at(1), place.ids)
