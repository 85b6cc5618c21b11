"""The planner: Problem in, numbered Plan out."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from forecourt.kernel import BadInput
from forecourt.planning.horizon import Horizon
from forecourt.planning.linear import Floats, LinearShare
from forecourt.planning.model import EvseLimits, Limits, Plan, PlanSession, PlanSetpoint, PlanStatus, Problem
from forecourt.planning.pilots import Share, deliverable
from forecourt.planning.reasons import because
from forecourt.planning.turns import make_room
from forecourt.planning.wants import Want, wants
from forecourt.planning.wiring import Grid, grid


class Solver:
    """Plans one site. Keeps the compiled grid and the warm model, nothing that changes an answer's meaning."""

    def __init__(self) -> None:
        self._key: tuple[Limits, tuple[EvseLimits, ...]] | None = None
        self._grid: Grid | None = None
        self._share: LinearShare | None = None
        self._horizon: Horizon | None = None

    def plan(self, problem: Problem) -> Plan:
        """BadInput when a session names an EVSE that does not exist or is taken twice, or limits are malformed."""
        wired, share, horizon = self._compiled(problem)
        by_id = {evse.id: evse for evse in problem.evses}
        _check(problem.sessions, by_id)
        fixed = wired.vector(problem.counted_a)
        if over := wired.exceeded(fixed):
            return _nothing(problem, over)
        steered = tuple(session for session in problem.sessions if session.evse not in problem.counted_a)
        asked = wants(_with(problem, steered), [by_id[session.evse] for session in steered])
        asked = make_room(wired, fixed, asked, problem.policy)
        currents = horizon.currents(problem, fixed, asked) if problem.policy.look_ahead else None
        if currents is None:
            currents = self._continuous(wired, share, fixed, asked)
        result = deliverable(wired, fixed, asked, currents)
        return _written(problem, PlanStatus.OPTIMAL if currents is not None else PlanStatus.FALLBACK, result, by_id)

    def _compiled(self, problem: Problem) -> tuple[Grid, LinearShare, Horizon]:
        key = (problem.limits, problem.evses)
        if self._key != key or self._grid is None or self._share is None or self._horizon is None:
            self._grid = grid(problem.limits, problem.evses)
            self._share, self._horizon, self._key = LinearShare(self._grid), Horizon(self._grid), key
        return self._grid, self._share, self._horizon

    @staticmethod
    def _continuous(wired: Grid, share: LinearShare, fixed: Floats, asked: Sequence[Want]) -> Floats | None:
        low, high, weights = fixed.copy(), fixed.copy(), np.zeros(len(wired.ids))
        for want in asked:
            place = wired.index[want.session.evse]
            low[place] = want.floor_a if want.locked else 0
            high[place], weights[place] = want.cap_a, want.weight
        return share.solve(weights, low, high)


def _with(problem: Problem, sessions: tuple[PlanSession, ...]) -> Problem:
    return replace(problem, sessions=sessions, counted_a={})


def _check(sessions: Sequence[PlanSession], by_id: dict[str, EvseLimits]) -> None:
    taken: set[str] = set()
    for session in sessions:
        if session.evse not in by_id:
            raise BadInput("session_evse", f"Session {session.id} is at {session.evse}, which is not among the EVSEs.")
        if session.evse in taken:
            raise BadInput("session_evse_twice", f"{session.evse} has two sessions.", "An EVSE charges one car at a time.")
        taken.add(session.evse)


def _nothing(problem: Problem, over: tuple[str, ...]) -> Plan:
    reason = f"Told 0 A: loads that cannot be steered already exceed {', '.join(over)}."
    setpoints = tuple(PlanSetpoint(session.evse, session.id, 0, reason) for session in problem.sessions)
    return Plan(problem.number, PlanStatus.INFEASIBLE, setpoints, over, (reason,))


def _written(problem: Problem, status: PlanStatus, result: Share, by_id: dict[str, EvseLimits]) -> Plan:
    by_evse = {want.session.evse: want for want in result.wants}
    setpoints = []
    for session in problem.sessions:
        want = by_evse.get(session.evse)
        amps = result.amps[session.evse] if want else _as_counted(problem, by_id[session.evse])
        held = result.held_by.get(session.evse, "")
        setpoints.append(PlanSetpoint(session.evse, session.id, amps, because(want, amps, held, problem.counted_a.get(session.evse, 0.0))))
    binding = tuple(dict.fromkeys(name for name in result.held_by.values() if name))
    return Plan(problem.number, status, tuple(setpoints), binding)


def _as_counted(problem: Problem, evse: EvseLimits) -> int:
    """An EVSE that cannot be steered is told again what it has, never more than it is counted at."""
    most = min(problem.counted_a[evse.id], problem.previous.get(evse.id, problem.counted_a[evse.id]))
    return max((pilot for pilot in evse.pilots_a if pilot <= most), default=0)
