"""When a site is open: opening hours in its own zone, days with hours of their own, and maintenance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from forecourt.kernel import BadInput, Span
from forecourt.stations.holiday_tables import public_holidays

_DAY_MIN = 24 * 60
# Hours that continue past midnight and end by noon belong to the day on which they began.
_NOON = 12 * 60


@dataclass(frozen=True, slots=True)
class Opening:
    """A stretch of a weekday (0 = Monday) when the site is open, in minutes of the local day; to_min 1440 = midnight."""

    weekday: int
    from_min: int
    to_min: int

    def __post_init__(self) -> None:
        if not (0 <= self.weekday <= 6 and 0 <= self.from_min < self.to_min <= _DAY_MIN):
            raise BadInput(
                "opening", "Opening hours must lie within one day and end after they begin.", "For hours past midnight, enter two."
            )


@dataclass(frozen=True, slots=True)
class DayHours:
    """A stretch of one day, in minutes from its midnight; past 1440 it continues into the next morning but still belongs to this day."""

    from_min: int
    to_min: int

    def __post_init__(self) -> None:
        if not (0 <= self.from_min < _DAY_MIN and self.from_min < self.to_min <= self.from_min + _DAY_MIN):
            raise BadInput("hours", "Hours of a day must begin on it, and end within 24 hours.")


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that does not follow the weekly hours. hours: () = closed. note: the reason, shown to drivers."""

    day: date
    hours: tuple[DayHours, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days do not follow the weekly hours. region: whose public holidays have hours of their own ("DE-BE"); "" = none.

    on_holidays: () = closed. special_days: take precedence over public holidays.
    """

    region: str = ""
    on_holidays: tuple[DayHours, ...] = ()
    special_days: tuple[SpecialDay, ...] = ()

    def on(self, day: date) -> SpecialDay | None:
        """The special day on this date; None: it follows the weekly hours."""
        for one in self.special_days:
            if one.day == day:
                return one
        name = public_holidays(self.region, day.year).get(day) if self.region else None
        return SpecialDay(day, self.on_holidays, name) if name else None

    def between(self, first: date, last: date) -> tuple[SpecialDay, ...]:
        """All special days between two dates, both included, in order."""
        years = range(first.year, last.year + 1) if self.region else range(0)
        found = {day: SpecialDay(day, self.on_holidays, name) for year in years for day, name in public_holidays(self.region, year).items()}
        found |= {one.day: one for one in self.special_days}
        return tuple(found[day] for day in sorted(found) if first <= day <= last)


BY_THE_WEEK = Calendar()


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Sockets that are out of service for a while. labels: of the EVSEs; empty = the whole site."""

    span: Span
    labels: tuple[str, ...] = ()
    reason: str = ""


def closed_spans(openings: Sequence[Opening], zone: str, span: Span, calendar: Calendar = BY_THE_WEEK) -> tuple[Span, ...]:
    """When the site is closed within the span, in order. Without opening hours it closes on special days only."""
    if not openings and calendar == BY_THE_WEEK:
        return ()
    closed, since = [], span.start
    for opened in sorted(_opened(openings, zone, span, calendar), key=lambda one: one.start):
        if opened.start > since:
            closed.append(Span(since, min(opened.start, span.end)))
        since = max(since, opened.end)
        if since >= span.end:
            break
    return (*closed, Span(since, span.end)) if since < span.end else tuple(closed)


@lru_cache(maxsize=1024)
def hours_by_weekday(openings: tuple[Opening, ...]) -> tuple[tuple[DayHours, ...], ...]:
    """The hours of each weekday, Monday first; a morning that continues from the evening before belongs to that evening."""
    if not openings:
        return ((DayHours(0, _DAY_MIN),),) * 7
    return tuple(tuple(_of_weekday(openings, weekday)) for weekday in range(7))


def _of_weekday(openings: Sequence[Opening], weekday: int) -> Iterator[DayHours]:
    mornings = [one.to_min for one in openings if one.weekday == (weekday + 1) % 7 and _goes_on(openings, weekday, one)]
    for one in sorted((one for one in openings if one.weekday == weekday), key=lambda one: one.from_min):
        if _goes_on(openings, (weekday - 1) % 7, one):
            continue
        further = [to_min for to_min in mornings if one.to_min == _DAY_MIN and to_min < one.from_min]
        yield DayHours(one.from_min, one.to_min + max(further, default=0))


def _goes_on(openings: Sequence[Opening], eve: int, morning: Opening) -> bool:
    """Whether a morning continues hours that began the day before (and began later than the morning ends)."""
    if morning.from_min or morning.to_min > _NOON:
        return False
    return any(one.weekday == eve and one.to_min == _DAY_MIN and one.from_min > morning.to_min for one in openings)


def _opened(openings: Sequence[Opening], zone: str, span: Span, calendar: Calendar) -> Iterator[Span]:
    local, week = ZoneInfo(zone), hours_by_weekday(tuple(openings))
    day, last = span.start.astimezone(local).date() - timedelta(days=1), span.end.astimezone(local).date()
    while day <= last:
        special = calendar.on(day)
        for one in special.hours if special else week[day.weekday()]:
            start, end = _instant(day, one.from_min, local), _instant(day, one.to_min, local)
            if end > start and end > span.start and start < span.end:
                yield Span(start, end)
        day += timedelta(days=1)


def _instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """A local time skipped by the clock change counts as if the clock had not changed yet; one that occurs twice is the first."""
    wall = datetime.combine(day, time(0)) + timedelta(minutes=minutes)
    return wall.replace(tzinfo=zone).astimezone(UTC)
