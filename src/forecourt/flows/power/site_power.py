"""A site as the planner sees it: limits, sockets, cars, and what each socket must be counted at."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import ceil

from forecourt.drivers import ChargingNeed
from forecourt.flows.ports.power_plans import Grant
from forecourt.flows.ports.store import Store
from forecourt.flows.power.allowances import allowance_limits, allowance_of
from forecourt.flows.power.booking_guarantees import guarantees_of
from forecourt.flows.power.charge_start import (
    current_without_order_a,
    has_no_accepted_order,
    idle_a,
    lacks_fallback,
    needs_headroom,
    start_current_a,
    unseen_charge_a,
)
from forecourt.flows.power.charger_limits import NO_CHARGER_LIMITS, ChargerLimits, charger_limits_of
from forecourt.flows.power.limit_ends import count_as_offline, without_ended_limit
from forecourt.flows.power.partner_profiles import profiles_of
from forecourt.flows.power.supply_readings import at_supply
from forecourt.flows.power.untested_sockets import about_to_start, in_service, sockets_with_headroom, untested, waits_for_room
from forecourt.flows.power.verification import SETTLED
from forecourt.kernel import ChargerId, DriverId, EvseId, SessionId, SiteId
from forecourt.planning import EvseLimits, Guarantee, Limits, Node, PlanSession, Policy, Problem, Profile, Row, all_fit_at_max
from forecourt.sessions import Session
from forecourt.stations import Charger, ChargerSettings, Evse, SetLimit, Site, Socket, plug_voltage, watts_of
from forecourt.tariffs import PhaseState

STEP_S = 300
ALL_SOCKETS = "the site's power"


@dataclass(frozen=True, slots=True)
class SiteState:
    """Mappings are by EVSE id. reachable: the EVSEs of open sessions whose charger can be sent orders now; steered: those of
    them that have not disobeyed too often.

    unproved: EVSEs whose maximum is kept free: they have not been seen to keep a limit, nothing holds back a charge that begins there, or
    they are being tested.
    guarantees: promises of bookings to these charges. profiles: ceilings for these cars set by roaming partners, and by others at the
    chargers; cuts: limits on chargers set by others. allowance: what the site is allowed over time; allowed: its present value,
    as a limit.
    """

    site: Site
    evses: Sequence[Evse]
    sessions: Mapping[EvseId, Session]
    grants: Mapping[EvseId, Grant]
    counted: Mapping[EvseId, int]
    reachable: frozenset[EvseId]
    steered: frozenset[EvseId]
    chargers: Mapping[ChargerId, Charger]
    unproved: frozenset[EvseId] = frozenset()
    guarantees: Mapping[SessionId, Guarantee] = field(default_factory=dict)
    profiles: Mapping[SessionId, Profile] = field(default_factory=dict)
    cuts: ChargerLimits = NO_CHARGER_LIMITS
    allowance: Profile | None = None
    allowed: Limits = ()

    @property
    def wires(self) -> Limits:
        """What all its sockets are under, whichever share power: the site's limits and its present allowance."""
        return (*site_limits(self.site, self.evses), *self.allowed)

    def rows(self, sharing: Collection[EvseId]) -> Limits:
        """Every limit that a plan sharing power among these sockets must keep, except the allowance."""
        fixed_a = {evse_id: float(amps) for evse_id, amps in self.counted.items() if evse_id not in sharing}
        return (*site_limits(self.site, self.evses), *self.cuts.rows(fixed_a))


