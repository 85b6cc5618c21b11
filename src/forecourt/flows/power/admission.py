"""Admit charges that nothing holds back only if there is room for all they can draw.

One case is a charge at a charger that has not accepted a fallback yet: it draws all it can from its first moment, before anybody could
lower it. A charger gets its fallback seconds after booting; until then, or if it accepts none, its sockets wait for that room, those
with a car plugged in first. At sites where all sockets can be at their maximum at once, nobody waits.

At sites with strict commissioning, the other case is a charge at a socket that has not been tested.

Such a socket may ignore its limits, so the only way to protect a wire is not to let the charge begin. A driver who is refused may try
again a minute later: the planner makes room meanwhile. If even the highest limits ever confirmed could not carry the socket alone,
waiting would not help: there charges begin as at any other socket.
"""

from dataclasses import replace
from datetime import datetime

from forecourt.flows.ports.power_plans import Grant
from forecourt.flows.ports.store import Store
from forecourt.flows.power.allowances import allowance_limits, allowance_of
from forecourt.flows.power.charge_start import lacks_fallback
from forecourt.flows.power.site_power import SiteState, evse_limits, load_site_state, site_limits
from forecourt.flows.power.untested_sockets import untested
from forecourt.kernel import ChargerId, SiteId
from forecourt.planning import Grid, Limits, all_fit_at_max, compile_grid, fits
from forecourt.stations import Evse, Site


def can_begin_charge(store: Store, evse: Evse, at: datetime) -> bool:
    """Whether the power available lets a charge begin here now."""
    if store.plans.lacks_fallback(evse.charger_id) and not _fits_without_fallback(store, evse, at):
        return False
    if not store.stations.site(evse.site_id).strict_commissioning or not untested(store.plans.grant(evse.id)):
        return True
    view = load_site_state(store, evse.site_id, at, begins=evse.id)
    counted = {one.label: float(view.counted[one.id]) for one in view.evses if one.id in view.counted}
    if evse.id in view.unproved and _holds(_wired(view, view.wires), counted):
        return True
    return not _holds(_wired(view, site_limits(_as_confirmed(view.site), view.evses)), {evse.label: float(evse.max_a)})


def can_begin_at_charger(store: Store, charger_id: ChargerId, site_id: SiteId, at: datetime) -> bool:
    """Whether a charge may begin at any of its sockets: a request about a card seldom names one. For sockets that still have to be tested,
    this is decided when the charge begins."""
    if not store.plans.lacks_fallback(charger_id):
        return True
    own_evses = [evse for evse in store.stations.evses(site_id) if evse.charger_id == charger_id and evse.retired_at is None]
    return any(_fits_without_fallback(store, evse, at) for evse in own_evses)


def _fits_without_fallback(store: Store, evse: Evse, at: datetime) -> bool:
    """Whether others have made room for all it can draw, which the planner then reserves; it does so only for a car known to be there."""
    site, evses = store.stations.site(evse.site_id), store.stations.evses(evse.site_id)
    serving = [one for one in evses if one.retired_at is None]
    allowed = allowance_limits(allowance_of(store, site.id, at), serving, at)
    wired = compile_grid((*site_limits(site, serving), *allowed), [evse_limits(one) for one in serving])
    if all_fit_at_max(wired, [evse_limits(one) for one in serving]):
        return True
    view = load_site_state(store, evse.site_id, at)
    if not lacks_fallback(store.plans.grants(evse.site_id).get(evse.id)):
        return True
    is_known_load = evse.id in view.unproved or evse.id in view.sessions  # a charge that began with the cable may still wait for its card
    counted = {one.label: float(view.counted[one.id]) for one in serving if one.id in view.counted}
    return is_known_load and fits(wired, counted, evse.label)


def note_refused_start(store: Store, evse: Evse, at: datetime) -> None:
    """Note a refused driver, who will try again: room is made meanwhile."""
    grant = store.plans.grant(evse.id) or Grant(evse.id, evse.operator_id, evse.site_id)
    if untested(grant):
        store.plans.put_grant(replace(grant, refused_at=at))


def _wired(view: SiteState, rows: Limits) -> Grid:
    return compile_grid(rows, [evse_limits(one) for one in view.evses])


def _holds(wired: Grid, amps: dict[str, float]) -> bool:
    return wired.allows(wired.vector(amps))


def _as_confirmed(site: Site) -> Site:
    """The site with the highest limits ever confirmed: a lowered limit is temporary, and the socket can wait for its end."""
    limits = tuple(replace(row, limit_a=max(row.limit_a, row.commissioned_a or 0.0)) for row in site.limits)
    if site.power_limit_w is None:
        return replace(site, limits=limits)
    return replace(site, limits=limits, power_limit_w=max(site.power_limit_w, site.commissioned_w or 0))
