"""Bookings in the shape of OCPI 2.3.0 Bookings (Booking-1.1), for programs that know it. No roaming edge: these are the objects alone."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.response import Response
from msgspec import Struct

from forecourt.flows.bookings import booking_as_ocpi, booking_locations, driver_of_booking, match_booking_request
from forecourt.flows.ports import ListOrders, Store, page_of
from forecourt.kernel import BookingId, NotFound, OperatorId, Span, parse_instant
from forecourt.ocpi import Booking, BookingLocation, read_booking_request
from forecourt.stations import Site
from forecourt.web.api.pagination import PAGINATED, PageQuery, page_response
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, signed_in, staff_only, visitor_of
from forecourt.web.queries.site_lookup import own_site

_MAX_PERIOD = timedelta(days=32)


class CheckedRequestItem(Struct):
    """What a BookingRequest asks for here. promised: whether it could be promised now; else why not, and what to do."""

    site: str
    kind: str
    start: datetime
    end: datetime
    tokens: list[str]
    cancels: bool
    promised: bool
    why: str
    remedy: str


@get("/bookings/{booking_id:uuid}/ocpi", sync_to_thread=True, guards=[signed_in], summary="A booking as an OCPI Booking")
def get_ocpi_booking(request: WebRequest, booking_id: FromPath[UUID]) -> Booking:
    """One of your bookings, or one of your fleet's; for an operator's staff, one at their sites."""
    ports, visitor = ports_of(request), visitor_of(request)
    with ports.transactions.begin() as store:
        if not visitor.staff:
            driver_of_booking(store, visitor.require_driver(), BookingId(booking_id), ports.clock.now())
        found = store.bookings.booking(BookingId(booking_id))
        if found is None or (visitor.staff and found.operator_id != visitor.operator):
            raise NotFound("booking", "There is no such booking.", "Bookings are listed under GET /api/v1/ocpi/bookings.")
        return booking_as_ocpi(store, found, ports.public_url)


@get(
    "/ocpi/bookings",
    sync_to_thread=True,
    guards=[staff_only],
    opt={"by_site": True},
    **PAGINATED,
    summary="Bookings as OCPI Bookings, by start",
)
def list_ocpi_bookings(
    request: WebRequest, part: PageQuery, site: FromQuery[str] = "", start: FromQuery[str] = "", end: FromQuery[str] = ""
) -> Response[list[Booking]]:
    """Those that touch a period of at most 32 days; by default from a day ago to 31 days ahead. site: its short name; without it, all
    sites.
    """
    ports, operator = ports_of(request), visitor_of(request).operator
    now = ports.clock.now()
    since = parse_instant(start) if start else now - timedelta(days=1)
    span = Span(since, min(parse_instant(end), since + _MAX_PERIOD) if end else since + _MAX_PERIOD)
    with ports.transactions.begin() as store:
        found = [one for place in _sites(store, site, operator) for one in store.bookings.of_site(place.id, span)]
        shown = page_of(found, ListOrders.BOOKINGS, part.rising())
        return page_response(request, shown, lambda one: booking_as_ocpi(store, one, ports.public_url))


@get(
    "/ocpi/booking-locations",
    sync_to_thread=True,
    guards=[staff_only],
    opt={"by_site": True},
    summary="What can be booked, as OCPI BookingLocations",
)
def list_ocpi_booking_locations(
    request: WebRequest, site: FromQuery[str] = "", days: Annotated[int, QueryParameter(ge=1, le=30)] = 7
) -> list[BookingLocation]:
    """One for each kind of socket at a site, with the times that are free in the given number of days from now."""
    ports, operator = ports_of(request), visitor_of(request).operator
    now = ports.clock.now()
    with ports.transactions.begin() as store:
        return [
            location
            for place in _sites(store, site, operator)
            for location in booking_locations(store, place, now, timedelta(days=days), ports.public_url)
        ]


@post(
    "/ocpi/booking-requests/check",
    sync_to_thread=True,
    status_code=200,
    guards=[staff_only],
    summary="Check what a BookingRequest asks for",
)
def check_ocpi_booking_request(request: WebRequest, data: JSONBody[dict[str, Any]], site: FromQuery[str]) -> CheckedRequestItem:
    """Nothing is booked. An invalid request is refused with the name of the field."""
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        place = own_site(store, site, visitor_of(request).operator)
        found = match_booking_request(store, place, read_booking_request(data), ports.clock.now())
    wish, refused = found.wish, found.refused
    told = (refused.text, refused.remedy) if refused else ("", "")
    return CheckedRequestItem(
        place.slug, found.kind, wish.window.start, wish.window.end, list(wish.tokens), wish.cancels, not refused, *told
    )


def _sites(store: Store, slug: str, operator: OperatorId) -> list[Site]:
    return [own_site(store, slug, operator)] if slug else sorted(store.stations.sites(operator), key=lambda one: one.slug)


routes = Router(
    "/api/v1",
    tags=["OCPI bookings"],
    route_handlers=[get_ocpi_booking, list_ocpi_bookings, list_ocpi_booking_locations, check_ocpi_booking_request],
)
