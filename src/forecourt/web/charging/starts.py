"""A start from the app: requested, and followed on its page until the charge begins or has failed."""

from typing import Any

from litestar import Router, get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Response, ServerSentEvent

from forecourt.flows.charging import recheck_start, start_charge
from forecourt.flows.ports import Store
from forecourt.kernel import Conflict, EvseId, Refused
from forecourt.web.charging.booking_forms import StartForm
from forecourt.web.charging.place_page import checked_energy_wh, render_place
from forecourt.web.frame import rendering, sealing
from forecourt.web.frame.headers import CARD_PAGE_HEADERS
from forecourt.web.frame.idempotency import idempotent
from forecourt.web.frame.lists import pager, requested_page
from forecourt.web.frame.live import live_fragment
from forecourt.web.frame.responses import FLASH_COOKIE, WebRequest, language_for, page, redirect_to
from forecourt.web.frame.visitor import cookie_of, ports_of, service_url, signed_in, visitor_of
from forecourt.web.queries.bookings import startable_bookings
from forecourt.web.queries.charges import ended_of, running_of
from forecourt.web.queries.places import PlaceQuery
from forecourt.web.queries.start_progress import start_client_secret, start_view
from forecourt.web.queries.wallet import lacks_card


@get("/charge", sync_to_thread=True, guards=[signed_in])
def charges(request: WebRequest, back: FromQuery[str] = "") -> Response[Any]:
    """One running charge is shown at once; several, or none, as a list, with the start that is under way."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    now, page_request = ports.clock.now(), requested_page(request)
    with ports.transactions.begin() as store:
        if back:
            recheck_start(store, driver_id, now, ports.ids)
        ended, seen = ended_of(store, driver_id, page_request), _seen(request, store)
        bookings, lacks_a_card = startable_bookings(store, driver_id, now), lacks_card(store, driver_id)
    running = seen["charges"]
    if len(running) == 1 and seen["start"] is None and not cookie_of(request, FLASH_COOKIE) and not page_request.beside:
        return redirect_to(request, f"/charges/{running[0].id}")
    pages, live = pager(request, ended, "/charge"), bool(seen["start"] and seen["start"].live)
    return page(
        request,
        "driver/charges.html",
        ended=ended.rows,
        pages=pages,
        **seen,
        live=live,
        kept=bookings,
        lacks_card=lacks_a_card,
        tab="charge",
    )


@get("/charge/live", guards=[signed_in])
async def start_live(request: WebRequest) -> ServerSentEvent:
    """The start in progress, sent again whenever it changes. Its forms carry the viewer's token."""
    ports, binding = ports_of(request), visitor_of(request).binding
    csrf, language = sealing.form_token(ports.secret_key, binding), language_for(request)

    def draw() -> str:
        with ports.transactions.begin() as store:
            seen = _seen(request, store)
        return rendering.render("driver/start_live.html", {"csrf": csrf, **seen}, language)

    return await live_fragment(request, f"start/{visitor_of(request).require_driver()}/{binding}/{language}", draw)


@post("/charges", sync_to_thread=True, guards=[signed_in], status_code=200)
def start(request: WebRequest, data: URLEncodedBody[StartForm]) -> Response[Any]:
    """The same form sent twice starts once. After a refusal the driver stays at the place, with the reason."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    now, by_page = ports.clock.now(), data.by == "page"
    if by_page and ports.payment_events is None:
        raise Conflict("no_processor", "Card payments are not available here.", "Ask the operator.")
    try:
        with ports.transactions.begin() as store, idempotent(store, f"start/{driver_id}/{data.key}", now) as attempt:
            if attempt.fresh:
                starting = start_charge(store, driver_id, store.stations.evse(EvseId(data.evse)), now, ports.ids, by_page)
                attempt.answer = b"" if starting.payment else b"starting"  # a hold is followed on the page itself
    except Refused as error:
        return render_place(request, PlaceQuery(data.site, checked_energy_wh(20)), error)
    return redirect_to(request, "/charge", attempt.answer.decode())


@get("/charge/card", sync_to_thread=True, guards=[signed_in], response_headers=CARD_PAGE_HEADERS)
def card(request: WebRequest) -> Response[str]:
    """Collects a card or a device's wallet with Stripe's PaymentElement."""
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        secret, amount = start_client_secret(store, visitor_of(request).require_driver(), ports.clock.now())
    if not ports.card_key:
        raise Conflict("no_card_page", "This operator has not set up card payments.", "Ask the operator. You have not been charged.")
    shown: dict[str, Any] = {"secret": secret, "amount": amount, "card_key": ports.card_key, "back": _pay_at(request)}
    return page(request, "driver/start_card.html", **shown, tab="charge")


def _seen(request: WebRequest, store: Store) -> dict[str, Any]:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    now = ports.clock.now()
    running, start = running_of(store, driver_id, now), start_view(store, driver_id, now)
    cards = ports.payment_events is not None
    return {"charges": running, "start": start, "pay_at": _pay_at(request), "cards": cards, "form_key": sealing.fresh_secret()[:16]}


def _pay_at(request: WebRequest) -> str:
    """The address to which the processor's page returns the driver."""
    return f"{service_url(request)}/charge?back=1"


routes = Router("/", route_handlers=[charges, start_live, start, card])
