"""What the calendar shows as free can be booked, and nothing else."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.kernel import Span
from forecourt.reservations import NOTICE, Habits, Pool, free_sockets, vacancies

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = Span(NOON, NOON + timedelta(hours=10))
TEN = timedelta(minutes=10)


def span(start: int, length: int) -> Span:
    return Span(NOON + timedelta(minutes=5 * start), NOON + timedelta(minutes=5 * (start + length)))


spans = st.lists(st.builds(span, st.integers(-10, 130), st.integers(1, 60)), max_size=8)


@settings(max_examples=60, deadline=None)
@given(spans, st.lists(st.builds(span, st.integers(-10, 130), st.integers(1, 20)), max_size=2), st.integers(0, 3))
def test_a_stay_can_be_booked_exactly_where_the_calendar_shows_it_as_free(taken: list[Span], closed: list[Span], sockets: int) -> None:
    pool = Pool(sockets, tuple(taken), closed=tuple(closed))
    shown = vacancies(pool, DAY, NOON)
    for step in range(119):
        stay = Span(NOON + timedelta(minutes=5 * step), NOON + timedelta(minutes=5 * step) + TEN)
        inside = any(one.start <= stay.start and stay.end <= one.end for one in shown)
        assert inside == (free_sockets(pool, stay) > 0)
    assert list(shown) == sorted(shown, key=lambda one: one.start) and all(one.length >= TEN for one in shown)


def test_hours_too_busy_to_be_booked_are_not_shown_as_free() -> None:
    busy = tuple(90 if quarter == 14 * 4 else 0 for quarter in range(96)) * 2
    pool = Pool(2, habits=Habits(stays=(3600,) * 40, busy=busy), too_busy_percent=30)
    quarter = Span(NOON + timedelta(hours=2), NOON + timedelta(hours=2, minutes=15))
    assert vacancies(pool, DAY, NOON) == (Span(DAY.start, quarter.start), Span(quarter.end, DAY.end))
    assert vacancies(pool, DAY, quarter.start - NOTICE + TEN) == (Span(DAY.start, quarter.start + TEN), Span(quarter.end, DAY.end))
