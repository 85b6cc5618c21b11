"""Time segments within which the clock changes no price: computed once per tariff, zone and day, and cached."""

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache

from forecourt.tariffs.local_time import day_boundaries, local_us
from forecourt.tariffs.matching import DAY, MINUTE, Active, Draw, DrawKey, Moment, ScopePlan, active_at, bracket_of

# A draw nobody asks for.
UNKNOWN: tuple[None, None] = (None, None)
_NO_BRACKET: DrawKey = (None, None)
# Later than anything that is priced.
_NEVER = 1 << 62


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """A stretch up to end_us (microseconds since 1970 UTC) on one local day, after so many of the plan's minutes of the day.

    only: what is active all through it, where neither energy nor duration nor draw can change that.
    """

    plan: ScopePlan
    end_us: int
    day: int = 0
    clock: int = 0
    only: Active | None = None
    _known: dict[tuple[int, int, DrawKey], Active] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (self.plan.used_wh or self.plan.elapsed_us or self.plan.uses_draw):
            object.__setattr__(self, "only", self.active(0, 0))

    def active(self, tier: int, elapsed: int, draw: tuple[Draw | None, Draw | None] = UNKNOWN) -> Active:
        """The active components once so many of the plan's amounts of energy and durations are reached."""
        key = (tier, elapsed, _NO_BRACKET if draw is UNKNOWN else bracket_of(self.plan, draw))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = active_at(self.plan, self._moment(tier, elapsed, draw))
        return found

    def _moment(self, tier: int, elapsed: int, draw: tuple[Draw | None, Draw | None]) -> Moment:
        """A moment in the segment. Nothing changes between two bounds, so the last bound reached represents all that follow."""
        plan = self.plan
        return Moment(
            local_us=self.day * DAY + (plan.day_minutes[self.clock - 1] * MINUTE if self.clock else 0),
            elapsed_us=plan.elapsed_us[elapsed - 1] if elapsed else 0,
            used_wh=plan.used_wh[tier - 1] if tier else 0,
            draw=draw,
        )


def segment_at(plan: ScopePlan, zone: str, at_us: int) -> Segment:
    """The segment that contains an instant; an endless one if prices do not depend on the clock."""
    if not plan.day_minutes:
        return _endless(plan)
    ends, segments = _day(plan, zone, at_us // DAY)
    return segments[bisect_right(ends, at_us)]


@lru_cache(maxsize=4096)
def _endless(plan: ScopePlan) -> Segment:
    return Segment(plan, _NEVER)


@lru_cache(maxsize=8192)
def _day(plan: ScopePlan, zone: str, day: int) -> tuple[tuple[int, ...], tuple[Segment, ...]]:
    """The ends and the segments of one UTC day, which is the last end."""
    end = (day + 1) * DAY
    ends = (*(at for at in day_boundaries(zone, day, plan.day_minutes) if at < end), end)
    return ends, tuple(_from(plan, zone, start, until) for start, until in zip((day * DAY, *ends), ends, strict=False))


def _from(plan: ScopePlan, zone: str, start: int, end: int) -> Segment:
    day, within = divmod(local_us(zone, start), DAY)
    return Segment(plan, end, day, bisect_right(plan.day_minutes, within // MINUTE))
