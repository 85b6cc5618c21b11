"""Opening times of a place, for drivers: now, through the week, and by bay."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from forecourt.kernel import EvseId, Text
from forecourt.stations import (
    AHEAD,
    CLOSED,
    Evse,
    Site,
    closes_at,
    format_hours,
    format_week,
    is_open,
    opens_at,
    out_of_service,
)
from forecourt.web.queries.local_days import local_date
from forecourt.web.views.bays import BayState
from forecourt.web.views.opening_hours import OpeningView
from forecourt.web.views.place import SocketView

_DAYS = {
    "monday": Text("Monday"),
    "tuesday": Text("Tuesday"),
    "wednesday": Text("Wednesday"),
    "thursday": Text("Thursday"),
    "friday": Text("Friday"),
    "saturday": Text("Saturday"),
    "sunday": Text("Sunday"),
}


def opening_view(site: Site, now: datetime) -> OpeningView:
    week = _week(site) if site.openings else ()
    days = irregular_days(site, now, AHEAD)
    if is_open(site, now):
        return OpeningView(True, closes_at(site, now), week, days=days, last_day=site.last_day)
    return OpeningView(False, opens_at(site, now), week, _why_closed(site, now), days, site.last_day)


def irregular_days(site: Site, now: datetime, ahead: timedelta) -> tuple[tuple[date, str, str], ...]:
    """Days that differ from the regular week, from today on: each with its hours and the reason."""
    today = local_date(now, site.zone)
    return tuple((one.day, _line(format_hours(one.hours)), one.note) for one in site.calendar.between(today, today + ahead))


def _why_closed(site: Site, now: datetime) -> str:
    whole = [work for work in site.maintenance if not work.labels and work.span.contains(now)]
    special = site.calendar.on(local_date(now, site.zone))
    return whole[0].reason if whole else special.note if special else ""


def _week(site: Site) -> tuple[tuple[str, str], ...]:
    written = format_week(site.openings)
    return tuple((_DAYS[day], _line(line)) for day, line in written.items())


def _line(written: str) -> str:
    return Text("closed") if written == CLOSED else written


def displayed_state(site: Site, evse: Evse, states: Mapping[EvseId, BayState], now: datetime) -> BayState:
    """A bay that works but is closed for maintenance is shown to people as out of order."""
    state = states[evse.id]
    idle = state in (BayState.FREE, BayState.RESERVED)
    return BayState.FAULT if idle and out_of_service(site, evse.label, now) else state


def with_maintenance(view: SocketView, site: Site, now: datetime) -> SocketView:
    """Nothing can be started at a closed place or at a bay under maintenance; adds its end and the reason."""
    maintenance = out_of_service(site, view.label, now)
    if maintenance is not None:
        return replace(view, startable=False, maintenance_until=maintenance.span.end, maintenance_reason=maintenance.reason)
    return view if is_open(site, now) else replace(view, startable=False)
