"""When a place serves, for drivers: now, through the week, and bay by bay."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from forecourt.kernel import EvseId, Text
from forecourt.stations import CLOSED, Evse, Site, closes_at, is_open, opens_at, out_of_service, written_week
from forecourt.web.views.charges import BayState, SocketView
from forecourt.web.views.opening import OpeningView

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
    if is_open(site, now):
        return OpeningView(True, closes_at(site, now), week)
    whole = [work for work in site.maintenance if not work.labels and work.span.holds(now)]
    return OpeningView(False, opens_at(site, now), week, whole[0].reason if whole else "")


def _week(site: Site) -> tuple[tuple[str, str], ...]:
    written = written_week(site.openings)
    return tuple((_DAYS[day], Text("closed") if line == CLOSED else line) for day, line in written.items())


def states_served(site: Site, evse: Evse, states: Mapping[EvseId, BayState], now: datetime) -> BayState:
    """A bay that works, but that nobody may use because of maintenance, is out of order for people."""
    state = states[evse.id]
    idle = state in (BayState.FREE, BayState.RESERVED)
    return BayState.FAULT if idle and out_of_service(site, evse.label, now) else state


def with_works(view: SocketView, site: Site, now: datetime) -> SocketView:
    """Nothing is started at a closed place or at a bay under maintenance; until when it is, and why."""
    works = out_of_service(site, view.label, now)
    if works is not None:
        return replace(view, startable=False, works_until=works.span.end, works_reason=works.reason)
    return view if is_open(site, now) else replace(view, startable=False)
