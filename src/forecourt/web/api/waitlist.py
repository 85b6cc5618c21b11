"""REST for the waitlist: a time that was full, offered to the driver who waits for it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct, field

from forecourt.flows import bookings
from forecourt.flows.bookings import ReserveRequest
from forecourt.flows.paying import take_offer
from forecourt.kernel import Span, utc
from forecourt.stations import MAX_CM, BayNeed, features_named
from forecourt.web.api import models
from forecourt.web.api.shared import DatedRequest
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of
from forecourt.web.queries.bookings import booking_view
from forecourt.web.queries.site_lookup import site_of
from forecourt.web.queries.waitlist import entry_view, waitlist_entry, waitlist_of
from forecourt.web.views.booking import WaitlistView


class WaitlistRequest(DatedRequest):
    """A window in which no bay of a kind could be booked. energy_wh sizes the quote. features: what the bay must offer, of accessible,
    cable, pull_through, roof and lit."""

    site: models.Slug
    kind: Annotated[str, Meta(max_length=64)]
    start: datetime
    end: datetime
    energy_wh: models.Energy = 12_000
    features: Annotated[list[str], Meta(max_length=10)] = field(default_factory=list)
    vehicle_height_cm: Annotated[int, Meta(ge=0, le=MAX_CM)] = 0


class WaitlistItem(Struct):
    """state: hoping, offered (held for the driver, at `quote`, until offered_until), taken, declined, unanswered (it went to the next),
    unmet (the time came, and no bay had become free) or closed (the place closes for good before it)."""

    id: str
    site: str
    kind: str
    start: datetime
    end: datetime
    energy_wh: int
    state: str
    offered_until: datetime | None
    quote: models.Amount | None
    features: list[str] = []
    vehicle_height_cm: int = 0


@post("/", sync_to_thread=True, status_code=201, guards=[signed_in], summary="Wait for a time that is fully booked")
def join_waitlist(request: WebRequest, data: JSONBody[WaitlistRequest]) -> WaitlistItem:
    """Nothing is booked and nothing costs anything until the driver accepts an offer. The same request again returns the same place."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    window, need = Span(utc(data.start), utc(data.end)), BayNeed(features_named(data.features), data.vehicle_height_cm)
    with ports.transactions.begin() as store:
        asked = ReserveRequest(site_of(store, data.site).id, data.kind, driver_id, window, data.energy_wh, need=need)
        return _item(entry_view(store, bookings.join_waitlist(store, asked, ports.clock.now(), ports.ids)))


@get("/", sync_to_thread=True, guards=[signed_in], summary="What you are waiting for")
def list_waitlist_entries(request: WebRequest) -> list[WaitlistItem]:
    """Those that are not over, soonest first."""
    with ports_of(request).transactions.begin() as store:
        return [_item(one) for one in waitlist_of(store, visitor_of(request).require_driver())]


@get("/{wait_id:uuid}", sync_to_thread=True, guards=[signed_in], summary="One time you are waiting for, even when it is over")
def get_waitlist_entry(request: WebRequest, wait_id: FromPath[UUID]) -> WaitlistItem:
    with ports_of(request).transactions.begin() as store:
        return _item(waitlist_entry(store, wait_id, visitor_of(request).require_driver()))


@post("/{wait_id:uuid}/take", sync_to_thread=True, status_code=200, guards=[signed_in], summary="Accept an offer")
def accept_waitlist_offer(request: WebRequest, wait_id: FromPath[UUID]) -> models.BookingItem:
    """Returns the booking, at the price that was offered. If refused, the offer stays as it is. Accepting twice has no further effect."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        now = ports.clock.now()
        return models.booking_item(booking_view(store, take_offer(store, driver_id, wait_id, now, ports.ids), now))


@delete("/{wait_id:uuid}", sync_to_thread=True, status_code=200, guards=[signed_in], summary="Stop waiting")
def leave_waitlist(request: WebRequest, wait_id: FromPath[UUID]) -> WaitlistItem:
    """An offer goes to the next driver. Leaving twice has no further effect."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        return _item(entry_view(store, bookings.leave_waitlist(store, driver_id, wait_id, ports.clock.now(), ports.ids)))


def _item(view: WaitlistView) -> WaitlistItem:
    seen = (view.id, view.site_slug, view.kind, view.start, view.end, view.energy_wh, view.state, view.until)
    quote = models.amount(view.due) if view.due else None
    return WaitlistItem(*seen, quote, [one.value for one in view.need.features], view.need.height_cm)


routes = Router(
    "/api/v1/waitlist",
    tags=["Waitlist"],
    route_handlers=[join_waitlist, list_waitlist_entries, get_waitlist_entry, accept_waitlist_offer, leave_waitlist],
)
