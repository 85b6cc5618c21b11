"""Cancelling a booking at the desk for somebody on the phone: the cost is shown first, and the driver's own rules apply."""

from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response

from forecourt.drivers import Duty
from forecourt.flows.guests import cancel_for_driver, cancellation_fee
from forecourt.flows.ports import Store
from forecourt.kernel import BookingId, Conflict, Refused
from forecourt.web.charging.booking_forms import CancelForm
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member
from forecourt.web.queries.bookings import booking_view
from forecourt.web.queries.names import booking_board_url, driver_url, payer_name


@get("/bookings/{booking_id:uuid}/cancel", sync_to_thread=True)
def cancel_page(request: WebRequest, booking_id: FromPath[UUID]) -> Response[Any]:
    """A booking that is over is shown on the board of its day."""
    return _cancel_page(request, BookingId(booking_id))


@post("/bookings/{booking_id:uuid}/cancel", sync_to_thread=True, status_code=303)
def cancel(request: WebRequest, booking_id: FromPath[UUID], data: URLEncodedBody[CancelForm]) -> Response[Any]:
    """Never cancels for more than the page had shown: it asks again."""
    try:
        with ports_of(request).transactions.begin() as store:
            cancel_for_driver(store, staff_member(request), BookingId(booking_id), data.displayed_minor or 0)
            board = _board(store, BookingId(booking_id))
    except Conflict as error:
        if error.code != "costs_now":
            raise
        return _cancel_page(request, BookingId(booking_id), error)
    return redirect_to(request, board, "cancelled_for")


def _cancel_page(request: WebRequest, booking_id: BookingId, error: Refused | None = None) -> Response[Any]:
    by = staff_member(request)
    with ports_of(request).transactions.begin() as store:
        fee, board, booking = cancellation_fee(store, by, booking_id), _board(store, booking_id), store.bookings.booking(booking_id)
        if booking is None or not booking.live:
            return redirect_to(request, board)
        view, payer = booking_view(store, booking, by.at), payer_name(store, booking.driver_id, by.at)
        driver = driver_url(store, booking.driver_id)
    fee = fee if view.state != "unpaid" else None
    shown = {"booking": view, "fee": fee, "payer": payer, "driver": driver, "back": board, "error": error}
    return page(request, "console/booking_cancel.html", status_of(error) if error else 200, **shown, tab="bookings")


def _board(store: Store, booking_id: BookingId) -> str:
    booking = store.bookings.booking(booking_id)
    return booking_board_url(store.stations.site(booking.site_id), booking) if booking else "/console/bookings"


pages = Router("/", route_handlers=[cancel_page, cancel], opt={"duty": Duty.SITES})
