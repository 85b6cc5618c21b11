"""Local times of an hour repeated at a clock change state their zone; all others do not."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from forecourt.kernel import parse_instant
from forecourt.wording import localiser_for
from forecourt.wording.clocks import wall_clock

BERLIN = "Europe/Berlin"


def shown(first: str, count: int, zone: str = BERLIN) -> list[str]:
    return [localiser_for("en").clock(parse_instant(first) + timedelta(minutes=30 * number), zone) for number in range(count)]


def test_local_times_of_the_repeated_hour_state_their_zone() -> None:
    assert shown("2026-10-24T23:30:00Z", 7) == ["01:30", "02:00 CEST", "02:30 CEST", "02:00 CET", "02:30 CET", "03:00", "03:30"]
    assert len(set(shown("2026-10-24T22:00:00Z", 48))) == 48


@pytest.mark.parametrize("zone", ["Europe/Lisbon", "America/St_Johns", "Australia/Lord_Howe"])
def test_no_two_instants_of_a_day_have_the_same_local_time_text_in_any_zone(zone: str) -> None:
    start = parse_instant("2026-01-01T00:00:00Z")
    for hours in range(0, 24 * 365, 6):
        read = [wall_clock((start + timedelta(hours=hours, minutes=15 * part)).astimezone(ZoneInfo(zone))) for part in range(24)]
        assert len(set(read)) == 24


def test_local_times_around_a_skipped_hour_state_no_zone() -> None:
    assert shown("2026-03-29T00:30:00Z", 2) == ["01:30", "03:00"]
