"""The risk that a promise finds no socket. Sockets are counted together: the more there are, the smaller the share to be left spare."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import exp

from forecourt.kernel import Span
from forecourt.reservations.availability import too_busy
from forecourt.reservations.habits import MIN_OBSERVATIONS, Habits
from forecourt.reservations.model import GRACE, Booking
from forecourt.reservations.pool import Pool, PresentCar

# The highest risk to a promise that letting in others may cause (chosen on weeks of a real garage: benchmarks/waiting.py).
MAX_SHORTAGE_RISK = 0.05
# How long a car that comes now may still be there; promises that begin later are checked when they come nearer.
AHEAD = timedelta(hours=6)
# Assumed failures of a socket: out of order 2 % of the time, for six hours on average.
FAILS_PER_HOUR, REPAIRED_IN = 0.0034, timedelta(hours=6)
# Exponents of the odds of two predictors of a car's departure, and a correction for both together overestimating that it stays.
_OF_STAYS, _OF_LATE, _SHIFT = 0.67, 0.52, 0.7
_SECOND, _QUARTER, _HOUR = timedelta(seconds=1), timedelta(minutes=15), timedelta(hours=1)


def promises_are_safe(pool: Pool, at: datetime, within: Span, more: Sequence[PresentCar] = ()) -> bool:
    """Whether every promise that begins in the span is within the allowed risk. more: additional cars to assume there."""
    starts = sorted(one.window.start for one in pool.promised if within.start <= one.window.start < within.end)
    latest = {start.replace(minute=start.minute // 15 * 15, second=0, microsecond=0): start for start in starts}
    return all(shortage_probability(pool, start, at, more) <= MAX_SHORTAGE_RISK for start in latest.values())


def shortage_probability(pool: Pool, start: datetime, at: datetime, more: Sequence[PresentCar] = ()) -> float:
    """The chance that at the end of a promise's grace more sockets are wanted or out of order than there are."""
    then, habits = max(start + GRACE, at), pool.habits or Habits()
    fails = failure_probability(then - at)
    used = [1 - (1 - stay_probability(habits, one, at, then)) * (1 - fails) for one in (*pool.cars, *more)]
    used += [exp(-(then - at) / REPAIRED_IN)] * pool.broken
    used += [fails] * (pool.sockets - len(used))
    wanted = [_wanted(habits, one, then) for one in pool.promised if one.window.start <= start]
    return probability_at_least(pool.sockets + 1, [*used, *wanted])


def can_be_promised(pool: Pool, booking: Booking, at: datetime) -> bool:
    """Whether a booking (already among the pool's promised ones) leaves every promise within the risk, itself included, also among the
    bays that meet a need; and whether its hour is not too busy to reserve a socket while others wait."""
    if pool.habits is None:
        return True
    end = booking.window.end + AHEAD / 2
    span = Span(booking.window.start, end)
    return not too_busy(pool, booking.window.start, at) and all(promises_are_safe(view, at, span) for view in pool.views())


def stay_probability(habits: Habits, car: PresentCar, at: datetime, then: datetime) -> float:
    """The chance that a car which is there now still is later: from the stays of cars that came at about its hour, and from how late
    others leave.

    Each of the two knows something the other does not. Their odds are multiplied, with exponents fitted on
    four weeks of a real garage (docs/reservations.md).
    """
    share_of_similar = share_longer(habits.stays_from_hour(car.since), (at - car.since) // _SECOND, (then - car.since) // _SECOND)
    if car.due is None or len(habits.late) < MIN_OBSERVATIONS:
        return share_of_similar
    share_of_late = share_longer(habits.late, (at - car.due) // _SECOND, (then - car.due) // _SECOND)
    odds = _SHIFT * (share_of_similar / (1 - share_of_similar)) ** _OF_STAYS * (share_of_late / (1 - share_of_late)) ** _OF_LATE
    return float(odds / (1 + odds))


def _wanted(habits: Habits, booking: Booking, then: datetime) -> float:
    """The chance that the driver of a booking is there, or still comes."""
    start = booking.window.start
    probability = stay_probability(habits, PresentCar(start, booking.window.end), start, then) if then > start else 1
    return probability * (1 - habits.unused_percent / 100)


def failure_probability(after: timedelta) -> float:
    """The chance that a socket which works now is out of order after that time."""
    ratio = FAILS_PER_HOUR * (REPAIRED_IN / _HOUR)
    return ratio / (1 + ratio) * (1 - exp(-(1 + ratio) * (after / REPAIRED_IN)))


def share_longer(known: Sequence[int], passed: int, longer: int) -> float:
    """Of the (sorted) durations longer than passed, the share longer still; half a case is added, as few cases prove little."""
    left = len(known) - bisect_right(known, passed)
    return (len(known) - bisect_right(known, longer) + 0.5) / (left + 1)


def probability_at_least(count: int, chances: Iterable[float]) -> float:
    """The chance that at least `count` of these independent events happen (Poisson binomial distribution), added one by one."""
    exactly, many = [1.0], 0.0
    for chance in chances:
        if len(exactly) == count:
            many += exactly[-1] * chance
            exactly = [a - (a - b) * chance for a, b in zip(exactly, [0.0, *exactly[:-1]], strict=True)]
        else:
            exactly = [a - (a - b) * chance for a, b in zip([*exactly, 0.0], [0.0, *exactly], strict=True)]
    return many
