"""What planners know about the cars of a recorded day: the truth, what drivers entered, or probabilities learned from earlier days.

In every case, a meter shows when a car that is offered power no longer takes any.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from forecourt.planning import Arrivals, PastVisit, PlanSession, Problem, SimilarStays, StayPrediction, StayPredictor, Visit
from forecourt.simulation import RecordedSession
from forecourt.simulation.session_table import NEEDED, STEPS, read_table

ZONE = "America/Los_Angeles"
INPUTS = ("true", "stated", "true end, stated need", "stated end, true need", "learned", "learned end, true need")


@dataclass(frozen=True)
class Recorded:
    """A line of the recording. Where nobody claimed the session, nothing was typed (the columns then repeat what happened)."""

    start: datetime
    end: datetime
    stated_end: datetime | None
    stated_wh: float | None
    energy_wh: float

    @property
    def visit(self) -> Visit:
        return Visit(self.start, None, self.stated_end, self.stated_wh)


def _midnight(now: datetime, zone: str) -> datetime:
    return now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def sessions_of(path: Path, step_0: datetime | None) -> Iterator[RecordedSession]:
    """The sessions of a table, as CSV or gzipped; those without energy are none."""
    found = read_table(path.read_bytes(), step_0)
    if found is None:
        raise SystemExit(f"{path} has no columns {', '.join(NEEDED)}, and no {', '.join(STEPS)}.")
    return (one for one in found if one.energy_wh > 0)


def recorded(path: Path, step_0: datetime | None = None) -> dict[str, Recorded]:
    return {
        one.ref: Recorded(one.arrival, one.departure, one.stated_departure, one.requested_wh, one.energy_wh)
        for one in sessions_of(path, step_0)
    }


class PlannerInputs:
    """Turns a problem that knows the truth into what a planner would know.

    kind: one of INPUTS. learned: again at each midnight, as a site does, from sessions that ended before it and began at most `back`
    before it; with `until`, once, from those before that instant.
    """

    def __init__(self, lines: dict[str, Recorded], kind: str, back: timedelta, until: datetime | None = None, zone: str = ZONE) -> None:
        self._zone = zone
        self._lines, self._kind, self._back, self._until = lines, kind, back, until
        self._experience: StayPredictor | None = None
        self._learned_at: datetime | None = None
        self._similar: dict[str, SimilarStays | None] = {}
        self._full: set[str] = set()

    def replace_inputs(self, problem: Problem) -> Problem:
        if self._kind.startswith("learned"):
            self._learn(self._until or _midnight(problem.now, self._zone))
        return replace(problem, sessions=tuple(self._known(one, problem.now) for one in problem.sessions))

    def _learn(self, at: datetime) -> None:
        if at == self._learned_at:
            return
        since, self._learned_at, self._similar = at - self._back, at, {}
        past = [PastVisit(one.visit, one.end, one.energy_wh) for one in self._lines.values() if since <= one.start and one.end < at]
        self._experience = StayPredictor(past, self._zone)

    def _known(self, session: PlanSession, now: datetime) -> PlanSession:
        if self._kind == "true":
            return session
        line = self._lines[session.id]
        need_wh = session.need_wh if "true need" in self._kind else line.stated_wh
        if session.drawing_a == 0 and session.offered_a:
            self._full.add(session.id)
        if session.id in self._full:
            need_wh = session.delivered_wh
        if self._kind.startswith("true"):
            return replace(session, need_wh=need_wh)
        expected = self._expected(session, now)
        if expected is None:
            return replace(session, departure=line.stated_end, need_wh=need_wh)
        if self._kind == "learned" and session.id not in self._full:
            stated_wh = line.stated_wh or expected.need_wh
            need_wh = expected.need_wh if session.delivered_wh >= stated_wh else min(expected.need_wh, stated_wh)
        return replace(session, departure=line.stated_end, need_wh=need_wh, leaves=expected.leaves)

    def _expected(self, session: PlanSession, now: datetime) -> StayPrediction | None:
        if session.id not in self._similar:
            self._similar[session.id] = self._experience.like(self._lines[session.id].visit) if self._experience else None
        similar = self._similar[session.id]
        return similar.expect(session.delivered_wh, now) if similar else None


WithInputs = Callable[[Problem], Problem]


def with_predictions(lines: dict[str, Recorded], with_inputs: WithInputs, zone: str = ZONE) -> WithInputs:
    """With those who may come, from days before the one that is planned."""
    arrivals = Arrivals([PastVisit(one.visit, one.end, one.energy_wh) for one in lines.values()], zone)
    return lambda problem: replace(with_inputs(problem), expected_stays=arrivals.after(problem.now))
