"""A driver's bookings: the list, and cancelling one."""

from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response

from forecourt.flows.bookings import driver_of_booking
from forecourt.flows.paying import cancel_booking, cancelling_fee, check_stated_fee
from forecourt.kernel import BookingId, Conflict, Refused
from forecourt.web.charging.booking_forms import CancelForm
from forecourt.web.frame import sealing
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.lists import pager, requested_page
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of
from forecourt.web.queries.booking_prices import booking_quotes
from forecourt.web.queries.bookings import bookings_of, fleet_bookings, own_booking
from forecourt.web.queries.names import payer_name
from forecourt.web.queries.waitlist import waitlist_of
from forecourt.web.queries.wallet import lacks_card


@get("/bookings", sync_to_thread=True, guards=[signed_in])
def bookings(request: WebRequest) -> Response[str]:
    return render_bookings(request)


def render_bookings(request: WebRequest, error: Refused | None = None) -> Response[str]:
    """error: why the request about one of them failed."""
    driver_id, now = visitor_of(request).require_driver(), ports_of(request).clock.now()
    with ports_of(request).transactions.begin() as store:
        found, fleet = bookings_of(store, driver_id, now, requested_page(request)), fleet_bookings(store, driver_id, now)
        payer = payer_name(store, driver_id, now)
        ticket, quotes, waitlist = store.queue.live_of(driver_id), booking_quotes(store, driver_id), waitlist_of(store, driver_id)
        lacks = lacks_card(store, driver_id)
    seen = {
        "bookings": found.rows,
        "lacks_card": lacks,
        "form_key": sealing.fresh_secret()[:16],
        "waits": ticket,
        "waitlist": waitlist,
        "fleet": fleet,
        "quotes": quotes,
        "now": now,
        "error": error,
    }
    pages, status = pager(request, found, "/bookings"), status_of(error) if error else 200
    return page(request, "driver/bookings.html", status, tab="bookings", pages=pages, payer=payer, **seen)


@get("/bookings/{booking_id:uuid}/cancel", sync_to_thread=True, guards=[signed_in])
def cancel_page(request: WebRequest, booking_id: FromPath[UUID]) -> Response[Any]:
    """A booking that is already over, perhaps in another tab, is not asked about again."""
    return _cancel_page(request, booking_id)


def _cancel_page(request: WebRequest, booking_id: UUID, error: Refused | None = None) -> Response[Any]:
    driver_id = visitor_of(request).require_driver()
    with ports_of(request).transactions.begin() as store:
        now = ports_of(request).clock.now()
        view = own_booking(store, booking_id, driver_of_booking(store, driver_id, BookingId(booking_id), now), now)
        booking = store.bookings.booking(BookingId(booking_id))
        fee = cancelling_fee(store, booking, now) if booking else None
        payer = payer_name(store, driver_id, now)
    if not view.live:
        return redirect_to(request, "/bookings")
    shown = {"booking": view, "fee": fee, "payer": payer, "error": error}
    return page(request, "driver/cancel.html", status_of(error) if error else 200, **shown, tab="bookings")


@post("/bookings/{booking_id:uuid}/cancel", sync_to_thread=True, guards=[signed_in], status_code=303)
def cancel(request: WebRequest, booking_id: FromPath[UUID], data: URLEncodedBody[CancelForm]) -> Response[Any]:
    """Never cancels for more than the page had shown: it asks again."""
    try:
        _cancel(request, BookingId(booking_id), data.displayed_minor)
    except Conflict as error:
        if error.code != "costs_now":
            raise
        return _cancel_page(request, booking_id, error)
    return redirect_to(request, "/bookings", "cancelled")


def _cancel(request: WebRequest, booking_id: BookingId, displayed_minor: int | None) -> None:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        now = ports.clock.now()
        if displayed_minor is not None:
            check_stated_fee(store, booking_id, displayed_minor, now)
        cancel_booking(store, driver_of_booking(store, driver_id, booking_id, now), booking_id, now, ports.ids)


routes = Router("/", route_handlers=[bookings, cancel_page, cancel])
