"""Repeated bookings: the instants of a series."""

from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from forecourt.kernel import BadInput, Span

MAX_WEEKS = 5


class Repeat(StrEnum):
    DAILY = "daily"
    WEEKDAYS = "weekdays"  # Monday to Friday
    WEEKLY = "weekly"


def series_windows(first: Span, repeat: Repeat, weeks: int, zone: str) -> tuple[Span, ...]:
    """The windows of a series over `weeks` times seven days from the first day on: at the same local time, with the same length.

    A local time skipped by the clock change becomes an hour later by the clock. Raises BadInput.
    """
    if not 1 <= weeks <= MAX_WEEKS:
        raise BadInput("weeks", "A booking is repeated for 1 to {most} weeks.", "Choose fewer, and repeat again later.", most=MAX_WEEKS)
    local = first.start.astimezone(ZoneInfo(zone))
    days = [local.date() + timedelta(days=offset) for offset in range(7 * weeks)]
    wanted = [day for day in days if _falls(day.weekday(), local.weekday(), repeat)]
    starts = [datetime.combine(day, local.time(), ZoneInfo(zone)).astimezone(first.start.tzinfo) for day in wanted]
    return tuple(Span(start, start + first.length) for start in starts)


def _falls(weekday: int, first: int, repeat: Repeat) -> bool:
    return repeat is Repeat.DAILY or (repeat is Repeat.WEEKDAYS and weekday < 5) or (repeat is Repeat.WEEKLY and weekday == first)
