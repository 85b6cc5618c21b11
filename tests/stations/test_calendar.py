"""Special days and holidays: opening times compared with a count minute by minute over a year, in local time."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from forecourt.kernel import BadInput, Span
from forecourt.stations import (
    WEEKDAYS,
    Calendar,
    DayHours,
    closed_spans,
    format_special_days,
    holiday_regions,
    minus,
    parse_hours,
    parse_special_days,
    parse_week,
    public_holidays,
)

FIRST, MINUTES = datetime(2027, 1, 1, 12, tzinfo=UTC), 365 * 24 * 60
YEAR = Span(FIRST, FIRST + timedelta(minutes=MINUTES))
WALLS: dict[str, list[tuple[date, int]]] = {}
# By the wall and in minutes; nothing begins or ends within an hour that comes twice.
LINES = {
    "closed": [], "00:00-24:00": [(0, 1440)], "06:00-22:00": [(360, 1320)], "08:30-12:00, 14:00-18:00": [(510, 720), (840, 1080)],
    "18:00-02:00": [(1080, 1560)],
}  # fmt: skip
# Easter, the nights on which clocks change and the days after, a new year, Christmas; Sunday after Saturday.
DAYS = [
    date(2027, *one) for one in [(3, 14), (3, 27), (3, 28), (3, 29), (10, 30), (10, 31), (11, 6), (11, 7), (12, 24), (12, 25), (12, 31)]
]
lines, of_the_week = st.sampled_from(sorted(LINES)), st.sampled_from(sorted(set(LINES) - {"00:00-24:00"}))
weeks = st.fixed_dictionaries(dict.fromkeys(WEEKDAYS, of_the_week)).filter(lambda week: set(week.values()) != {"closed"})
always = st.just(dict.fromkeys(WEEKDAYS, "00:00-24:00"))


def walls(zone: str) -> list[tuple[date, int]]:
    """What the clock shows in each minute of the year."""
    if zone not in WALLS:
        shown = [(FIRST + timedelta(minutes=one)).astimezone(ZoneInfo(zone)) for one in range(MINUTES)]
        WALLS[zone] = [(one.date(), 60 * one.hour + one.minute) for one in shown]
    return WALLS[zone]


@pytest.mark.parametrize(("zone", "region"), [("Europe/Berlin", "DE-BE"), ("America/Los_Angeles", "US-CA")])
@settings(max_examples=4, phases=[Phase.generate])
@given(week=weeks | always, on_holidays=lines, special=st.dictionaries(st.sampled_from(DAYS), lines))
def test_opening_minutes_of_a_year_agree_with_a_count_minute_by_minute(
    zone: str, region: str, week: dict[str, str], on_holidays: str, special: dict[date, str]
) -> None:
    days = parse_special_days("\n".join(f"{day} {line}" for day, line in special.items()), "special_days")
    calendar = Calendar(region, parse_hours(on_holidays, "on_holidays"), days)
    closed = closed_spans(parse_week(week), zone, YEAR, calendar)
    found = bytearray(b"\x01" * MINUTES)
    for one in closed:
        first, last = ((at - FIRST) // timedelta(minutes=1) for at in (one.start, one.end))
        found[first:last] = bytes(last - first)
    assert found == refereed(walls(zone), week, {**dict.fromkeys(holidays_of(region), on_holidays), **special})


def holidays_of(region: str) -> set[date]:
    return set(public_holidays(region, 2027)) | set(public_holidays(region, 2028))


def refereed(shown: list[tuple[date, int]], week: Mapping[str, str], apart: Mapping[date, str]) -> bytearray:
    lines_of = {day: LINES[apart.get(day, week[WEEKDAYS[day.weekday()]])] for day in {day for day, _ in shown}}
    today, lines, night = date.min, list[tuple[int, int]](), list[tuple[int, int]]()
    found = bytearray()
    for day, minute in shown:
        if day != today:
            today, lines, night = day, lines_of[day], lines_of.get(day - timedelta(days=1), [])
        found.append(any(first <= minute < last for first, last in lines) or any(minute + 1440 < last for _, last in night))
    return found


def test_special_days_take_precedence_over_public_holidays_and_both_over_the_week() -> None:
    christmas = date(2026, 12, 25)
    calendar = Calendar("DE-BE", (), parse_special_days("2026-12-24 08:00-12:00; Christmas Eve\n2026-12-26 10-16", "days"))
    assert calendar.on(christmas).note == "Erster Weihnachtstag" and calendar.on(christmas).hours == ()
    assert calendar.on(date(2026, 12, 26)).hours == (DayHours(600, 960),) and calendar.on(date(2026, 12, 23)) is None
    assert [one.day.day for one in calendar.between(date(2026, 12, 20), date(2026, 12, 31))] == [24, 25, 26]
    assert calendar.on(date(2026, 3, 8)).note == "Frauentag" and Calendar("DE-HH").on(date(2026, 3, 8)) is None


def test_opening_hours_past_midnight_belong_to_the_evening_before() -> None:
    week = parse_week(dict.fromkeys(WEEKDAYS, "18:00-02:00"))
    night = Span(datetime(2026, 12, 24, 12, tzinfo=UTC), datetime(2026, 12, 26, 12, tzinfo=UTC))
    closed = closed_spans(week, "UTC", night, Calendar(special_days=parse_special_days("2026-12-25 closed", "days")))
    assert minus((night,), closed) == (Span(datetime(2026, 12, 24, 18, tzinfo=UTC), datetime(2026, 12, 25, 2, tzinfo=UTC)),)


def test_special_days_are_read_as_written_and_invalid_lines_refused() -> None:
    written = "2026-12-24 08:00-12:00, 14:00-02:00; Christmas Eve\n2026-12-31 closed"
    assert format_special_days(parse_special_days(written, "days")) == written
    for wrong in ("24.12. closed", "2026-12-24 at noon", "2026-12-24 8-12, 10-14"):
        with pytest.raises(BadInput) as refusal:
            parse_special_days(wrong, "special_days")
        assert refusal.value.code == "special_days"


def test_holiday_regions_are_listed_by_country_and_unknown_ones_refused() -> None:
    assert holiday_regions("DE")[0] == ("DE", "") and ("DE-BE", "Berlin") in holiday_regions("DE") and holiday_regions("QQ") == ()
    for region in ("QQ", "DE-QQ", "de-BE", "DE-"):
        with pytest.raises(BadInput):
            public_holidays(region, 2026)
