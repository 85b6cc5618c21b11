"""Ceilings over time that somebody else sets for a car, in addition to the site's own limits."""

import itertools
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf

from forecourt.kernel import BadInput, utc

# How long a plan is in effect until the orders of the next have arrived: a car that must go down by then is sent its limit now.
ORDER_LEAD = timedelta(seconds=15)
# How long before a whole site may draw less its cars are sent lower limits: orders arrive within a minute, the slowest chargers need
# three to be seen to obey, and where contact is lost the previous order ends by a clock that may be five minutes wrong.
SITE_LEAD = timedelta(minutes=6)


@dataclass(frozen=True, slots=True)
class ProfileStep:
    """From `start` on a car may draw at most so many watts; inf = no ceiling."""

    start: datetime
    watts: float


@dataclass(frozen=True, slots=True)
class Profile:
    """of: whose it is, for people. steps: by start; nothing is set before the first, and the last applies for ever.

    description: what to call it in a sentence, if not "the profile of" somebody.
    """

    of: str
    steps: tuple[ProfileStep, ...]
    description: str = ""

    def __post_init__(self) -> None:
        starts = [utc(step.start) for step in self.steps]
        if any(later <= sooner for sooner, later in itertools.pairwise(starts)):
            raise BadInput("profile_steps", "The steps of a profile are not in the order of their starts.")
        if any(not step.watts >= 0 for step in self.steps):
            raise BadInput("profile_steps", "A profile gives no less than 0 W.")

    @property
    def label(self) -> str:
        return self.description or f"the profile of {self.of}"

    def in_force(self, start: datetime, end: datetime) -> tuple[ProfileStep, ...]:
        """The steps that apply from start to end, the first cut to begin at start; never empty, even for an empty stretch."""
        begun = bisect_right(self.steps, start, key=lambda step: step.start)
        now = ProfileStep(start, self.steps[begun - 1].watts if begun else inf)
        return (now, *(step for step in self.steps[begun:] if step.start < end))

    def least_w(self, start: datetime, end: datetime) -> float:
        return min(step.watts for step in self.in_force(start, end))

    def order_limit_w(self, now: datetime) -> float:
        """The ceiling for an order that is given now."""
        return self.least_w(now, now + ORDER_LEAD)

    def site_order_limit_w(self, now: datetime) -> float:
        """The ceiling for an order to a whole site now, so that it never draws more than it may."""
        return self.least_w(now, now + SITE_LEAD)

    def next_decrease_at(self, now: datetime) -> datetime | None:
        """When the ceiling first falls below the present one."""
        present_w = self.site_order_limit_w(now)
        return next((step.start for step in self.steps if step.start >= now + SITE_LEAD and step.watts < present_w), None)

    def mean_w(self, most_w: float, start: datetime, end: datetime) -> float:
        """The mean power available from start to end, if never more than most_w can be taken."""
        steps = self.in_force(start, end)
        ends = [*(step.start for step in steps[1:]), end]
        energies = [min(step.watts, most_w) * (until - step.start).total_seconds() for step, until in zip(steps, ends, strict=True)]
        return sum(energies) / (end - start).total_seconds()


def lowest_profile(profiles: Sequence[Profile], now: datetime) -> Profile:
    """The lowest ceiling of several profiles over time; named after the one that is lowest now."""
    if len(profiles) == 1:
        return profiles[0]
    starts = sorted({step.start for one in profiles for step in one.steps})
    steps = [ProfileStep(start, min(one.least_w(start, start) for one in profiles)) for start in starts]
    return replace(min(profiles, key=lambda one: one.order_limit_w(now)), steps=tuple(steps))
