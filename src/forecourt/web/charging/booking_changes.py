"""A driver's changes to a booking: another time, a longer stay; and its calendar file."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Router, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.flows.bookings import ReserveRequest, check_movable, extend_stay, report_blocked
from forecourt.flows.charging import wait_for_another_car
from forecourt.flows.paying import move_booking
from forecourt.kernel import BadInput, BookingId, Conflict, Refused, Span, Text, parse_day
from forecourt.web.charging.bookings import render_bookings
from forecourt.web.frame.amounts import parse_whole
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.responses import WebRequest, language_for, page, redirect_to
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of
from forecourt.web.queries.booking_prices import changed_price, current_price
from forecourt.web.queries.bookings import own_booking
from forecourt.web.queries.site_lookup import site_of
from forecourt.web.views.booking import BookingView
from forecourt.wording import localiser_for

_REMINDER = ("BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Forecourt", "TRIGGER:-PT30M", "END:VALARM")
_EXTENSIONS_MIN = {15, 30, 60, 120}


class ChangeForm(Struct):
    """As typed. day and time: by the site's clock."""

    day: str
    time: str
    minutes: str
    flexible: int = 0
    see: str = ""  # "price": show the price of this choice without making it


class ExtendForm(Struct):
    minutes: int
    end: str


@get("/bookings/{booking_id:uuid}/change", sync_to_thread=True, guards=[signed_in])
def change_page(request: WebRequest, booking_id: FromPath[UUID]) -> Response[str]:
    """If it is too late, it says so before anything is filled in."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    try:
        with ports.transactions.begin() as store:
            own_booking(store, booking_id, driver_id, ports.clock.now())
            booking = store.bookings.booking(BookingId(booking_id))
            if booking is not None:
                check_movable(store, booking, ports.clock.now())
    except Conflict as error:
        return render_bookings(request, error)
    return _change_page(request, booking_id, None)


@post("/bookings/{booking_id:uuid}/change", sync_to_thread=True, guards=[signed_in], status_code=200)
def change_booking(request: WebRequest, booking_id: FromPath[UUID], data: URLEncodedBody[ChangeForm]) -> Response[Any]:
    """A refusal leaves the booking unchanged, and is explained; a request for the price alone changes nothing either."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    now = ports.clock.now()
    try:
        with ports.transactions.begin() as store:
            view = own_booking(store, booking_id, driver_id, now)
            window, flexible = parse_window(data, view.zone, view.start)
            wanted = ReserveRequest(site_of(store, view.site_slug).id, view.kind, driver_id, window, view.energy_wh, flexible)
            if not data.see:
                move_booking(store, BookingId(booking_id), wanted, now, ports.ids)
    except Refused as error:
        if error.code == "booking_over":  # in another tab, perhaps
            return render_bookings(request, error)
        return _change_page(request, booking_id, error, data)
    return _change_page(request, booking_id, None, data, window) if data.see else redirect_to(request, "/bookings", "changed")


@post("/bookings/{booking_id:uuid}/longer", sync_to_thread=True, guards=[signed_in], status_code=200)
def extend(request: WebRequest, booking_id: FromPath[UUID], data: URLEncodedBody[ExtendForm]) -> Response[Any]:
    """end: the end when the form was rendered, so that sending it twice extends the stay once. A refusal says how long the bay is
    theirs."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    now = ports.clock.now()
    if data.minutes not in _EXTENSIONS_MIN or not data.end.isdecimal():
        raise BadInput("minutes", "A stay can be extended by 15, 30, 60 or 120 minutes.")
    drawn = datetime.fromtimestamp(min(int(data.end[:11]), 4_000_000_000), UTC)
    end = max(drawn, now.replace(second=0, microsecond=0)) + timedelta(minutes=data.minutes)  # past the end it counts from now
    try:
        with ports.transactions.begin() as store:
            own_booking(store, booking_id, driver_id, now)
            extend_stay(store, driver_id, BookingId(booking_id), end, now)
    except Conflict as error:
        return render_bookings(request, error)
    return redirect_to(request, "/bookings", "longer")


@post("/bookings/{booking_id:uuid}/blocked", sync_to_thread=True, guards=[signed_in], status_code=200)
def bay_blocked(request: WebRequest, booking_id: FromPath[UUID]) -> Response[Any]:
    """Somebody is parked in the reserved bay. The page says which other one there is, or that there is none."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    try:
        with ports.transactions.begin() as store:
            report_blocked(store, driver_id, BookingId(booking_id), ports.clock.now(), ports.ids)
    except Conflict as error:
        return render_bookings(request, error)
    return redirect_to(request, "/bookings")


