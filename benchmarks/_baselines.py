"""Common rules of thumb, as references: whole pilots, the same limits, no solver."""

from collections.abc import Callable
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from forecourt.planning import EvseLimits, Grid, PlanSession, Problem, compile_grid

Floats = NDArray[np.float64]


class Rule(StrEnum):
    FIRST_COME = "FCFS"
    EARLIEST_DEADLINE = "EDF"
    LEAST_LAXITY = "LLF"
    ROUND_ROBIN = "RR"


class Baseline:
    """amps by EVSE for a problem, by one rule; keeps the compiled grid."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._key: object = None
        self._grid: Grid | None = None

    def amps(self, problem: Problem) -> dict[str, int]:
        if self._grid is None or self._key != (problem.limits, problem.evses):
            self._grid, self._key = compile_grid(problem.limits, problem.evses), (problem.limits, problem.evses)
        by_id = {evse.id: evse for evse in problem.evses}
        order = sorted((s for s in problem.sessions if _missing_wh(s) > 0), key=_keys(problem, by_id)[self._rule])
        pilots = [_pilots(problem, session, by_id[session.evse]) for session in order]
        currents = self._grid.vector(problem.counted_a)
        fill = _in_turns if self._rule is Rule.ROUND_ROBIN else _one_by_one
        fill(self._grid, currents, order, pilots)
        return {session.evse: round(currents[self._grid.index[session.evse]]) for session in problem.sessions}


def _missing_wh(session: PlanSession) -> float:
    return (session.need_wh or 0.0) - session.delivered_wh


def _left_s(problem: Problem, session: PlanSession) -> float:
    return (session.departure - problem.now).total_seconds() if session.departure else float(problem.policy.default_stay_s)


def _keys(problem: Problem, by_id: dict[str, EvseLimits]) -> dict[Rule, Callable[[PlanSession], float]]:
    def laxity_s(session: PlanSession) -> float:
        evse = by_id[session.evse]
        return _left_s(problem, session) - _missing_wh(session) / evse.watts_per_amp / evse.max_a * 3600

    return {
        Rule.FIRST_COME: lambda session: session.arrival.timestamp(),
        Rule.EARLIEST_DEADLINE: lambda session: _left_s(problem, session),
        Rule.LEAST_LAXITY: laxity_s,
        Rule.ROUND_ROBIN: lambda session: session.arrival.timestamp(),
    }


def _pilots(problem: Problem, session: PlanSession, evse: EvseLimits) -> list[int]:
    enough_a = _missing_wh(session) * 3600 / problem.step_s / evse.watts_per_amp
    pilots = evse.pilots_a
    return [pilot for before, pilot in zip((0, *pilots), pilots, strict=False) if before < enough_a]


def _one_by_one(grid: Grid, currents: Floats, order: list[PlanSession], pilots: list[list[int]]) -> None:
    for session, choices in zip(order, pilots, strict=True):
        for pilot in reversed(choices):
            if _put(grid, currents, session, pilot):
                break


def _in_turns(grid: Grid, currents: Floats, order: list[PlanSession], pilots: list[list[int]]) -> None:
    """One pilot step to each in turn, until nobody can go up."""
    waiting = [(session, iter(choices)) for session, choices in zip(order, pilots, strict=True)]
    while waiting:
        waiting = [(s, choices) for s, choices in waiting if (pilot := next(choices, None)) is not None and _put(grid, currents, s, pilot)]


def _put(grid: Grid, currents: Floats, session: PlanSession, pilot: int) -> bool:
    place = grid.index[session.evse]
    before, currents[place] = currents[place], pilot
    if grid.allows(currents):
        return True
    currents[place] = before
    return False
