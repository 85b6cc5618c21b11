"""A time that was full: ask to be notified when it becomes free, accept it, or leave the list. Works without scripts."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Response

from forecourt.flows.bookings import ReserveRequest, join_waitlist, leave_waitlist
from forecourt.flows.paying import take_offer
from forecourt.kernel import Refused, Span, parse_instant
from forecourt.web.charging.bay_forms import BayForm
from forecourt.web.charging.place_page import check_range, checked_energy_wh
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of
from forecourt.web.queries.bookings import is_deposit_pending
from forecourt.web.queries.site_lookup import site_of
from forecourt.web.queries.waitlist import waitlist_entry


class WaitlistForm(BayForm, kw_only=True):
    site: str
    kind: str
    start: str
    minutes: int
    energy: int


@post("/hopes", sync_to_thread=True, guards=[signed_in], status_code=303)
def wait(request: WebRequest, data: URLEncodedBody[WaitlistForm]) -> Redirect:
    """The same form sent twice gives the same place."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    start = parse_instant(data.start)
    window = Span(start, start + timedelta(minutes=check_range(data.minutes, 15, 1440)))
    with ports.transactions.begin() as store:
        site_and_kind = site_of(store, data.site).id, data.kind
        wanted = ReserveRequest(*site_and_kind, driver_id, window, checked_energy_wh(data.energy), need=data.need)
        entry = join_waitlist(store, wanted, ports.clock.now(), ports.ids)
    return redirect_to(request, f"/hopes/{entry.id}", "hoping")


@get("/hopes/{wait_id:uuid}", sync_to_thread=True, guards=[signed_in])
def waitlist_page(request: WebRequest, wait_id: FromPath[UUID]) -> Response[str]:
    return _render(request, wait_id)


@post("/hopes/{wait_id:uuid}/take", sync_to_thread=True, guards=[signed_in], status_code=200)
def take(request: WebRequest, wait_id: FromPath[UUID]) -> Response[Any]:
    """A refusal leaves the offer unchanged, and is explained."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    try:
        with ports.transactions.begin() as store:
            booking = take_offer(store, driver_id, wait_id, ports.clock.now(), ports.ids)
            unpaid = is_deposit_pending(store, booking.id)
    except Refused as error:
        return _render(request, wait_id, error)
    return redirect_to(request, f"/bookings/{booking.id}/deposit") if unpaid else redirect_to(request, "/bookings", "booked")


@post("/hopes/{wait_id:uuid}/leave", sync_to_thread=True, guards=[signed_in], status_code=303)
def leave(request: WebRequest, wait_id: FromPath[UUID]) -> Redirect:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        leave_waitlist(store, driver_id, wait_id, ports.clock.now(), ports.ids)
    return redirect_to(request, "/bookings", "waitlist_left")


def _render(request: WebRequest, wait_id: UUID, error: Refused | None = None) -> Response[str]:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        view = waitlist_entry(store, wait_id, visitor_of(request).require_driver())
    return page(request, "driver/waitlist_entry.html", status_of(error) if error else 200, entry=view, error=error, tab="bookings")


routes = Router("/", route_handlers=[wait, waitlist_page, take, leave])
