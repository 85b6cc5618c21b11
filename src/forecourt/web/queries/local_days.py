"""Local days of a place."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from forecourt.kernel import Span


def local_date(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def local_day(day: date, zone: str) -> Span:
    """From midnight to midnight there; 23 or 25 hours where the clocks change."""
    return Span(datetime.combine(day, time(0), ZoneInfo(zone)), datetime.combine(day + timedelta(days=1), time(0), ZoneInfo(zone)))
