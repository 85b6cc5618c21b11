"""The probability of a shortage of sockets, and the bookings that it allows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from math import prod
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import BookingId, Conflict, DriverId, OperatorId, SiteId, Span, TokenUid
from forecourt.reservations import (
    MAX_SHORTAGE_RISK,
    Booking,
    Habits,
    PastStay,
    Pool,
    PresentCar,
    SlotRequest,
    book_slot,
    habits_from_stays,
    nearest_starts,
    shortage_probability,
    turn_end,
)
from forecourt.reservations.shortage_risk import failure_probability, probability_at_least, stay_probability

NINE = datetime(2026, 6, 1, 9, tzinfo=UTC)  # a Monday
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
ID = UUID(int=1)
# Of a hundred cars one more is gone every five minutes; as many left two hours early as two hours late.
EVEN = Habits(stays=tuple(300 * n for n in range(1, 101)), late=tuple(range(-7200, 7201, 144)))
FULL_AT_NINE = (0,) * 36 + (100,) * 4 + (0,) * 56


def wish(start: datetime, hours: float = 1, flexible: timedelta = timedelta()) -> SlotRequest:
    return SlotRequest(OperatorId(ID), SiteId(ID), "kind", DriverId(ID), TokenUid("T"), Span(start, start + HOUR * hours), flexible)


def booking(start: datetime, number: int = 1) -> Booking:
    return book_slot(wish(start), BookingId(UUID(int=number)), number, Pool(99), NINE)[0]


def busy(pool: Pool, *quarters: int) -> Pool:
    return replace(pool, habits=replace(EVEN, busy=quarters + (0,) * 96), too_busy_percent=60)


@given(st.lists(st.floats(0, 1), max_size=7), st.integers(1, 8))
def test_the_probability_of_at_least_n_events_equals_counting_every_case(chances: list[float], count: int) -> None:
    cases = product((False, True), repeat=len(chances))
    counted = sum(prod(c if yes else 1 - c for c, yes in zip(chances, case, strict=True)) for case in cases if sum(case) >= count)
    assert probability_at_least(count, chances) == pytest.approx(counted, abs=1e-12)


@given(st.integers(0, 300), st.integers(0, 300))
def test_the_later_a_booking_starts_the_lower_is_its_shortage_risk(sooner: int, later: int) -> None:
    at, (first, last) = NINE, sorted((sooner, later))
    pool = Pool(1, promised=(booking(NINE + 6 * HOUR),), cars=(PresentCar(NINE - HOUR, NINE + HOUR),), habits=EVEN)
    risks = [shortage_probability(pool, NINE + MINUTE * minutes, at) for minutes in (first, last)]
    assert risks[0] >= risks[1] - failure_probability(5 * HOUR)


def test_a_walk_in_is_allowed_beside_a_booking_sooner_at_many_sockets_than_at_one() -> None:
    due = NINE + 2 * HOUR
    one = Pool(1, promised=(booking(due),), habits=EVEN)
    many = Pool(
        24, promised=(booking(due),), cars=tuple(PresentCar(NINE - HOUR * n / 6, NINE + MINUTE * 20 * n) for n in range(23)), habits=EVEN
    )
    assert turn_end(one, NINE, 30 * MINUTE, 4 * HOUR, NINE + HOUR) is None
    assert turn_end(many, NINE, 30 * MINUTE, 4 * HOUR, NINE + HOUR) is not None
    assert turn_end(replace(one, promised=()), NINE, 30 * MINUTE, 4 * HOUR) == NINE + 4 * HOUR


def test_a_walk_in_who_states_an_early_departure_may_stay_until_then_before_a_booking() -> None:
    pool = Pool(1, promised=(booking(NINE + 5 * HOUR),), habits=EVEN)
    assert turn_end(pool, NINE, 30 * MINUTE, 4 * HOUR) is None
    assert turn_end(pool, NINE, 30 * MINUTE, 4 * HOUR, NINE + HOUR) == NINE + HOUR


def test_a_booking_that_would_put_others_at_risk_is_refused() -> None:
    live = tuple(booking(NINE + 30 * HOUR, number) for number in range(1, 4))
    pool = Pool(4, promised=live, habits=EVEN)
    assert len(book_slot(wish(NINE + 30 * HOUR), BookingId(UUID(int=9)), 9, replace(pool, habits=None), NINE)) >= 1
    with pytest.raises(Conflict) as refused:
        book_slot(wish(NINE + 31 * HOUR), BookingId(UUID(int=9)), 9, replace(pool, sockets=3), NINE)  # those before may leave late
    assert refused.value.code == "slot_taken"
    after = replace(pool, sockets=3, promised=(*live, booking(NINE + 31 * HOUR, 9)))
    assert shortage_probability(after, NINE + 31 * HOUR, NINE) > MAX_SHORTAGE_RISK


def test_a_flexible_booking_avoids_busy_hours_and_a_fixed_one_does_not() -> None:
    pool = busy(Pool(8), *FULL_AT_NINE)
    tomorrow = NINE + DAY
    flexible = book_slot(wish(tomorrow, flexible=30 * MINUTE), BookingId(ID), 1, replace(pool, too_busy_percent=100), NINE)[0]
    fixed = book_slot(wish(tomorrow), BookingId(ID), 1, replace(pool, too_busy_percent=100), NINE)[0]
    assert (abs(flexible.window.start - tomorrow), flexible.window.length) == (30 * MINUTE, HOUR)
    assert fixed.window.start == tomorrow


def test_busy_hours_cannot_be_booked_ahead_but_soon_starts_are_judged_by_present_cars() -> None:
    pool, tomorrow = busy(Pool(8), *FULL_AT_NINE), NINE + DAY
    with pytest.raises(Conflict):
        book_slot(wish(tomorrow), BookingId(ID), 1, pool, NINE)
    assert all(not 9 <= start.hour < 10 for start in nearest_starts(pool, Span(tomorrow, tomorrow + HOUR), NINE, 9))
    assert book_slot(wish(NINE + 30 * MINUTE), BookingId(ID), 1, pool, NINE)[0].window.start == NINE + 30 * MINUTE


def test_habits_are_learned_in_local_time_over_a_clock_change() -> None:
    until = datetime(2026, 4, 6, tzinfo=UTC)
    mornings = [until - DAY * n + HOUR * (7 if until - DAY * n >= datetime(2026, 3, 29, tzinfo=UTC) else 8) for n in range(1, 29)]
    stayed = [PastStay(Span(start, start + 2 * HOUR), start + HOUR) for start in reversed(mornings)]
    habits = habits_from_stays(stayed, 1, "Europe/Berlin", until)
    assert (habits.busy_at(until + DAY + HOUR * 7), habits.busy_at(until + DAY + HOUR * 9)) == (100, 0)
    assert set(habits.stays) == {7200} and set(habits.late) == {3600} and not habits.known


@given(st.floats(0, 100))
def test_the_failure_probability_of_a_socket_is_at_most_two_percent(hours: float) -> None:
    assert 0 <= failure_probability(HOUR * hours) <= 0.0201


def test_a_stay_is_predicted_from_past_stays_that_began_at_the_same_hour() -> None:
    """Cars that arrive at nine stay eight hours, those at three one hour; at noon none arrive."""
    stayed = [
        PastStay(Span(NINE - DAY * n + HOUR * h, NINE - DAY * n + HOUR * (h + long))) for n in range(4, 25) for h, long in ((0, 8), (6, 1))
    ]
    habits = habits_from_stays(sorted(stayed, key=lambda one: one.span.end), 8, "UTC", NINE)
    early, late = PresentCar(NINE, None), PresentCar(NINE + 6 * HOUR, None)
    assert stay_probability(habits, early, NINE + 2 * HOUR, NINE + 4 * HOUR) > 0.9
    assert stay_probability(habits, late, NINE + 6.5 * HOUR, NINE + 8 * HOUR) < 0.1
    assert habits.stays_from_hour(NINE + 3 * HOUR) == habits.stays  # nobody came then: as all


@given(st.integers(1, 600), st.integers(0, 600), st.integers(0, 600))
def test_the_probability_of_staying_lies_between_0_and_1_and_falls_with_time(since: int, passed: int, longer: int) -> None:
    car, at = PresentCar(NINE, NINE + MINUTE * since), NINE + MINUTE * passed
    soon, later = (stay_probability(EVEN, car, at, at + MINUTE * minutes) for minutes in (longer, longer + 60))
    assert 0 < later <= soon < 1
