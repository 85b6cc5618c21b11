"""Opening hours: compared with a count minute by minute over clock changes, and read as people write them."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.kernel import BadInput, OperatorId, SiteId, Span
from forecourt.stations import (
    WEEKDAYS,
    Maintenance,
    Opening,
    Site,
    closed_in,
    closed_spans,
    closes_at,
    format_week,
    is_open,
    local_time_text,
    opens_at,
    out_of_service,
    parse_week,
    planned,
)

MINUTE = timedelta(minutes=1)
# Clocks are put forward and back on these Sundays: Berlin, Los Angeles, Lord Howe (by half an hour), Santiago (at midnight).
CHANGES = [
    ("Europe/Berlin", date(2027, 3, 28)), ("Europe/Berlin", date(2027, 10, 31)),
    ("America/Los_Angeles", date(2027, 3, 14)), ("America/Los_Angeles", date(2027, 11, 7)),
    ("Australia/Lord_Howe", date(2027, 10, 3)), ("Australia/Lord_Howe", date(2027, 4, 4)),
    ("America/Santiago", date(2027, 9, 5)), ("America/Santiago", date(2027, 4, 4)),
]  # fmt: skip
SITE = Site(SiteId(UUID(int=2)), OperatorId(UUID(int=1)), "a", "A", "", "DE", "Europe/Berlin", "EUR", Decimal(0), Decimal(0))
stretches = st.builds(
    lambda weekday, first, length: Opening(weekday, first, min(first + length, 1440)),
    st.integers(0, 6), st.sampled_from([0, 90, 120, 150, 180, 600, 1320, 1439]), st.sampled_from([1, 30, 60, 120, 480, 1440]),
)  # fmt: skip


def clocks(zone: str, around: date) -> dict[datetime, datetime]:
    """By the clock on the wall: the first minute at which it shows that time. A time that is skipped: an hour later by that clock, or as
    much as is skipped."""
    start = datetime(around.year, around.month, around.day, tzinfo=UTC) - timedelta(days=3)
    shown = {}
    before = None
    for minutes in range(6 * 24 * 60):
        at = start + minutes * MINUTE
        wall = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        skipped = (wall - before - MINUTE) if before else timedelta()
        for missing in range(max(0, skipped // MINUTE)):
            shown[before + MINUTE + missing * MINUTE] = at + missing * MINUTE
        shown.setdefault(wall, at)
        before = wall
    return shown


@pytest.mark.parametrize(("zone", "sunday"), CHANGES)
@given(openings=st.lists(stretches, min_size=1, max_size=4))
def test_closed_minutes_agree_with_a_count_by_the_local_clock(zone: str, sunday: date, openings: list[Opening]) -> None:
    shown = CLOCKS[zone, sunday]
    days = [sunday + timedelta(days=offset) for offset in (-2, -1, 0, 1)]
    opened = [
        (shown[midnight + one.from_min * MINUTE], shown[midnight + one.to_min * MINUTE])
        for day in days
        for one in openings
        if one.weekday == day.weekday()
        for midnight in [datetime.combine(day, time(0))]
    ]
    start = datetime(sunday.year, sunday.month, sunday.day, tzinfo=UTC) - timedelta(hours=14)
    span = Span(start, start + timedelta(hours=38))
    closed = closed_spans(openings, zone, span)
    for minutes in range(38 * 60):
        at = start + minutes * MINUTE
        assert any(one.contains(at) for one in closed) is not any(first <= at < last for first, last in opened), at


CLOCKS = {(zone, sunday): clocks(zone, sunday) for zone, sunday in CHANGES}
weeks = st.lists(stretches, min_size=1, max_size=10).filter(
    lambda week: all(
        one is other or one.weekday != other.weekday or one.to_min < other.from_min or other.to_min < one.from_min
        for one in week
        for other in week
    )
)


@given(weeks)
def test_opening_hours_are_read_back_as_written(week: list[Opening]) -> None:
    assert set(parse_week(format_week(week))) == set(week)


def test_hours_past_midnight_are_written_at_the_evening_on_which_they_begin() -> None:
    week = parse_week({"sunday": "18 - 2", "monday": "06:00–12:00, 14:00-24:00", "friday": "closed"})
    assert week == (Opening(0, 0, 120), Opening(0, 360, 720), Opening(0, 840, 1440), Opening(6, 1080, 1440))
    assert format_week(parse_week({"sunday": "10:00-02:00", "monday": "06:00-22:00"}))["sunday"] == "10:00-02:00"
    written = format_week(week)
    assert (written["sunday"], written["monday"], written["friday"]) == ("18:00-02:00", "06:00-12:00, 14:00-24:00", "closed")


def test_a_week_without_a_gap_is_open_day_and_night() -> None:
    assert parse_week(dict.fromkeys(WEEKDAYS, "00:00-24:00")) == () == parse_week(format_week(()))
    assert parse_week(dict.fromkeys(WEEKDAYS, "0-12, 12-24")) == ()


@pytest.mark.parametrize(
    ("line", "field"),
    [("6-22, 21-23", "monday"), ("25-26", "monday"), ("8-8", "monday"), ("8:70-9", "monday"), ("all day", "monday"), ("", "openings")],
)
def test_invalid_opening_hours_are_refused_with_their_day(line: str, field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        parse_week({"monday": line})
    assert refusal.value.code == field


def test_maintenance_of_the_whole_site_closes_it() -> None:
    day = Span(datetime(2027, 6, 1, tzinfo=UTC), datetime(2027, 6, 2, tzinfo=UTC))
    works = (Maintenance(Span(day.start + timedelta(hours=18), day.end), (), "new cable"), Maintenance(day, ("B1",)))
    site = replace(SITE, openings=tuple(Opening(one, 6 * 60, 22 * 60) for one in range(7)), maintenance=works)
    noon = day.start + timedelta(hours=12)
    assert closed_in(site, day) == (Span(day.start, day.start + timedelta(hours=4)), Span(day.start + timedelta(hours=18), day.end))
    assert is_open(site, noon) and opens_at(site, noon) == noon and closes_at(site, noon) == day.start + timedelta(hours=18)
    assert opens_at(site, day.start + timedelta(hours=19)) == day.end + timedelta(hours=4)
    assert out_of_service(site, "B1", noon) == works[1] and out_of_service(site, "B2", noon) is None
    assert planned(works, day.start) == (works[1], works[0]) and planned(works, day.end) == ()


@pytest.mark.parametrize(("day", "hour"), [(28, 23), (29, 22)])
def test_a_sites_last_day_ends_at_local_midnight_even_on_a_short_day(day: int, hour: int) -> None:
    site = replace(SITE, last_day=date(2026, 3, day))
    ends = datetime(2026, 3, day, hour, tzinfo=UTC)
    assert site.ends_at == ends and not site.ended(ends - timedelta(seconds=1)) and site.ended(ends)
    assert closed_in(site, Span(ends - timedelta(days=1), ends)) == ()
    assert closed_in(site, Span(ends - timedelta(days=1), ends + timedelta(days=1))) == (Span(ends, ends + timedelta(days=1)),)
    assert opens_at(site, ends) is None and closes_at(site, ends - timedelta(days=2)) == ends


def test_a_site_that_will_not_open_soon_has_no_opening_time() -> None:
    year = Span(datetime(2027, 6, 1, tzinfo=UTC), datetime(2028, 6, 1, tzinfo=UTC))
    site = replace(SITE, maintenance=(Maintenance(year),))
    assert opens_at(site, year.start) is None and opens_at(SITE, year.start) == year.start and closes_at(SITE, year.start) is None


def test_a_time_is_written_in_the_zone_of_the_site() -> None:
    now = datetime(2027, 6, 1, 20, tzinfo=UTC)
    assert local_time_text(SITE, now + timedelta(hours=1), now) == "23:00"
    assert local_time_text(SITE, now + timedelta(hours=10), now) == "Wednesday 2 June, 08:00"
