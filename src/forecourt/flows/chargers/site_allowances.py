"""How much a whole site may draw, as set by an external source or by hand: stored, obeyed by the next plan, and lifted."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from forecourt.flows.bookings.power_risk import lock_power_promises, notify_power_risk
from forecourt.flows.bookings.slot_power_promises import count_unkeepable_promises, power_promises_at_risk
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import own_site
from forecourt.flows.ports.store import Store
from forecourt.flows.power.allowances import firm_allowance, update_fallback_power
from forecourt.flows.power.fallbacks import update_fallbacks
from forecourt.kernel import BadInput, SiteId
from forecourt.stations import Allowance, Site, SiteAllowances, checked_allowance

# How often to log a source whose figures change all the time, if nothing else is new.
_NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class AllowanceEffect:
    """promises_lost: bookings whose promised power can no longer be promised; promises_unsure: all those at risk, including these. Their
    drivers are told. Both are 0 if the dependable power is unchanged."""

    promises_lost: int = 0
    promises_unsure: int = 0


def apply_allowance(
    store: Store, by: Staff, site_id: SiteId, allowance: Allowance, as_before: bool = False, confirmed: bool = True
) -> AllowanceEffect:
    """Replace what this source said before. as_before: keep what applies once it has expired.

    Raises BadInput naming the wrong field; "confirm" if promises would be lost and nobody has confirmed that.
    """
    site, before = _locked(store, by, site_id)
    known = before.allowance_from(allowance.source)
    allowance = replace(
        allowance, stated_at=by.at, unless_renewed_w=known.unless_renewed_w if as_before and known else allowance.unless_renewed_w
    )
    noted = _is_news(known, checked_allowance(allowance), by.at)
    allowance = replace(allowance, noted_at=by.at if noted or known is None else known.noted_at)
    effect = _keep(store, by, site, before, before.with_allowance(allowance))
    if effect.promises_lost and not confirmed:
        raise BadInput(
            "confirm",
            f"Bookings that would not get the power promised: {effect.promises_lost}.",
            "Confirm to continue. The drivers are notified and get the credit promised for that.",
        )
    if noted:
        note(store, by, "site.allowance", site.slug, _words(allowance)[:1000])
    return effect


def lift_allowance(store: Store, by: Staff, site_id: SiteId, source: str) -> AllowanceEffect:
    """Remove it, together with what would apply once it has expired. Lifting it twice has no further effect."""
    site, before = _locked(store, by, site_id)
    if before.allowance_from(source) is None:
        return AllowanceEffect()
    effect = _keep(store, by, site, before, before.without_source(source))
    note(store, by, "site.allowance_lifted", site.slug, source)
    return effect


def _locked(store: Store, by: Staff, site_id: SiteId) -> tuple[Site, SiteAllowances]:
    site = own_site(store, by, site_id)
    lock_power_promises(store, site_id)
    store.plans.lock_site(site_id)
    return site, store.plans.allowances(site_id) or SiteAllowances(site.operator_id, site_id)


def _keep(store: Store, by: Staff, site: Site, before: SiteAllowances, after: SiteAllowances) -> AllowanceEffect:
    store.plans.put_allowances(after)
    if update_fallback_power(store, site.id, by.at):
        update_fallbacks(store, site.id, by.at, by.ids)
    if firm_allowance(before, by.at) == firm_allowance(after, by.at):
        return AllowanceEffect()
    notify_power_risk(store, site, by.at)
    return AllowanceEffect(count_unkeepable_promises(store, site, by.at), len(power_promises_at_risk(store, site, by.at)))


def _is_news(known: Allowance | None, allowance: Allowance, at: datetime) -> bool:
    """Whether it is worth logging; not every figure of a source that sends one every few seconds."""
    if known is None or known.ran_out(at) or _kind(known) != _kind(allowance):
        return True
    return not known.is_same_limit(allowance) and (known.noted_at is None or at - known.noted_at >= _NOTED_EVERY)


def _kind(allowance: Allowance) -> tuple[object, ...]:
    return allowance.unless_renewed_w, allowance.until is None, all(one.power_w is None for one in allowance.steps), allowance.because


def _words(allowance: Allowance) -> str:
    steps = ", ".join(f"{one.start:%Y-%m-%d %H:%M} {'no limit' if one.power_w is None else f'{one.power_w} W'}" for one in allowance.steps)
    end = "until lifted" if allowance.until is None else f"until {allowance.until:%Y-%m-%d %H:%M}"
    safe = f", then {allowance.unless_renewed_w} W unless renewed" if allowance.unless_renewed_w is not None else ""
    return f"{allowance.source}: {steps} {end}{safe}{f' ({allowance.because})' if allowance.because else ''}"
