"""What somebody else lets a car have at most, through time: a ceiling beside the site's own limits, which stay what they are."""

import itertools
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf

from forecourt.kernel import BadInput, utc

# A plan stands for so long before the next has been made and its orders have arrived: who must go down by then is told now.
LEAD = timedelta(seconds=15)
# So long before a whole site may draw less, those who must go down are told: their orders arrive within a minute, the slowest chargers need
# three to be seen to keep them, and where the contact is lost what was told before ends by a clock that may be five minutes wrong.
BORNE_OUT = timedelta(minutes=6)


@dataclass(frozen=True, slots=True)
class ProfileStep:
    """From `start` on a car may have so many watts at most; inf = as many as it can."""

    start: datetime
    watts: float


@dataclass(frozen=True, slots=True)
class Profile:
    """of: whose it is, for people. steps: by start; nothing is said of the time before the first, the last lasts for ever.

    called: what it is in a sentence, where it is no "profile of" somebody.
    """

    of: str
    steps: tuple[ProfileStep, ...]
    called: str = ""

    def __post_init__(self) -> None:
        starts = [utc(step.start) for step in self.steps]
        if any(later <= sooner for sooner, later in itertools.pairwise(starts)):
            raise BadInput("profile_steps", "The steps of a profile are not in the order of their starts.")
        if any(not step.watts >= 0 for step in self.steps):
            raise BadInput("profile_steps", "A profile gives no less than 0 W.")

    @property
    def words(self) -> str:
        return self.called or f"the profile of {self.of}"

    def in_force(self, start: datetime, end: datetime) -> tuple[ProfileStep, ...]:
        """What it says of a stretch of time, from its start on; not (), where the stretch is none."""
        begun = bisect_right(self.steps, start, key=lambda step: step.start)
        now = ProfileStep(start, self.steps[begun - 1].watts if begun else inf)
        return (now, *(step for step in self.steps[begun:] if step.start < end))

    def least_w(self, start: datetime, end: datetime) -> float:
        return min(step.watts for step in self.in_force(start, end))

    def soon_w(self, now: datetime) -> float:
        """What an order that is given now may let it have."""
        return self.least_w(now, now + LEAD)

    def borne_out_w(self, now: datetime) -> float:
        """What a whole site may be told to draw now, so that it never draws more than it may."""
        return self.least_w(now, now + BORNE_OUT)

    def falls_at(self, now: datetime) -> datetime | None:
        """When less than that is let have, for the first time."""
        told_w = self.borne_out_w(now)
        return next((step.start for step in self.steps if step.start >= now + BORNE_OUT and step.watts < told_w), None)

    def mean_w(self, most_w: float, start: datetime, end: datetime) -> float:
        """Of what can be had where never more than most_w can."""
        steps = self.in_force(start, end)
        ends = [*(step.start for step in steps[1:]), end]
        given = [min(step.watts, most_w) * (until - step.start).total_seconds() for step, until in zip(steps, ends, strict=True)]
        return sum(given) / (end - start).total_seconds()


def least_of(profiles: Sequence[Profile], now: datetime) -> Profile:
    """What all of them together let a car have; named after the one that lets it have least now."""
    if len(profiles) == 1:
        return profiles[0]
    starts = sorted({step.start for one in profiles for step in one.steps})
    steps = [ProfileStep(start, min(one.least_w(start, start) for one in profiles)) for start in starts]
    return replace(min(profiles, key=lambda one: one.soon_w(now)), steps=tuple(steps))