def load_site_state(store: Store, site_id: SiteId, at: datetime, begins: EvseId | None = None) -> SiteState:
    """Read the site. Sockets with a car that cannot be steered, or that may start by itself now, are counted at what they may draw.

    begins: a charge is about to begin at this socket.
    """
    site, evses = store.stations.site(site_id), store.stations.evses(site_id)
    by_id = {evse.id: evse for evse in evses}
    sessions = {session.evse_id: at_supply(by_id[session.evse_id], session) for session in store.sessions.open_at(site_id)}
    chargers = {charger.id: charger for charger in store.stations.chargers(site_id)}
    sockets = {socket.evse_id: socket for socket in store.stations.sockets(site_id)}
    stored = store.plans.grants(site_id)
    grants = {
        evse.id: grant_of(stored.get(evse.id), evse, sessions[evse.id], at, _linked(chargers.get(evse.charger_id)))
        for evse in evses
        if evse.id in sessions
    }
    reachable = frozenset(
        evse_id for evse_id, grant in grants.items() if not grant.testing and _linked(chargers.get(by_id[evse_id].charger_id))
    )
    steered = frozenset(evse_id for evse_id in reachable if not grants[evse_id].quarantined)
    idle_evses = [evse for evse in evses if evse.id not in sessions and evse.retired_at is None]
    idle = {evse.id: idle_a(sockets.get(evse.id), stored.get(evse.id), evse, at) for evse in idle_evses}
    unseen_a = {
        evse.id: unseen_charge_a(sockets.get(evse.id), stored.get(evse.id), chargers.get(evse.charger_id), at) for evse in idle_evses
    }
    serving = [evse for evse in evses if evse.retired_at is None]
    allowance = allowance_of(store, site_id, at)
    if any(unseen_a.values()) and not _all_fit(site, serving, allowance, at):
        idle = {evse_id: max(amps, unseen_a[evse_id]) for evse_id, amps in idle.items()}
    counted = {evse_id: grant.counted_a for evse_id, grant in grants.items()} | {evse_id: amps for evse_id, amps in idle.items() if amps}
    guarantees, charger_limits = guarantees_of(store, sessions.values(), at), charger_limits_of(evses, chargers, at)
    profiles = _profiles(charger_limits, sessions.values(), profiles_of(store, sessions.values()), at)
    view = SiteState(
        site, evses, sessions, grants, counted, reachable, steered, chargers, guarantees=guarantees, profiles=profiles, cuts=charger_limits
    )
    view = replace(view, allowance=allowance, allowed=allowance_limits(allowance, evses, at))
    return _with_unproved(view, stored, sockets, at, begins)


def _all_fit(site: Site, serving: Sequence[Evse], allowance: Profile | None, at: datetime) -> bool:
    return all_fit_at_max((*site_limits(site, serving), *allowance_limits(allowance, serving, at)), [evse_limits(evse) for evse in serving])


def _profiles(
    charger_limits: ChargerLimits, sessions: Collection[Session], of_partners: Mapping[SessionId, Profile], at: datetime
) -> Mapping[SessionId, Profile]:
    found = {one.id: charger_limits.combined_with(one.evse_id, of_partners.get(one.id), at) for one in sessions}
    return {session_id: profile for session_id, profile in found.items() if profile is not None}


def _with_unproved(
    view: SiteState, stored: Mapping[EvseId, Grant], sockets: Mapping[EvseId, Socket], at: datetime, begins: EvseId | None
) -> SiteState:
    """Count unproved sockets at their maximum if a car is there, comes or is about to begin; first come, first served."""
    sessions, is_starting = view.sessions, waits_for_room if view.site.strict_commissioning else _is_about_to_start
    in_service = [evse for evse in view.evses if evse.retired_at is None or evse.id in sessions]
    candidates = [evse for evse in in_service if _is_unproved(view, evse, stored.get(evse.id), sockets.get(evse.id))]
    with_car = [
        evse
        for evse in candidates
        if evse.id in sessions or evse.id == begins or is_starting(sockets.get(evse.id), stored.get(evse.id), at)
    ]
    with_car.sort(key=lambda evse: sessions[evse.id].started_at if evse.id in sessions else at)
    candidates_in_order = list(dict.fromkeys((*with_car, *_unheld(view, stored, sockets, at))))
    return _with_room(view, candidates_in_order, _with_certain_headroom(view, candidates)) if candidates or candidates_in_order else view


def _unheld(view: SiteState, stored: Mapping[EvseId, Grant], sockets: Mapping[EvseId, Socket], at: datetime) -> list[Evse]:
    """Sockets without a charge where one would draw all it can at once; ordered by when the car was plugged in, so that one for which
    there is room is not put behind another."""
    idle = [evse for evse in view.evses if evse.id not in view.sessions and evse.retired_at is None]
    waiting = [evse for evse in idle if needs_headroom(sockets.get(evse.id), stored.get(evse.id), view.chargers.get(evse.charger_id), at)]

    def plugged_in_at(evse: Evse) -> datetime:
        socket = sockets.get(evse.id) if _linked(view.chargers.get(evse.charger_id)) else None
        return (socket.since or socket.at or at) if socket is not None else at

    return sorted(waiting, key=plugged_in_at)


def _is_about_to_start(socket: Socket | None, _: Grant | None, at: datetime) -> bool:
    return about_to_start(socket, at)


def _with_certain_headroom(view: SiteState, candidates: Sequence[Evse]) -> set[EvseId]:
    """At a strict site, sockets with room in any case: those with admitted charges, and those where one could begin without asking."""
    if not view.site.strict_commissioning:
        return set()
    refused = {evse_id for evse_id, session in view.sessions.items() if session.token is not None and session.driver_id is None}
    let_in = view.sessions.keys() - refused
    return {evse.id for evse in candidates if evse.id in let_in or not _linked(view.chargers.get(evse.charger_id))}


