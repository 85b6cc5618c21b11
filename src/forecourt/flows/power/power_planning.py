"""Share a site's power: make a plan, store it, and send orders to the chargers, lowering before raising."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import inf
from typing import Protocol

from forecourt.flows.desk.orders import enqueue_order
from forecourt.flows.ports.power_plans import Grant, PowerPlan, Setpoint
from forecourt.flows.ports.store import Store
from forecourt.flows.power.allowances import update_fallback_power
from forecourt.flows.power.energy_costs import with_costs
from forecourt.flows.power.expectations import PlannerMemory, with_expectations
from forecourt.flows.power.fallbacks import resend_fallbacks, update_fallbacks
from forecourt.flows.power.limit_ends import is_renewal_due, limit_end, with_end
from forecourt.flows.power.profile_enforcement import within_profiles
from forecourt.flows.power.proof import with_order
from forecourt.flows.power.random_delay import delay_note, raise_times, without_delayed_raises
from forecourt.flows.power.site_power import STEP_S, SiteState, evse_limits, limit_for, load_site_state, problem_of
from forecourt.flows.power.staggered_starts import staggered
from forecourt.flows.power.state_requests import request_states
from forecourt.flows.power.unmet_limits import log_unmet_limits
from forecourt.flows.power.untested_sockets import with_uncontrolled_loads
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
    store: Store, site_id: SiteId, at: datetime, ids: Ids, solver: PowerSolver, memory: PlannerMemory | None = None
) -> PowerPlan | None:
    """Make the site's next plan and store the orders it allows now; None if no car is there. memory None: only drivers' statements count.

    A plan that repeats the last one within a step of it, and has nothing to send, is not stored: planning every few seconds, a
    site would store 17,000 a day.

    A raise waits until every row holds with all other sockets at what they are counted at, so that no order can overload
    the site whatever part of the orders is obeyed, and whenever.
    """
    store.plans.lock_site(site_id)
    view = load_site_state(store, site_id, at)
    plan = _share_power(store, view, at, ids, solver, memory) if view.sessions else None
    # After the limits, which take effect at once and would wait for the answers to these.
    if update_fallback_power(store, site_id, at):
        update_fallbacks(store, site_id, at, ids)
    resend_fallbacks(store, site_id, at, ids)
    return plan


def _share_power(store: Store, view: SiteState, at: datetime, ids: Ids, solver: PowerSolver, memory: PlannerMemory | None) -> PowerPlan:
    site_id = view.site.id
    request_states(store, view, at, ids)
    latest = store.plans.latest(site_id)
    needs = store.drivers.needs(site_id)
    problem = problem_of(view, needs, latest.number + 1 if latest else 1, at)
    problem = with_expectations(store, view, needs, problem, memory)
    plan = within_profiles(with_uncontrolled_loads(solver.plan(with_costs(store, view.site, problem, at)), _loads(view, problem)), view, at)
    until = raise_times(view, plan.amps, plan.number, at)
    allowed = _allowed(problem.limits_now, problem.evses, without_delayed_raises(view, plan.amps, until, at), view)
    by_label = {evse.label: evse for evse in view.evses}
    delays = staggered(view.grants, [(by_label[one.evse].id, allowed[one.evse]) for one in plan.setpoints])
    delivery = _PlanDelivery(store, view, plan.number, at, ids, delays, until)
    orders = [(by_label[one.evse], one.amps, allowed[one.evse]) for one in plan.setpoints]
    stored_plan = replace(_power_plan(view, plan, by_label, until, at), took_ms=solver.took_ms)
    if latest is not None and _repeats(latest, stored_plan) and not any(delivery.must_send(evse, amps) for evse, _, amps in orders):
        delivery, stored_plan = replace(delivery, number=latest.number), latest
    else:
        store.plans.put(stored_plan)
    for one in orders:
        delivery.send(*one)
    _store_unsteered_grants(store, view, {evse.id for evse, _, _ in orders})
    log_unmet_limits(store, view, latest, plan.status, at, ids)
    return stored_plan


def _repeats(latest: PowerPlan, plan: PowerPlan) -> bool:
    """Whether the plans agree, whatever was drawn meanwhile. At least one plan per step is stored in any case."""
    compared = (latest.status, latest.setpoints, latest.binding, latest.allowed_w)
    soon = timedelta() <= plan.made_at - latest.made_at < timedelta(seconds=STEP_S)
    return soon and compared == (plan.status, plan.setpoints, plan.binding, plan.allowed_w)


def send_waiting_raises(store: Store, site_id: SiteId, at: datetime, ids: Ids) -> None:
    """Send raises from the last plan for which meters have since proved that amps are free. Hold the site's lock."""
    latest = store.plans.latest(site_id)
    if latest is None:
        return
    view = load_site_state(store, site_id, at)
    by_label = {evse.label: evse for evse in view.evses}
    waiting = {
        evse.label: view.grants[evse.id].target_a
        for evse in view.evses
        if evse.id in view.reachable and _is_held(view.grants[evse.id], latest.number, at)
    }
    if not waiting:
        return
    limits = tuple(evse_limits(evse) for evse in view.evses)
    delivery = _PlanDelivery(store, view, latest.number, at, ids)
    for label, amps in _allowed((*view.rows(view.steered), *view.allowed), limits, waiting, view).items():
        delivery.send(by_label[label], waiting[label], amps)


