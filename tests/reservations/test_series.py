"""The windows of a repeated booking."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.kernel import BadInput, Span
from forecourt.reservations import MAX_WEEKS, Repeat, series_windows

BERLIN = ZoneInfo("Europe/Berlin")
days = st.dates(date(2025, 1, 1), date(2027, 12, 31))
times = st.times(time(0), time(23, 59)).map(lambda one: one.replace(second=0, microsecond=0))


def span(day: date, at: time, minutes: int = 60) -> Span:
    start = datetime.combine(day, at, BERLIN).astimezone(UTC)
    return Span(start, start + timedelta(minutes=minutes))


@settings(deadline=None)
@given(days, times, st.sampled_from(Repeat), st.integers(1, MAX_WEEKS), st.integers(10, 600))
def test_every_window_of_a_series_has_the_same_local_time_and_length(day: date, at: time, repeat: Repeat, weeks: int, minutes: int) -> None:
    """Compared with going through the days one by one. Times skipped by the clock are recognised by their round trip."""
    first = span(day, at, minutes)
    local = first.start.astimezone(BERLIN)
    wanted = [local.date() + timedelta(days=offset) for offset in range(7 * weeks)]
    wanted = [
        one
        for one in wanted
        if repeat is Repeat.DAILY or (one.weekday() < 5 if repeat is Repeat.WEEKDAYS else one.weekday() == day.weekday())
    ]
    found = series_windows(first, repeat, weeks, "Europe/Berlin")
    assert len(found) == len(wanted) and all(one.length == first.length for one in found)
    for one, expected in zip(found, wanted, strict=True):
        told = one.start.astimezone(BERLIN)
        skipped = datetime.combine(expected, local.time(), BERLIN).astimezone(UTC).astimezone(BERLIN).time() != local.time()
        assert told.date() == expected and (told.time() == local.time() or skipped)


def test_a_series_keeps_its_local_time_over_a_clock_change() -> None:
    found = series_windows(span(date(2026, 10, 23), time(8)), Repeat.WEEKDAYS, 1, "Europe/Berlin")
    assert [one.start.astimezone(BERLIN).strftime("%a %H:%M") for one in found] == [
        f"{day} 08:00" for day in ("Fri", "Mon", "Tue", "Wed", "Thu")
    ]
    assert found[1].start - found[0].start == timedelta(days=3, hours=1)


@pytest.mark.parametrize("weeks", [0, -1, MAX_WEEKS + 1, 10**6])
def test_a_series_of_too_many_or_no_weeks_is_refused(weeks: int) -> None:
    with pytest.raises(BadInput):
        series_windows(span(date(2026, 6, 1), time(8)), Repeat.DAILY, weeks, "Europe/Berlin")
