"""What can be promised here: how many sockets of a kind are free, when, for whom, and where a stay would fit."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from heapq import heappop, heappush

from forecourt.kernel import Span
from forecourt.reservations.fitting import Layout
from forecourt.reservations.model import NOTICE
from forecourt.reservations.pool import Pool, peak_claims
from forecourt.stations import ANY_BAY, BayNeed

STEP = timedelta(minutes=5)
# Chosen on weeks of a real garage (benchmarks/waiting.py): more spare sockets make people wait longer, fewer break promises.
PROMISES_A_SPARE = 5


def free_sockets(pool: Pool, window: Span, need: BayNeed = ANY_BAY) -> int:
    """The fewest sockets that can still be promised at any instant of the window; 0 if the site is closed for any of it. If bays differ,
    it is exact whether there is one; how many more there are is an upper bound."""
    return _free(pool, Layout(pool), window, need)


def _free(pool: Pool, layout: Layout, window: Span, need: BayNeed) -> int:
    if any(span.overlaps(window) for span in pool.closed):
        return 0
    free_count = min(
        max(0, one.bookable - peak_claims(one, window)) for one in ([pool] if pool.is_uniform(need) else [pool, pool.for_need(need)])
    )
    return free_count if free_count and (pool.is_uniform(need) or layout.fits(window, need)) else 0


def free_until(pool: Pool, at: datetime, most: timedelta) -> datetime | None:
    """Until when an unannounced car may have a socket from now on: until the next promise that needs it, a closing,
    or `most` from now. None if not even for a moment. Walk-ins may also use the sockets held back from promises."""
    free = pool.sockets - peak_claims(pool, Span(at, at + timedelta(microseconds=1)))
    if free < 1 or any(span.contains(at) for span in pool.closed):
        return None
    end = min([at + most, *(span.start for span in pool.closed if span.start > at)])
    changes = sorted((edge, change) for span in pool.claims() for edge, change in ((span.end, 1), (span.start, -1)) if at < edge < end)
    # At the same instant, those who leave make room before others arrive.
    for instant, change in sorted(changes, key=lambda one: (one[0], -one[1])):
        free += change
        if free < 1:
            return instant
    return end


def beside_promises(pool: Pool, at: datetime, stay: timedelta) -> Pool:
    """The pool as an unannounced car sees it: one more socket is left free for every few promises that begin within the stay,
    in case a car does not leave or a charger fails."""
    due = sum(at < booking.window.start < at + stay for booking in pool.promised)
    return replace(pool, sockets=max(0, pool.sockets - due // PROMISES_A_SPARE))


def free_through(pool: Pool, span: Span, step: timedelta, stay: timedelta, need: BayNeed = ANY_BAY) -> tuple[tuple[datetime, int], ...]:
    """For each start in the span, a step apart: how many stays of that length could begin then (for a chart of the day)."""
    starts = [span.start + step * number for number in range(-(-span.length // step))]
    if pool.is_uniform(need):
        near = [one for one in pool.claims() if one.overlaps(Span(span.start, span.end + stay))]
        pool = Pool(pool.bookable, tuple(near), closed=pool.closed)
    layout = Layout(pool)
    return tuple((start, _free(pool, layout, Span(start, start + stay), need)) for start in starts)


def lanes(windows: Sequence[Span]) -> tuple[int, ...]:
    """Assign a lane to each window so that no two in a lane overlap, using as few lanes as the busiest instant needs.

    Greedy by start is optimal for intervals (interval partitioning). The answer is in the order of the input.
    """
    answer = [0] * len(windows)
    running: list[tuple[datetime, int]] = []
    spare: list[int] = []
    opened = 0
    for index in sorted(range(len(windows)), key=lambda one: (windows[one].start, windows[one].end, one)):
        while running and running[0][0] <= windows[index].start:
            heappush(spare, heappop(running)[1])
        if spare:
            lane = heappop(spare)
        else:
            lane, opened = opened, opened + 1
        answer[index] = lane
        heappush(running, (windows[index].end, lane))
    return tuple(answer)


def too_busy(pool: Pool, start: datetime, at: datetime) -> bool:
    """Whether everything is full at that time on too many days. Starts within NOTICE are judged by actual claims instead."""
    return pool.habits is not None and start > at + NOTICE and pool.habits.busy_at(start) > pool.too_busy_percent


def nearest_starts(pool: Pool, window: Span, not_before: datetime, count: int = 3, need: BayNeed = ANY_BAY) -> tuple[datetime, ...]:
    """The free starts nearest to the one asked for, in steps of 5 minutes within 3 hours, for a window of the same length."""
    offsets = sorted((STEP * k for k in range(-36, 37) if k), key=lambda one: (abs(one), one))
    found, layout = list[datetime](), Layout(pool)
    for offset in offsets:
        start = window.start + offset
        wanted = Span(start, start + window.length)
        if start >= not_before and not too_busy(pool, start, not_before) and _free(pool, layout, wanted, need) > 0:
            found.append(start)
        if len(found) == count:
            break
    return tuple(found)
