"""How green a kilowatt hour would be: what the sun leaves for one more car, hour by hour."""

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


def green_steps(store: Store, site: Site, at: datetime, besides: SessionId | None = None) -> tuple[PriceStep, ...] | None:
    """Of one more car of 7 kW from `at` on, hour by hour for 36 hours: the share that would come from the grid (0 = all sun, 1 = all grid),
    as `per_kwh` of each step. None where the site has no solar plant.

    The cars that charge now, but for one that is asked about (besides), keep what they draw until they leave; who comes is not guessed,
    and a storage is left out: the sun goes to cars first. Where nobody has told what the sun gives, all is grid.
    """
    plant = plant_of(store, site.id).solar
    if plant is None:
        return None
    solar = plant.solar(at, at + GREEN_AHEAD, site.zone)
    needs = store.drivers.needs(site.id)
    here = [(float(one.power_w), _leaves(one, needs, at)) for one in store.sessions.open_at(site.id) if one.power_w and one.id != besides]
    steps = []
    for start in (at + _HOUR * n for n in range(GREEN_AHEAD // _HOUR)):
        left_w = solar.mean_w(start, start + _HOUR) - sum(watts for watts, leaves in here if leaves > start)
        steps.append(PriceStep(start, 1 - min(1.0, max(0.0, left_w / ONE_MORE_W))))
    return tuple(steps)


def _leaves(session: Session, needs: Mapping[DriverId, ChargingNeed], at: datetime) -> datetime:
    """When the driver said, if that is still to come; else after the usual stay, or an hour from now."""
    need = needs.get(session.driver_id) if session.driver_id else None
    if need is not None and need.departure is not None and need.departure > at and need.is_about(session.started_at):
        return need.departure
    return max(session.started_at + timedelta(seconds=Policy().default_stay_s), at + _HOUR)
