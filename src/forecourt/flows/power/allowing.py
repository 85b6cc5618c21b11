"""What others allow a whole site, as its plans, its fallbacks and its promises of power see it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf

from forecourt.flows.ports.store import Store
from forecourt.kernel import SiteId
from forecourt.planning import Limits, Profile, ProfileStep, allowed_now, least_of
from forecourt.stations import Allowance, AllowanceStep, Evse, Site, SiteAllowances

# A charger that loses its contact may keep its fallback for so long before anybody tells it another.
FORESEEN = timedelta(hours=24)


def allowance_of(store: Store, site_id: SiteId, at: datetime) -> Profile | None:
    """What all its sockets together may draw from now on; the least of all sources counts."""
    kept = store.plans.allowances(site_id)
    return least_said(kept, at) if kept else None


def least_said(kept: SiteAllowances, at: datetime) -> Profile | None:
    return _least(kept, at, lambda one: one.expected(at))


def firm_allowance(kept: SiteAllowances | None, at: datetime) -> Profile | None:
    """What can be relied on if whoever must keep telling falls silent."""
    return _least(kept, at, lambda one: one.firm(at)) if kept else None


def _least(kept: SiteAllowances, at: datetime, steps_of: Callable[[Allowance], Sequence[AllowanceStep]]) -> Profile | None:
    found = [profile for one in kept.said if (profile := _profile(one, steps_of(one))).steps]
    return least_of(found, at) if found else None


def _profile(word: Allowance, said: Sequence[AllowanceStep]) -> Profile:
    steps = tuple(ProfileStep(one.start, inf if one.power_w is None else float(one.power_w)) for one in said)
    return Profile(word.source, steps, called=f"the site's allowance ({word.source})")


def held_by(allowance: Profile | None, evses: Sequence[Evse], at: datetime) -> Limits:
    """One more limit of these sockets; none where nothing is said."""
    return () if allowance is None else allowed_now(allowance, [evse.label for evse in evses], at)


def for_fallbacks(store: Store, site: Site) -> Site:
    """The site as its fallbacks are made for it: within the least it will be allowed while they may be kept."""
    kept = store.plans.allowances(site.id)
    if kept is None or kept.fallback_w is None:
        return site
    least_w = kept.fallback_w if site.power_limit_w is None else min(site.power_limit_w, kept.fallback_w)
    return replace(site, power_limit_w=least_w)


def foresee(store: Store, site_id: SiteId, at: datetime) -> bool:
    """Whether the fallbacks have to be made for less, or may be for more, than they were. Hold the lock of the site."""
    kept = store.plans.allowances(site_id)
    if kept is None:
        return False
    firm = firm_allowance(kept, at)
    least_w = inf if firm is None else firm.least_w(at, at + FORESEEN)
    fallback_w = None if least_w == inf else int(least_w)
    if fallback_w == kept.fallback_w:
        return False
    store.plans.put_allowances(replace(kept, fallback_w=fallback_w))
    return True


@dataclass(frozen=True, slots=True)
class Allowed:
    """now_w: the least that holds now; plans_w: what plans keep to; None = nothing is said. words: those that are not over, by source."""

    words: tuple[Allowance, ...] = ()
    now_w: int | None = None
    plans_w: int | None = None
    ahead: Profile | None = None


def allowed_at(store: Store, site_id: SiteId, at: datetime) -> Allowed:
    kept = store.plans.allowances(site_id)
    words = tuple(sorted((one for one in kept.said if not one.over(at)), key=lambda one: one.source)) if kept else ()
    ahead = least_said(kept, at) if kept else None
    if ahead is None:
        return Allowed(words)
    now_w, plans_w = (None if watts == inf else int(watts) for watts in (ahead.least_w(at, at), ahead.borne_out_w(at)))
    return Allowed(words, now_w, plans_w, ahead)
