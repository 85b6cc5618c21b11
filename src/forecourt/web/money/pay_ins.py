"""A top-up paid at once: requested on the balance page, paid on the processor's page, and back."""

from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect, Response, ServerSentEvent
from msgspec import Struct

from forecourt.flows.paying import TopUpRequest, cancel_top_up, open_top_up, own_top_up, payer_returned
from forecourt.kernel import BadInput, Conflict, PaymentId
from forecourt.web.frame import rendering, sealing
from forecourt.web.frame.headers import CARD_PAGE_HEADERS
from forecourt.web.frame.live import live_fragment
from forecourt.web.frame.responses import WebRequest, language_for, page, redirect_to
from forecourt.web.frame.visitor import ports_of, service_url, signed_in, visitor_of
from forecourt.web.money.wallet import wallet_page
from forecourt.web.queries.pay_in import pay_in_view, top_up_client_secret
from forecourt.web.queries.wallet import parse_balance_amount


class PayInForm(Struct):
    """wish: made with the page, so that pressing twice requests once. keep_card: anything = store the card."""

    amount: str
    wish: UUID
    keep_card: str = ""


@post("/wallet/pay-ins", sync_to_thread=True, status_code=200)
def begin(request: WebRequest, data: URLEncodedBody[PayInForm]) -> Response[Any]:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    try:
        if ports.payment_events is None:
            raise Conflict("no_processor", "Card payments are not available here.", "Ask the operator.")
        with ports.transactions.begin() as store:
            amount = parse_balance_amount(store, driver_id, data.amount, "top_up_amount")
            wanted = TopUpRequest(amount, data.wish, bool(data.keep_card))
            top_up = open_top_up(store, driver_id, wanted, ports.clock.now(), ports.ids)
    except (BadInput, Conflict) as error:
        return wallet_page(request, load={"amount": data.amount, "error": error.full_message})
    return redirect_to(request, _address(top_up.id))


@get("/wallet/pay-ins/{payment_id:uuid}", sync_to_thread=True)
def pay_in(request: WebRequest, payment_id: FromPath[UUID], back: FromQuery[str] = "") -> Response[str]:
    """The way to the processor's page, and the page it returns to."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        if back:
            payer_returned(store, own_top_up(store, driver_id, PaymentId(payment_id)), ports.clock.now(), ports.ids)
        view = pay_in_view(store, driver_id, PaymentId(payment_id))
    return page(request, "driver/pay_in.html", pay_in=view, pay_at=_pay_at(request, payment_id), live=view.live, tab="account")


@get("/wallet/pay-ins/{payment_id:uuid}/live")
async def pay_in_live(request: WebRequest, payment_id: FromPath[UUID]) -> ServerSentEvent:
    """The state, sent again whenever it changes. Its forms carry the viewer's token."""
    ports, driver_id, binding = ports_of(request), visitor_of(request).require_driver(), visitor_of(request).binding
    shown = {"csrf": sealing.form_token(ports.secret_key, binding), "pay_at": _pay_at(request, payment_id)}
    language = language_for(request)

    def draw() -> str:
        with ports.transactions.begin() as store:
            view = pay_in_view(store, driver_id, PaymentId(payment_id))
        return rendering.render("driver/pay_in_live.html", {"pay_in": view, **shown}, language)

    return await live_fragment(request, f"pay-in/{driver_id}/{payment_id}/{binding}/{language}", draw)


@get("/wallet/pay-ins/{payment_id:uuid}/card", sync_to_thread=True, response_headers=CARD_PAGE_HEADERS)
def card(request: WebRequest, payment_id: FromPath[UUID]) -> Response[str]:
    """Collects a card or a device's wallet with Stripe's PaymentElement."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        secret, amount = top_up_client_secret(store, driver_id, PaymentId(payment_id))
    if not ports.card_key:
        raise Conflict("no_card_page", "This operator has not set up card payments.", "Ask the operator. You have not been charged.")
    shown: dict[str, Any] = {"secret": secret, "amount": amount, "card_key": ports.card_key, "back": _pay_at(request, payment_id)}
    return page(request, "driver/pay_in_card.html", **shown, pay_in_at=_address(payment_id), tab="account")


@post("/wallet/pay-ins/{payment_id:uuid}/cancel", sync_to_thread=True, status_code=303)
def cancel(request: WebRequest, payment_id: FromPath[UUID]) -> Redirect:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        cancel_top_up(store, own_top_up(store, driver_id, PaymentId(payment_id)), ports.clock.now(), ports.ids)
    return redirect_to(request, _address(payment_id))


def _address(payment_id: UUID) -> str:
    return f"/wallet/pay-ins/{payment_id}"


def _pay_at(request: WebRequest, payment_id: UUID) -> str:
    """The address to which the processor's page returns the driver."""
    return f"{service_url(request)}{_address(payment_id)}?back=1"


routes = Router("/", guards=[signed_in], route_handlers=[begin, pay_in, pay_in_live, card, cancel])
