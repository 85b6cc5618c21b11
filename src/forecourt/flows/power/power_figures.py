"""How well a site's power is shared: figures about its plans and its cars, for the people in charge."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from forecourt.flows.ports.store import Store
from forecourt.flows.power.daily_figures import STARVED, evenness
from forecourt.flows.power.power_forecast import fair_share
from forecourt.flows.power.site_power import load_site_state, problem_of, sockets_without_fallback, unknown_labels, unlimited_sockets
from forecourt.flows.power.untested_sockets import untested
from forecourt.kernel import SiteId

_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class PowerHealth:
    """plans, not_optimal, median_ms, worst_ms: of the last 24 hours. jain: 1 = all cars present had the same share of what they
    could have had, None = there are none; starved: cars with less than a twentieth. disobeying, unreachable, untested: labels of
    sockets; absent: labels in limits that no socket has; uncounted: sockets in no limit, at sites that have limits; without_fallback:
    sockets where a charge waits for room because their charger has accepted no fallback."""

    plans: int
    not_optimal: int
    median_ms: float | None
    worst_ms: float | None
    jain: float | None
    starved: int
    disobeying: tuple[str, ...]
    unreachable: tuple[str, ...]
    untested: tuple[str, ...]
    absent: tuple[str, ...]
    uncounted: tuple[str, ...]
    without_fallback: tuple[str, ...]


def power_health(store: Store, site_id: SiteId, at: datetime) -> PowerHealth:
    view = load_site_state(store, site_id, at)
    plans = store.plans.since(site_id, at - _DAY)
    times = [plan.took_ms for plan in plans if plan.took_ms is not None]
    problem = problem_of(view, store.drivers.needs(site_id), 1, at, trusting=True)
    shares = list(fair_share(problem.sessions, problem.evses, at, problem.policy.default_need_wh).values())
    grants = store.plans.grants(site_id)
    linked = {charger.id for charger in store.stations.chargers(site_id) if charger.connected}
    return PowerHealth(
        plans=len(plans),
        not_optimal=sum(plan.status != "OPTIMAL" for plan in plans),
        median_ms=median(times) if times else None,
        worst_ms=max(times, default=None),
        jain=evenness(shares),
        starved=sum(share < STARVED for share in shares),
        disobeying=tuple(e.label for e in view.evses if (grant := grants.get(e.id)) is not None and grant.quarantined),
        unreachable=tuple(evse.label for evse in view.evses if evse.charger_id not in linked),
        untested=tuple(evse.label for evse in view.evses if untested(grants.get(evse.id))),
        absent=unknown_labels(view.site, view.evses),
        uncounted=unlimited_sockets(view.site, view.evses),
        without_fallback=sockets_without_fallback(view, grants, at),
    )
