from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import BadInput, BookingId, Conflict, DriverId, EvseId, OperatorId, SessionId, SiteId, Span, TokenUid
from forecourt.reservations import (
    Booking,
    Bound,
    Broken,
    Cancelled,
    Missed,
    Pool,
    SlotRequest,
    arrive,
    bind,
    book_slot,
    break_promise,
    cancel,
    expected_overstay,
    extend,
    free_sockets,
    lanes,
    mark_no_show,
    nearest_starts,
    no_show_due,
    rehold_deadline,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ID = UUID(int=1)
spans = st.builds(
    lambda start, length: Span(NOON + timedelta(minutes=start), NOON + timedelta(minutes=start + length)),
    st.integers(0, 600),
    st.integers(1, 240),
)


def window(start_min: int, end_min: int) -> Span:
    return Span(NOON + timedelta(minutes=start_min), NOON + timedelta(minutes=end_min))


def wish(span: Span) -> SlotRequest:
    return SlotRequest(OperatorId(ID), SiteId(ID), "T2-22kW", DriverId(ID), TokenUid("CARD"), span)


def booked(span: Span, live: tuple[Booking, ...] = (), sockets: int = 2) -> Booking:
    return book_slot(wish(span), BookingId(UUID(int=len(live) + 2)), len(live) + 1, Pool(sockets, promised=live), NOON)[0]


@given(st.lists(spans, max_size=25), spans)
def test_the_number_of_free_sockets_equals_a_count_minute_by_minute(taken: list[Span], asked: Span) -> None:
    minutes = (asked.start + timedelta(minutes=m) for m in range(asked.seconds // 60))
    most = max(sum(span.contains(minute) for span in taken) for minute in minutes)
    assert free_sockets(Pool(30, tuple(taken)), asked) == 30 - most


@given(st.lists(spans, min_size=1, max_size=25))
def test_lanes_never_overlap_and_are_as_few_as_possible(windows: list[Span]) -> None:
    placed = lanes(windows)
    for i, one in enumerate(windows):
        assert all(placed[i] != placed[j] or not one.overlaps(other) for j, other in enumerate(windows) if i != j)
    busiest = max(sum(other.contains(one.start) for other in windows) for one in windows)
    assert max(placed) + 1 == busiest


def test_a_booking_beyond_the_number_of_sockets_is_refused_with_the_nearest_free_starts() -> None:
    first = booked(window(60, 120))
    second = booked(window(60, 120), (first,))
    with pytest.raises(Conflict) as refusal:
        booked(window(90, 100), (first, second))
    assert refusal.value.code == "slot_taken"
    assert "13:50" in refusal.value.remedy or "14:00" in refusal.value.remedy


def test_a_booking_that_fits_moves_no_other_booking() -> None:
    live = (booked(window(60, 120)),)
    assert len(book_slot(wish(window(90, 150)), BookingId(UUID(int=9)), 9, Pool(2, promised=live), NOON)) == 1


@pytest.mark.parametrize(
    ("pool", "why"),
    [
        (Pool(1, (window(0, 300),), closed=(window(90, 95),)), "closed for some of that time"),
        (Pool(1, (window(0, 300),), closed=(window(300, 400),)), "Every bay of this kind is taken"),
    ],
)
def test_a_refusal_states_whether_the_site_is_closed_or_full(pool: Pool, why: str) -> None:
    with pytest.raises(Conflict, match=why):
        book_slot(wish(window(60, 120)), BookingId(ID), 1, pool, NOON)


@pytest.mark.parametrize("late_s", [0, 1, 60])
def test_a_start_time_that_passed_while_booking_is_booked_as_requested(late_s: int) -> None:
    asked = Span(NOON - timedelta(seconds=late_s), NOON + timedelta(hours=1))
    assert booked(asked).window == asked
    with pytest.raises(Conflict):
        booked(asked, (booked(asked),), sockets=1)


def test_adjoining_windows_can_share_a_socket() -> None:
    first = booked(window(60, 120), sockets=1)
    assert booked(window(120, 180), (first,), sockets=1).lane == first.lane


@pytest.mark.parametrize("span", [window(-60, 30), window(60, 65), window(60, 60 + 25 * 60), window(60 * 24 * 40, 60 * 24 * 40 + 60)])
def test_impossible_booking_windows_are_refused(span: Span) -> None:
    with pytest.raises(BadInput):
        booked(span)


@pytest.mark.parametrize("span", [window(0, 30), window(60, 70), window(60, 60 + 24 * 60), window(60 * 24 * 30, 60 * 24 * 30 + 60)])
def test_the_longest_shortest_and_farthest_allowed_windows_can_be_booked(span: Span) -> None:
    assert booked(span).window == span
    for wrong in (Span(NOON - timedelta(seconds=61), span.end), Span(span.start, span.start + timedelta(minutes=9))):
        with pytest.raises(BadInput):
            booked(wrong)


@pytest.mark.parametrize("minutes", [-1, 181])
def test_a_start_is_flexible_by_three_hours_at_most(minutes: int) -> None:
    asked = replace(wish(window(600, 660)), flexible=timedelta(hours=3))
    assert book_slot(asked, BookingId(ID), 1, Pool(1), NOON)[0].promised == window(420, 840)
    with pytest.raises(BadInput):
        book_slot(replace(asked, flexible=timedelta(minutes=minutes)), BookingId(ID), 1, Pool(1), NOON)


def test_the_assigned_socket_may_change_until_the_driver_arrives() -> None:
    booking = bind(bind(booked(window(60, 120)), EvseId(ID), "B1", NOON), EvseId(UUID(int=9)), "B2", NOON)
    assert booking.state == Bound(EvseId(UUID(int=9)), NOON)
    assert [(note.code, note.what) for note in booking.notified] == [("bay", "B1"), ("bay_moved", "B2")]
    with pytest.raises(Conflict):
        bind(arrive(booking, SessionId(ID), NOON), EvseId(ID), "B1", NOON)


def test_a_no_show_is_declared_after_the_grace_period_and_not_before() -> None:
    booking = bind(booked(window(60, 120)), EvseId(ID), "B1", NOON)
    assert not no_show_due(booking, NOON + timedelta(minutes=74))
    with pytest.raises(Conflict):
        mark_no_show(booking, NOON + timedelta(minutes=74))
    assert isinstance(mark_no_show(booking, NOON + timedelta(minutes=75)).state, Missed)


def test_the_grace_period_starts_when_a_socket_is_available() -> None:
    late = bind(booked(window(60, 120)), EvseId(ID), "B1", NOON + timedelta(minutes=70))
    assert not no_show_due(late, NOON + timedelta(minutes=84))
    assert no_show_due(late, NOON + timedelta(minutes=85))


def test_a_booking_without_a_socket_is_broken_by_the_operator_and_not_a_no_show() -> None:
    booking, due = booked(window(60, 120)), NOON + timedelta(minutes=75)
    with pytest.raises(Conflict):
        mark_no_show(booking, due)
    assert break_promise(booking, due, "fault").state == Broken(due, "fault")
    with pytest.raises(Conflict):
        break_promise(bind(booking, EvseId(ID), "B1", NOON), due, "fault")


@pytest.mark.parametrize(("minute", "bound", "late"), [(5, False, False), (50, True, True), (61, False, False), (61, True, True)])
def test_a_late_cancellation_costs_except_shortly_after_booking_or_without_a_socket(minute: int, bound: bool, late: bool) -> None:
    booking = booked(window(60, 120))
    chosen = bind(booking, EvseId(ID), "B1", NOON) if bound else booking
    assert cancel(chosen, NOON + timedelta(minutes=minute), free_before=timedelta(hours=1)).state.late is late


def test_only_a_stay_that_has_begun_can_be_extended() -> None:
    booking = booked(window(60, 120))
    with pytest.raises(Conflict):
        extend(booking, NOON + timedelta(minutes=150), NOON)
    longer = extend(arrive(booking, SessionId(ID), NOON), NOON + timedelta(minutes=150), NOON)
    assert longer.window == window(60, 150)
    with pytest.raises(BadInput):
        extend(longer, NOON + timedelta(minutes=140), NOON)


def test_a_second_cancellation_changes_nothing() -> None:
    once = cancel(booked(window(60, 120)), NOON)
    assert cancel(once, NOON + timedelta(minutes=1)) is once
    assert once.state == Cancelled(NOON)


def test_nearest_starts_are_free_and_not_in_the_past() -> None:
    pool = Pool(1, (window(0, 120),))
    starts = nearest_starts(pool, window(30, 60), NOON)
    assert starts[0] == NOON + timedelta(minutes=120)
    assert all(start >= NOON for start in starts)


@pytest.mark.parametrize(
    ("late_min", "minutes"), [((60, 60), 0), ((-9, 3, 11), 15), ((1, 1, 1, 1, 9), 5), ((-5, -5, -5), 0), ((600, 600, 600), 180)]
)
def test_the_expected_overstay_follows_past_stays_and_is_at_most_three_hours(late_min: tuple[int, ...], minutes: int) -> None:
    assert expected_overstay([timedelta(minutes=late) for late in late_min]) == timedelta(minutes=minutes)


@pytest.mark.parametrize(("start_h", "mended_h"), [(72, 48), (24, 23), (1, 0.25)])
def test_a_failed_deposit_can_be_paid_for_two_days_but_until_an_hour_before_the_start(start_h: int, mended_h: float) -> None:
    booking = booked(window(60 * start_h, 60 * start_h + 60))
    assert rehold_deadline(booking, NOON, timedelta(minutes=15)) == NOON + timedelta(hours=mended_h)
