"""The console's live view of a site: its plan, power, charges and arrivals."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from forecourt.flows.ports import PowerPlan, Store
from forecourt.kernel import Span
from forecourt.sessions import Session
from forecourt.stations import Evse, Site
from forecourt.web.queries.bay_states import bay_states, bays_of, out_of_contact_since, planned_limits
from forecourt.web.queries.bookings import booking_view
from forecourt.web.queries.charge_list import open_row
from forecourt.web.queries.site_lookup import site_of
from forecourt.web.views.bays import Bay, BayState, SitePlan
from forecourt.web.views.booking import BookingView
from forecourt.web.views.console import SessionRow
from forecourt.web.views.power import Layer, PowerView

_CHART = timedelta(hours=6)
_MIN_CHART = timedelta(minutes=15)
_STEPS_S = (15, 30, 60, 120, 300)
_MAX_STEPS = 73
_METER_DELAY = timedelta(seconds=30)
_SECOND = timedelta(seconds=1)
_PER_ROW = 18


@dataclass(frozen=True, slots=True)
class SitePage:
    plan: SitePlan
    power: PowerView | None
    sessions: tuple[SessionRow, ...]
    bookings: tuple[BookingView, ...]
    binding: tuple[str, ...]


def site_page(store: Store, slug: str, now: datetime) -> SitePage:
    site = site_of(store, slug)
    plan = store.plans.latest(site.id)
    sessions = sorted(store.sessions.open_at(site.id), key=lambda session: session.started_at, reverse=True)
    store.drivers.prefetch({one.driver_id for one in sessions if one.driver_id})
    evses = {evse.id: evse for evse in store.stations.evses(site.id)}
    allowed = planned_limits(store, site.id)
    today = Span(now - timedelta(hours=1), now + timedelta(hours=24))
    return SitePage(
        plan=site_plan(store, site, now),
        power=power_view(store, site, now),
        sessions=tuple(open_row(store, site, session, evses[session.evse_id], allowed.get(session.evse_id)) for session in sessions),
        bookings=tuple(booking_view(store, booking, now) for booking in store.bookings.of_site(site.id, today) if booking.live),
        binding=plan.binding if plan else (),
    )


def site_plan(store: Store, site: Site, now: datetime) -> SitePlan:
    """Bays at their positions; without measured positions, in rows of equal length in the order of labels."""
    evses = sorted(bays_of(store, site.id), key=lambda evse: evse.label)
    placed = any(evse.bay_x or evse.bay_y for evse in evses)
    states = bay_states(store, site.id)
    sessions = {session.evse_id: session for session in store.sessions.open_at(site.id)}
    places = {evse.id: (evse.bay_x, evse.bay_y) if placed else (index % _PER_ROW, index // _PER_ROW) for index, evse in enumerate(evses)}
    bays = tuple(_bay(store, evse, places[evse.id], states[evse.id], sessions.get(evse.id)) for evse in evses)
    return SitePlan(
        site.slug, site.name, site.zone, now, bays, sum(bay.power_w for bay in bays if not bay.out_of_contact_since), site.limit_w
    )


def power_view(store: Store, site: Site, now: datetime) -> PowerView | None:
    """What the site drew by its meters, up to now, and what plans reserved for cars beyond that.

    Covers the last hours, or less if the record is younger.
    """
    plans = store.plans.since(site.id, now - _CHART)
    running = store.sessions.open_at(site.id)
    earliest = min([*(plan.made_at for plan in plans[:1]), *(session.started_at for session in running)], default=now - _CHART)
    begin = max(now - _CHART, min(earliest, now - _MIN_CHART))
    step = next(timedelta(seconds=length) for length in _STEPS_S if (now - begin) / timedelta(seconds=length) <= _MAX_STEPS)
    # Steps whose meter values may still be missing are left to the live sum.
    start, end = _floor(begin, step), _floor(now - _METER_DELAY, step)
    drawn = dict(store.sessions.site_power(site.id, Span(start, end), step // _SECOND))
    if not any(drawn.values()) and not plans:
        return None
    online = {charger.id for charger in store.stations.chargers(site.id) if charger.connected}
    live_w = sum(session.power_w or 0 for session in running if session.charger_id in online)
    at = [*(start + index * step for index in range((end - start) // step)), end, now]
    watts = (*(drawn.get(instant, 0) for instant in at[:-2]), live_w, live_w)
    allotted = tuple(max(0, _allotted_at(plans, instant) - power_w) for instant, power_w in zip(at, watts, strict=True))
    layers = (Layer("Drawn by cars", watts), Layer("Allocated, not drawn", allotted))
    return PowerView(site.zone, tuple(at), layers, site.limit_w)


def _floor(at: datetime, step: timedelta) -> datetime:
    return at - (at - datetime.min.replace(tzinfo=at.tzinfo)) % step


def _bay(store: Store, evse: Evse, place: tuple[float, float], state: BayState, session: Session | None) -> Bay:
    silent = out_of_contact_since(store.stations.charger(evse.charger_id), session) if session else None
    return Bay(
        label=evse.label,
        x=place[0],
        y=place[1],
        state=state,
        power_w=session.power_w or 0 if session else 0,
        energy_wh=session.meter.energy_wh if session else 0,
        href=f"/console/sessions/{session.id}" if session else f"/console/chargers/{evse.charger_id}",
        out_of_contact_since=silent,
    )


def _allotted_at(plans: Sequence[PowerPlan], at: datetime) -> int:
    """What the plan in force at an instant had allocated; plans by time."""
    index = bisect_right(plans, at, key=lambda plan: plan.made_at)
    return plans[index - 1].allotted_w or 0 if index else 0
