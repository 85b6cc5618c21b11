"""Members whose plan says so get a greater share when power is short."""

from dataclasses import replace

from forecourt.flows.ports.store import Store
from forecourt.flows.power.site_power import SiteState
from forecourt.kernel import DriverId
from forecourt.planning import Problem


def with_weights(store: Store, view: SiteState, problem: Problem) -> Problem:
    """The problem with each car weighted by its driver's membership plan; promises of bookings come before all weights."""
    drivers = {str(one.id): one.driver_id for one in view.sessions.values() if one.driver_id is not None}
    shares = _shares(store, view, set(drivers.values()), problem)
    if not shares:
        return problem
    weighed = tuple(replace(one, weight=shares.get(drivers.get(one.id), 100) / 100) for one in problem.sessions)
    return replace(problem, sessions=weighed)


def _shares(store: Store, view: SiteState, drivers: set[DriverId], problem: Problem) -> dict[DriverId | None, int]:
    """Percent by driver, for those with a greater share here."""
    memberships = [one for one in store.memberships.of_drivers(drivers) if one.is_valid_at(problem.now) and not one.over]
    sold = {one.driver_id: one.term(one.period_at(problem.now).number).version_id for one in memberships}
    versions = {version_id: store.memberships.version(version_id) for version_id in set(sold.values())}
    found = {driver_id: versions[version_id] for driver_id, version_id in sold.items()}
    valid_here = {driver_id: one for driver_id, one in found.items() if not one.sites or view.site.id in one.sites}
    return {driver_id: one.share_percent for driver_id, one in valid_here.items() if one.share_percent > 100}
