"""The operator's page of a site's opening times: its week, special days, and planned work."""

from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response

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
from forecourt.kernel import BadInput, Conflict, Refused, Span, parse_day
from forecourt.stations import (
    CLOSED,
    WEEKDAYS,
    Calendar,
    Maintenance,
    Site,
    closes_at,
    format_hours,
    format_special_days,
    format_week,
    is_open,
    opens_at,
    parse_hours,
    parse_special_days,
    parse_week,
    planned,
    region_choices,
)
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.queries.bookings import booking_view
from forecourt.web.queries.opening_hours import irregular_days
from forecourt.web.queries.site_lookup import own_site

Fields = dict[str, str]


@get("/sites/{slug:str}/hours", sync_to_thread=True)
def hours(request: WebRequest, slug: FromPath[str]) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        site = own_site(store, slug, visitor_of(request).operator)
        return _page(request, store, site, _fields(site))


@post("/sites/{slug:str}/hours", sync_to_thread=True, status_code=200)
def save_hours(request: WebRequest, slug: FromPath[str], data: URLEncodedBody[Fields]) -> Response[Any]:
    """what: "hours", "calendar", "works" (plan maintenance), "end" (end maintenance), "last" (the day after which it closes for good) or
    "stays" (cancel that day). do "keep": save; anything else previews the effect."""
    try:
        with ports_of(request).transactions.begin() as store:
            site, by = own_site(store, slug, visitor_of(request).operator), staff_member(request)
            if data.get("seen") != service_fingerprint(site):
                raise Conflict(
                    "service_changed", "Someone else has changed the hours or maintenance in the meantime.", "Check them and try again."
                )
            edit = _edit(store, site, data, by.at)
            # Only what was previewed is saved, not what was typed afterwards. Ending maintenance and staying open need no preview.
            if not edit.end and data.get("what") != "stays" and (data.get("do") != "keep" or data.get("looked") != _digest(data)):
                return _page(request, store, site, data, preview_service(store, by, site.id, edit))
            if edit.last is not None:
                set_last_day(store, by, site.id, edit.last.day, data["seen"])
            else:
                set_service(store, by, site.id, edit, data["seen"])
    except Refused as error:
        return _refused(request, slug, data, error)
    return redirect_to(request, f"/console/sites/{slug}/hours", "hours_kept")


def _refused(request: WebRequest, slug: str, data: Fields, error: Refused) -> Response[str]:
    """The form as it was filled in, with what is wrong."""
    with ports_of(request).transactions.begin() as store:
        site = own_site(store, slug, visitor_of(request).operator)
        return _page(request, store, site, data, None, error)


def _page(
    request: WebRequest, store: Store, site: Site, fields: Fields, preview: ServicePreview | None = None, error: Refused | None = None
) -> Response[str]:
    now = ports_of(request).clock.now()
    opens, closes = opens_at(site, now), closes_at(site, now)
    withdrawn = [(booking_view(store, one.booking, now), one.credit) for one in preview.taken_back] if preview else []
    shown = {
        "site": site,
        "days": WEEKDAYS,
        "fields": fields if fields.get("what") == "hours" else _fields(site) | fields,
        "regions": region_choices(site.country),
        "days_apart": irregular_days(site, now, timedelta(days=366)),
        "ended": site.ended(now),
        "labels": [evse.label for evse in store.stations.evses(site.id)],
        "works": [(maintenance_fingerprint(one), one, one.span.start <= now) for one in planned(site.maintenance, now)],
        "open": is_open(site, now),
        "changes_at": closes if is_open(site, now) else opens,
        "preview": preview,
        "lost": withdrawn,
        "error": error,
        "seen": service_fingerprint(site),
        "looked": _digest(fields) if preview else "",
    }
    return page(request, "console/hours.html", status_of(error) if error else 200, **shown, tab="now")


def _fields(site: Site) -> Fields:
    calendar = site.calendar
    on_holidays, special_days = _typed(format_hours(calendar.on_holidays)), format_special_days(calendar.special_days)
    special = {"region": calendar.region, "on_holidays": on_holidays, "special_days": special_days}
    if not site.openings:
        return special | {"always": "on"} | dict.fromkeys(WEEKDAYS, "")
    return special | {day: _typed(line) for day, line in format_week(site.openings).items()}


def _typed(line: str) -> str:
    return "" if line == CLOSED else line


def _edit(store: Store, site: Site, data: Fields, now: datetime) -> ServiceEdit:
    action = data.get("what", "")
    if action == "end":
        return ServiceEdit(end=data.get("works", ""))
    if action == "works":
        return ServiceEdit(begin=_maintenance(store, site, data, now))
    if action == "stays":
        return ServiceEdit(last=LastDay(None))
    if action == "last":
        return ServiceEdit(last=LastDay(parse_day(data.get("last_day", ""), "last_day")))
    if action == "calendar":
        return ServiceEdit(calendar=_calendar(data))
    if data.get("always") == "on":
        return ServiceEdit(openings=())
    return ServiceEdit(openings=parse_week({day: data.get(day, "") for day in WEEKDAYS}))


def _calendar(data: Fields) -> Calendar:
    on_holidays = parse_hours(data.get("on_holidays", ""), "on_holidays")
    return Calendar(data.get("region", ""), on_holidays, parse_special_days(data.get("special_days", ""), "special_days"))


def _maintenance(store: Store, site: Site, data: Fields, now: datetime) -> Maintenance:
    labels = [evse.label for place, evse in enumerate(store.stations.evses(site.id)) if data.get(f"socket-{place}") == "on"]
    if (data.get("whole") == "on") == bool(labels):
        raise BadInput("labels", "Select either the whole site or individual bays.")
    zone = ZoneInfo(site.zone)
    start, end = parse_instant_fields("from", data, zone), parse_instant_fields("to", data, zone)
    if end is None:
        raise BadInput("to", "Enter an end.", "You can end maintenance early or plan it again.")
    if end <= (start or now):
        raise BadInput("to", "The end is before the start.", "Choose a later end.")
    return Maintenance(Span(start or now, end), tuple(labels), data.get("reason", "").strip())


def parse_instant_fields(name: str, data: Fields, zone: ZoneInfo) -> datetime | None:
    """The instant in the fields NAME_day and NAME_time, by the site's clock; None without a day. Of a time that occurs twice, the first.
    Raises BadInput with the name."""
    day, clock = data.get(f"{name}_day", "").strip(), data.get(f"{name}_time", "").strip()
    if not day:
        return None
    try:
        return datetime.combine(parse_day(day, name), time.fromisoformat(clock or "00:00"), zone).astimezone(UTC)
    except ValueError:
        raise BadInput(name, f"{day[:20]!r}, {clock[:20]!r} is not a date and time.", "Enter 2026-12-24 and 18:00.") from None


def _digest(data: Fields) -> str:
    """A digest of what is filled in, without the fields that only control the form."""
    typed = sorted((name, text.strip()) for name, text in data.items() if name not in ("seen", "looked", "do", "_csrf") and text.strip())
    return sha256(repr(typed).encode()).hexdigest()[:16]


pages = [hours, save_hours]
