"""A site's power in the console: the hours ahead, each car's reason, what-if, and how well it works."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf
from zoneinfo import ZoneInfo

from forecourt.flows.ports import Store
from forecourt.flows.power import (
    Allowed,
    CarForecast,
    PowerForecast,
    WhatIf,
    allowed_at,
    find_unmet_limits,
    forecast_power,
    limits_not_yet_met,
    power_health,
    power_now,
)
from forecourt.stations import Allowance, Site
from forecourt.web.queries.local_days import local_date
from forecourt.web.queries.names import driver_name
from forecourt.web.queries.site_page import site_plan
from forecourt.web.views.power import AllowanceRow, AllowedView, CarRow, DaysView, HoursStep, HoursView, Outcome, PowerPage

_DAYS_SHOWN = 28
_STEPS_SHOWN = 6


def power_page(store: Store, site: Site, now: datetime, what_if: WhatIf | None) -> PowerPage:
    ahead = forecast_power(store, site.id, now)
    what_if_forecast = forecast_power(store, site.id, now, what_if) if what_if else None
    latest_plan = store.plans.latest(site.id)
    what_if_limit = site.limit_w * what_if.limit_percent // 100 if what_if and site.limit_w else None
    return PowerPage(
        plan=site_plan(store, site, now),
        plan_number=latest_plan.number if latest_plan else None,
        binding=latest_plan.binding if latest_plan else (),
        hours=replace(_hours(ahead, site, site.limit_w), allowed=_levels(allowed_at(store, site.id, now), now)),
        rows=_rows(store, site, ahead),
        now=_outcome(ahead),
        what_if_outcome=_outcome(what_if_forecast) if what_if_forecast else None,
        what_if_hours=_hours(what_if_forecast, site, what_if_limit) if what_if_forecast else None,
        health=power_health(store, site.id, now),
        days=_days(store, site, now),
        unsteered_w=round(ahead.fixed_w),
        strict=site.strict_commissioning,
        flowing=power_now(store, site.id, now),
        allowed=_allowed(store, site, now),
        unkept=find_unmet_limits(store, site.id, now),
        going_down=limits_not_yet_met(store, site.id, now),
    )


def _allowed(store: Store, site: Site, now: datetime) -> AllowedView:
    found = allowed_at(store, site.id, now)
    rows = tuple(AllowanceRow(one.source, one.because, _allowance_lines(one, site.zone, now)) for one in found.words)
    at = found.ahead.next_decrease_at(now) if found.ahead else None
    falls = (at, int(found.ahead.least_w(at, at))) if found.ahead and at else None
    return AllowedView(rows, found.now_w, found.plans_w, falls)


def _levels(found: Allowed, now: datetime) -> tuple[tuple[datetime, int | None], ...]:
    """The external limits, from now on."""
    if found.ahead is None:
        return ()
    steps = found.ahead.in_force(now, datetime.max.replace(tzinfo=UTC))
    return tuple((one.start, None if one.watts == inf else int(one.watts)) for one in steps)


def _allowance_lines(allowance: Allowance, zone: str, now: datetime) -> tuple[str, ...]:
    """Of past steps only the current one; of those to come, the first few."""
    steps = allowance.expected(now)
    begun = sum(one.start <= now for one in steps)
    lines = []
    for one in steps[max(0, begun - 1) :][:_STEPS_SHOWN]:
        power_text = "as much as the site's limits allow" if one.power_w is None else f"{one.power_w / 1000:g} kW"
        lines.append(
            f"now {power_text}" if one.start <= now else f"from {one.start.astimezone(ZoneInfo(zone)):%d %b %Y %H:%M} {power_text}"
        )
    remaining = len(steps) - max(0, begun - 1) - _STEPS_SHOWN
    if remaining > 0:
        lines.append(f"and {remaining} more steps")
    if allowance.until is None:
        lines.append("until it is lifted")
    if allowance.unless_renewed_w is not None:
        silent = "its source has gone silent, so this applies until it is sent again" if allowance.ran_out(now) else None
        lines.append(silent or f"must be renewed; otherwise {allowance.unless_renewed_w / 1000:g} kW")
    return tuple(lines)


def _days(store: Store, site: Site, now: datetime) -> DaysView:
    last = local_date(now, site.zone) - timedelta(days=1)
    first_day = last - timedelta(days=_DAYS_SHOWN - 1)
    return DaysView(first_day, last, tuple(one for one in store.plans.days(site.id, first_day) if one.day <= last))


def _rows(store: Store, site: Site, ahead: PowerForecast) -> tuple[CarRow, ...]:
    latest_plan = store.plans.latest(site.id)
    labels = {evse.id: evse.label for evse in store.stations.evses(site.id)}
    setpoints = {labels[one.evse_id]: one for one in latest_plan.setpoints if one.evse_id in labels} if latest_plan else {}
    drivers = {session.id: driver_name(store, session.driver_id) for session in store.sessions.open_at(site.id)}

    def row(car: CarForecast) -> CarRow:
        setpoint = setpoints.get(car.evse) if car.session_id else None
        return CarRow(
            bay=car.evse,
            driver=drivers.get(car.session_id, "") if car.session_id else "",
            session=str(car.session_id) if car.session_id else "",
            limit_a=setpoint.limit_a if setpoint else None,
            because=setpoint.because if setpoint else "",
            missing_wh=round(car.missing_wh),
            gets_wh=round(car.gets_wh),
            ready_at=car.ready_at,
            leaves_at=car.leaves_at,
            booked=car.session_id is None,
        )

    return tuple(sorted((row(car) for car in ahead.cars), key=lambda one: (one.booked, one.bay)))


def _outcome(ahead: PowerForecast) -> Outcome:
    served = sum(car.gets_wh >= car.missing_wh - 1 for car in ahead.cars)
    return Outcome(round(ahead.missing_wh), round(ahead.gets_wh), served, len(ahead.cars))


def _hours(ahead: PowerForecast, site: Site, limit_w: int | None) -> HoursView:
    """Sockets that cannot be controlled are one band below the cars."""
    cars = [car for car in ahead.cars if car.gets_wh > 1]
    fixed = ahead.fixed_w > 0
    steps = []
    for step in ahead.steps:
        watts = dict(step.watts)
        car_watts = tuple(round(watts.get(car.id, 0.0)) for car in cars)
        steps.append(HoursStep(step.start, step.end, (round(ahead.fixed_w), *car_watts) if fixed else car_watts))
    names = tuple(car.evse for car in cars)
    return HoursView(site.zone, ("not controlled", *names) if fixed else names, tuple(steps), limit_w)
