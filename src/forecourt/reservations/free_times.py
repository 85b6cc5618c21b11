"""When one more socket can be promised: the free times of a kind, as a calendar shows them."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from forecourt.kernel import Span
from forecourt.reservations.availability import too_busy
from forecourt.reservations.booking import SHORTEST
from forecourt.reservations.habits import QUARTER
from forecourt.reservations.model import NOTICE
from forecourt.reservations.pool import Pool


def vacancies(pool: Pool, span: Span, at: datetime) -> tuple[Span, ...]:
    """The longest stretches of the span, in order, in every part of which a socket is free of all claims and the site is open, and
    at no hour at which nothing is promised. A booking may still be refused there, for the chance that others lose theirs."""
    blocked = sorted((*pool.closed, *_full(pool, span), *_busy(pool, span, at)), key=lambda one: one.start)
    return tuple(free for free in _between(blocked, span) if free.length >= SHORTEST)


def _full(pool: Pool, span: Span) -> Iterator[Span]:
    """When nothing can be promised, as everything is claimed."""
    if pool.promisable < 1:
        yield span
        return
    claims = [one for one in pool.claims() if one.overlaps(span)]
    free, since = pool.promisable, span.start
    # An end sorts before a start at the same instant: half-open spans that touch do not overlap.
    for instant, change in sorted([(one.start, 1) for one in claims] + [(one.end, -1) for one in claims]):
        if free < 1 and instant > since:
            yield Span(since, instant)
        since, free = instant, free - change


def _busy(pool: Pool, span: Span, at: datetime) -> Iterator[Span]:
    """Quarters of an hour at which all is full on too many days; what begins within the notice is not judged by them."""
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