def _linked(charger: Charger | None) -> bool:
    return charger is not None and charger.connected


def _is_unproved(view: SiteState, evse: Evse, stored: Grant | None, socket: Socket | None) -> bool:
    """Whether its obedience is unknown: it was never seen to keep a limit (irrelevant if out of service), or is being tested."""
    return (evse.id in view.grants and view.grants[evse.id].testing) or (untested(stored) and in_service(socket))


def _with_room(view: SiteState, with_car: Sequence[Evse], certain: set[EvseId]) -> SiteState:
    """Count unproved sockets at their maximum: in any case those in `certain` or under test; of those with a car, in this order, as many as
    there is room for beside the floors of charging cars."""
    certain = certain | {evse.id for evse in with_car if evse.id in view.grants and view.grants[evse.id].testing}
    waiting_labels = [evse.label for evse in with_car if evse.id not in certain]
    loads = {evse.label: float(evse.max_a if evse.id in certain else _least_a(view, evse)) for evse in view.evses}
    by_label = {evse.label: evse for evse in view.evses}
    unproved = certain | sockets_with_headroom(view.wires, [evse_limits(evse) for evse in view.evses], by_label, loads, waiting_labels)
    counted = {**view.counted, **{evse.id: evse.max_a for evse in view.evses if evse.id in unproved}}
    return replace(view, counted=counted, unproved=frozenset(unproved))


def _least_a(view: SiteState, evse: Evse) -> int:
    """What it takes whatever room is made: all it is counted at if it cannot be steered, otherwise the promise to its car, or the floor
    of a charging car."""
    if evse.id not in view.steered:
        return view.counted.get(evse.id, 0)
    guarantee = view.guarantees.get(view.sessions[evse.id].id)
    if guarantee is not None:
        return min(evse.max_a, ceil(guarantee.power_w * evse.max_a / evse.max_power_w))
    return evse.min_a if view.grants[evse.id].target_a > 0 else 0


def grant_of(grant: Grant | None, evse: Evse, session: Session, at: datetime, linked: bool = True) -> Grant:
    """The EVSE's grant for this session. A new session may draw its accepted fallback, in some cases at once; the maximum if there is none
    or it has disobeyed.

    An order accepted a whole step ago without a confirming reading counts at the maximum, as does a socket that disobeyed too often;
    an order that has ended by itself does not count; an offline socket counts at its fallback at least.
    """
    known = grant or Grant(evse.id, evse.operator_id, evse.site_id)
    if known.session_id != session.id:
        first_grant = replace(
            known.without_session(), counted_a=current_without_order_a(known, evse, session.started_at, at), session_id=session.id
        )
        return first_grant if linked else count_as_offline(first_grant, start_current_a(first_grant, evse))
    if has_no_accepted_order(known, at):
        known = replace(known, counted_a=max(known.counted_a, current_without_order_a(known, evse, session.started_at, at)))
    known = without_ended_limit(known, start_current_a(known, evse), at)
    known = known if linked else count_as_offline(known, start_current_a(known, evse))
    unproved = known.confirmed_at is not None and not known.verified and at - known.confirmed_at > timedelta(seconds=STEP_S)
    if (unproved or known.quarantined) and known.counted_a < evse.max_a:
        return replace(known, counted_a=evse.max_a)
    return known


def problem_of(view: SiteState, needs: Mapping[DriverId, ChargingNeed], number: int, at: datetime, trusting: bool = False) -> Problem:
    """Sharing power are: sessions with a driver at steered sockets known to obey; trusting: at all that can be sent orders.

    The rest are loads that stay as they are.
    """
    steered = view.steered if trusting else view.steered - view.unproved
    sharing = [session for evse_id, session in view.sessions.items() if evse_id in steered and session.driver_id is not None]
    shared = {session.evse_id for session in sharing}
    return Problem(
        now=at,
        step_s=STEP_S,
        evses=tuple(evse_limits(evse) for evse in view.evses),
        limits=view.rows(shared),
        sessions=tuple(_plan_session(view, session, needs, at) for session in sharing),
        number=number,
        counted_a={_label(view, evse_id): float(amps) for evse_id, amps in view.counted.items() if evse_id not in shared},
        previous={_label(view, evse_id): grant.target_a for evse_id, grant in view.grants.items() if evse_id in shared},
        policy=policy_of(view.site),
        allowance=view.allowance,
    )


