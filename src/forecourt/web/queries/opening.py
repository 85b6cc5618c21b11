"""When a place serves, for drivers: now, through the week, and bay by bay."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from forecourt.kernel import EvseId
from forecourt.stations import Evse, Site, closes_at, is_open, opens_at, out_of_service, written_week
from forecourt.web.views.charges import BayState, SocketView
from forecourt.web.views.opening import OpeningView


def opening_view(site: Site, now: datetime) -> OpeningView:
    week = tuple((day.capitalize(), line) for day, line in written_week(site.openings).items()) if site.openings else ()
    if is_open(site, now):
        return OpeningView(True, closes_at(site, now), week)
    whole = [work for work in site.maintenance if not work.labels and work.span.holds(now)]
    return OpeningView(False, opens_at(site, now), week, whole[0].reason if whole else "")


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
