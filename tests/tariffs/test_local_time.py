"""Where the local clock can change a price, compared with a check of every minute."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from forecourt.tariffs.local_time import clock_boundaries, local_us
from forecourt.tariffs.slices import microseconds
from tariffs.test_properties import STARTS, ZONES

MINUTE = timedelta(minutes=1)
# There the clocks go from 02:00 to 03:00 at midnight UTC, where one day of the search meets the next.
JERUSALEM = {"zone": "Asia/Jerusalem", "start": datetime(2026, 3, 26, 21, tzinfo=UTC), "minutes": 300}


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ZONES), st.sampled_from(STARTS), st.integers(1, 2000), st.sets(st.sampled_from(range(0, 1440, 30)), max_size=5))
@example("UTC", datetime(2026, 3, 8, 9, tzinfo=UTC), 60, {540, 600})  # neither at its start nor at its end
@example(**JERUSALEM, marks=set())
@example(**JERUSALEM, marks={90, 120, 150, 180})
def test_time_boundaries_are_where_the_local_clock_reaches_a_mark_or_is_changed(
    zone: str, start: datetime, minutes: int, marks: set[int]
) -> None:
    walls = [(start + n * MINUTE, (start + n * MINUTE).astimezone(ZoneInfo(zone))) for n in range(minutes)]
    cuts = [
        microseconds(at)
        for (_, before), (at, wall) in pairwise(walls)
        if wall.hour * 60 + wall.minute in marks or wall.utcoffset() != before.utcoffset()
    ]
    assert clock_boundaries(zone, microseconds(start), microseconds(start + minutes * MINUTE), tuple(sorted(marks))) == cuts
    for at, wall in walls[:: max(1, minutes // 50)]:
        assert local_us(zone, microseconds(at)) == microseconds(wall.replace(tzinfo=UTC))


def test_the_skipped_hour_of_a_clock_change_begins_and_ends_at_one_instant() -> None:
    change = microseconds(datetime(2026, 3, 29, 1, tzinfo=UTC))
    clocks = [local_us("Europe/Berlin", change + off) for off in (-1, 0)]
    assert clocks == [microseconds(datetime(2026, 3, 29, hour, tzinfo=UTC)) - early for hour, early in ((2, 1), (3, 0))]
