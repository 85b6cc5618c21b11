"""The money held for a booking: its state, and the way to the processor's page if the stored card is not enough."""

from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect, Response, ServerSentEvent
from msgspec import Struct

from forecourt.flows.bookings import driver_of_booking
from forecourt.flows.paying import payer_returned_to_booking, put_up
from forecourt.flows.ports import Store
from forecourt.kernel import BadInput, BookingId, Conflict, NotFound
from forecourt.web.frame import rendering, sealing
from forecourt.web.frame.headers import CARD_PAGE_HEADERS
from forecourt.web.frame.live import live_fragment
from forecourt.web.frame.responses import WebRequest, language_for, page, redirect_to
from forecourt.web.frame.visitor import ports_of, service_url, signed_in, visitor_of
from forecourt.web.queries.bookings import own_booking
from forecourt.web.queries.deposits import deposit_client_secret
from forecourt.web.views.booking import BookingView


class DepositForm(Struct):
    """by: "page" = pay by card on the processor's page; "stored" = retry the stored card, or the balance."""

    by: str


@get("/bookings/{booking_id:uuid}/deposit", sync_to_thread=True)
def deposit(request: WebRequest, booking_id: FromPath[UUID], back: FromQuery[str] = "") -> Response[str]:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        view = _view(request, store, booking_id)
        known = store.deposits.of_booking(BookingId(booking_id))
        if back and known is not None:
            payer_returned_to_booking(store, known, ports.clock.now(), ports.ids)
    return page(request, "driver/deposit.html", **_shown(request, view), live=not (view.deposit and view.deposit.firm), tab="bookings")


@get("/bookings/{booking_id:uuid}/deposit/live")
async def deposit_live(request: WebRequest, booking_id: FromPath[UUID]) -> ServerSentEvent:
    """Its state, sent again whenever it changes. Its forms carry the viewer's token."""
    ports, binding = ports_of(request), visitor_of(request).binding
    csrf = sealing.form_token(ports.secret_key, binding)
    language = language_for(request)

    def draw() -> str:
        with ports.transactions.begin() as store:
            view = _view(request, store, booking_id)
        return rendering.render("driver/deposit_live.html", {"csrf": csrf, **_shown(request, view)}, language)

    return await live_fragment(request, f"deposit/{visitor_of(request).require_driver()}/{booking_id}/{binding}/{language}", draw)


@post("/bookings/{booking_id:uuid}/deposit", sync_to_thread=True, status_code=303)
def pay_deposit(request: WebRequest, booking_id: FromPath[UUID], data: URLEncodedBody[DepositForm]) -> Redirect:
    ports = ports_of(request)
    if data.by not in ("page", "stored"):
        raise BadInput("by", "{given!r} is not a way to pay the deposit.", "Choose a card, or what you have stored.", given=data.by[:20])
    if data.by == "page" and ports.payment_events is None:
        raise Conflict("no_processor", "Card payments are not available here.", "Ask the operator.")
    with ports.transactions.begin() as store:
        now = ports.clock.now()
        owner = driver_of_booking(store, visitor_of(request).require_driver(), BookingId(booking_id), now)
        put_up(store, owner, BookingId(booking_id), data.by == "page", now, ports.ids)
    return redirect_to(request, f"/bookings/{booking_id}/deposit")


@get("/bookings/{booking_id:uuid}/deposit/card", sync_to_thread=True, response_headers=CARD_PAGE_HEADERS)
def card(request: WebRequest, booking_id: FromPath[UUID]) -> Response[str]:
    """Collects a card or a device's wallet with Stripe's PaymentElement."""
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        _view(request, store, booking_id)
        secret, amount = deposit_client_secret(store, BookingId(booking_id))
    if not ports.card_key:
        raise Conflict("no_card_page", "This operator has not set up card payments.", "Ask the operator. You have not been charged.")
    shown: dict[str, Any] = {"secret": secret, "amount": amount, "card_key": ports.card_key, "back": _pay_at(request, booking_id)}
    return page(request, "driver/deposit_card.html", **shown, booking_id=booking_id, tab="bookings")


def _view(request: WebRequest, store: Store, booking_id: UUID) -> BookingView:
    """The driver's own booking, or the fleet's. A booking without a deposit has no such page."""
    now = ports_of(request).clock.now()
    view = own_booking(store, booking_id, driver_of_booking(store, visitor_of(request).require_driver(), BookingId(booking_id), now), now)
    if view.deposit is None:
        raise NotFound("deposit", "Nothing is held for this booking.", "Your bookings are listed under Bookings.")
    return view


def _shown(request: WebRequest, view: BookingView) -> dict[str, Any]:
    cards = ports_of(request).payment_events is not None
    return {"booking": view, "pay_at": _pay_at(request, UUID(view.id)), "cards": cards}


def _pay_at(request: WebRequest, booking_id: UUID) -> str:
    """The address to which the processor's page returns the driver."""
    return f"{service_url(request)}/bookings/{booking_id}/deposit?back=1"


routes = Router("/", guards=[signed_in], route_handlers=[deposit, deposit_live, pay_deposit, card])
