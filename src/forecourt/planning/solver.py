"""The planner: Problem in, numbered Plan out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecourt.kernel import BadInput
from forecourt.planning.car_demand import CarDemand, demand_of_cars
from forecourt.planning.greedy_fill import fill_greedily
from forecourt.planning.horizon import Horizon
from forecourt.planning.linear import LinearShare
from forecourt.planning.model import EvseLimits, Limits, Plan, PlanSession, PlanSetpoint, PlanStatus, Problem
from forecourt.planning.pilots import Share, round_to_pilots
from forecourt.planning.reasons import counted, reasons
from forecourt.planning.sockets import Floats, Sockets, sockets
from forecourt.planning.turns import hold_back_by_hours, hold_back_patient_cars, lock_turns, reserve_min_service
from forecourt.planning.wiring import Grid, compile_grid


@dataclass(frozen=True, slots=True)
class _Site:
    """What stays the same between plans as long as limits and EVSEs do: the grid, the pilots, and the programs with their last answers.
    limits: in force now; later: in force at all times."""

    limits: Limits
    later: Limits
    evses: tuple[EvseLimits, ...]
    grid: Grid
    sockets: Sockets
    share: LinearShare
    horizon: Horizon

    @classmethod
    def compiled(cls, problem: Problem, before: "_Site | None") -> "_Site":
        """Build the site, reusing the program of the hours ahead if only the present allowance has changed."""
        limits, later, evses = problem.limits_now, problem.limits, problem.evses
        wired, places = compile_grid(limits, evses), sockets(evses)
        if before is not None and (before.later, before.evses) == (later, evses):
            horizon = before.horizon
        else:
            horizon = Horizon(wired if limits == later else compile_grid(later, evses), places)
        return cls(limits, later, evses, wired, places, LinearShare(wired), horizon)


class Solver:
    """Plans one site. Keeps the compiled grid and the warm model between calls; neither changes the meaning of an answer."""

    def __init__(self) -> None:
        self._site: _Site | None = None

    def plan(self, problem: Problem) -> Plan:
        """Raises BadInput if a session names an unknown EVSE or one that is taken, or if limits are malformed."""
        site = self._compiled(problem)
        _check(problem.sessions, site.sockets)
        fixed = site.grid.vector(problem.counted_a)
        if problem.counted_a and (over := site.grid.exceeded(fixed)):
            return _infeasible_plan(problem, over)
        steered = [session for session in problem.sessions if session.evse not in problem.counted_a]
        demand = reserve_min_service(site.grid, fixed, demand_of_cars(problem, steered, site.sockets), problem.policy.min_dwell_s / 2)
        demand = lock_turns(site.grid, site.sockets, fixed, demand)
        currents = site.horizon.currents(problem, fixed, demand) if problem.policy.look_ahead else None
        if demand.patient.any():
            demand = hold_back_by_hours(demand) if currents is None else hold_back_patient_cars(demand, currents, site.sockets)
        if currents is None:
            currents = _one_step(site, fixed, demand)
        share = round_to_pilots(site.grid, site.sockets, fixed, demand, currents)
        return _as_plan(problem, PlanStatus.OPTIMAL if currents is not None else PlanStatus.FALLBACK, steered, demand, share)

    def _compiled(self, problem: Problem) -> _Site:
        site = self._site
        if site is None or (site.limits, site.later, site.evses) != (problem.limits_now, problem.limits, problem.evses):
            site = self._site = _Site.compiled(problem, site)
        return site


def _one_step(site: _Site, fixed_a: Floats, demand: CarDemand) -> Floats | None:
    low, high, weights = fixed_a.copy(), fixed_a.copy(), np.zeros(len(fixed_a))
    low[demand.places], high[demand.places], weights[demand.places] = demand.least_a, demand.cap_a, demand.weight
    currents = fill_greedily(site.grid, weights, low, high)
    return site.share.solve(weights, low, high) if currents is None else currents


def _check(sessions: Sequence[PlanSession], sockets: Sockets) -> None:
    taken: set[str] = set()
    for session in sessions:
        if session.evse not in sockets.index:
            raise BadInput("session_evse", f"Session {session.id} is at {session.evse}, which is not among the EVSEs.")
        if session.evse in taken:
            raise BadInput("session_evse_twice", f"{session.evse} has two sessions.", "An EVSE charges one car at a time.")
        taken.add(session.evse)


def _infeasible_plan(problem: Problem, over: tuple[str, ...]) -> Plan:
    reason = f"Set to 0 A: loads that cannot be controlled already exceed {', '.join(over)}."
    setpoints = tuple(PlanSetpoint(session.evse, session.id, 0, reason) for session in problem.sessions)
    return Plan(problem.number, PlanStatus.INFEASIBLE, setpoints, over, (reason,))


def _as_plan(problem: Problem, status: PlanStatus, steered: Sequence[PlanSession], demand: CarDemand, share: Share) -> Plan:
    because = reasons(demand, share, [one.profile.label if one.profile else "" for one in steered])
    rows = zip(steered, share.amps.tolist(), because, strict=True)
    setpoints = [PlanSetpoint(session.evse, session.id, amps, why) for session, amps, why in rows]
    if problem.counted_a:
        by_evse = {one.evse: one for one in setpoints}
        setpoints = [by_evse.get(session.evse) or _as_counted(problem, session) for session in problem.sessions]
    return Plan(problem.number, status, tuple(setpoints), tuple(dict.fromkeys(name for name in share.held_by if name)))


def _as_counted(problem: Problem, session: PlanSession) -> PlanSetpoint:
    """An EVSE that cannot be steered is set again to what it has, never to more than it is counted at."""
    evse = next(one for one in problem.evses if one.id == session.evse)
    amps = problem.counted_a[evse.id]
    most = min(amps, problem.previous.get(evse.id, amps), evse.max_a if session.max_a is None else session.max_a)
    return PlanSetpoint(evse.id, session.id, max((pilot for pilot in evse.pilots_a if pilot <= most), default=0), counted(amps))
