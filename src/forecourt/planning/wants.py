"""What each car would take now, and how much it matters: laxity times the share it still misses."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from forecourt.planning.model import EvseLimits, PlanSession, Problem

# A car that draws less than this below its offer has shown its own limit; what it may ramp up by is kept free for it.
_SHORT_A = 0.9
_RAMP_A = 1.0


@dataclass(frozen=True, slots=True)
class Want:
    """One car's wish in this step.

    pilots_a: what it can be told, rising, at most its cap; empty = nothing helps it. weight: worth of one amp to it.
    running: it has a turn now. locked: its turn may not be ended by choice. hungry: it still needs energy.
    had_a: what the plan before gave it.
    """

    session: PlanSession
    pilots_a: tuple[int, ...]
    weight: float
    running: bool
    locked: bool
    hungry: bool
    waited_s: float
    most_a: int
    left_s: float
    need_wh: float
    missing_wh: float
    watts_per_amp: float
    had_a: int = 0

    @property
    def floor_a(self) -> int:
        return self.pilots_a[0] if self.pilots_a else 0

    @property
    def cap_a(self) -> int:
        return self.pilots_a[-1] if self.pilots_a else 0


def wants(problem: Problem, evses: Sequence[EvseLimits]) -> list[Want]:
    """One for each session that the plan can steer; evses[k] is the EVSE of the k-th of them."""
    return [_want(problem, session, evse) for session, evse in zip(problem.sessions, evses, strict=True)]


def _want(problem: Problem, session: PlanSession, evse: EvseLimits) -> Want:
    policy, now = problem.policy, problem.now
    need_wh = policy.default_need_wh if session.need_wh is None else session.need_wh
    missing_wh = max(0.0, need_wh - session.delivered_wh)
    most_a = min(evse.max_a, session.max_a if session.max_a is not None else evse.max_a)
    full = session.drawing_a is not None and session.drawing_a < 0.5 and (session.offered_a or 0) >= evse.min_a
    hungry = missing_wh > 0 and not full
    pilots = _useful(session, evse, most_a, missing_wh, problem.step_s) if hungry else tuple(a for a in evse.pilots_a[:1] if a <= most_a)
    running = session.charging_since is not None
    turn_s = (now - session.charging_since).total_seconds() if session.charging_since is not None else 0.0
    may_end = session.pauses < policy.pause_budget and turn_s >= policy.min_dwell_s
    waited_s = 0.0 if running else (now - (session.waiting_since or session.arrival)).total_seconds()
    left_s = _left_s(session, problem)
    weight = session.weight * _pressure(left_s, missing_wh, need_wh, most_a * evse.watts_per_amp) if hungry else 1e-4
    return Want(
        session=session,
        pilots_a=pilots,
        weight=weight * evse.watts_per_amp / 230.0,
        running=running,
        locked=running and hungry and not may_end,
        hungry=hungry,
        waited_s=waited_s,
        most_a=most_a,
        left_s=left_s,
        need_wh=need_wh,
        missing_wh=missing_wh,
        watts_per_amp=evse.watts_per_amp,
        had_a=problem.previous.get(session.evse, 0),
    )


def _useful(session: PlanSession, evse: EvseLimits, most_a: int, missing_wh: float, step_s: int) -> tuple[int, ...]:
    """Pilots up to what fills the need within the step, and up to what the car has shown it takes."""
    enough_a = missing_wh * 3600 / step_s / evse.watts_per_amp
    if session.drawing_a is not None and session.offered_a is not None and session.drawing_a < session.offered_a - _SHORT_A:
        enough_a = min(enough_a, session.drawing_a + _RAMP_A)
    pilots = evse.pilots_a
    return pilots[: min(bisect_right(pilots, most_a), bisect_left(pilots, enough_a) + 1)]


def _left_s(session: PlanSession, problem: Problem) -> float:
    """Who stays past the stated end is still here: as pressing as a car with a quarter of an hour to go."""
    gone_s = (problem.now - session.arrival).total_seconds()
    stay_s = problem.policy.default_stay_s if session.departure is None else (session.departure - session.arrival).total_seconds()
    return max(stay_s - gone_s, 900.0)


def _pressure(left_s: float, missing_wh: float, need_wh: float, power_w: float) -> float:
    """Laxity x missing share: 1 to 20 by how little time is to spare, up to doubled by how little was delivered."""
    laxity_h = left_s / 3600 - missing_wh / max(power_w, 1.0)
    urgency = 1.0 / (1.0 + math.exp(min(laxity_h, 40.0) / LAXITY_SCALE_H))
    return (0.05 + urgency) * (SHARE_BASE + missing_wh / max(need_wh, 1.0))


LAXITY_SCALE_H = 2.0
SHARE_BASE = 1.0
