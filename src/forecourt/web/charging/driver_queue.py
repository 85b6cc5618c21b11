"""The queue, for a driver: join, see when the turn comes, let others go first, leave."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Response, ServerSentEvent

from forecourt.flows.bookings import JoinQueue, join_queue, leave_queue, pass_turn
from forecourt.kernel import BadInput, Conflict, Forbidden, Refused
from forecourt.web.charging.bay_forms import BayForm
from forecourt.web.charging.place_choices import choices_from_form
from forecourt.web.charging.place_page import checked_energy_wh, render_place
from forecourt.web.frame import sealing
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.live import live_fragment
from forecourt.web.frame.rendering import render
from forecourt.web.frame.responses import WebRequest, language_for, page, redirect_to
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of
from forecourt.web.queries.places import PlaceQuery
from forecourt.web.queries.queues import own_ticket
from forecourt.web.queries.site_lookup import site_of

# Drivers who joined longer ago than this look for a new place, not for the outcome of that one.
_RECENT = timedelta(hours=12)


class JoinForm(BayForm, kw_only=True):
    site: str
    kind: str


@post("/queue", sync_to_thread=True, guards=[signed_in], status_code=200)
def join(request: WebRequest, data: URLEncodedBody[JoinForm]) -> Response[Any]:
    """The same form sent twice gives the same place; with another bay ticked, too."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    try:
        with ports.transactions.begin() as store:
            wanted = JoinQueue(site_of(store, data.site).id, data.kind, driver_id, data.need)
            ticket = join_queue(store, wanted, ports.clock.now(), ports.ids)
    except (BadInput, Conflict, Forbidden) as error:
        return _join_refused(request, data, error)
    return redirect_to(request, f"/queue/{ticket.id}", "queued")


def _join_refused(request: WebRequest, data: JoinForm, error: Refused) -> Response[str]:
    """The page the form was sent from: that of the driver's place in the queue, or of the place to charge."""
    with ports_of(request).transactions.begin() as store:
        own_ticket = store.queue.live_of(visitor_of(request).require_driver())
    if own_ticket is None:
        return render_place(request, PlaceQuery(data.site, checked_energy_wh(20), data.kind, preferences=choices_from_form(data)), error)
    return _render_ticket(request, own_ticket.id, data, error)


@get("/queue", sync_to_thread=True, guards=[signed_in])
def mine(request: WebRequest) -> Redirect:
    """Redirect to the driver's place in a queue, or its recent outcome; otherwise to the list of places."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        ticket = store.queue.live_of(driver_id) or store.queue.latest_of(driver_id, ports.clock.now() - _RECENT)
    return redirect_to(request, f"/queue/{ticket.id}" if ticket else "/")


@get("/queue/{ticket_id:uuid}", sync_to_thread=True, guards=[signed_in])
def ticket_page(request: WebRequest, ticket_id: FromPath[UUID]) -> Response[str]:
    return _render_ticket(request, ticket_id)


def _render_ticket(request: WebRequest, ticket_id: UUID, typed: JoinForm | None = None, error: Refused | None = None) -> Response[str]:
    """typed, error: the requested features of the bay, and why they were not changed."""
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        view = own_ticket(store, ticket_id, visitor_of(request).require_driver(), ports.clock.now())
    shown = {"ticket": view, "need": typed.ticked_need if typed else view.need, "typed": typed, "error": error}
    return page(request, "driver/queue.html", status_of(error) if error else 200, **shown, live=view.live, tab="bookings")


@get("/queue/{ticket_id:uuid}/live", guards=[signed_in])
async def ticket_live(request: WebRequest, ticket_id: FromPath[UUID]) -> ServerSentEvent:
    """The place and the expected turn, sent again whenever they change. Its forms carry the viewer's token."""
    ports, driver_id, binding = ports_of(request), visitor_of(request).require_driver(), visitor_of(request).binding
    csrf, language = sealing.form_token(ports.secret_key, binding), language_for(request)

    def draw() -> str:
        with ports.transactions.begin() as store:
            view = own_ticket(store, ticket_id, driver_id, ports.clock.now())
        return render("driver/queue_live.html", {"ticket": view, "csrf": csrf}, language)

    return await live_fragment(request, f"queue/{ticket_id}/{driver_id}/{binding}/{language}", draw)


@post("/queue/{ticket_id:uuid}/pass", sync_to_thread=True, guards=[signed_in], status_code=303)
def let_others_first(request: WebRequest, ticket_id: FromPath[UUID]) -> Redirect:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        pass_turn(store, driver_id, ticket_id, ports.clock.now(), ports.ids)
    return redirect_to(request, f"/queue/{ticket_id}", "passed")


@post("/queue/{ticket_id:uuid}/leave", sync_to_thread=True, guards=[signed_in], status_code=303)
def leave(request: WebRequest, ticket_id: FromPath[UUID]) -> Redirect:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        ticket = leave_queue(store, driver_id, ticket_id, ports.clock.now(), ports.ids)
        slug = store.stations.site(ticket.site_id).slug
    return redirect_to(request, f"/sites/{slug}", "left_queue")


routes = Router("/", route_handlers=[join, mine, ticket_page, ticket_live, let_others_first, leave])
