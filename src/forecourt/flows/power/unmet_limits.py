"""Limits that loads which cannot be steered may exceed alone, though all others were sent 0 A. It is shown to staff and logged.

This happens, for example, when the site's allowance suddenly falls while chargers are offline that were sent more before.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.ports.power_plans import Grant, PowerPlan
from forecourt.flows.ports.store import Store
from forecourt.flows.power.charge_start import start_current_a
from forecourt.flows.power.limit_ends import CLOCK_TOLERANCE
from forecourt.flows.power.site_power import SiteState, evse_limits, load_site_state, problem_of
from forecourt.kernel import Ids, SiteId
from forecourt.planning import PlanStatus, compile_grid
from forecourt.stations import Evse


@dataclass(frozen=True, slots=True)
class UnmetLimits:
    """limits: their names. offline, ignoring: labels of offline sockets, and of those that do not keep their limits; may_draw_w: all
    that is counted for them and other unsteered sockets. ends_at: when the limits sent to offline ones have ended, by any clock;
    None: that ends nothing, or it is unknown."""

    limits: tuple[str, ...]
    offline: tuple[str, ...]
    ignoring: tuple[str, ...]
    may_draw_w: int
    ends_at: datetime | None

    def describe(self, zone: str) -> str:
        """What may flow, through which sockets, and until when."""
        offline = f"offline: {', '.join(self.offline)}" if self.offline else ""
        ignoring = f"ignoring limits: {', '.join(self.ignoring)}" if self.ignoring else ""
        causes = "; ".join(filter(None, (offline, ignoring))) or "sockets that are not controlled"
        until = f"; the last limits sent to them expire by {self.ends_at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" if self.ends_at else ""
        return f"{', '.join(self.limits)}: up to {self.may_draw_w} W may be drawn ({causes}{until})"


def find_unmet_limits(store: Store, site_id: SiteId, at: datetime) -> UnmetLimits | None:
    """None: all limits are kept by steering the others."""
    return unmet_limits_in(load_site_state(store, site_id, at), at)


def unmet_limits_in(view: SiteState, at: datetime) -> UnmetLimits | None:
    problem = problem_of(view, {}, 1, at)
    wired = compile_grid(problem.limits_now, problem.evses)
    exceeded = wired.exceeded(wired.vector(problem.counted_a))
    if not exceeded:
        return None
    drawing = [evse for evse in view.evses if problem.counted_a.get(evse.label)]
    offline = [evse for evse in drawing if not _linked(view, evse)]
    ignoring = [evse for evse in drawing if _linked(view, evse) and (one := view.grants.get(evse.id)) is not None and one.quarantined]
    watts = {one.id: one.watts_per_amp for one in problem.evses}
    return UnmetLimits(
        exceeded,
        tuple(evse.label for evse in offline),
        tuple(evse.label for evse in ignoring),
        round(sum(amps * watts[label] for label, amps in problem.counted_a.items())),
        _ends_at((grant, evse) for evse in offline if (grant := view.grants.get(evse.id)) is not None),
    )


def limits_not_yet_met(store: Store, site_id: SiteId, at: datetime) -> tuple[str, ...]:
    """Names of limits, present or coming within minutes, above which sockets are still counted: no reading has shown the drop yet."""
    view = load_site_state(store, site_id, at)
    limits = [evse_limits(evse) for evse in view.evses]
    wired = compile_grid(view.wires, limits)
    return wired.exceeded(wired.vector({evse.label: float(view.counted.get(evse.id, 0)) for evse in view.evses}))


def log_unmet_limits(store: Store, view: SiteState, before: PowerPlan | None, status: PlanStatus, at: datetime, ids: Ids) -> None:
    """Log once when it begins, and once when it is over."""
    began = status is PlanStatus.INFEASIBLE
    if began == (before is not None and before.status == PlanStatus.INFEASIBLE.value):
        return
    by = Staff(view.site.operator_id, "system", at, ids)
    if not began:
        note(store, by, "site.limit_kept_again", view.site.slug)
    elif (found := unmet_limits_in(view, at)) is not None:
        note(store, by, "site.limit_not_kept", view.site.slug, found.describe(view.site.zone)[:1000])


def _linked(view: SiteState, evse: Evse) -> bool:
    charger = view.chargers.get(evse.charger_id)
    return charger is not None and charger.connected


def _ends_at(sockets: Iterable[tuple[Grant, Evse]]) -> datetime | None:
    """The latest end among offline sockets counted above what they fall back to; None if one has none."""
    above = [grant for grant, evse in sockets if grant.counted_a > start_current_a(grant, evse)]
    ends = [grant.ends_at + CLOCK_TOLERANCE for grant in above if grant.ends_at is not None]
    return max(ends) if ends and len(ends) == len(above) else None
