"""How high a month's power should go: a forecast of its most profitable peak from past days."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from forecourt.planning.profit_schedule import maximize_profit
from forecourt.planning.supply import Stay, Supply

PEAK_HISTORY = timedelta(days=35)
"""Older history comes from another season and does not help."""


def peak_forecast_w(
    history: Sequence[Stay], seen: Collection[date], coming: Collection[date], supply: Supply, had_w: float, zone: str
) -> float:
    """The power up to which it pays to go in the rest of the month, at least had_w (that much is already paid for).

    One more kilowatt costs the demand charge once; its gain is estimated from the days seen, scaled to the days that come (working
    days and weekend days separately). So it is the peak that somebody who knew the past days would choose for the coming ones.
    supply: prices for the days of the history, as they will be in the days that come.

    The peak can be raised later but never lowered: the fewer days were seen, the less their estimate counts.
    """
    expected = [replace(stay, times=times) for stay in history if (times := _times(stay, seen, coming, zone)) > 0]
    if not expected:
        return had_w
    found = maximize_profit(expected, supply, had_w)
    return had_w if found is None else max(had_w, found.peak_w)


def _times(stay: Stay, seen: Collection[date], coming: Collection[date], zone: str) -> float:
    weekend = _weekend(stay.start.astimezone(ZoneInfo(zone)).date())
    days = sum(_weekend(day) == weekend for day in seen)
    return sum(_weekend(day) == weekend for day in coming) / (days + EMPTY_DAYS) if days else 0.0


def _weekend(day: date) -> bool:
    return day.weekday() >= 5


EMPTY_DAYS = 0.25
