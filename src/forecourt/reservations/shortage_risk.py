"""How likely is it that a promise finds no socket? Sockets are counted together: the more there are, the fewer have to be spare."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import exp

from forecourt.kernel import Span
from forecourt.reservations.availability import too_busy
from forecourt.reservations.habits import LEAST_KNOWN, Habits
from forecourt.reservations.model import GRACE, Booking
from forecourt.reservations.pool import Car, Pool

# A promise may be put at this risk, and at no more, by who is let in besides (chosen on weeks of a real garage: benchmarks/waiting.py).
AT_RISK = 0.05
# Who comes now may still be there for so long; promises that begin later are looked at when they come nearer.
AHEAD = timedelta(hours=6)
# Of a socket: out of order 2 % of the time, for six hours on average.
FAILS_PER_HOUR, REPAIRED_IN = 0.0034, timedelta(hours=6)
# How much the odds of the two ways to foretell an end count, and by how much both together are too sure that a car stays.
_OF_STAYS, _OF_LATE, _SHIFT = 0.67, 0.52, 0.7
_SECOND, _QUARTER, _HOUR = timedelta(seconds=1), timedelta(minutes=15), timedelta(hours=1)


def promises_hold(pool: Pool, at: datetime, within: Span, more: Sequence[Car] = ()) -> bool:
    """Whether no promise that begins in the span is at more than the risk allowed. more: cars that would be there besides."""
    starts = sorted(one.window.start for one in pool.promised if within.start <= one.window.start < within.end)
    latest = {start.replace(minute=start.minute // 15 * 15, second=0, microsecond=0): start for start in starts}
    return all(shortage(pool, start, at, more) <= AT_RISK for start in latest.values())


def shortage(pool: Pool, start: datetime, at: datetime, more: Sequence[Car] = ()) -> float:
    """The chance that at the end of the grace of a promise more sockets are wanted or broken than there are."""
    then, habits = max(start + GRACE, at), pool.habits or Habits()
    fails = out_of_order(then - at)
    used = [1 - (1 - stays_on(habits, one, at, then)) * (1 - fails) for one in (*pool.cars, *more)]
    used += [exp(-(then - at) / REPAIRED_IN)] * pool.broken
    used += [fails] * (pool.sockets - len(used))
    wanted = [_wanted(habits, one, then) for one in pool.promised if one.window.start <= start]
    return at_least(pool.sockets + 1, [*used, *wanted])


def can_be_promised(pool: Pool, booking: Booking, at: datetime) -> bool:
    """Whether a booking (one of those promised in the pool) leaves every promise its chance, itself included, also of a bay that meets
    its need; at an hour at which somebody who is promised a socket is not served in place of somebody who stands there."""
    if pool.habits is None:
        return True
    end = booking.window.end + AHEAD / 2
    span = Span(booking.window.start, end)
    return not too_busy(pool, booking.window.start, at) and all(promises_hold(view, at, span) for view in pool.views())


def stays_on(habits: Habits, car: Car, at: datetime, then: datetime) -> float:
    """The chance that a car that is there now still is later: as those stayed who came at about its hour, and as late as others leave.

    Each of the two tells something that the other does not know. Their odds are multiplied, each to a power, as it was best for
    four weeks of a real garage (docs/reservations.md).
    """
    like = beyond(habits.stays_of(car.since), (at - car.since) // _SECOND, (then - car.since) // _SECOND)
    if car.due is None or len(habits.late) < LEAST_KNOWN:
        return like
    late = beyond(habits.late, (at - car.due) // _SECOND, (then - car.due) // _SECOND)
    odds = _SHIFT * (like / (1 - like)) ** _OF_STAYS * (late / (1 - late)) ** _OF_LATE
    return float(odds / (1 + odds))


def _wanted(habits: Habits, booking: Booking, then: datetime) -> float:
    """The chance that who has booked is there, or still comes."""
    start = booking.window.start
    stays = stays_on(habits, Car(start, booking.window.end), start, then) if then > start else 1
    return stays * (1 - habits.unused_percent / 100)


def out_of_order(after: timedelta) -> float:
    """The chance that a socket that works now does not then."""
    ratio = FAILS_PER_HOUR * (REPAIRED_IN / _HOUR)
    return ratio / (1 + ratio) * (1 - exp(-(1 + ratio) * (after / REPAIRED_IN)))


def beyond(known: Sequence[int], passed: int, longer: int) -> float:
    """Of those, sorted, that went on for longer than passed, the share that went on longer still; half a case more, as few tell little."""
    left = len(known) - bisect_right(known, passed)
    return (len(known) - bisect_right(known, longer) + 0.5) / (left + 1)


def at_least(count: int, chances: Iterable[float]) -> float:
    """The chance that at least so many of independent events happen (Poisson binomial distribution), one added after another."""
    exactly, many = [1.0], 0.0
    for chance in chances:
        if len(exactly) == count:
            many += exactly[-1] * chance
            exactly = [a - (a - b) * chance for a, b in zip(exactly, [0.0, *exactly[:-1]], strict=True)]
        else:
            exactly = [a - (a - b) * chance for a, b in zip([*exactly, 0.0], [0.0, *exactly], strict=True)]
    return many