@post("/bookings/{booking_id:uuid}/other-car", sync_to_thread=True, guards=[signed_in], status_code=200)
def report_other_car(request: WebRequest, booking_id: FromPath[UUID]) -> Response[Any]:
    """The car charging there is not the one the booking is for. A refusal is explained above the bookings."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    try:
        with ports.transactions.begin() as store:
            wait_for_another_car(store, driver_id, BookingId(booking_id), ports.clock.now())
    except Conflict as error:
        return render_bookings(request, error)
    return redirect_to(request, "/bookings", "changed")


@get("/bookings/{booking_id:uuid}/calendar.ics", sync_to_thread=True, guards=[signed_in])
def calendar(request: WebRequest, booking_id: FromPath[UUID]) -> Response[str]:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        now = ports.clock.now()
        view = own_booking(store, booking_id, driver_id, now)
        address = site_of(store, view.site_slug).address
    text = calendar_file(view, address, now, language_for(request))
    return Response(text, media_type="text/calendar", headers={"content-disposition": "attachment; filename=charging.ics"})


def calendar_file(view: BookingView, address: str, now: datetime, language: str = "en") -> str:
    """One event (RFC 5545): lines end in CRLF and hold at most 75 octets; the same booking keeps its UID, so a calendar replaces it."""
    localiser, is_cancelled = localiser_for(language), view.state in {"cancelled", "missed", "broken"}
    description = Text("{plug}, bay {bay}" if view.bay else "{plug}, bay chosen shortly before", plug=view.kind, bay=view.bay)
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Forecourt//Bookings//EN", "METHOD:PUBLISH", "BEGIN:VEVENT",
        f"UID:{view.id}@forecourt", f"DTSTAMP:{_stamp(now)}", f"DTSTART:{_stamp(view.start)}", f"DTEND:{_stamp(view.end)}",
        f"SEQUENCE:{len(view.messages)}", f"STATUS:{'CANCELLED' if is_cancelled else 'CONFIRMED'}",
        f"SUMMARY:{_text(localiser.localise(Text('Charging at {place}', place=view.site_name)))}", f"LOCATION:{_text(address)}",
        f"DESCRIPTION:{_text(localiser.localise(description))}", *([] if is_cancelled else _REMINDER),
        "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def parse_window(data: ChangeForm, zone: str, before: datetime) -> tuple[Span, timedelta]:
    """The new window, and by how much its start may move. before: the present start, used if the form has no other."""
    start = parse_local_time(data.day, data.time, zone, before)
    minutes = parse_whole(data.minutes, "minutes")
    if not 10 <= minutes <= 1440:
        raise BadInput("minutes", "A booking lasts from 10 minutes to 24 hours.", "Choose another length.")
    if not 0 <= data.flexible <= 180:
        raise BadInput("flexible", "A start can be flexible by up to 3 hours.", "Choose 0 to 180 minutes.")
    return Span(start, start + timedelta(minutes=minutes)), timedelta(minutes=data.flexible)


def parse_local_time(day: str, time: str, zone: str, before: datetime | None = None) -> datetime:
    """A local day and time at a place as an instant; if it occurs twice (the clocks go back), the one it was before, otherwise the first.
    Raises BadInput for a time the clocks skip."""
    try:
        date_part, clock = parse_day(day[:10]), datetime.strptime(time[:5], "%H:%M").time()  # noqa: DTZ007 - placed in the zone below
        wall = datetime.combine(date_part, clock)
    except (BadInput, ValueError) as error:
        raise BadInput(
            "time", "{day!r} {time!r} is not a day and a time.", "Write them as 2026-11-23 and 17:30.", day=day[:20], time=time[:20]
        ) from error
    instant, later = (wall.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
    if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != wall:
        raise BadInput(
            "time_skipped", "{time} does not exist on that day: the clocks go forward.", "Choose a time an hour later.", time=time[:5]
        )
    return later if before == later else instant


def _change_page(
    request: WebRequest, booking_id: UUID, error: Refused | None, typed: ChangeForm | None = None, window: Span | None = None
) -> Response[str]:
    """window: the one whose price is requested."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        view = own_booking(store, booking_id, driver_id, ports.clock.now())
        shown: dict[str, Any] = {"booking": view, "form": typed or initial_form(view), "error": error}
        booking = store.bookings.booking(BookingId(booking_id))
        shown["today"] = current_price(store, booking)
        shown["chosen"] = changed_price(store, booking, window) if window else None
    return page(request, "driver/change.html", status_of(error) if error else 200, **shown, tab="bookings")


def initial_form(booking: BookingView) -> ChangeForm:
    """The initial values of the form to change it."""
    local, minutes = booking.start.astimezone(ZoneInfo(booking.zone)), (booking.end - booking.start) // timedelta(minutes=1)
    return ChangeForm(local.date().isoformat(), local.strftime("%H:%M"), str(minutes), booking.flexible_min)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(text: str) -> str:
    printable = "".join(char for char in text if char == "\n" or char.isprintable())
    return printable.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> list[str]:
    """A long line continues on the next after a blank; a character is never split."""
    parts, piece = [], ""
    for char in line:
        if len((piece + char).encode()) > 74:
            parts.append(piece)
            piece = " "
        piece += char
    return [*parts, piece]


routes = Router("/", route_handlers=[change_page, change_booking, extend, bay_blocked, report_other_car, calendar])
