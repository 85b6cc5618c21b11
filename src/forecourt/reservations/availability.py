"""What can be promised here, when and to whom: how many sockets of a kind are free, and where a stay would fit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush

from forecourt.kernel import Span
from forecourt.reservations.habits import Habits
from forecourt.reservations.model import NOTICE, Booking

STEP = timedelta(minutes=5)
# Chosen on weeks of a real garage (benchmarks/waiting.py): more spare sockets cost waiting, fewer break promises.
PROMISES_A_SPARE = 5


@dataclass(frozen=True, slots=True)
class Car:
    """due: when it was booked, or said, to leave; None = nobody has said."""

    since: datetime
    due: datetime | None


@dataclass(frozen=True, slots=True)
class Pool:
    """The sockets of one kind at one site (one connector type and power class), and all that claims them.

    sockets: those that serve at all. taken: spans in which one of them is claimed and that cannot move: a charge that runs
    until it should end, a socket that is out of order or under maintenance. promised: live bookings. closed: spans in which
    the site serves nobody. held_back: sockets never promised ahead, so that a fault or a late car breaks no promise;
    walk-ins have them meanwhile. cars, broken: those of the taken that are a car, and how many are out of order now.
    habits: what cars do here, where enough is known. too_busy_percent: see `BookingRules`.
    """

    sockets: int
    taken: tuple[Span, ...] = ()
    promised: tuple[Booking, ...] = ()
    closed: tuple[Span, ...] = ()
    held_back: int = 0
    cars: tuple[Car, ...] = ()
    broken: int = 0
    habits: Habits | None = None
    too_busy_percent: int = 100

    @property
    def promisable(self) -> int:
        return max(0, self.sockets - self.held_back)

    def claims(self) -> Iterator[Span]:
        yield from self.taken
        for booking in self.promised:
            yield booking.claim


def free_sockets(pool: Pool, window: Span) -> int:
    """The least number that can still be promised at any instant of the window; 0 where the site is closed in it."""
    if any(span.overlaps(window) for span in pool.closed):
        return 0
    return max(0, pool.promisable - most_claimed(pool, window))


def most_claimed(pool: Pool, window: Span) -> int:
    claims = [span for span in pool.claims() if span.overlaps(window)]
    # An end sorts before a start at the same instant: half-open spans that touch do not overlap.
    changes = sorted([(span.start, 1) for span in claims] + [(span.end, -1) for span in claims])
    # Claims live before the window starts are all still live when it does, so counting from their starts is exact.
    busy = most = 0
    for instant, change in changes:
        busy += change
        if instant < window.end:
            most = max(most, busy)
    return most


def free_until(pool: Pool, at: datetime, most: timedelta) -> datetime | None:
    """Until when somebody who comes unannounced may have a socket from now on: to the next promise that needs it, a closing,
    or `most` from now. None if not even a moment. Sockets held back from promises are for walk-ins as well."""
    free = pool.sockets - most_claimed(pool, Span(at, at + timedelta(microseconds=1)))
    if free < 1 or any(span.holds(at) for span in pool.closed):
        return None
    end = min([at + most, *(span.start for span in pool.closed if span.start > at)])
    changes = sorted((edge, change) for span in pool.claims() for edge, change in ((span.end, 1), (span.start, -1)) if at < edge < end)
    # At one instant those who leave make room first for those who come.
    for instant, change in sorted(changes, key=lambda one: (one[0], -one[1])):
        free += change
        if free < 1:
            return instant
    return end


def beside_promises(pool: Pool, at: datetime, stay: timedelta) -> Pool:
    """The pool as it is for somebody who comes unannounced: for each few promises that begin within the stay one socket more is
    left free, for the car that does not leave and the charger that fails."""
    due = sum(at < booking.window.start < at + stay for booking in pool.promised)
    return replace(pool, sockets=max(0, pool.sockets - due // PROMISES_A_SPARE))


def free_through(pool: Pool, span: Span, step: timedelta, stay: timedelta) -> tuple[tuple[datetime, int], ...]:
    """For each start in the span, a step apart: how many stays of that length could begin then (a day as a picture)."""
    starts = [span.start + step * number for number in range(-(-span.length // step))]
    near = [one for one in pool.claims() if one.overlaps(Span(span.start, span.end + stay))]
    narrowed = Pool(pool.promisable, tuple(near), closed=pool.closed)
    return tuple((start, free_sockets(narrowed, Span(start, start + stay))) for start in starts)


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


def too_busy(pool: Pool, start: datetime, at: datetime) -> bool:
    """All is full then on too many days. What is soon is judged by what is seen, not by what is usual."""
    return pool.habits is not None and start > at + NOTICE and pool.habits.busy_at(start) > pool.too_busy_percent


def nearest_starts(pool: Pool, window: Span, not_before: datetime, count: int = 3) -> tuple[datetime, ...]:
    """The starts nearest to the asked one, in steps of 5 minutes within 3 hours, at which a window as long is free."""
    offsets = sorted((STEP * k for k in range(-36, 37) if k), key=lambda one: (abs(one), one))
    found: list[datetime] = []
    for offset in offsets:
        start = window.start + offset
        wanted = Span(start, start + window.length)
        if start >= not_before and not too_busy(pool, start, not_before) and free_sockets(pool, wanted) > 0:
            found.append(start)
        if len(found) == count:
            break
    return tuple(found)
