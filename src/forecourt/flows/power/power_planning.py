"""Share a site's power: make a plan, store it, and send orders to the chargers, lowering before raising."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import inf
from typing import Protocol

from forecourt.flows.desk.orders import order
from forecourt.flows.ports.power_plans import Grant, PowerPlan, Setpoint
from forecourt.flows.ports.store import Store
from forecourt.flows.power.allowing import foresee
from forecourt.flows.power.asking_states import ask_states
from forecourt.flows.power.energy_costs import with_costs
from forecourt.flows.power.expecting import Memory, foreseen
from forecourt.flows.power.fallbacks import mend_fallbacks, spread_fallback
from forecourt.flows.power.limit_ends import end_of, to_renew, told_until
from forecourt.flows.power.profile_keeping import within_profiles
from forecourt.flows.power.proof import with_order
from forecourt.flows.power.proving import with_loads
from forecourt.flows.power.random_delay import held_back, raises, said_of_wait
from forecourt.flows.power.site_power import STEP_S, Survey, limit_for, limits_of, problem_of, survey
from forecourt.flows.power.staggered_starts import staggered
from forecourt.flows.power.unkept import log_unkept
from forecourt.kernel import EvseId, Ids, SiteId
from forecourt.planning import EvseLimits, Limits, Plan, Problem, safe_setpoints
from forecourt.sessions import Session
from forecourt.stations import Evse


class PowerSolver(Protocol):
    """planning.Solver with a stopwatch: keeps its model between calls, so its choice of equally good plans may depend on earlier ones."""

    @property
    def took_ms(self) -> float | None:
        """How long the last plan took."""
        ...

    def plan(self, problem: Problem) -> Plan: ...


def plan_power(
    store: Store, site_id: SiteId, at: datetime, ids: Ids, solver: PowerSolver, memory: Memory | None = None
) -> PowerPlan | None:
    """Make the site's next plan and store the orders it allows now; None if no car is there. memory None: only drivers' statements count.

    A plan that repeats the last one within a step of it, and has nothing to send, is not stored: planning every few seconds, a
    site would store 17,000 a day.

    A raise waits until every row holds with all other sockets at what they are counted at, so that no order can overload
    the site whatever part of the orders is obeyed, and whenever.
    """
    store.plans.lock_site(site_id)
    if foresee(store, site_id, at):
        spread_fallback(store, site_id, at, ids)
    mend_fallbacks(store, site_id, at, ids)
    view = survey(store, site_id, at)
    if not view.sessions:
        return None
    ask_states(store, view, at, ids)
    latest = store.plans.latest(site_id)
    needs = store.drivers.needs(site_id)
    problem = problem_of(view, needs, latest.number + 1 if latest else 1, at)
    problem = foreseen(store, view, needs, problem, memory)
    plan = within_profiles(with_loads(solver.plan(with_costs(store, view.site, problem, at)), _loads(view, problem)), view, at)
    until = raises(view, plan.amps, plan.number, at)
    allowed = _allowed(problem.limits_now, problem.evses, held_back(view, plan.amps, until, at), view)
    by_label = {evse.label: evse for evse in view.evses}
    waits = staggered(view.grants, [(by_label[one.evse].id, allowed[one.evse]) for one in plan.setpoints])
    telling = _Telling(store, view, plan.number, at, ids, waits, until)
    told = [(by_label[one.evse], one.amps, allowed[one.evse]) for one in plan.setpoints]
    paper = replace(_paper(view, plan, by_label, until, at), took_ms=solver.took_ms)
    if latest is not None and _says_the_same(latest, paper) and not any(telling.has_news(evse, amps) for evse, _, amps in told):
        telling, paper = replace(telling, number=latest.number), latest
    else:
        store.plans.put(paper)
    for one in told:
        telling.tell(*one)
    _keep_unsteered(store, view, {evse.id for evse, _, _ in told})
    log_unkept(store, view, latest, plan.status, at, ids)
    return paper


def _says_the_same(latest: PowerPlan, paper: PowerPlan) -> bool:
    """Whether the plans agree, whatever was drawn meanwhile. At least one plan per step is stored in any case."""
    same = (latest.status, latest.setpoints, latest.binding, latest.allowed_w)
    soon = timedelta() <= paper.made_at - latest.made_at < timedelta(seconds=STEP_S)
    return soon and same == (paper.status, paper.setpoints, paper.binding, paper.allowed_w)


def raise_held(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> None:
    """Send raises from the last plan for which meters have since proved that amps are free. Hold the site's lock."""
    latest = store.plans.latest(site_id)
    if latest is None:
        return
    view = survey(store, site_id, at)
    by_label = {evse.label: evse for evse in view.evses}
    waiting = {
        evse.label: view.grants[evse.id].target_a
        for evse in view.evses
        if evse.id in view.reachable and _is_held(view.grants[evse.id], latest.number, at)
    }
    if not waiting:
        return
    limits = tuple(limits_of(evse) for evse in view.evses)
    telling = _Telling(store, view, latest.number, at, ids)
    for label, amps in _allowed((*view.rows(view.steered), *view.allowed), limits, waiting, view).items():
        telling.tell(by_label[label], waiting[label], amps)


def _is_held(grant: Grant, number: int, at: datetime) -> bool:
    """Whether the last plan meant to give it more, and only the others' amps are in the way."""
    return grant.plan == number and grant.target_a > (grant.sent_a or 0) and (grant.raise_from is None or grant.raise_from <= at)


