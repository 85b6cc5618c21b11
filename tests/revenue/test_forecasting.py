"""Demand forecasts: their intervals, a comparison with a seasonal-naive forecast on real days, and local time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from forecourt.kernel import BadInput, Span
from forecourt.revenue import Days, History, aggregate_ratios, backtest, forecast
from forecourt.simulation import load_recording

MONDAY = date(2026, 1, 5)
ZONE = "America/Los_Angeles"


def weeks(count, at):
    return History(MONDAY, tuple(tuple(float(at(day, hour)) for hour in range(24)) for day in range(7 * count)))


def test_a_regular_week_is_forecast_without_error():
    found = forecast(weeks(6, lambda day, hour: 6 if day % 7 < 5 and hour == 12 else 0))
    assert found.first_day == MONDAY + timedelta(days=42) and found.accuracy.mae == pytest.approx(0, abs=0.02)
    assert found.expected[0][12] == pytest.approx(6, abs=0.3) and found.expected[5][12] == pytest.approx(0, abs=0.3)


def test_a_falling_level_is_followed_within_days():
    found = forecast(weeks(8, lambda day, hour: 10 if day < 49 else 2))
    assert found.expected[0][12] == pytest.approx(2, abs=0.5)


def test_forecast_intervals_have_their_stated_coverage():
    dice = np.random.default_rng(3)
    found = backtest(weeks(26, lambda day, hour: dice.poisson(4 + 3 * np.sin(hour / 4))))
    assert 0.75 <= found.coverage <= 0.9 and found.beats_naive and found.pinball < found.pinball_naive


def test_recorded_days_are_forecast_better_than_by_the_week_before():
    """Caltech, autumn 2019; the benchmark goes through all of it."""
    first = date(2019, 5, 2)
    days = Days(first, 180, ZONE)
    arrivals = days.counted(one.arrival for one in load_recording("caltech").sessions)
    found = backtest(arrivals, 90)
    assert found.mae < 0.9 * found.mae_naive and found.rmse < found.rmse_naive and 0.72 <= found.coverage <= 0.9


def test_too_short_a_history_is_refused():
    with pytest.raises(BadInput, match="27 days"):
        forecast(History(MONDAY, ((0.0,) * 24,) * 27))


def test_aggregate_ratios_cover_the_past_deviations():
    dice = np.random.default_rng(4)
    ratios = aggregate_ratios(weeks(12, lambda day, hour: dice.poisson(5)), 14)
    assert len(ratios) == 84 - 28 - 14 + 1 and np.median(ratios) == pytest.approx(1, abs=0.05)


def test_demand_is_counted_in_local_hours_over_clock_changes():
    spring = Days(date(2026, 3, 8), 1, ZONE)  # 02:00 is skipped
    start = datetime(2026, 3, 8, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
    busy = spring.spread([(Span(start, start + timedelta(hours=23)), 23 * 60.0)])
    assert busy.hours[0] == pytest.approx((60.0,) * 24)
    autumn = Days(date(2026, 11, 1), 1, ZONE)  # 01:00 comes twice
    start = datetime(2026, 11, 1, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
    counted = autumn.counted(start + timedelta(hours=hour, minutes=5) for hour in range(25))
    assert counted.hours[0] == (1.0,) * 24
