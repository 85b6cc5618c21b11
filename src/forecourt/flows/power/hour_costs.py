"""Drivers who prefer good hours to charging soon: what each hour of the stay is worth to them, and when a better one comes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from forecourt.drivers import ChargingNeed, Pace
from forecourt.flows.ports.store import Store
from forecourt.flows.power.green import green_steps
from forecourt.flows.power.site_power import SiteState, stated_need
from forecourt.kernel import DriverId, Span
from forecourt.planning import PlanSession, PriceStep, Problem
from forecourt.sessions import Session
from forecourt.tariffs import price_curve


def with_hour_costs(store: Store, view: SiteState, needs: Mapping[DriverId, ChargingNeed], problem: Problem) -> Problem:
    """The problem with drivers' preferences. A driver who chooses hours is taken at their word about the departure: that is the deal."""
    stated = {str(session.id): (session, stated_need(session, needs)) for session in view.sessions.values()}
    paced = tuple(_paced(store, one, *stated[one.id], problem.now) for one in problem.sessions)
    return replace(problem, sessions=paced)


def _paced(store: Store, planned: PlanSession, session: Session, need: ChargingNeed | None, at: datetime) -> PlanSession:
    hour_costs = hour_costs_of(store, session, need, at)
    return replace(planned, hour_costs=hour_costs, departure=need.departure, leaves=()) if need is not None and hour_costs else planned


def hour_costs_of(store: Store, session: Session, need: ChargingNeed | None, at: datetime) -> tuple[PriceStep, ...]:
    """How dear a kWh is to the driver from now until the car leaves: its cost by the tariff of the charge, or its share
    from the grid; () for drivers who just want to charge."""
    if need is None or need.pace is Pace.FAST or need.departure is None or need.departure <= at:
        return ()
    site = store.stations.site(session.site_id)
    if need.pace is Pace.GREEN:
        return tuple(step for step in green_steps(store, site, at, excluded=session.id) or () if step.start < need.departure)
    if session.tariff_version_id is None:
        return ()
    tariff = store.prices.version(session.tariff_version_id).tariff
    return tuple(PriceStep(step.start, float(step.with_tax)) for step in price_curve(tariff, Span(at, need.departure), site.zone))


def better_hour_at(hours: tuple[PriceStep, ...]) -> datetime | None:
    """When an hour comes that is better than now; None if none does."""
    return next((step.start for step in hours[1:] if step.per_kwh < hours[0].per_kwh), None)
