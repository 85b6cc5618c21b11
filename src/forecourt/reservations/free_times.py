"""When one more socket can be promised: the free times of a kind, for a calendar."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from forecourt.kernel import Span
from forecourt.reservations.availability import too_busy
from forecourt.reservations.booking import SHORTEST_BOOKING
from forecourt.reservations.fitting import Layout
from forecourt.reservations.habits import QUARTER
from forecourt.reservations.model import NOTICE
from forecourt.reservations.pool import Pool


def vacancies(pool: Pool, span: Span, at: datetime) -> tuple[Span, ...]:
    """The longest stretches of the span, in order, throughout which a socket is unclaimed and the site is open, except hours for which
    nothing is promised. A booking may still be refused there if it puts other promises at risk. If bays differ, a
    stay keeps one bay throughout, so stretches may overlap without being joined."""
    blocked = sorted((*pool.closed, *_full(pool, span), *_busy(pool, span, at)), key=lambda one: one.start)
    free = _between(blocked, span)
    if not pool.is_uniform():
        layout, claims = Layout(pool), tuple(pool.claims())
        free = (part for one in free for part in _unmoved(layout, claims, one))
    return tuple(one for one in free if one.length >= SHORTEST_BOOKING)


def _unmoved(layout: Layout, claims: Iterable[Span], span: Span) -> Iterator[Span]:
    """The longest parts of the span in which one more stay fits from start to end: each from a departure to an arrival. The later a
    part begins, the later it may end."""
    ends = sorted({span.end, *(one.start for one in claims if span.start < one.start < span.end)})
    reached = 0
    for start in sorted({span.start, *(one.end for one in claims if span.start < one.end < span.end)}):
        before = reached
        while reached < len(ends) and (ends[reached] <= start or layout.fits(Span(start, ends[reached]))):
            reached += 1
        if reached > before and ends[reached - 1] > start:
            yield Span(start, ends[reached - 1])


def _full(pool: Pool, span: Span) -> Iterator[Span]:
    """When nothing can be promised because everything is claimed."""
    if pool.bookable < 1:
        yield span
        return
    claims = [one for one in pool.claims() if one.overlaps(span)]
    free, since = pool.bookable, span.start
    # An end sorts before a start at the same instant: half-open spans that touch do not overlap.
    for instant, change in sorted([(one.start, 1) for one in claims] + [(one.end, -1) for one in claims]):
        if free < 1 and instant > since:
            yield Span(since, instant)
        since, free = instant, free - change


def _busy(pool: Pool, span: Span, at: datetime) -> Iterator[Span]:
    """Quarter-hours at which all sockets are full on too many days; starts within the notice are not judged by them."""
    soon, start = at + NOTICE, span.start.replace(minute=span.start.minute // 15 * 15, second=0, microsecond=0)
    while start < span.end:
        if start + QUARTER > soon and too_busy(pool, max(start, soon + timedelta.resolution), at):
            yield Span(max(start, soon), start + QUARTER)
        start += QUARTER


def _between(blocked: Iterable[Span], span: Span) -> Iterator[Span]:
    since = span.start
    for one in blocked:
        if one.start > since:
            yield Span(since, min(one.start, span.end))
        since = max(since, one.end)
        if since >= span.end:
            return
    yield Span(since, span.end)
