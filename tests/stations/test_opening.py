"""When a site is closed, in its local time."""

from datetime import UTC, datetime

import pytest

from forecourt.kernel import BadInput, Span
from forecourt.stations import Opening, closed_spans

BERLIN = "Europe/Berlin"


def day(number: int, hour: int = 0, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2027, month, number, hour, minute, tzinfo=UTC)


def test_without_opening_hours_a_site_never_closes() -> None:
    assert closed_spans((), BERLIN, Span(day(1), day(9))) == ()


def test_a_site_is_closed_outside_its_hours_and_on_days_without_any() -> None:
    monday = (Opening(0, 8 * 60, 20 * 60),)
    assert closed_spans(monday, BERLIN, Span(day(1), day(3))) == (Span(day(1), day(1, 7)), Span(day(1, 19), day(3)))


def test_hours_up_to_midnight_join_the_hours_of_the_next_day() -> None:
    week = tuple(Opening(weekday, 0, 1440) for weekday in range(7))
    assert closed_spans(week, BERLIN, Span(day(20), day(30))) == ()


def test_opening_hours_follow_the_local_clock_over_a_clock_change() -> None:
    sunday = (Opening(6, 2 * 60 + 30, 6 * 60),)
    # 2027-03-28 has no 02:30 in Berlin; 06:00 is 04:00 UTC already.
    assert closed_spans(sunday, BERLIN, Span(day(28), day(28, 12))) == (Span(day(28), day(28, 1, 30)), Span(day(28, 4), day(28, 12)))


@pytest.mark.parametrize("hours", [(7, 0, 60), (0, 60, 60), (0, -1, 60), (0, 0, 1441)])
def test_impossible_opening_hours_are_refused(hours: tuple[int, int, int]) -> None:
    with pytest.raises(BadInput):
        Opening(*hours)
