"""The bound: the most that a planner which knew the future could have delivered."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from forecourt.planning.model import EvseLimits, Limits, PlanSession
from forecourt.planning.profiles import Profile
from forecourt.planning.scheduling import allowed_wh
from forecourt.planning.timeline import Precision, Timeline, maximize_worth
from forecourt.planning.wiring import Grid, compile_grid

_EXACT = Precision(gap=5e-4, later_gap=5e-4, rounds=20, iterations=5_000_000)


@dataclass(frozen=True, slots=True)
class BoundResult:
    """energy_wh: by session id, in one optimal answer; total_wh: no plan within the limits delivers more."""

    energy_wh: dict[str, float]
    total_wh: float


def energy_upper_bound(
    sessions: Sequence[PlanSession], limits: Limits, evses: Sequence[EvseLimits], allowance: Profile | None = None
) -> BoundResult:
    """Linear program with true arrivals, departures and needs, continuous currents, no floors.

    Time is cut only at arrivals and departures, and where the allowance of all EVSEs together changes: in between nothing changes
    but the currents, and the rows are convex, so the mean current of any finer plan is feasible too.
    Circles are replaced by tangents from outside, so the total is never too low (and at most 0.05 % too high). Sessions
    without departure or need count as 0. Cars' profiles are ignored, which can only raise the bound.
    """
    known = [s for s in sessions if s.departure is not None and s.need_wh is not None and s.departure > s.arrival]
    energy = {session.id: 0.0 for session in sessions}
    if known:
        wired = compile_grid(limits, evses, worst_case=False)
        changes = [one.start.timestamp() for one in allowance.steps] if allowance else []
        line, edges = _timeline(known, wired, evses, changes)
        if allowance is not None:
            line = replace(line, most_wh=allowed_wh(allowance, edges))
        amps = maximize_worth(line, wired, _EXACT)
        for who, current, amp_wh in zip(line.who, amps if amps is not None else line.high_a, line.amp_wh, strict=True):
            energy[known[who].id] += float(current * amp_wh)
    return BoundResult(energy, sum(energy.values()))


def _timeline(
    sessions: Sequence[PlanSession], wired: Grid, evses: Sequence[EvseLimits], changes: Sequence[float]
) -> tuple[Timeline, list[datetime]]:
    """The timeline and its edges."""
    stays = [(s.arrival.timestamp(), (s.departure or s.arrival).timestamp()) for s in sessions]
    ends = {edge for stay in stays for edge in stay}
    times = np.array(sorted(ends | {change for change in changes if min(ends) < change < max(ends)}))
    spans = [np.flatnonzero((times[:-1] >= start) & (times[:-1] < end)) for start, end in stays]
    who, when = np.repeat(np.arange(len(sessions)), [len(span) for span in spans]), np.concatenate(spans)
    by_id = {evse.id: evse for evse in evses}
    watts = np.array([by_id[s.evse].watts_per_amp for s in sessions])
    cars_a = [by_id[s.evse].max_a if s.max_a is None else min(by_id[s.evse].max_a, s.max_a) for s in sessions]
    most_a = np.array(cars_a, dtype=np.float64)
    nothing = np.zeros(len(sessions))
    line = Timeline(
        periods=len(times) - 1,
        who=who,
        when=when,
        low_a=np.zeros(len(who)),
        high_a=most_a[who],
        amp_wh=watts[who] * np.diff(times)[when] / 3600,
        worth=np.ones(len(who)),
        group=np.array([wired.groups[wired.index[s.evse]] for s in sessions]),
        need_wh=np.array([max(0.0, (s.need_wh or 0.0) - s.delivered_wh) for s in sessions]),
        first_wh=nothing,
        first_worth=nothing,
    )
    return line, [datetime.fromtimestamp(edge, UTC) for edge in times.tolist()]