def _loads(view: Survey, problem: Problem) -> list[tuple[EvseLimits, Grant, Session]]:
    """Cars that the problem counts as fixed loads, at sockets that can be sent orders all the same."""
    sharing = {session.evse for session in problem.sessions}
    found = [evse for evse in view.evses if evse.id in view.reachable and evse.label not in sharing]
    return [(limits_of(one), view.grants[one.id], view.sessions[one.id]) for one in found]


def _allowed(rows: Limits, limits: Sequence[EvseLimits], wanted: Mapping[str, int], view: Survey) -> Mapping[str, int]:
    """The amps each EVSE may be sent now, by label. Cars with a promise get free amps first."""
    owed = {evse.label for evse in view.evses if evse.id in view.sessions and view.sessions[evse.id].id in view.owed}
    counted = {evse.label: float(view.counted[evse.id]) for evse in view.evses if evse.id in view.counted}
    told = {evse.label: view.grants[evse.id].told_a for evse in view.evses if evse.id in view.grants}
    return safe_setpoints(rows, limits, dict(sorted(wanted.items(), key=lambda one: one[0] not in owed)), counted, told)


@dataclass(frozen=True, slots=True)
class _Telling:
    """A plan on its way to the chargers."""

    store: Store
    view: Survey
    number: int
    at: datetime
    ids: Ids
    waits: Mapping[EvseId, timedelta] = field(default_factory=dict)  # orders that are delivered later
    until: Mapping[EvseId, datetime] | None = None  # when this plan's raises may be sent; None: as the grants have it

    @property
    def falls_at(self) -> datetime | None:
        """When the site is next allowed less than now."""
        return self.view.allowance.falls_at(self.at) if self.view.allowance else None

    def has_news(self, evse: Evse, allowed_a: int) -> bool:
        """Whether its charger is to be sent this now."""
        grant = self.view.grants[evse.id]
        return _must_send(grant, allowed_a, self.at) or to_renew(grant, self._ends(evse, grant), self.at)

    def _ends(self, evse: Evse, grant: Grant) -> datetime | None:
        return end_of(grant, self.view.chargers.get(evse.charger_id), self.at, self.falls_at)

    def tell(self, evse: Evse, target_a: int, allowed_a: int) -> None:
        """Store the target; order what is allowed of it now, if the charger does not have that yet."""
        grant, session, at = self.view.grants[evse.id], self.view.sessions[evse.id], self.at
        until = grant.raise_from if self.until is None else self.until.get(evse.id)
        raise_from = until if allowed_a < target_a else None
        turn = _turn(grant, target_a, at)
        after = replace(turn, plan=self.number, target_a=target_a, session_id=session.id, raise_from=raise_from)
        if self.has_news(evse, allowed_a):
            ends = self._ends(evse, grant)
            after = replace(with_order(after, allowed_a, at), ends_at=told_until(grant, ends))
            wanted = limit_for(self.view, evse, allowed_a, self.number, session.transaction, ends)
            due_at = at + self.waits.get(evse.id, timedelta())
            order(self.store, evse.charger_id, wanted, due_at, self.ids, f"limit/{evse.id}/{self.number}/{allowed_a}/{at:%H:%M:%S.%f}")
        if after != grant or self.store.plans.grant(evse.id) is None:
            self.store.plans.put_grant(after)


def _must_send(grant: Grant, amps: int, at: datetime) -> bool:
    """Only if it changes; or if the last order has not been accepted within a step."""
    if grant.sent_a != amps or grant.sent_at is None:
        return True
    return grant.confirmed_a != amps and at - grant.sent_at >= timedelta(seconds=STEP_S)


def _turn(grant: Grant, target_a: int, at: datetime) -> Grant:
    """Update when the car's present turn, or its present wait, began."""
    if target_a > 0:
        return grant if grant.turn_since else replace(grant, turn_since=at, waiting_since=None)
    if grant.turn_since is None:
        return grant
    return replace(grant, turn_since=None, waiting_since=at, pauses=grant.pauses + 1)


def _keep_unsteered(store: Store, view: Survey, told: set[EvseId]) -> None:
    for evse_id, grant in view.grants.items():
        if evse_id not in told and store.plans.grant(evse_id) != grant:
            store.plans.put_grant(grant)


def _paper(view: Survey, plan: Plan, by_label: Mapping[str, Evse], until: Mapping[EvseId, datetime], at: datetime) -> PowerPlan:
    ids = [by_label[one.evse].id for one in plan.setpoints]
    because = [one.because + said_of_wait(until.get(evse_id), view.site.zone, at) for evse_id, one in zip(ids, plan.setpoints, strict=True)]
    told = [view.grants[evse_id].told_a for evse_id in ids]
    setpoints = tuple(Setpoint(*one) for one in zip(ids, [one.amps for one in plan.setpoints], because, told, strict=True))
    allowed_w = view.allowance.least_w(at, at) if view.allowance else inf
    powers = [session.power_w for session in view.sessions.values() if session.power_w is not None]
    return PowerPlan(
        operator_id=view.site.operator_id,
        site_id=view.site.id,
        number=plan.number,
        made_at=at,
        status=plan.status.value,
        setpoints=setpoints,
        binding=plan.binding,
        drawn_w=sum(powers),
        allotted_w=sum(one.amps * _watts_per_amp(by_label[one.evse]) for one in plan.setpoints),
        allowed_w=None if allowed_w == inf else int(allowed_w),
    )


def _watts_per_amp(evse: Evse) -> int:
    return evse.max_power_w // evse.max_a