def site_limits(site: Site, evses: Sequence[Evse]) -> Limits:
    """Every limit of the site; evses: all of its EVSEs. Sockets named in a limit that do not exist yet draw nothing."""
    labels = {evse.label for evse in evses}
    rows = tuple(Row(row.name, row.limit_a, tuple(one for one in row.weights if one[0] in labels)) for row in site.limits)
    if site.power_limit_w is None or not evses:
        return rows
    return (*rows, Node(ALL_SOCKETS, limit_w=float(site.power_limit_w), evses=tuple(evse.label for evse in evses)))


def unknown_labels(site: Site, evses: Sequence[Evse]) -> tuple[str, ...]:
    """Labels named in limits that no socket has: it is still to come, or a mistake."""
    labels = {evse.label for evse in evses}
    return tuple(sorted({label for row in site.limits for label, _ in row.weights} - labels))


def unlimited_sockets(site: Site, evses: Sequence[Evse]) -> tuple[str, ...]:
    """Labels of sockets that no limit counts, at a site with limits: what they draw comes on top."""
    if not site.limits or site.power_limit_w is not None:
        return ()
    labels = {label for row in site.limits for label, _ in row.weights}
    return tuple(sorted(evse.label for evse in evses if evse.retired_at is None and evse.label not in labels))


def sockets_without_fallback(view: SiteState, stored: Mapping[EvseId, Grant], at: datetime) -> tuple[str, ...]:
    """Labels of sockets whose charger has booted and accepted no fallback, at a site where not all can be at their maximum."""
    serving = [evse for evse in view.evses if evse.retired_at is None]
    reached = [evse for evse in serving if (one := view.chargers.get(evse.charger_id)) is not None and (one.connected or one.booted_at)]
    found = tuple(evse.label for evse in reached if lacks_fallback(stored.get(evse.id)))
    return found if found and not _all_fit(view.site, serving, view.allowance, at) else ()


def policy_of(site: Site) -> Policy:
    sharing = site.sharing
    return Policy(
        default_need_wh=float(sharing.usual_need_wh),
        min_dwell_s=60 * sharing.turn_min,
        pause_budget=sharing.pauses,
        fairness=float(sharing.fairness),
    )


def limit_for(view: SiteState, evse: Evse, amps: int, plan: int, transaction: str, until: datetime | None = None) -> SetLimit:
    """A limit in the form its charger takes: amps, watts, or amps of direct current."""
    charger = view.chargers.get(evse.charger_id)
    settings = charger.settings if charger else ChargerSettings()
    return SetLimit(evse.number, amps, plan, transaction, until, watts_of(evse, settings, amps), plug_voltage([evse], settings))


def evse_limits(evse: Evse) -> EvseLimits:
    return EvseLimits(
        id=evse.label,
        max_a=evse.max_a,
        min_a=evse.min_a,
        voltage_v=float(evse.voltage_v),
        phases=evse.phases,
        phase_deg=evse.phase_deg,
        allowed_a=evse.allowed_a,
    )


def stated_need(session: Session, needs: Mapping[DriverId, ChargingNeed]) -> ChargingNeed | None:
    """What its driver stated about this charge."""
    need = needs.get(session.driver_id) if session.driver_id else None
    return need if need is not None and need.is_about(session.started_at) else None


def _plan_session(view: SiteState, session: Session, needs: Mapping[DriverId, ChargingNeed], at: datetime) -> PlanSession:
    grant, label = view.grants[session.evse_id], _label(view, session.evse_id)
    stated = stated_need(session, needs)
    wanted_wh = stated.wanted_wh(session.meter.energy_wh, session.soc_percent) if stated else None
    is_settled = grant.verified and grant.confirmed_at is not None and at - grant.confirmed_at > SETTLED
    wants_power = session.state is not PhaseState.IDLE
    return PlanSession(
        id=str(session.id),
        evse=label,
        arrival=session.started_at,
        delivered_wh=float(session.meter.energy_wh),
        departure=stated.departure if stated and stated.departure and stated.departure > at else None,
        need_wh=float(wanted_wh) if wanted_wh else None,
        limit_wh=float(wanted_wh) if stated and stated.stop_there and wanted_wh is not None else None,
        charging_since=grant.turn_since,
        waiting_since=grant.waiting_since,
        pauses=grant.pauses,
        drawing_a=_drawing_a(session, wants_power) if is_settled else None,
        offered_a=float(grant.confirmed_a) if is_settled and grant.confirmed_a is not None else None,
        profile=view.profiles.get(session.id),
    )


def _drawing_a(session: Session, wants_power: bool) -> float | None:
    if session.current_ma is None:
        return None
    return session.current_ma / 1000 if wants_power else 0.0


def _label(view: SiteState, evse_id: EvseId) -> str:
    return next(evse.label for evse in view.evses if evse.id == evse_id)
