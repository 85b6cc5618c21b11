"""REST for a driver's own place in a queue."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from forecourt.flows import bookings
from forecourt.flows.bookings import JoinQueue, pass_turn
from forecourt.stations import MAX_CM, BayNeed, features_named
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of
from forecourt.web.queries.queues import own_ticket, ticket_view
from forecourt.web.queries.site_lookup import site_of
from forecourt.web.views.queue import TicketView


class QueueRequest(Struct, forbid_unknown_fields=True):
    """A place in the queue for a bay of a kind at a site. features: what the bay must offer, of accessible, cable, pull_through, roof and
    lit. Sent again with other features, the place is kept; if omitted, the features are unchanged."""

    site: Annotated[str, Meta(min_length=1, max_length=64)]
    kind: Annotated[str, Meta(max_length=64)]
    features: Annotated[list[str], Meta(max_length=10)] | None = None
    vehicle_height_cm: Annotated[int, Meta(ge=0, le=MAX_CM)] = 0


class QueueItem(Struct):
    """state: waiting, called, served, left, expired or closed (the place, for good). ahead: how many wait in front for bays that would also
    suit this driver. expected_at: when the turn should come, None = not foreseeable; half of such estimates are off by at most
    give_or_take_s. While called: the EVSE is held until held_until, and a stay to free_until is in nobody's way."""

    id: str
    site: str
    kind: str
    state: str
    joined_at: datetime
    ahead: int
    expected_at: datetime | None
    give_or_take_s: int
    evse: str
    bay: str
    held_until: datetime | None
    free_until: datetime | None
    features: list[str] = []
    vehicle_height_cm: int = 0


@post("/", sync_to_thread=True, status_code=201, guards=[signed_in], summary="Join a queue")
def join_queue(request: WebRequest, data: JSONBody[QueueRequest]) -> QueueItem:
    """Joining again returns the same place. Refused with "free_now" if no one has to wait."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    now = ports.clock.now()
    with ports.transactions.begin() as store:
        said = data.features is not None or data.vehicle_height_cm
        need = BayNeed(features_named(data.features or []), data.vehicle_height_cm) if said else None
        ticket = bookings.join_queue(store, JoinQueue(site_of(store, data.site).id, data.kind, driver_id, need), now, ports.ids)
        return _item(ticket_view(store, ticket, now))


@get("/", sync_to_thread=True, guards=[signed_in], summary="Your place in a queue: one or none")
def list_queue_tickets(request: WebRequest) -> list[QueueItem]:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        ticket = store.queue.live_of(driver_id)
        return [_item(ticket_view(store, ticket, ports.clock.now()))] if ticket else []


@get("/{ticket_id:uuid}", sync_to_thread=True, guards=[signed_in], summary="One of your places, even when it is over")
def get_queue_ticket(request: WebRequest, ticket_id: FromPath[UUID]) -> QueueItem:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        return _item(own_ticket(store, ticket_id, visitor_of(request).require_driver(), ports.clock.now()))


@post("/{ticket_id:uuid}/pass", sync_to_thread=True, status_code=200, guards=[signed_in], summary="Let the next driver go first")
def pass_queue_turn(request: WebRequest, ticket_id: FromPath[UUID]) -> QueueItem:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        ticket = pass_turn(store, driver_id, ticket_id, ports.clock.now(), ports.ids)
        return _item(ticket_view(store, ticket, ports.clock.now()))


@delete("/{ticket_id:uuid}", sync_to_thread=True, status_code=200, guards=[signed_in], summary="Leave the queue")
def leave_queue(request: WebRequest, ticket_id: FromPath[UUID]) -> QueueItem:
    """Leaving twice has no further effect."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        ticket = bookings.leave_queue(store, driver_id, ticket_id, ports.clock.now(), ports.ids)
        return _item(ticket_view(store, ticket, ports.clock.now()))


def _item(view: TicketView) -> QueueItem:
    seen = (view.id, view.site_slug, view.kind, view.state, view.joined_at, view.ahead, view.at)
    need = ([one.value for one in view.need.features], view.need.height_cm)
    return QueueItem(*seen, int(view.give_or_take.total_seconds()), view.evse_id, view.bay, view.until, view.free_until, *need)


routes = Router(
    "/api/v1/queue", tags=["Queue"], route_handlers=[join_queue, list_queue_tickets, get_queue_ticket, pass_queue_turn, leave_queue]
)
