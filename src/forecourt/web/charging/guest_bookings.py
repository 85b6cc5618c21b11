"""A booking without an account: everything its secret link allows."""

from datetime import datetime
from typing import Any

from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.drivers import GuestBooking
from forecourt.flows.bookings import check_movable, report_blocked
from forecourt.flows.guests import booked_guest, booking_of, cancel_guest, change_guest, start_booked
from forecourt.flows.paying import check_stated_fee
from forecourt.flows.ports import Store
from forecourt.kernel import Conflict, Ids, Refused, Text
from forecourt.web.charging.booking_changes import ChangeForm, calendar_file, initial_form, parse_window
from forecourt.web.charging.booking_forms import CancelForm
from forecourt.web.charging.guest_booking_form import book
from forecourt.web.charging.guest_links import BOOKING_COOKIE, GuestLink
from forecourt.web.frame import sealing
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.responses import WebRequest, cookie, language_for, page, redirect_to
from forecourt.web.frame.visitor import ports_of
from forecourt.web.queries.booking_prices import changed_price
from forecourt.web.queries.guest_bookings import guest_booking_view
from forecourt.web.views.quote import QuoteView

BOOKING = GuestLink("/b", Text("Your booking"), "guest/booking", "guest", booked_guest, guest_booking_view)


class CodeForm(Struct):
    """code: printed at the socket, as it was typed or scanned."""

    code: str


@get("/b/{key:str}", sync_to_thread=True)
def booking(request: WebRequest, key: FromPath[str], back: FromQuery[str] = "") -> Response[str]:
    answer = BOOKING.render(request, key, back=back)
    answer.cookies.append(cookie(request, BOOKING_COOKIE, key, max_age=7 * 86_400))  # also on the phone that opened the email
    return answer


@get("/b/{key:str}/cancel", sync_to_thread=True)
def cancel_page(request: WebRequest, key: FromPath[str]) -> Response[Any]:
    view = BOOKING.load(request, key)
    return page(request, "guest/booking_cancel.html", guest=view) if view.booking.live else redirect_to(request, BOOKING.url(key))


@post("/b/{key:str}/cancel", sync_to_thread=True, status_code=200)
def cancel(request: WebRequest, key: FromPath[str], data: URLEncodedBody[CancelForm]) -> Response[Any]:
    """Never cancels for more than the page had shown."""

    def cancel_as_shown(store: Store, guest: GuestBooking, at: datetime, ids: Ids) -> None:
        if data.displayed_minor is not None:
            check_stated_fee(store, guest.booking_id, data.displayed_minor, at)
        cancel_guest(store, guest, at, ids)

    return BOOKING.act(request, key, cancel_as_shown, "cancelled")


@get("/b/{key:str}/change", sync_to_thread=True)
def change_page(request: WebRequest, key: FromPath[str]) -> Response[str]:
    ports = ports_of(request)
    try:
        with ports.transactions.begin() as store:
            check_movable(store, booking_of(store, booked_guest(store, sealing.digest(key))), ports.clock.now())
    except Conflict as error:
        return BOOKING.render(request, key, error)
    return _change_page(request, key, None)


@post("/b/{key:str}/change", sync_to_thread=True, status_code=200)
def change_booking(request: WebRequest, key: FromPath[str], data: URLEncodedBody[ChangeForm]) -> Response[Any]:
    """A refusal leaves the booking unchanged, and is explained; a request for the price alone changes nothing either."""
    ports = ports_of(request)
    try:
        with ports.transactions.begin() as store:
            guest = booked_guest(store, sealing.digest(key))
            before = booking_of(store, guest).window.start
            window, flexible = parse_window(data, store.stations.site(guest.site_id).zone, before)
            if not data.see:
                change_guest(store, guest, window, flexible, ports.clock.now(), ports.ids)
            chosen = changed_price(store, booking_of(store, guest), window) if data.see else None
    except Refused as error:
        return _change_page(request, key, error, data)
    return _change_page(request, key, None, data, chosen) if data.see else redirect_to(request, f"/b/{key}", "changed")


@post("/b/{key:str}/start", sync_to_thread=True, status_code=200)
def start(request: WebRequest, key: FromPath[str], data: URLEncodedBody[CodeForm]) -> Response[Any]:
    """At the socket, by its code. After a refusal the guest stays at the booking, with the reason."""
    return BOOKING.act(request, key, lambda store, guest, at, ids: start_booked(store, guest, data.code, at, ids), target=f"/c/{key}")


@post("/b/{key:str}/blocked", sync_to_thread=True, status_code=200)
def blocked(request: WebRequest, key: FromPath[str]) -> Response[Any]:
    """Somebody is parked in the bay held for the guest."""
    return BOOKING.act(request, key, lambda store, guest, at, ids: report_blocked(store, guest.driver_id, guest.booking_id, at, ids))


@get("/b/{key:str}/calendar.ics", sync_to_thread=True)
def calendar(request: WebRequest, key: FromPath[str]) -> Response[str]:
    view = BOOKING.load(request, key)
    text = calendar_file(view.booking, view.address, ports_of(request).clock.now(), language_for(request))
    return Response(text, media_type="text/calendar", headers={"content-disposition": "attachment; filename=charging.ics"})


def _change_page(
    request: WebRequest, key: str, error: Refused | None, typed: ChangeForm | None = None, chosen: QuoteView | None = None
) -> Response[str]:
    """chosen: what the requested time would cost."""
    view, status = BOOKING.load(request, key), status_of(error) if error else 200
    shown = {"guest": view, "form": typed or initial_form(view.booking), "error": error, "chosen": chosen}
    return page(request, "guest/booking_change.html", status, **shown)


routes = Router(
    "/",
    route_handlers=[book, booking, cancel_page, cancel, change_page, change_booking, start, blocked, calendar, *BOOKING.pages()],
)
