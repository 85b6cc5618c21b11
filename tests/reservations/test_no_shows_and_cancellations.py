"""No-shows and late cancellations, to the second, and what excuses them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from forecourt.kernel import (
    BadInput,
    BookingId,
    Conflict,
    DriverId,
    EvseId,
    Money,
    OperatorId,
    SessionId,
    SiteId,
    Span,
    TariffVersionId,
    TokenUid,
)
from forecourt.reservations import (
    MAX_BOOKING,
    Booking,
    Bound,
    Broken,
    Cancelled,
    Confirmed,
    Kept,
    Missed,
    Note,
    Quote,
    accept_booking,
    arrive,
    arrived_in_time,
    as_offer,
    bay_ready_from,
    bind,
    blocked_bays,
    break_early,
    break_promise,
    cancel,
    credit_for,
    extend,
    is_bay_unreachable,
    is_late_cancellation,
    is_waiting_for_bay,
    last_notified_bay,
    mark_bay_unreachable,
    mark_no_show,
    no_show_due,
    reinstate,
    reopen_for_other_car,
    unbind,
    unbind_blocked,
    waits_until,
    was_last_bay_blocked,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ID, OTHER = UUID(int=1), EvseId(UUID(int=9))
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def booked(start: int = 60, end: int = 120, made: int = 0, **changes: object) -> Booking:
    names = (BookingId(ID), OperatorId(ID), SiteId(ID), "T2-22kW", DriverId(ID), TokenUid("CARD"))
    return Booking(*names, Span(at(start), at(end)), 1, 0, at(made), Confirmed(), **changes)  # type: ignore[arg-type]


def bound(minute: float = 50, **changes: object) -> Booking:
    return bind(booked(**changes), EvseId(ID), "B1", at(minute))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("booking", "due"),
    [
        (bound(), 75),  # the grace
        (bound(made=-60, end=70), 70),  # a shorter window
        (bound(minute=66), 81),  # the grace runs from when a socket was there
        (bound(minute=110), 120),
        (bound(held=True), 120),  # kept to the end, however late
        (booked(), 75),
    ],
)
def test_a_booking_is_a_no_show_only_once_the_grace_period_is_over(booking: Booking, due: float) -> None:
    assert waits_until(booking) == at(due)
    assert not no_show_due(booking, at(due) - SECOND)
    assert no_show_due(booking, at(due))
    assert not no_show_due(arrive(booking, SessionId(ID), at(60)), at(due)), "who charges is not missing"
    ends, refuses = (mark_no_show, break_promise) if isinstance(booking.state, Bound) else (break_promise, mark_no_show)
    for way, minute in ((ends, at(due) - SECOND), (refuses, at(due))):
        with pytest.raises(Conflict):
            way(booking, minute, *(["fault"] if way is break_promise else []))
    assert not ends(booking, at(due), *(["fault"] if ends is break_promise else [])).live


LOST = unbind(bound(), at(55), "B1")


@pytest.mark.parametrize(
    ("booking", "free_until"),
    [
        (bound(made=-600, minute=0), 0),  # an hour before the start
        (bound(made=-600, minute=0, start=90), 30),
        (bound(made=-5), 5),  # ten minutes of second thoughts
        (bound(made=55, minute=56), 65),
        (accept_booking(as_offer(bound(made=-600, minute=0), at(10)), at(40)), 50),  # as if just made
    ],
)
def test_cancelling_is_free_until_an_hour_before_and_for_ten_minutes_after_booking(booking: Booking, free_until: int) -> None:
    assert not is_late_cancellation(booking, at(free_until), HOUR)
    late = cancel(booking, at(free_until) + SECOND, HOUR)
    assert (late.state, late.given_up_at) == (Cancelled(at(free_until) + SECOND, late=True), at(free_until) + SECOND)
    assert cancel(booking, at(free_until), HOUR).given_up_at is None
    assert cancel(late, at(600), HOUR) is late


REACHED = mark_bay_unreachable(bound(made=-600), at(51), "B1")


@pytest.mark.parametrize(
    ("booking", "late"),
    [
        (bound(made=-600), True),
        (booked(made=-600), True),
        (as_offer(bound(made=-600), at(58)), False),
        (REACHED, False),
        (mark_bay_unreachable(bound(made=-600), at(50), "B1"), False),  # at the instant it was chosen
        (bind(unbind(REACHED, at(52), "B1"), OTHER, "B2", at(53)), True),  # that was another bay
        (unbind(bound(made=-600), at(52), "B1"), False),
        (bind(unbind(bound(made=-600), at(52), "B1"), OTHER, "B2", at(53)), True),
    ],
)
def test_a_late_cancellation_is_free_while_no_working_bay_is_available(booking: Booking, late: bool) -> None:
    assert is_late_cancellation(booking, at(59), HOUR) is late


def test_a_bay_is_owed_from_the_start_and_after_the_assigned_one_failed() -> None:
    assert [is_waiting_for_bay(booked(), at(minute)) for minute in (59.9, 60)] == [False, True]
    assert not is_waiting_for_bay(bound(), at(60))
    assert is_waiting_for_bay(LOST, at(56))
    moved = replace(LOST, notified=(*LOST.notified, Note(at(56), "changed", "")))
    assert not is_waiting_for_bay(moved, at(57)), "another time was agreed"


@pytest.mark.parametrize(
    ("booking", "ready"),
    [
        (booked(), 60),
        (bound(), 60),
        (bound(minute=70), 70),
        (LOST, None),
        (unbind_blocked(bound(), at(65), "B1"), None),
        (mark_bay_unreachable(bound(), at(65), "B1"), None),
        (bind(LOST, OTHER, "B2", at(66)), 66),
        (replace(bound(), notified=(*bound().notified, Note(at(61), "time_moved", ""))), 60),
    ],
)
def test_a_bay_counts_as_available_from_its_assignment_or_the_start_until_it_is_lost(booking: Booking, ready: int | None) -> None:
    assert bay_ready_from(booking) == (None if ready is None else at(ready))


def test_an_unreachable_bay_excuses_a_no_show_only_while_it_is_assigned() -> None:
    assert is_bay_unreachable(REACHED)
    assert not is_bay_unreachable(unbind(REACHED, at(52), "B1"))
    assert not is_bay_unreachable(bound())


@pytest.mark.parametrize(
    ("started", "came"), [(45, True), (44.9, False), (74.9, True), (75, False)]
)  # a quarter of an hour early at most, and before it was called off
def test_a_late_reported_charge_reinstates_a_booking_if_it_began_in_time(started: float, came: bool) -> None:
    missed = mark_no_show(bound(), at(75))
    broken = break_promise(booked(), at(75), "fault")
    assert arrived_in_time(missed, at(started)) is arrived_in_time(broken, at(started)) is came
    assert not arrived_in_time(bound(), at(started))
    if not came:
        with pytest.raises(Conflict):
            reinstate(missed, SessionId(ID), at(started), at(90))
        return
    again = [reinstate(one, SessionId(ID), at(started), at(90)) for one in (missed, broken)]
    assert [one.notified[-1].code for one in again] == ["had_come", "kept_after_all"]
    assert again[0].state == Kept(SessionId(ID), at(started))


def test_an_arrival_after_the_end_of_the_window_does_not_count() -> None:
    late = replace(bound(), state=Missed(at(200)))
    assert [arrived_in_time(late, at(minute)) for minute in (119.9, 120)] == [True, False]


@pytest.mark.parametrize(("minor", "percent", "credit"), [(101, 50, 51), (100, 50, 50), (1, 49, None), (100, 0, None), (100, 200, 200)])
def test_a_broken_booking_credits_a_percentage_of_the_quote_rounded_half_up(minor: int, percent: int, credit: int | None) -> None:
    booking = booked(quote=Quote(TariffVersionId(ID), 10_000, Money(minor, "EUR")))
    assert credit_for(booking, percent) == (None if credit is None else Money(credit, "EUR"))
    assert credit_for(booked(), percent) is None


def test_a_stay_can_be_extended_up_to_a_day_from_its_start() -> None:
    charging = arrive(bound(), SessionId(ID), at(60))
    assert extend(charging, at(60) + MAX_BOOKING, at(100)).window.end == at(60) + MAX_BOOKING
    for end in (at(120), at(60) + MAX_BOOKING + SECOND):
        with pytest.raises(BadInput):
            extend(charging, end, at(100))
    assert extend(bound(held=True), at(130), at(100)).window.end == at(130)
    with pytest.raises(Conflict):
        extend(mark_no_show(bound(held=True), at(120)), at(130), at(121))


def test_an_extended_stay_stays_within_its_promised_window_or_widens_it() -> None:
    flexible = arrive(replace(bound(), within=Span(at(30), at(150))), SessionId(ID), at(60))
    assert [extend(flexible, at(end), at(100)).promised.end for end in (140, 170)] == [at(150), at(170)]
    assert reopen_for_other_car(flexible, at(61)).live
    with pytest.raises(Conflict):
        reopen_for_other_car(bound(), at(61))


def test_a_bay_is_unassigned_once_and_a_charger_that_refused_the_reservation_is_remembered() -> None:
    assert unbind(bound(), at(55), "B1").refused_by == ()
    refused = unbind(bound(), at(55), "B1", refused=True)
    assert (refused.state, refused.refused_by) == (Confirmed(), (EvseId(ID),))
    with pytest.raises(Conflict):
        unbind(refused, at(56), "B1")
    again = unbind_blocked(bind(refused, OTHER, "B2", at(57)), at(58), "B2")
    assert (blocked_bays(again), was_last_bay_blocked(again), blocked_bays(refused), was_last_bay_blocked(refused)) == (
        {"B2"},
        True,
        set(),
        False,
    )
    assert not was_last_bay_blocked(bind(again, EvseId(ID), "B3", at(59))), "another was given since"
    assert [last_notified_bay(one) for one in (booked(), refused, again)] == ["", "B1", "B2"]


def test_an_ended_booking_cannot_be_accepted_assigned_started_cancelled_or_reopened() -> None:
    for over in (mark_no_show(as_offer(bound(), at(10)), at(75)), arrive(bound(), SessionId(ID), at(60))):
        for again in (
            lambda one: accept_booking(one, at(80)),
            lambda one: bind(one, OTHER, "B2", at(80)),
            lambda one: arrive(one, SessionId(ID), at(80)),
            lambda one: cancel(one, at(80)),
            lambda one: break_early(one, at(80), "closed"),
        ):
            with pytest.raises(Conflict, match="already"):
                again(over)
    assert arrive(bound(), SessionId(ID), at(60)).state == Kept(SessionId(ID), at(60))
    assert break_early(bound(), at(30), "closed", Money(5, "EUR")).state == Broken(at(30), "closed", Money(5, "EUR"))
