"""Occupancy by hour of the week, with an error figure from weeks the forecast had not seen."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from forecourt.kernel import BadInput
from forecourt.revenue.model import BusyHour, Forecast

_WEEK = 168
_LEAST_WEEKS = 3
_SMOOTHED_WEEKS = 4


def forecast(history: Sequence[BusyHour], sockets: int, zone: str) -> Forecast:
    """The coming week from past ones: the same hour a week ago, or the mean of that hour over four weeks, whichever erred less.

    history: hours in order, none missing, at least three weeks. Each week but the first two is forecast from the weeks
    before it alone; the mean absolute error of those forecasts is reported, beside that of the plain "a week ago".
    Raises BadInput for a short history or gaps.
    """
    if sockets <= 0 or len(history) < _LEAST_WEEKS * _WEEK:
        raise BadInput("history_short", f"{len(history)} hours of history are too few.", f"Give {_LEAST_WEEKS} weeks at least.")
    shares = [hour.busy_minutes / (60 * sockets) for hour in history]
    _check_gaps(history)
    methods = {"same hour a week ago": 1, f"mean of that hour over {_SMOOTHED_WEEKS} weeks": _SMOOTHED_WEEKS}
    errors = {name: _error(shares, weeks) for name, weeks in methods.items()}
    best = min(errors, key=lambda name: errors[name])
    return Forecast(
        occupancy=_coming_week(shares, history[-1].start + timedelta(hours=1), zone, methods[best]),
        method=best,
        error=errors[best],
        naive_error=errors["same hour a week ago"],
        tested_hours=len(shares) - 2 * _WEEK,
    )


def _check_gaps(history: Sequence[BusyHour]) -> None:
    for before, after in pairwise(history):
        if after.start - before.start != timedelta(hours=1):
            raise BadInput("history_gap", f"The hour after {before.start.isoformat()} is missing.", "Fill hours without use with 0.")


def _expected(shares: Sequence[float], index: int, weeks: int) -> float:
    """From the same hour of up to `weeks` earlier weeks."""
    past = [shares[index - week * _WEEK] for week in range(1, weeks + 1) if index - week * _WEEK >= 0]
    return sum(past) / len(past)


def _error(shares: Sequence[float], weeks: int) -> float:
    """Mean absolute error over all hours from the third week on; every forecast looks back a week or more."""
    misses = [abs(_expected(shares, index, weeks) - shares[index]) for index in range(2 * _WEEK, len(shares))]
    return sum(misses) / len(misses)


def _coming_week(shares: Sequence[float], start: datetime, zone: str, weeks: int) -> tuple[float, ...]:
    """By local hour of the week; an hour the clock skips or repeats takes what falls on it last."""
    info = ZoneInfo(zone)
    expected = [0.0] * _WEEK
    known = [False] * _WEEK
    for ahead in range(_WEEK):
        local = (start + timedelta(hours=ahead)).astimezone(info)
        slot = local.weekday() * 24 + local.hour
        expected[slot], known[slot] = _expected(shares, len(shares) + ahead, weeks), True
    return tuple(value if known[slot] else expected[slot - 1] for slot, value in enumerate(expected))
