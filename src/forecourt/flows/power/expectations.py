"""What to expect of the cars that are here: what their drivers stated, or what the site's past stays predict if that has proved better."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from forecourt.drivers import ChargingNeed
from forecourt.flows.ports.store import Store
from forecourt.flows.power.booking_guarantees import due_stays, with_guarantees
from forecourt.flows.power.hour_costs import with_hour_costs
from forecourt.flows.power.member_priority import with_weights
from forecourt.flows.power.site_power import SiteState, stated_need
from forecourt.kernel import DriverId
from forecourt.planning import Arrivals, DrawMemory, PlanSession, Problem, SimilarStays, SiteStays, StayPredictor, Visit
from forecourt.sessions import Session
from forecourt.stations import Site

_RELOAD_AFTER = timedelta(hours=1)  # how often the results of the nightly learning are reloaded


class PlannerMemory:
    """For one site, kept between its plans. A restarted planner has the learned stays at once, and measurements as they come."""

    def __init__(self) -> None:
        self._read_at: datetime | None = None
        self._stays: SiteStays | None = None
        self._experience: StayPredictor | None = None
        self._arrivals: Arrivals | None = None
        self._likes: dict[str, tuple[Visit, SimilarStays | None]] = {}
        self._draws = DrawMemory()

    def expect(self, store: Store, view: SiteState, needs: Mapping[DriverId, ChargingNeed], problem: Problem) -> Problem:
        """The problem with what its cars are expected to do and were seen to take, and with cars that may come."""
        self._recall(store, view.site, problem.now)
        problem = replace(problem, sessions=self._draws.remembered(problem.sessions, problem.now))
        if self._stays is None:
            return problem
        problem = replace(problem, expected_stays=self._arrivals.after(problem.now) if self._arrivals else ())
        visits = {str(session.id): _visit(session, needs) for session in view.sessions.values()}
        self._likes = {name: known for name, known in self._likes.items() if name in visits}
        return replace(problem, sessions=tuple(self._expected(one, visits[one.id], problem.now) for one in problem.sessions))

    def _recall(self, store: Store, site: Site, at: datetime) -> None:
        if self._read_at is not None and self._read_at <= at < self._read_at + _RELOAD_AFTER:
            return
        stays, self._read_at = store.plans.stays(site.id), at
        if (stays and stays.learned_at) != (self._stays and self._stays.learned_at):
            self._stays, self._likes = stays, {}
            self._experience = StayPredictor(stays.past, site.zone) if stays else None
            self._arrivals = Arrivals(stays.past, site.zone) if stays else None

    def _expected(self, session: PlanSession, visit: Visit, at: datetime) -> PlanSession:
        similar, stays = self._likes_of(session.id, visit), self._stays
        expected = similar.expect(session.delivered_wh, at) if similar else None
        if expected is None or stays is None:
            return session
        if visit.stated_end is None or stays.believe_end:
            session = replace(session, leaves=expected.leaves)
        if session.need_wh is None:
            session = replace(session, need_wh=expected.need_wh)
        elif stays.believe_need:
            session = replace(session, need_wh=_likely_wh(session.need_wh, expected.need_wh, session.delivered_wh))
        return session

    def _likes_of(self, name: str, visit: Visit) -> SimilarStays | None:
        known = self._likes.get(name)
        if known is None or known[0] != visit:
            known = self._likes[name] = (visit, self._experience.like(visit) if self._experience else None)
        return known[1]


def with_expectations(
    store: Store, view: SiteState, needs: Mapping[DriverId, ChargingNeed], problem: Problem, memory: PlannerMemory | None
) -> Problem:
    """The problem with promises, expectations and preferences. memory None: only drivers' statements count."""
    problem = with_weights(store, view, with_guarantees(problem, view.guarantees))
    problem = with_hour_costs(store, view, needs, memory.expect(store, view, needs, problem) if memory else problem)
    return replace(problem, expected_stays=(*due_stays(store, view.site.id, problem.now), *problem.expected_stays))


def _likely_wh(said_wh: float, expected_wh: float, delivered_wh: float) -> float:
    """Most take less than stated. A car that takes more is assumed to need as much as others that did; its driver's limit still applies."""
    return expected_wh if delivered_wh >= said_wh else min(said_wh, expected_wh)


def _visit(session: Session, needs: Mapping[DriverId, ChargingNeed]) -> Visit:
    stated = stated_need(session, needs)
    return stay_of(session.started_at, session.driver_id, stated.departure if stated else None, stated.energy_wh if stated else None)


def stay_of(start: datetime, driver_id: DriverId | None, stated_end: datetime | None, stated_wh: int | None) -> Visit:
    """Describe a stay, without statements that cannot be about it."""
    ends = stated_end if stated_end and stated_end > start else None
    return Visit(start, str(driver_id) if driver_id else None, ends, float(stated_wh) if stated_wh else None)
