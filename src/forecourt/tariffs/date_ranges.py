"""When an element applies, expressed in dates alone, for recipients that know no holidays."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from forecourt.tariffs.terms import HolidayRule, Restrictions

_SUNDAY, _DAY = 6, timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayRange:
    """From start (inclusive) to end (exclusive); None: unbounded. every_day: regardless of the day of the week."""

    start: date | None = None
    end: date | None = None
    every_day: bool = False


def day_ranges(r: Restrictions, holidays: Iterable[date], first: date, until: date) -> tuple[DayRange, ...]:
    """The date ranges in which an element applies on its days of the week; valid from first (inclusive) to until (exclusive)."""
    if r.holidays is None:
        return (DayRange(r.start_date, r.end_date),)
    runs = tuple(_runs(sorted(day for day in set(holidays) if first <= day < until)))
    sundays = r.holidays is HolidayRule.AS_SUNDAY and r.days is not None and _SUNDAY in r.days
    found: list[DayRange] = []
    if r.holidays is HolidayRule.ONLY:
        found += (DayRange(start, end) for start, end in runs)
    elif sundays:
        found += (DayRange(), *(DayRange(start, end, every_day=True) for start, end in runs))
    else:
        found += (DayRange(left, right) for (_, left), (right, _) in pairwise(((None, None), *runs, (None, None))))
    return tuple(clipped for one in found if (clipped := _within(one, r)) is not None)


def _runs(days: list[date]) -> Iterator[tuple[date, date]]:
    """Merge consecutive holidays into one range."""
    start = None
    for day in days:
        start = start or day
        if day + _DAY not in days:
            yield start, day + _DAY
            start = None


def _within(one: DayRange, r: Restrictions) -> DayRange | None:
    start = max(filter(None, (one.start, r.start_date)), default=None)
    end = min(filter(None, (one.end, r.end_date)), default=None)
    return None if start and end and end <= start else DayRange(start, end, one.every_day)
