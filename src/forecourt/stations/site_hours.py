"""Whether a site is open at an instant, and until when: opening hours, calendar and maintenance combined."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from forecourt.kernel import NearbyDay, Span, Text
from forecourt.stations.model import Site
from forecourt.stations.opening import Maintenance, closed_spans

# A site that opens later than this is treated as not opening at all.
AHEAD = timedelta(days=32)
_MOMENT = timedelta(microseconds=1)


def closed_in(site: Site, span: Span) -> tuple[Span, ...]:
    """When the whole site is closed within the span, in order, no two touching."""
    maintenance = (work.span for work in site.maintenance if not work.labels and work.span.overlaps(span))
    over = (Span(site.ends_at, span.end),) if site.ended(span.end - _MOMENT) and site.ends_at else ()
    within = (Span(max(one.start, span.start), min(one.end, span.end)) for one in (*maintenance, *over))
    return merged((*closed_spans(site.openings, site.zone, span, site.calendar), *within))


def is_open(site: Site, at: datetime) -> bool:
    return not closed_in(site, Span(at, at + _MOMENT))


def opens_at(site: Site, at: datetime) -> datetime | None:
    """When a site opens again; the instant itself if it is open then. None: not within a month."""
    first = next(iter(closed_in(site, Span(at, at + AHEAD))), None)
    if first is None or first.start > at:
        return at
    return first.end if first.end < at + AHEAD else None


def closes_at(site: Site, at: datetime) -> datetime | None:
    """Until when a site stays open; the instant itself if it is closed then. None: beyond a month."""
    first = next(iter(closed_in(site, Span(at, at + AHEAD))), None)
    return first.start if first else None


def maintenance_of(site: Site, label: str, span: Span) -> Maintenance | None:
    """The maintenance that keeps a socket out of service within the span; if several, the one that lasts longest."""
    windows = [work for work in site.maintenance if label in work.labels and work.span.overlaps(span)]
    return max(windows, key=lambda work: work.span.end, default=None)


def out_of_service(site: Site, label: str, at: datetime) -> Maintenance | None:
    return maintenance_of(site, label, Span(at, at + _MOMENT))


def is_maintained(site: Site, label: str, at: datetime) -> bool:
    """Whether a socket, or the whole site, is under maintenance now."""
    return any(work.span.contains(at) and (not work.labels or label in work.labels) for work in site.maintenance)


def local_time_text(site: Site, instant: datetime, now: datetime) -> str:
    """An instant for people, in the site's local time: the time alone if it is today there."""
    local, today = instant.astimezone(ZoneInfo(site.zone)), now.astimezone(ZoneInfo(site.zone)).date()
    time, day = f"{local:%H:%M}", NearbyDay(local.year, local.month, local.day)
    return time if local.date() == today else Text("{day}, {time}", day=day, time=time)


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The fewest spans that cover the same time, in order."""
    joined: list[Span] = []
    for one in sorted(spans, key=lambda span: span.start):
        if joined and one.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, one.end))
        else:
            joined.append(one)
    return tuple(joined)


def minus(spans: Iterable[Span], others: Iterable[Span]) -> tuple[Span, ...]:
    """What remains of the spans outside the others, in order."""
    left, removed = list[Span](), merged(others)
    for one in merged(spans):
        since = one.start
        for other in removed:
            if other.end > since and other.start < one.end:
                if other.start > since:
                    left.append(Span(since, other.start))
                since = other.end
        if since < one.end:
            left.append(Span(since, one.end))
    return tuple(left)


def planned(windows: Sequence[Maintenance], at: datetime) -> tuple[Maintenance, ...]:
    """Maintenance that is not over, in order."""
    return tuple(sorted((work for work in windows if work.span.end > at), key=lambda work: (work.span.start, work.span.end)))
