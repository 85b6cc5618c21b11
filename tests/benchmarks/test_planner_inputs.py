"""The benchmark gives planners only what was known at the time of the recorded day."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from forecourt.planning import EvseLimits, PlanSession, Policy, Problem

FOLDER = Path(__file__).parents[2] / "benchmarks"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOON = datetime(2019, 7, 10, 12, tzinfo=ZoneInfo("America/Los_Angeles"))


@pytest.fixture
def longest_h(monkeypatch: pytest.MonkeyPatch):
    """Hours until the last of the expected ends of a car that comes at noon; all others stayed two hours, but for one."""
    monkeypatch.syspath_prepend(str(FOLDER))
    from _planner_inputs import PlannerInputs, Recorded

    def asked(odd_one: datetime, until: datetime | None = None) -> float:
        def stay(start: datetime, hours: float) -> Recorded:
            return Recorded(start, start + hours * HOUR, start + HOUR, 9000.0, 9000.0)

        lines = {str(n): stay(NOON - n * DAY, 2) for n in range(2, 60)} | {"odd": stay(odd_one, 11), "car": stay(NOON, 5)}
        evse = EvseLimits("A", 32)
        problem = Problem(NOON, 300, (evse,), (), (PlanSession("car", "A", NOON, 0.0, NOON + 5 * HOUR, 9000.0),), policy=Policy())
        told = PlannerInputs(lines, "learned", 180 * DAY, until).replace_inputs(problem).sessions[0]
        return (max(told.leaves) - NOON) / HOUR

    return asked


def test_learned_departures_use_only_stays_that_ended_before_the_day(longest_h) -> None:
    assert longest_h(NOON - DAY) == pytest.approx(11)
    assert longest_h(NOON - DAY + 2 * HOUR) == pytest.approx(2)
    assert longest_h(NOON - 12 * HOUR) == pytest.approx(2)


def test_departures_learned_once_do_not_include_later_days(longest_h) -> None:
    assert longest_h(NOON - DAY, until=NOON - 3 * DAY) == pytest.approx(2)
