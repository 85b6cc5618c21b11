"""REST for a site's opening times, for the operator's own programs: read, preview, change. The same flow and log as the console's."""

from datetime import date, datetime
from typing import Annotated

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta, Struct, field

from forecourt.drivers import Duty
from forecourt.flows.bookings import (
    LastDay,
    ServiceEdit,
    ServicePreview,
    maintenance_fingerprint,
    preview_service,
    service_fingerprint,
    set_service,
)
from forecourt.flows.chargers import set_last_day
from forecourt.flows.ports import Store
from forecourt.kernel import Span
from forecourt.stations import (
    CLOSED,
    Calendar,
    Maintenance,
    Site,
    SpecialDay,
    format_hours,
    format_week,
    parse_hours,
    parse_week,
    planned,
)
from forecourt.web.api.models import SpecialDayItem
from forecourt.web.api.shared import DatedRequest
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, staff_member, staff_only, visitor_of
from forecourt.web.queries.site_lookup import own_site

Look = Annotated[bool, QueryParameter(description="true: return what it would do, without saving anything.")]
Seen = Annotated[str, Meta(min_length=1, max_length=64)]


class CalendarItem(Struct, forbid_unknown_fields=True):
    """Days that differ from the week. region: the country or subdivision ("DE-BE") whose public holidays have the hours on_holidays; empty
    = none. special_days take precedence."""

    region: Annotated[str, Meta(max_length=20)] = ""
    on_holidays: Annotated[str, Meta(max_length=200)] = CLOSED
    special_days: Annotated[list[SpecialDayItem], Meta(max_length=200)] = []


class HoursRequest(Struct, forbid_unknown_fields=True):
    """The whole week, by day: "06:00-22:00", "08:00-12:00, 14:00-02:00" (past midnight), "closed"; an omitted day is closed. Every day from
    00:00 to 24:00 = always open. calendar: omitted = unchanged. seen: from the response this change is based on."""

    seen: Seen
    openings: Annotated[dict[str, Annotated[str, Meta(max_length=200)]], Meta(max_length=7)]
    calendar: CalendarItem | None = None


class MaintenanceRequest(DatedRequest):
    """sockets: labels; none = the whole site. reason: shown to drivers."""

    seen: Seen
    start: datetime
    end: datetime
    sockets: Annotated[list[Annotated[str, Meta(max_length=60)]], Meta(max_length=10_000)] = field(default_factory=list)
    reason: Annotated[str, Meta(max_length=120)] = ""


class LastDayRequest(DatedRequest):
    """last_day: by the site's own clock; null = it stays open."""

    seen: Seen
    last_day: date | None


class MaintenanceItem(Struct):
    id: str
    start: datetime
    end: datetime
    sockets: list[str]
    reason: str


class HoursItem(Struct):
    """seen: a mark of all this, to be sent with a change. zone: the time zone of the opening times. maintenance: current and planned.
    last_day: after it the site is closed for good; closed_at: when its last charger was retired."""

    site: str
    seen: str
    zone: str
    openings: dict[str, str]
    calendar: CalendarItem
    maintenance: list[MaintenanceItem]
    last_day: date | None
    closed_at: datetime | None


class ServiceEffectItem(Struct):
    """kept, moved: upcoming bookings that stay, or get another time within what was promised. taken_back: numbers of those that cannot be
    kept. charging: labels of bays where a car continues to charge. waiting: drivers in queues there. hoping: drivers on the waitlist for a
    time that no longer exists."""

    kept: int
    moved: list[int]
    taken_back: list[int]
    charging: list[str]
    waiting: int
    hoping: int


class HoursUpdateItem(Struct):
    hours: HoursItem
    effect: ServiceEffectItem


@get("/sites/{slug:str}/hours", sync_to_thread=True, summary="When one of your sites is open: hours and maintenance")
def get_site_hours(request: WebRequest, slug: FromPath[str]) -> HoursItem:
    with ports_of(request).transactions.begin() as store:
        return _hours(own_site(store, slug, visitor_of(request).operator), ports_of(request).clock.now())


