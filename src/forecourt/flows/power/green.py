"""How green a kilowatt hour would be: the solar power left for one more car, hour by hour."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from forecourt.drivers import ChargingNeed
from forecourt.flows.ports.store import Store
from forecourt.flows.power.plant import plant_of
from forecourt.kernel import DriverId, SessionId
from forecourt.planning import Policy, PriceStep
from forecourt.sessions import Session
from forecourt.stations import Site

GREEN_AHEAD = timedelta(hours=36)
ONE_MORE_W = 7000.0
_HOUR = timedelta(hours=1)


def green_steps(store: Store, site: Site, at: datetime, excluded: SessionId | None = None) -> tuple[PriceStep, ...] | None:
    """For one more car of 7 kW from `at` on, hour by hour for 36 hours: the share that would come from the grid (0 = all sun, 1 = all
    grid), as `per_kwh` of each step. None if the site has no solar plant.

    Cars charging now, except the one asked about (besides), are assumed to keep their power until they leave; future cars are ignored,
    and so is a storage: the sun goes to cars first. Where solar output is unknown, all counts as grid.
    """
    plant = plant_of(store, site.id).solar
    if plant is None:
        return None
    solar = plant.solar(at, at + GREEN_AHEAD, site.zone)
    needs = store.drivers.needs(site.id)
    draws = [(float(one.power_w), _leaves(one, needs, at)) for one in store.sessions.open_at(site.id) if one.power_w and one.id != excluded]
    steps = []
    for start in (at + _HOUR * n for n in range(GREEN_AHEAD // _HOUR)):
        left_w = solar.mean_w(start, start + _HOUR) - sum(watts for watts, leaves in draws if leaves > start)
        steps.append(PriceStep(start, 1 - min(1.0, max(0.0, left_w / ONE_MORE_W))))
    return tuple(steps)


def _leaves(session: Session, needs: Mapping[DriverId, ChargingNeed], at: datetime) -> datetime:
    """The driver's stated departure if still to come; otherwise after the usual stay, at least an hour from now."""
    need = needs.get(session.driver_id) if session.driver_id else None
    if need is not None and need.departure is not None and need.departure > at and need.is_about(session.started_at):
        return need.departure
    return max(session.started_at + timedelta(seconds=Policy().default_stay_s), at + _HOUR)
