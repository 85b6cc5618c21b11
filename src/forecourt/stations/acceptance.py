"""How a socket keeps the limits it is told: what is known of it, and the test that finds it out.

While a car draws, the test tells it its lowest pilot, a higher one, and 0, and watches the meter after each. Going up in between shows that
the car was held down by the limit and had not slowed down by itself. If it draws too little to begin with, it is told the higher
pilot first. The machine has no clock: whoever tells it something says when.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from forecourt.kernel import EvseId, OperatorId, SessionId, SiteId

SETTLES_IN = timedelta(seconds=30)  # a car follows its pilot within seconds; a charger that needs longer than this obeys late
OBEYS_IN = timedelta(minutes=3)  # what takes longer is no obedience
ROOM_WITHIN = timedelta(minutes=10)  # how long a test waits for the others to make room
TOLERANCE_MA = 700  # of a meter against a limit
SHOWS_MA = 2000  # a car must draw this much more than the lowest pilot, so that going down can be seen


class Obedience(StrEnum):
    """UNTESTED: nobody has seen a limit bind there. LATE: it obeys, later than a car needs to follow its pilot."""

    UNTESTED = "UNTESTED"
    OBEYS = "OBEYS"
    LATE = "LATE"
    IGNORES = "IGNORES"


class Finding(StrEnum):
    """How a test ended. GAVE_UP: it could show nothing."""

    OBEYS = "OBEYS"
    LATE = "LATE"
    IGNORES = "IGNORES"
    GAVE_UP = "GAVE_UP"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class LimitTold:
    """One limit that was told. kept_at: the first reading that shows it; last_ma, last_at: the newest reading since its acceptance."""

    limit_a: int
    told_at: datetime
    accepted_at: datetime | None = None
    kept_at: datetime | None = None
    last_ma: int | None = None
    last_at: datetime | None = None

    @property
    def took_s(self) -> int | None:
        """Seconds from the acceptance to the first reading that shows it: at most so long did the socket need."""
        return None if self.kept_at is None or self.accepted_at is None else round((self.kept_at - self.accepted_at).total_seconds())


@dataclass(frozen=True, slots=True)
class AcceptanceTest:
    """by: the account that asked for it. limits_a: what is told, in this order. because: why it ended as it did."""

    id: UUID
    operator_id: OperatorId
    site_id: SiteId
    evse_id: EvseId
    session_id: SessionId
    by: str
    begun_at: datetime
    limits_a: tuple[int, ...]
    steps: tuple[LimitTold, ...] = ()
    ended_at: datetime | None = None
    finding: Finding | None = None
    because: str = ""

    @property
    def low_a(self) -> int:
        return self.limits_a[-3]

    @property
    def waits_since(self) -> datetime:
        """Since when the next limit could be told."""
        return (self.steps[-1].kept_at if self.steps else None) or self.begun_at

    @property
    def next_a(self) -> int | None:
        """The limit to tell now; None while the last one is watched, and at the end."""
        if self.ended_at is not None or (self.steps and self.steps[-1].kept_at is None):
            return None
        return self.limits_a[len(self.steps)]


def limits_to_test(pilots_a: tuple[int, ...], draws_ma: int) -> tuple[int, ...]:
    """Of rising pilots: the lowest, about twice as much, 0; the higher one first where the car draws too little to go down from.

    A socket with a single pilot is told 0, its pilot, and 0.
    """
    low = pilots_a[0]
    if len(pilots_a) == 1:
        return (0, low, 0) if draws_ma >= SHOWS_MA else (low, 0, low, 0)
    high = max(pilot for pilot in pilots_a if pilot <= max(2 * low, pilots_a[1]))
    return (low, high, 0) if draws_ma >= low * 1000 + SHOWS_MA else (high, low, high, 0)


def told(test: AcceptanceTest, at: datetime) -> AcceptanceTest:
    """Its next limit is on its way."""
    return replace(test, steps=(*test.steps, LimitTold(test.limits_a[len(test.steps)], at)))


def accepted(test: AcceptanceTest, at: datetime) -> AcceptanceTest:
    return _with_step(test, replace(test.steps[-1], accepted_at=at)) if test.steps and test.ended_at is None else test


def watched(test: AcceptanceTest, current_ma: int, at: datetime) -> AcceptanceTest:
    """A reading came. Those from before the acceptance of the last limit, or behind a newer one, tell nothing."""
    step = test.steps[-1] if test.steps else None
    if test.ended_at or step is None or step.accepted_at is None or step.kept_at or at < (step.last_at or step.accepted_at):
        return test
    step = replace(step, last_ma=current_ma, last_at=at)
    if not _shows(test, step):
        return passed(_with_step(test, step), at)
    test = _with_step(test, replace(step, kept_at=at))
    return _judged(test, at) if len(test.steps) == len(test.limits_a) else test


def passed(test: AcceptanceTest, at: datetime) -> AcceptanceTest:
    """Time went by: ends it where nothing more is to be expected."""
    if test.ended_at is not None:
        return test
    step = test.steps[-1] if test.steps else None
    if step is None or step.kept_at is not None:
        if at - test.waits_since < ROOM_WITHIN:
            return test
        return given_up(test, "The site could not make room for the higher limit within ten minutes.", at)
    if at - (step.accepted_at or step.told_at) < OBEYS_IN:
        return test
    if step.accepted_at is None:
        return given_up(test, f"The charger did not answer the order of {step.limit_a} A.", at)
    if step.last_ma is None:
        return given_up(test, "No reading of the current came. The charger must send Current.Import.", at)
    if step.last_ma > step.limit_a * 1000 + TOLERANCE_MA:
        return _ended(
            test, Finding.IGNORES, f"Three minutes after {step.limit_a} A were told it still drew {step.last_ma / 1000:.1f} A.", at
        )
    return given_up(test, f"The car did not take more than {step.last_ma / 1000:.1f} A when it was offered {step.limit_a} A.", at)


def given_up(test: AcceptanceTest, because: str, at: datetime) -> AcceptanceTest:
    """It showed nothing: what was known of the socket stands."""
    return _ended(test, Finding.GAVE_UP, because, at)


def cancelled(test: AcceptanceTest, at: datetime) -> AcceptanceTest:
    return _ended(test, Finding.CANCELLED, "Cancelled.", at)


def _shows(test: AcceptanceTest, step: LimitTold) -> bool:
    """Whether the newest reading is what the limit must lead to: no more than it, and where it is the higher one, more than the lowest."""
    draws = step.last_ma or 0
    if draws > step.limit_a * 1000 + TOLERANCE_MA:
        return False
    if step.limit_a > test.low_a:
        return draws >= test.low_a * 1000 + SHOWS_MA
    # A car that went to sleep meanwhile shows nothing of the lowest pilot; the higher one after it would find that out, too.
    return True


def _judged(test: AcceptanceTest, at: datetime) -> AcceptanceTest:
    slowest = max(step.took_s or 0 for step in test.steps if step.limit_a <= test.low_a)
    if slowest <= SETTLES_IN.total_seconds():
        return _ended(test, Finding.OBEYS, f"It kept every limit, within {slowest} seconds.", at)
    return _ended(test, Finding.LATE, f"It kept every limit, but needed up to {slowest} seconds.", at)


def _ended(test: AcceptanceTest, finding: Finding, because: str, at: datetime) -> AcceptanceTest:
    return replace(test, ended_at=at, finding=finding, because=because)


def _with_step(test: AcceptanceTest, step: LimitTold) -> AcceptanceTest:
    return replace(test, steps=(*test.steps[:-1], step))
