"""Recurring bookings, each an ordinary one, and bookings for the drivers of a fleet."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.drivers import Driver, GroupMember, Token, TokenKind, token_uid
from forecourt.flows.bookings import (
    ReserveRequest,
    advance_bookings,
    cancel_own_booking,
    check_acts_for,
    driver_of_booking,
    reserve,
    reserve_series,
)
from forecourt.flows.desk import drivers_in_fleet
from forecourt.kernel import BadInput, Conflict, DriverId, NotFound, Span
from forecourt.notices import NoticeKind
from forecourt.reservations import BookingRules, Confirmed, Repeat
from forecourt.store import MemoryTransactions
from stores import both_stores

from .conftest import KIND, NOON, Forecourt, at
from .test_notifying import told

DAY = 24 * 60


def series(place: Forecourt, start: float = 60, end: float = 120, repeat: Repeat = Repeat.WEEKDAYS, weeks: int = 2, driver=None):
    request = ReserveRequest(place.site_id, KIND, driver or place.app_driver, Span(at(start), at(end)))
    with place.transactions.begin() as store:
        return reserve_series(store, request, repeat, weeks, NOON, place.ids)


def others(place: Forecourt, count: int) -> list[DriverId]:
    found = [DriverId(UUID(int=1000 + number)) for number in range(count)]
    with place.transactions.begin() as store:
        for number, driver_id in enumerate(found):
            store.drivers.put_driver(Driver(driver_id, place.operator_id, f"Rider {number}", f"r{number}@x.example"))
            store.drivers.put_token(Token(token_uid(f"RIDER{number}"), place.operator_id, driver_id, TokenKind.RFID))
    return found


def taken(place: Forecourt, day: int, start: float = 30, end: float = 200) -> None:
    """Every socket is promised to others for that time of a day."""
    with place.transactions.begin() as store:
        store.bookings.put_rules(store.stations.site(place.site_id), BookingRules(held_back=0))
        for driver_id in others_of(store):
            window = Span(at(day * DAY + start), at(day * DAY + end))
            reserve(store, ReserveRequest(place.site_id, KIND, driver_id, window), NOON, place.ids)


def others_of(store) -> list[DriverId]:
    return [DriverId(UUID(int=1000 + number)) for number in range(3)]


@both_stores
def test_a_recurring_booking_makes_one_booking_for_each_working_day_and_sends_one_notice(forecourt) -> None:
    done = series(forecourt)
    assert [one.window for one in done] == [one.booking.window for one in done] and len(done) == 10
    assert all(one.booking.quote and isinstance(one.booking.state, Confirmed) for one in done)
    assert told(forecourt) == [NoticeKind.BOOKING_SERIES]
    with forecourt.transactions.begin() as store:
        assert {one.id for one in store.bookings.of_driver(forecourt.app_driver)} == {one.booking.id for one in done}
        cancel_own_booking(store, forecourt.app_driver, done[3].booking.id, NOON + timedelta(hours=1), forecourt.ids)
        assert sum(one.live for one in store.bookings.of_driver(forecourt.app_driver)) == 9


def test_a_fully_booked_day_of_a_series_is_listed_with_alternatives_and_the_others_booked(forecourt) -> None:
    others(forecourt, 3)
    taken(forecourt, day=1)
    done = series(forecourt)
    assert [one.booking is None for one in done] == [False, True, *[False] * 8]
    missing = done[1]
    assert "taken" in missing.why and missing.offers
    with forecourt.transactions.begin() as store:
        request = ReserveRequest(forecourt.site_id, KIND, forecourt.app_driver, missing.offers[0].window)
        assert reserve(store, request, NOON, forecourt.ids).quote.due == missing.offers[0].due


@both_stores
def test_days_of_a_series_beyond_the_booking_horizon_are_listed_as_not_booked(forecourt) -> None:
    done = series(forecourt, repeat=Repeat.DAILY, weeks=5)
    assert [bool(one.booking) for one in done] == [True] * 30 + [False] * 5 and "30 days ahead" in done[-1].why
    with pytest.raises(BadInput):
        series(forecourt, weeks=9)
    with forecourt.transactions.begin() as store:
        store.drivers.put_driver(Driver(DriverId(UUID(int=77)), forecourt.operator_id, "New", ""))
    with pytest.raises(Conflict, match="no charging card"):
        series(forecourt, driver=DriverId(UUID(int=77)))


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 240), st.integers(20, 200)), max_size=4), st.sampled_from(Repeat))
def test_a_recurring_booking_gives_the_same_result_as_booking_each_day_separately(full, repeat) -> None:
    """The referee books each day separately at an identical site."""
    alone, together = (Forecourt(MemoryTransactions()) for _ in range(2))
    for place in (alone, together):
        with place.transactions.begin() as store:
            place.build(store)
        others(place, 3)
        for day, start, minutes in full:
            try:
                taken(place, day, start, start + minutes)
            except Conflict:
                continue
    done = series(together, repeat=repeat, weeks=1)
    for one in done:
        request = ReserveRequest(alone.site_id, KIND, alone.app_driver, one.window)
        try:
            with alone.transactions.begin() as store:
                assert reserve(store, request, NOON, alone.ids).window == one.window and one.booking is not None
        except Conflict as error:
            assert one.booking is None and one.why == error.text
    with together.transactions.begin() as store:
        assert advance_bookings(store, together.site_id, NOON, together.ids) == 0  # nothing left to mend


@pytest.fixture
def fleet(forecourt) -> list[DriverId]:
    """Three drivers of a firm, of whom the last has left; the app driver pays."""
    drivers = others(forecourt, 3)
    with forecourt.transactions.begin() as store:
        for index, driver_id in enumerate(drivers):
            until = NOON - timedelta(days=1) if index == 2 else None
            store.drivers.put_member(GroupMember(forecourt.operator_id, "vans", driver_id, NOON - timedelta(days=9), until))
        store.statements.put_payer(forecourt.operator_id, "vans", forecourt.app_driver)
    return drivers


@both_stores
def test_a_fleet_payer_may_book_and_cancel_for_current_fleet_drivers_only(forecourt, fleet) -> None:
    one, two, gone = fleet
    payer = forecourt.app_driver
    with forecourt.transactions.begin() as store:
        assert [driver.id for driver in drivers_in_fleet(store, payer, NOON)] == [one, two] and drivers_in_fleet(store, one, NOON) == ()
        assert check_acts_for(store, payer, one, NOON) == one and check_acts_for(store, one, one, NOON) == one
        for who, whom in ((payer, gone), (payer, forecourt.card_driver), (one, two), (one, payer)):
            with pytest.raises(NotFound):
                check_acts_for(store, who, whom, NOON)
        made = reserve(store, ReserveRequest(forecourt.site_id, KIND, one, Span(at(60), at(120))), NOON, forecourt.ids)
        assert driver_of_booking(store, payer, made.id, NOON) == driver_of_booking(store, one, made.id, NOON) == one
        for stranger in (two, forecourt.card_driver):
            with pytest.raises(NotFound):
                driver_of_booking(store, stranger, made.id, NOON)
    assert told(forecourt, one) == [NoticeKind.BOOKING_MADE] and told(forecourt, payer) == []
