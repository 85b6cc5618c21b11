"""What others allow a whole site to draw, as seen by its plans, its fallbacks and its promises of power."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf

from forecourt.flows.ports.store import Store
from forecourt.kernel import SiteId
from forecourt.planning import Limits, Profile, ProfileStep, allowed_now, lowest_profile
from forecourt.stations import Allowance, AllowanceStep, Evse, Site, SiteAllowances

# A charger that goes offline may keep its fallback for this long before it can be sent another.
FALLBACK_HORIZON = timedelta(hours=24)


def allowance_of(store: Store, site_id: SiteId, at: datetime) -> Profile | None:
    """What all its sockets together may draw from now on; the lowest of all sources counts."""
    stored = store.plans.allowances(site_id)
    return lowest_allowance(stored, at) if stored else None


def lowest_allowance(stored: SiteAllowances, at: datetime) -> Profile | None:
    return _least(stored, at, lambda one: one.expected(at))


def firm_allowance(stored: SiteAllowances | None, at: datetime) -> Profile | None:
    """The allowance that holds even if sources that must keep renewing fall silent."""
    return _least(stored, at, lambda one: one.firm(at)) if stored else None


def _least(stored: SiteAllowances, at: datetime, steps_of: Callable[[Allowance], Sequence[AllowanceStep]]) -> Profile | None:
    found = [profile for one in stored.allowances if (profile := _profile(one, steps_of(one))).steps]
    return lowest_profile(found, at) if found else None


def _profile(allowance: Allowance, stated: Sequence[AllowanceStep]) -> Profile:
    steps = tuple(ProfileStep(one.start, inf if one.power_w is None else float(one.power_w)) for one in stated)
    return Profile(allowance.source, steps, description=f"the site's allowance ({allowance.source})")


def allowance_limits(allowance: Profile | None, evses: Sequence[Evse], at: datetime) -> Limits:
    """The allowance as an additional limit of these sockets; () if there is none."""
    return () if allowance is None else allowed_now(allowance, [evse.label for evse in evses], at)


def site_for_fallbacks(store: Store, site: Site) -> Site:
    """The site as assumed for its fallbacks: under the lowest allowance while they may be in effect."""
    stored = store.plans.allowances(site.id)
    if stored is None or stored.fallback_w is None:
        return site
    least_w = stored.fallback_w if site.power_limit_w is None else min(site.power_limit_w, stored.fallback_w)
    return replace(site, power_limit_w=least_w)


def update_fallback_power(store: Store, site_id: SiteId, at: datetime) -> bool:
    """Update the power assumed for fallbacks; return whether they must be sent anew. Hold the lock of the site."""
    stored = store.plans.allowances(site_id)
    if stored is None:
        return False
    firm_limit = firm_allowance(stored, at)
    least_w = inf if firm_limit is None else firm_limit.least_w(at, at + FALLBACK_HORIZON)
    fallback_w = None if least_w == inf else int(least_w)
    if fallback_w == stored.fallback_w:
        return False
    store.plans.put_allowances(replace(stored, fallback_w=fallback_w))
    return True


@dataclass(frozen=True, slots=True)
class Allowed:
    """now_w: the allowance at this instant; plans_w: the one that plans keep to; None = none. words: the allowances in force, by source."""

    words: tuple[Allowance, ...] = ()
    now_w: int | None = None
    plans_w: int | None = None
    ahead: Profile | None = None


def allowed_at(store: Store, site_id: SiteId, at: datetime) -> Allowed:
    stored = store.plans.allowances(site_id)
    allowances = tuple(sorted((one for one in stored.allowances if not one.over(at)), key=lambda one: one.source)) if stored else ()
    ahead = lowest_allowance(stored, at) if stored else None
    if ahead is None:
        return Allowed(allowances)
    now_w, plans_w = (None if watts == inf else int(watts) for watts in (ahead.least_w(at, at), ahead.site_order_limit_w(at)))
    return Allowed(allowances, now_w, plans_w, ahead)
