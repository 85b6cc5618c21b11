"""Changing a site's limits: previewed first, then saved; the next plan obeys them, and so do the fallbacks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from forecourt.flows.bookings.power_risk import lock_power_promises, notify_power_risk
from forecourt.flows.bookings.slot_power_promises import count_unkeepable_promises, power_promises_at_risk
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import own_site, site_for_update
from forecourt.flows.ports.store import Store
from forecourt.flows.power.allowances import site_for_fallbacks
from forecourt.flows.power.fallbacks import fallback_at, update_fallbacks
from forecourt.flows.power.site_power import evse_limits, load_site_state, site_limits
from forecourt.kernel import BadInput, Conflict, SiteId
from forecourt.planning import compile_grid
from forecourt.stations import Evse, LimitChange, LimitEdit, Site, changes, edited


@dataclass(frozen=True, slots=True)
class LimitPreview:
    """The effects of an edit. loads: by name of a limit, what its sockets currently count for (W for all sockets together, else A).

    fallback_before, fallback_after: amps each charger keeps to while offline; waits: except at the beginning of a charge. above:
    names of limits that would exceed what was ever commissioned. promises_lost: bookings whose promised power could not be
    promised under the new limits; promises_unsure: all that would be at risk, including these.
    """

    changes: tuple[LimitChange, ...]
    loads: tuple[tuple[str, float], ...]
    fallback_before: int
    fallback_after: int
    waits: bool
    promises_lost: int = 0
    promises_unsure: int = 0

    @property
    def above(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.changes if one.above)


def limits_version(site: Site) -> str:
    """A mark of the limits, to notice changes since they were displayed."""
    return sha256(repr((site.limits, site.power_limit_w, site.limit_w)).encode()).hexdigest()[:16]


def preview_limits(store: Store, by: Staff, site_id: SiteId, edit: LimitEdit) -> LimitPreview:
    """Nothing is saved, and nothing is sent."""
    site = own_site(store, by, site_id)
    return _preview(store, site, edited(site, edit, store.stations.evses(site.id)), by.at)


def set_limits(store: Store, by: Staff, site_id: SiteId, edit: LimitEdit, seen: str, confirmed: bool) -> LimitPreview:
    """A lower limit applies from the next plan, like any reduction; drivers whose promised power is at risk are told.

    Raises BadInput if one would exceed what was commissioned and nobody has confirmed that, Conflict if the limits have changed since
    they were displayed (`limits_version`).
    """
    site = site_for_update(store, by, site_id)
    lock_power_promises(store, site_id)
    store.plans.lock_site(site_id)
    if seen != limits_version(site):
        raise Conflict("limits_changed", "Someone else has changed the limits in the meantime.", "Check them and try again.")
    after = edited(site, edit, store.stations.evses(site.id))
    found = _preview(store, site, after, by.at)
    if found.above and not confirmed:
        raise BadInput(
            "confirm", f"Higher than ever commissioned: {', '.join(found.above)}.", "Confirm that wiring and breakers are rated for it."
        )
    if found.changes or after.limit_w != site.limit_w:
        store.stations.put_site(after)
        notify_power_risk(store, after, by.at)
        update_fallbacks(store, site.id, by.at, by.ids)
        summary = "; ".join(_words(one) for one in found.changes)
        note(store, by, "site.limits", site.slug, f"{summary}{' (confirmed)' if found.above else ''}"[:1000])
    return found


def _preview(store: Store, before: Site, after: Site, at: datetime) -> LimitPreview:
    evses = store.stations.evses(before.id)
    chargers = store.stations.chargers(before.id)
    view, fallback = load_site_state(store, before.id, at), fallback_at(site_for_fallbacks(store, after), evses, chargers, at)
    counted = {evse.label: float(view.counted[evse.id]) for evse in evses if evse.id in view.counted}
    return LimitPreview(
        changes=changes(before, after),
        loads=_loads(after, before, evses, counted),
        fallback_before=fallback_at(site_for_fallbacks(store, before), evses, chargers, at).limit_a,
        fallback_after=fallback.limit_a,
        waits=not fallback.at_once,
        promises_lost=count_unkeepable_promises(store, after, at),
        promises_unsure=len(power_promises_at_risk(store, after, at)),
    )


def _loads(after: Site, before: Site, evses: Sequence[Evse], counted: dict[str, float]) -> tuple[tuple[str, float], ...]:
    """For every present or former limit, as cables carry their load whatever is entered about them."""
    names = {row.name for row in after.limits}
    with_old_limits = replace(after, limits=(*after.limits, *(row for row in before.limits if row.name not in names)))
    limits = [evse_limits(evse) for evse in evses]
    wired = compile_grid(site_limits(replace(with_old_limits, power_limit_w=None), evses), limits, worst_case=False)
    loads = dict(zip(wired.names, (float(load) for load in wired.loads_a(wired.vector(counted))), strict=True))
    by_id = {one.id: one for one in limits}
    all_w = sum(amps * by_id[label].watts_per_amp for label, amps in counted.items())
    return (*loads.items(), ("All sockets together", all_w))


def _words(change: LimitChange) -> str:
    before, after = ("none" if one is None else f"{one:g} {change.unit}" for one in (change.before, change.after))
    return f"{change.name} {before} → {after}"
