"""At sites with strict commissioning a charge at a socket nobody has tested begins only where there is room for all it can draw.

Such a socket may ignore what it is told, so that nothing but not letting it begin keeps a wire within its limit. Who is refused may try
again a minute later: the planner makes room meanwhile. Where the limits that were ever confirmed could not carry the socket even alone,
waiting would not help: there charges begin as at any other socket.
"""

from dataclasses import replace
from datetime import datetime

from forecourt.flows.ports.plans import Grant
from forecourt.flows.ports.store import Store
from forecourt.flows.power.proving import untested
from forecourt.flows.power.site_power import Survey, limits_of, rows_of, survey
from forecourt.planning import Grid, grid
from forecourt.stations import Evse, Site


def room_to_begin(store: Store, evse: Evse, at: datetime) -> bool:
    """Whether a charge may begin here now, as far as power goes."""
    if not store.stations.site(evse.site_id).strict_commissioning or not untested(store.plans.grant(evse.id)):
        return True
    view = survey(store, evse.site_id, at, begins=evse.id)
    counted = {one.label: float(view.counted[one.id]) for one in view.evses if one.id in view.counted}
    if evse.id in view.unproved and _holds(_wired(view, view.site), counted):
        return True
    return not _holds(_wired(view, _as_confirmed(view.site)), {evse.label: float(evse.max_a)})


def wants_to_begin(store: Store, evse: Evse, at: datetime) -> None:
    """Who was refused will try again: room is made meanwhile."""
    grant = store.plans.grant(evse.id) or Grant(evse.id, evse.operator_id, evse.site_id)
    if untested(grant):
        store.plans.put_grant(replace(grant, asked_at=at))


def _wired(view: Survey, site: Site) -> Grid:
    return grid(rows_of(site, view.evses), [limits_of(one) for one in view.evses])


def _holds(wired: Grid, amps: dict[str, float]) -> bool:
    return wired.holds(wired.vector(amps))


def _as_confirmed(site: Site) -> Site:
    """With the highest limits that were ever confirmed: a cut goes by, and the socket can wait for that."""
    limits = tuple(replace(row, limit_a=max(row.limit_a, row.commissioned_a or 0.0)) for row in site.limits)
    if site.power_limit_w is None:
        return replace(site, limits=limits)
    return replace(site, limits=limits, power_limit_w=max(site.power_limit_w, site.commissioned_w or 0))