def _is_held(grant: Grant, number: int, at: datetime) -> bool:
    """Whether the last plan meant to give it more, and only the others' amps are in the way."""
    return grant.plan == number and grant.target_a > (grant.sent_a or 0) and (grant.raise_from is None or grant.raise_from <= at)


def _loads(view: SiteState, problem: Problem) -> list[tuple[EvseLimits, Grant, Session]]:
    """Cars that the problem counts as fixed loads, at sockets that can be sent orders all the same."""
    sharing = {session.evse for session in problem.sessions}
    found = [evse for evse in view.evses if evse.id in view.reachable and evse.label not in sharing]
    return [(evse_limits(one), view.grants[one.id], view.sessions[one.id]) for one in found]


def _allowed(rows: Limits, limits: Sequence[EvseLimits], wanted: Mapping[str, int], view: SiteState) -> Mapping[str, int]:
    """The amps each EVSE may be sent now, by label. Cars with a promise get free amps first."""
    promised = {evse.label for evse in view.evses if evse.id in view.sessions and view.sessions[evse.id].id in view.guarantees}
    counted = {evse.label: float(view.counted[evse.id]) for evse in view.evses if evse.id in view.counted}
    lowest = {evse.label: view.grants[evse.id].applied_a for evse in view.evses if evse.id in view.grants}
    return safe_setpoints(rows, limits, dict(sorted(wanted.items(), key=lambda one: one[0] not in promised)), counted, lowest)


@dataclass(frozen=True, slots=True)
class _PlanDelivery:
    """A plan on its way to the chargers."""

    store: Store
    view: SiteState
    number: int
    at: datetime
    ids: Ids
    waits: Mapping[EvseId, timedelta] = field(default_factory=dict)  # orders that are delivered later
    until: Mapping[EvseId, datetime] | None = None  # when this plan's raises may be sent; None: as the grants have it

    @property
    def next_decrease_at(self) -> datetime | None:
        """When the site is next allowed less than now."""
        return self.view.allowance.next_decrease_at(self.at) if self.view.allowance else None

    def must_send(self, evse: Evse, allowed_a: int) -> bool:
        """Whether its charger is to be sent this now."""
        grant = self.view.grants[evse.id]
        return _must_send(grant, allowed_a, self.at) or is_renewal_due(grant, self._ends(evse, grant, allowed_a), self.at)

    def _ends(self, evse: Evse, grant: Grant, amps: int) -> datetime | None:
        return limit_end(grant, self.view.chargers.get(evse.charger_id), amps, self.at, self.next_decrease_at)

    def send(self, evse: Evse, target_a: int, allowed_a: int) -> None:
        """Store the target; order what is allowed of it now, if the charger does not have that yet."""
        grant, session, at = self.view.grants[evse.id], self.view.sessions[evse.id], self.at
        until = grant.raise_from if self.until is None else self.until.get(evse.id)
        raise_from = until if allowed_a < target_a else None
        next_grant = _turn(grant, target_a, at)
        after = replace(next_grant, plan=self.number, target_a=target_a, session_id=session.id, raise_from=raise_from)
        if self.must_send(evse, allowed_a):
            ends = self._ends(evse, grant, allowed_a)
            after = with_end(with_order(after, allowed_a, at), grant, ends, at)
            wanted = limit_for(self.view, evse, allowed_a, self.number, session.transaction, ends)
            due_at = at + self.waits.get(evse.id, timedelta())
            enqueue_order(
                self.store, evse.charger_id, wanted, due_at, self.ids, f"limit/{evse.id}/{self.number}/{allowed_a}/{at:%H:%M:%S.%f}"
            )
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


def _store_unsteered_grants(store: Store, view: SiteState, steered: set[EvseId]) -> None:
    for evse_id, grant in view.grants.items():
        if evse_id not in steered and store.plans.grant(evse_id) != grant:
            store.plans.put_grant(grant)


def _power_plan(view: SiteState, plan: Plan, by_label: Mapping[str, Evse], until: Mapping[EvseId, datetime], at: datetime) -> PowerPlan:
    ids = [by_label[one.evse].id for one in plan.setpoints]
    reasons = [one.because + delay_note(until.get(evse_id), view.site.zone, at) for evse_id, one in zip(ids, plan.setpoints, strict=True)]
    told_a = [view.grants[evse_id].applied_a for evse_id in ids]
    setpoints = tuple(Setpoint(*one) for one in zip(ids, [one.amps for one in plan.setpoints], reasons, told_a, strict=True))
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