@put("/sites/{slug:str}/hours", sync_to_thread=True, summary="Change the hours of a site: its week and its special days")
def update_site_hours(request: WebRequest, slug: FromPath[str], data: JSONBody[HoursRequest], look: Look = False) -> HoursUpdateItem:
    """Bookings outside the new hours are cancelled: their drivers are notified, pay nothing and get the credit that the rules set."""
    edit = ServiceEdit(openings=parse_week(data.openings), calendar=_calendar(data.calendar) if data.calendar else None)
    return _change(request, slug, edit, data.seen, look)


@post("/sites/{slug:str}/maintenance", sync_to_thread=True, status_code=200, summary="Plan maintenance of a site or of some bays")
def plan_maintenance(request: WebRequest, slug: FromPath[str], data: JSONBody[MaintenanceRequest], look: Look = False) -> HoursUpdateItem:
    """Bookings that other bays can serve are kept."""
    works = Maintenance(Span(data.start, data.end), tuple(data.sockets), data.reason)
    return _change(request, slug, ServiceEdit(begin=works), data.seen, look)


@delete("/sites/{slug:str}/maintenance/{works:str}", sync_to_thread=True, status_code=200, summary="End maintenance, or cancel it")
def end_maintenance(request: WebRequest, slug: FromPath[str], works: FromPath[str]) -> HoursUpdateItem:
    return _change(request, slug, ServiceEdit(end=works), "", False)


@put("/sites/{slug:str}/last-day", sync_to_thread=True, summary="Close a site permanently after a day, or keep it open")
def set_site_last_day(request: WebRequest, slug: FromPath[str], data: JSONBody[LastDayRequest], look: Look = False) -> HoursUpdateItem:
    """After that day, no one can book, get a quote or start there, and it is no longer shown to drivers and partners. Charges in progress
    are finished, and its chargers are retired when they are free. Later bookings are cancelled as they are when hours change. The site
    can be kept open until the day is over.
    """
    return _change(request, slug, ServiceEdit(last=LastDay(data.last_day)), data.seen, look)


def _change(request: WebRequest, slug: str, edit: ServiceEdit, seen: str, look: bool) -> HoursUpdateItem:
    with ports_of(request).transactions.begin() as store:
        site, by = own_site(store, slug, visitor_of(request).operator), staff_member(request)
        if look:
            found = preview_service(store, by, site.id, edit)
        elif edit.last is not None:
            found = set_last_day(store, by, site.id, edit.last.day, seen)
        else:
            found = set_service(store, by, site.id, edit, seen or _now(store, site))
        return HoursUpdateItem(_hours(store.stations.site(site.id), by.at), _effect(found))


def _now(store: Store, site: Site) -> str:
    return service_fingerprint(store.stations.site(site.id))


def _hours(site: Site, now: datetime) -> HoursItem:
    works = [
        MaintenanceItem(maintenance_fingerprint(one), one.span.start, one.span.end, list(one.labels), one.reason)
        for one in planned(site.maintenance, now)
    ]
    calendar = site.calendar
    days = [SpecialDayItem(one.day, format_hours(one.hours), one.note) for one in calendar.special_days]
    special = CalendarItem(calendar.region, format_hours(calendar.on_holidays), days)
    return HoursItem(
        site.slug, service_fingerprint(site), site.zone, format_week(site.openings), special, works, site.last_day, site.closed_at
    )


def _calendar(item: CalendarItem) -> Calendar:
    days = tuple(SpecialDay(one.day, parse_hours(one.hours, "special_days"), one.note.strip()) for one in item.special_days)
    return Calendar(item.region, parse_hours(item.on_holidays, "on_holidays"), days)


def _effect(found: ServicePreview) -> ServiceEffectItem:
    moved = [booking.number for booking, _ in found.moved]
    taken_back = [one.booking.number for one in found.taken_back]
    return ServiceEffectItem(found.kept, moved, taken_back, list(found.charging), found.waiting, found.hoping)


routes = Router(
    "/api/v1",
    tags=["Sites"],
    guards=[staff_only],
    route_handlers=[get_site_hours, update_site_hours, plan_maintenance, end_maintenance, set_site_last_day],
    opt={"duty": Duty.SITES},
)
