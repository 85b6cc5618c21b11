"""When a site serves: opening hours in its own zone, and maintenance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from forecourt.kernel import BadInput, Span

_DAY_MIN = 24 * 60


@dataclass(frozen=True, slots=True)
class Opening:
    """A stretch of a weekday (0 = Monday) in which the site is open: minutes of the local day, to_min 1440 = midnight."""

    weekday: int
    from_min: int
    to_min: int

    def __post_init__(self) -> None:
        if not (0 <= self.weekday <= 6 and 0 <= self.from_min < self.to_min <= _DAY_MIN):
            raise BadInput("opening", "Opening hours must lie within one day and end after they begin.", "Past midnight: write two.")


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Sockets that do not serve for a while. labels: of the EVSEs; empty = the whole site."""

    span: Span
    labels: tuple[str, ...] = ()
    reason: str = ""


def closed_spans(openings: Sequence[Opening], zone: str, span: Span) -> tuple[Span, ...]:
    """When the site is closed within the span, in order. No opening hours at all: it never is."""
    if not openings:
        return ()
    closed, since = [], span.start
    for opened in sorted(_opened(openings, zone, span), key=lambda one: one.start):
        if opened.start > since:
            closed.append(Span(since, min(opened.start, span.end)))
        since = max(since, opened.end)
        if since >= span.end:
            break
    return (*closed, Span(since, span.end)) if since < span.end else tuple(closed)


def _opened(openings: Sequence[Opening], zone: str, span: Span) -> Iterator[Span]:
    local = ZoneInfo(zone)
    day, last = span.start.astimezone(local).date() - timedelta(days=1), span.end.astimezone(local).date()
    while day <= last:
        for one in openings:
            if one.weekday == day.weekday():
                start, end = _instant(day, one.from_min, local), _instant(day, one.to_min, local)
                if end > start and end > span.start and start < span.end:
                    yield Span(start, end)
        day += timedelta(days=1)


def _instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """A local time that the clock skips counts as if it had not yet been put forward; one that comes twice is the first."""
    wall = datetime.combine(day, time(0)) + timedelta(minutes=minutes)
    return wall.replace(tzinfo=zone).astimezone(UTC)
