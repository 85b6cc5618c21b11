"""How many sockets of a kind are free, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush

from forecourt.kernel import Span


@dataclass(frozen=True, slots=True)
class Pool:
    """The sockets of one kind at one site that can serve, and the spans in which some are claimed (one each)."""

    sockets: int
    taken: tuple[Span, ...]


def free_sockets(pool: Pool, window: Span) -> int:
    """The least number free at any instant of the window."""
    claims = [span for span in pool.taken if span.overlaps(window)]
    # An end sorts before a start at the same instant: half-open spans that touch do not overlap.
    changes = sorted([(span.start, 1) for span in claims] + [(span.end, -1) for span in claims])
    # Claims live before the window starts are all still live when it does, so counting from their starts is exact.
    busy = most = 0
    for instant, change in changes:
        busy += change
        if instant < window.end:
            most = max(most, busy)
    return pool.sockets - most


def lanes(windows: Sequence[Span]) -> tuple[int, ...]:
    """A lane for each window so that no two in a lane overlap, with as few lanes as the busiest instant needs.

    Greedy by start is optimal for intervals (interval partitioning). The order of the answer is that of the input.
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


def nearest_starts(pool: Pool, window: Span, not_before: datetime, count: int = 3) -> tuple[datetime, ...]:
    """The starts nearest to the asked one, in steps of 5 minutes within 3 hours, at which a window as long is free."""
    step = timedelta(minutes=5)
    offsets = sorted((step * k for k in range(-36, 37) if k), key=lambda one: (abs(one), one))
    found: list[datetime] = []
    for offset in offsets:
        start = window.start + offset
        if start >= not_before and free_sockets(pool, Span(start, start + window.length)) > 0:
            found.append(start)
        if len(found) == count:
            break
    return tuple(found)
