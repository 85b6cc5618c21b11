"""How well a socket obeys the limits it is sent: what is known about it, and the test that finds out.

While a car draws power, the test sends its lowest pilot, a higher one, and 0, and watches the meter after each. A rise in between shows
that the limit held the car down and that it had not slowed down of its own accord. If the car draws too little to begin with, the higher
pilot is sent first. This state machine has no clock: callers pass the time.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from forecourt.kernel import EvseId, OperatorId, SessionId, SiteId

SETTLES_IN = timedelta(seconds=30)  # a car follows its pilot within seconds; a charger that needs longer than this obeys late
OBEYS_IN = timedelta(minutes=3)  # anything slower does not count as obeying
ROOM_WITHIN = timedelta(minutes=10)  # how long a test waits for the other sockets to make room
TOLERANCE_MA = 700  # of a meter reading against a limit
SHOWS_MA = 2000  # a car must draw this much more than the lowest pilot, so that a drop can be seen


class Obedience(StrEnum):
    """UNTESTED: no limit has been seen to take effect there. LATE: it obeys, but later than a car needs to follow its pilot."""

    UNTESTED = "UNTESTED"
    OBEYS = "OBEYS"
    LATE = "LATE"
    IGNORES = "IGNORES"


class Finding(StrEnum):
    """How a test ended. GAVE_UP: it was inconclusive."""

    OBEYS = "OBEYS"
    LATE = "LATE"
    IGNORES = "IGNORES"
    GAVE_UP = "GAVE_UP"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class SentLimit:
    """One limit that was sent. obeyed_at: the first reading that shows it kept; last_ma, last_at: the newest reading since acceptance."""

    limit_a: int
    sent_at: datetime
    accepted_at: datetime | None = None
    obeyed_at: datetime | None = None
    last_ma: int | None = None
    last_at: datetime | None = None

    @property
    def took_s(self) -> int | None:
        """Seconds from acceptance to the first reading that shows the limit was kept: an upper bound on how long the socket needed."""
        return None if self.obeyed_at is None or self.accepted_at is None else round((self.obeyed_at - self.accepted_at).total_seconds())


@dataclass(frozen=True, slots=True)
class AcceptanceTest:
    """by: the account that started it. limits_a: the limits to send, in this order. because: why it ended as it did."""

    id: UUID
    operator_id: OperatorId
    site_id: SiteId
    evse_id: EvseId
    session_id: SessionId
    by: str
    begun_at: datetime
    limits_a: tuple[int, ...]
    steps: tuple[SentLimit, ...] = ()
    ended_at: datetime | None = None
    finding: Finding | None = None
    because: str = ""

    @property
    def low_a(self) -> int:
        return self.limits_a[-3]

    @property
    def waits_since(self) -> datetime:
        """When the next limit became due: the last one was seen to be kept, or the test began."""
        return (self.steps[-1].obeyed_at if self.steps else None) or self.begun_at

    @property
    def next_a(self) -> int | None:
        """The limit to send now; None while the last one is being watched, and after the end."""
        if self.ended_at is not None or (self.steps and self.steps[-1].obeyed_at is None):
            return None
        return self.limits_a[len(self.steps)]


def limits_to_test(pilots_a: tuple[int, ...], draws_ma: int) -> tuple[int, ...]:
    """The limits to test, from rising pilots: the lowest, about twice that, 0; with the higher one first if the car draws too little.

    A socket with a single pilot is sent 0, its pilot, and 0.
    """
    low = pilots_a[0]
    if len(pilots_a) == 1:
        return (0, low, 0) if draws_ma >= SHOWS_MA else (low, 0, low, 0)
    high = max(pilot for pilot in pilots_a if pilot <= max(2 * low, pilots_a[1]))
    return (low, high, 0) if draws_ma >= low * 1000 + SHOWS_MA else (high, low, high, 0)


def limit_sent(test: AcceptanceTest, at: datetime) -> AcceptanceTest:
    """The test after its next limit was sent."""
    return replace(test, steps=(*test.steps, SentLimit(test.limits_a[len(test.steps)], at)))


def limit_accepted(test: AcceptanceTest, at: datetime) -> AcceptanceTest:
    return _with_step(test, replace(test.steps[-1], accepted_at=at)) if test.steps and test.ended_at is None else test


def reading_received(test: AcceptanceTest, current_ma: int, at: datetime) -> AcceptanceTest:
    """The test after a reading. Readings from before the acceptance of the last limit, or older than the newest one, are ignored."""
    step = test.steps[-1] if test.steps else None
    if test.ended_at or step is None or step.accepted_at is None or step.obeyed_at or at < (step.last_at or step.accepted_at):
        return test
    step = replace(step, last_ma=current_ma, last_at=at)
    if not _shows(test, step):
        return time_passed(_with_step(test, step), at)
    test = _with_step(test, replace(step, obeyed_at=at))
    return _judged(test, at) if len(test.steps) == len(test.limits_a) else test


def time_passed(test: AcceptanceTest, at: datetime) -> AcceptanceTest:
    """The test at a later time: ends it if nothing more is to be expected."""
    if test.ended_at is not None:
        return test
    step = test.steps[-1] if test.steps else None
    if step is None or step.obeyed_at is not None:
        if at - test.waits_since < ROOM_WITHIN:
            return test
        return end_inconclusive(test, "The site could not make room for the higher limit within ten minutes.", at)
    if at - (step.accepted_at or step.sent_at) < OBEYS_IN:
        return test
    if step.accepted_at is None:
        return end_inconclusive(test, f"The charger did not answer the limit of {step.limit_a} A.", at)
    if step.last_ma is None:
        return end_inconclusive(test, "No current readings were received. The charger must send Current.Import.", at)
    if step.last_ma > step.limit_a * 1000 + TOLERANCE_MA:
        return _ended(
            test,
            Finding.IGNORES,
            f"Three minutes after a limit of {step.limit_a} A was sent, it still drew {step.last_ma / 1000:.1f} A.",
            at,
        )
    return end_inconclusive(test, f"The car did not take more than {step.last_ma / 1000:.1f} A when offered {step.limit_a} A.", at)


def end_inconclusive(test: AcceptanceTest, because: str, at: datetime) -> AcceptanceTest:
    """End it without a result: what was known about the socket stays as it was."""
    return _ended(test, Finding.GAVE_UP, because, at)


def cancelled(test: AcceptanceTest, at: datetime) -> AcceptanceTest:
    return _ended(test, Finding.CANCELLED, "Cancelled.", at)


def _shows(test: AcceptanceTest, step: SentLimit) -> bool:
    """Whether the newest reading fits the limit: no more than it and, for the higher one, clearly more than the lowest."""
    draws = step.last_ma or 0
    if draws > step.limit_a * 1000 + TOLERANCE_MA:
        return False
    if step.limit_a > test.low_a:
        return draws >= test.low_a * 1000 + SHOWS_MA
    # A car that has gone to sleep proves nothing about the lowest pilot; the higher limit after it would reveal that, too.
    return True


def _judged(test: AcceptanceTest, at: datetime) -> AcceptanceTest:
    slowest = max(step.took_s or 0 for step in test.steps if step.limit_a <= test.low_a)
    if slowest <= SETTLES_IN.total_seconds():
        return _ended(test, Finding.OBEYS, f"It kept every limit, within {slowest} seconds.", at)
    return _ended(test, Finding.LATE, f"It kept every limit, but needed up to {slowest} seconds.", at)


def _ended(test: AcceptanceTest, finding: Finding, because: str, at: datetime) -> AcceptanceTest:
    return replace(test, ended_at=at, finding=finding, because=because)


def _with_step(test: AcceptanceTest, step: SentLimit) -> AcceptanceTest:
    return replace(test, steps=(*test.steps[:-1], step))
