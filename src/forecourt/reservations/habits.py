"""How cars behave at the sockets of a kind, learned from recent weeks: how long they stay, how late they leave, when all is full."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from forecourt.kernel import Span

# Habits are learned from this far back; fewer stays or ends than MIN_OBSERVATIONS prove nothing.
HABIT_HISTORY = timedelta(days=28)
MIN_OBSERVATIONS = 30
QUARTER = timedelta(minutes=15)
QUARTERS = 96
# Moving a start by this many minutes must save at least one busy minute.
_MINUTES_AWAY = 10
_MAX_STAYS = 300
_HOURS = 24
_MIN_SIMILAR_STAYS = 12
_SECOND, _STEP = timedelta(seconds=1), timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class PastStay:
    """When a car was there, and when it was due to leave by its booking or statement; None = unknown."""

    span: Span
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Habits:
    """stays: how long cars stayed. late: how long after the stated end they left, negative = before it. Both in seconds, sorted.
    came_like: stays of cars that came within an hour of the same hour, for each hour of a working day and then of a weekend day.

    busy: the percentage of days on which at most one socket was free, for each quarter-hour of a working day and
    then of a weekend day, in the site's zone. unused_percent: of bookings that nobody came to.
    """

    stays: tuple[int, ...] = ()
    late: tuple[int, ...] = ()
    busy: tuple[int, ...] = (0,) * (2 * QUARTERS)
    zone: str = "UTC"
    unused_percent: int = 5
    came_like: tuple[tuple[int, ...], ...] = ()

    @property
    def known(self) -> bool:
        return len(self.stays) >= MIN_OBSERVATIONS

    def busy_at(self, instant: datetime) -> int:
        local = instant.astimezone(ZoneInfo(self.zone))
        return self.busy[QUARTERS * (local.weekday() > 4) + local.hour * 4 + local.minute // 15]

    def stays_from_hour(self, since: datetime) -> tuple[int, ...]:
        """How long cars stayed that came at about this hour; all stays if these are too few."""
        similar = self.came_like[_hour_of_week(since.astimezone(ZoneInfo(self.zone)))] if self.came_like else ()
        return similar if len(similar) >= _MIN_SIMILAR_STAYS else self.stays


def habits_from_stays(stayed: Sequence[PastStay], sockets: int, zone: str, until: datetime, unused_percent: int = 5) -> Habits:
    """Learn from the stays of the weeks before an instant, ordered by end."""
    lately = stayed[-_MAX_STAYS:]
    return Habits(
        stays=tuple(sorted(one.span.length // _SECOND for one in lately)),
        late=tuple(sorted((one.span.end - one.due) // _SECOND for one in lately if one.due is not None)),
        busy=_busy([one.span for one in stayed], sockets, zone, until),
        zone=zone,
        unused_percent=unused_percent,
        came_like=_came_like([one.span for one in stayed], ZoneInfo(zone)),
    )


def _came_like(spans: Sequence[Span], local: ZoneInfo) -> tuple[tuple[int, ...], ...]:
    """A car counts in the hour it came, the one before and the one after."""
    found: list[list[int]] = [[] for _ in range(2 * _HOURS)]
    for span in spans:
        began = span.start.astimezone(local)
        for near in (-1, 0, 1):
            found[_hour_of_week(began, near)].append(span.length // _SECOND)
    return tuple(tuple(sorted(stays)) for stays in found)


def _hour_of_week(local: datetime, later: int = 0) -> int:
    """Hours of a working day, then of a weekend day."""
    return _HOURS * (local.weekday() > 4) + (local.hour + later) % _HOURS


def _busy(spans: Sequence[Span], sockets: int, zone: str, until: datetime) -> tuple[int, ...]:
    first = until.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - HABIT_HISTORY
    busy_counts = [0] * (HABIT_HISTORY // QUARTER)
    for span in spans:
        for number in range(max(0, (span.start - first) // QUARTER), min(len(busy_counts), -((first - span.end) // QUARTER))):
            busy_counts[number] += 1
    local, full, seen = ZoneInfo(zone), [0] * (2 * QUARTERS), [0] * (2 * QUARTERS)
    for number, cars in enumerate(busy_counts):
        at = (first + QUARTER * number).astimezone(local)
        slot = QUARTERS * (at.weekday() > 4) + at.hour * 4 + at.minute // 15
        seen[slot] += 1
        full[slot] += cars >= max(1, sockets - 1)
    return tuple(100 * many // days if days else 0 for many, days in zip(full, seen, strict=True))


def least_busy_window(habits: Habits, window: Span, promise: Span, not_before: datetime) -> Span:
    """The window within the promise that takes the least of the hours in which sockets are short; the one asked for if equal.

    Busy shares serve as prices of a socket's time (bid prices; Talluri, van Ryzin 2004): coming slightly earlier or later
    costs a flexible driver little, and somebody else may wait less.
    """
    steps = range(-((window.start - promise.start) // _STEP), (promise.end - window.end) // _STEP + 1)
    starts = [start for start in (window.start + _STEP * step for step in steps) if start >= not_before]
    if len(starts) < 2:
        return window
    sums = list(_busy_minutes(habits, Span(starts[0], starts[-1] + window.length)))

    def cost(start: datetime) -> tuple[float, timedelta]:
        first = (start - starts[0]) // _STEP
        last = min(first + window.length // _STEP, len(sums) - 1)
        distance = abs(start - window.start)
        return (sums[last] - sums[first]) / 100 + distance / timedelta(minutes=_MINUTES_AWAY), distance

    start = min(starts, key=cost)
    return Span(start, start + window.length)


def _busy_minutes(habits: Habits, span: Span) -> Iterator[int]:
    """Cumulative percent-minutes from the start of the span to each step of five minutes."""
    total = 0
    yield total
    for number in range(span.length // _STEP):
        total += 5 * habits.busy_at(span.start + _STEP * number)
        yield total
