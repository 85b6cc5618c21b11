"""Forecasts carry their error; proposals stay within bounds and the law."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecourt.kernel import BadInput, Conflict, Span
from forecourt.revenue import Bounds, BusyHour, DayKind, Forecast, forecast, propose
from forecourt.tariffs import Channel, check_tariff, parse_tariff, price_curve
from tariffs.words import element, price

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
BOUNDS = Bounds(floor=Decimal("0.30"), cap=Decimal("0.60"), largest_step=Decimal("0.05"))
SOURCE = {"id": "T", "currency": "EUR", "elements": [element(price("PARKING_TIME", "6", 19)), element(price("ENERGY", "0.45", 19))]}
LAWFUL = partial(check_tariff, country="DE", power_kw=150, channel=Channel.ADHOC, on=date(2026, 11, 23))


def week_of(share_at, error=0.05):
    return Forecast(tuple(share_at(slot // 24, slot % 24) for slot in range(168)), "test", error, error, 168)


def history(weeks, minutes_at):
    hours = (MONDAY + timedelta(hours=hour) for hour in range(weeks * 168))
    return [BusyHour(at, minutes_at(at)) for at in hours]


def busy_at_noon(day, hour):
    return 1.0 if day < 5 and 11 <= hour < 14 else 0.5


def test_a_regular_week_is_forecast_without_error():
    outlook = forecast(history(5, lambda at: 60 if at.hour == 12 else 0), 2, "UTC")
    assert (outlook.error, outlook.occupancy[12], outlook.occupancy[13]) == (0, 0.5, 0)


def test_the_mean_beats_last_week_where_weeks_alternate():
    outlook = forecast(history(9, lambda at: 60 * ((at - MONDAY).days // 7 % 2)), 1, "UTC")
    assert outlook.method == "mean of that hour over 4 weeks"
    assert outlook.error < outlook.naive_error == 1


def test_hours_are_those_of_the_place():
    outlook = forecast(history(3, lambda at: 60 if at.hour == 20 else 0), 1, "America/Los_Angeles")
    assert outlook.occupancy.index(1) == 12


def test_a_short_or_broken_history_is_refused():
    hours = history(3, lambda at: 0)
    with pytest.raises(BadInput):
        forecast(hours[1:], 1, "UTC")
    with pytest.raises(BadInput):
        forecast([*hours[:100], *hours[101:], BusyHour(hours[-1].start + timedelta(hours=1), 0)], 1, "UTC")


def test_full_hours_become_dearer_by_at_most_the_largest_step():
    (move,) = propose(SOURCE, week_of(busy_at_noon), BOUNDS, LAWFUL).steps
    assert (move.day, move.start_hour, move.end_hour) == (DayKind.WORKDAY, 11, 14)
    assert Decimal("0.45") < move.new_price <= Decimal("0.50")
    assert "11:00 to 14:00: 100% of sockets expected" in move.reason


def test_nothing_moves_within_the_forecasts_error():
    assert propose(SOURCE, week_of(busy_at_noon, error=0.2), BOUNDS, LAWFUL).steps == ()


def test_the_proposed_tariff_says_what_the_steps_say():
    proposal = propose(SOURCE, week_of(busy_at_noon), BOUNDS, LAWFUL)
    noon = MONDAY + timedelta(hours=12)
    (step,) = price_curve(parse_tariff(proposal.source), Span(noon, noon + timedelta(minutes=5)), "UTC")
    assert step.price == proposal.steps[0].new_price
    assert proposal.source["elements"][1:] == SOURCE["elements"]


def test_an_unlawful_tariff_is_never_proposed():
    source = SOURCE | {"elements": [*SOURCE["elements"], element(price("FLAT", "1"))]}
    with pytest.raises(Conflict, match="2023/1804"):
        propose(source, week_of(busy_at_noon), BOUNDS, LAWFUL)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=168, max_size=168), st.floats(0, 0.3), st.integers(1, 12))
def test_repeated_steps_never_leave_the_bounds(shares, error, rounds):
    source, outlook = SOURCE, Forecast(tuple(shares), "test", error, error, 168)
    for _ in range(rounds):
        proposal = propose(source, outlook, BOUNDS, LAWFUL)
        assert all(abs(move.new_price - move.old_price) <= BOUNDS.largest_step for move in proposal.steps)
        source = proposal.source
    for step in price_curve(parse_tariff(source), Span(MONDAY, MONDAY + timedelta(days=7)), "UTC"):
        assert BOUNDS.floor <= step.price <= BOUNDS.cap
